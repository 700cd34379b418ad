//! Calls of other systems against a server that answers by a script: what is asked again, how often, and what is not (08 section 1.3).

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;
use standin::common::database::STANDIN_SCHEMA;
use standin::common::faults::Rule;
use standin::common::remote::{Remote, RemoteError, Reply};
use standin::common::role::Start;
use standin::common::settings::TokenSettings;
use standin::common::token_source::TokenSource;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::support::{Auth, Database, SECRET, role_settings, settings};

/// How long a call waits for an answer.
const TIMEOUT: Duration = Duration::from_millis(300);

/// What the server does with a connection.
#[derive(Clone, Copy, Debug)]
enum Does {
    /// Answers with this status.
    Answers(u16),
    /// Answers that it is busy, to be asked again after this many seconds.
    IsBusy(u32),
    /// Reads the request, and breaks the connection.
    Breaks,
    /// Never answers.
    Hangs,
}

/// The server. What is beyond the end of its script is answered with 200.
struct Scripted {
    url: String,
    /// Head of each request that came.
    heads: Arc<Mutex<Vec<String>>>,
}

impl Scripted {
    async fn start(script: &[Does]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let heads = Arc::new(Mutex::new(Vec::new()));
        let (mut left, seen) = (VecDeque::from(script.to_vec()), heads.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let does = left.pop_front().unwrap_or(Does::Answers(200));
                tokio::spawn(converse(stream, does, seen.clone()));
            }
        });
        Self { url, heads }
    }

    fn requests(&self) -> usize {
        self.heads.lock().unwrap().len()
    }
}

async fn converse(mut stream: TcpStream, does: Does, heads: Arc<Mutex<Vec<String>>>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let Ok(byte) = stream.read_u8().await else { return };
        head.push(byte);
    }
    heads.lock().unwrap().push(String::from_utf8(head).unwrap());
    let (status, more) = match does {
        Does::Answers(status) => (status, String::new()),
        Does::IsBusy(seconds) => (503, format!("Retry-After: {seconds}\r\n")),
        Does::Breaks => return,
        Does::Hangs => return tokio::time::sleep(Duration::from_secs(60)).await,
    };
    let answer = format!("HTTP/1.1 {status} X\r\n{more}Content-Length: 2\r\nConnection: close\r\n\r\n{{}}");
    // The other side may have given up.
    let _ = stream.write_all(answer.as_bytes()).await;
}

/// A role that calls the server.
struct Caller {
    start: Start,
    _auth: Auth,
    _database: Database,
    tokens: Arc<TokenSource>,
}

impl Caller {
    async fn new(profile: &str) -> Self {
        let database = Database::new().await;
        let auth = Auth::start(&database.url()).await;
        let mut role = role_settings(&database.url(), &auth.url);
        role.profile = clap::ValueEnum::from_str(profile, false).unwrap();
        let start = Start::begin("to-nomis", &role, STANDIN_SCHEMA).await.unwrap();
        let url = format!("{}/auth", auth.url);
        let token: TokenSettings =
            settings(&["--auth-url", &url, "--client-id", "prisoner-to-nomis-update", "--client-secret", SECRET]);
        let tokens = Arc::new(TokenSource::new(&token, start.context.http.clone()));
        Self { start, _auth: auth, _database: database, tokens }
    }

    fn remote(&self, server: &Scripted) -> Remote {
        let context = &self.start.context;
        Remote::new(context, "nomis", &server.url, TIMEOUT, context.http.clone(), self.tokens.clone())
    }

    async fn read(&self, server: &Scripted) -> Result<Reply, RemoteError> {
        self.remote(server).call(Method::GET, "get", "/locations/1").retried().send().await
    }

    async fn write(&self, server: &Scripted) -> Result<Reply, RemoteError> {
        self.remote(server).call(Method::POST, "create", "/locations").json(&json!({})).send().await
    }
}

fn status(outcome: &Result<Reply, RemoteError>) -> Option<u16> {
    outcome.as_ref().err().and_then(|error| error.status()).map(|status| status.as_u16())
}

#[tokio::test]
async fn a_read_that_does_not_get_through_is_repeated_three_times() {
    let caller = Caller::new("live").await;
    let server = Scripted::start(&[Does::Breaks, Does::Answers(502), Does::Hangs]).await;
    let started = Instant::now();
    assert!(caller.read(&server).await.is_ok());
    assert_eq!(server.requests(), 4);
    let pauses = Duration::from_millis(100 + 200 + 400) + TIMEOUT;
    assert!(started.elapsed() >= pauses, "{:?}", started.elapsed());

    let down = Scripted::start(&[Does::Answers(502); 9]).await;
    assert_eq!(status(&caller.read(&down).await), Some(502));
    assert_eq!(down.requests(), 4);
}

#[tokio::test]
async fn an_answer_is_an_answer_and_a_write_is_sent_once() {
    let caller = Caller::new("live").await;
    for refusal in [400, 404, 409, 423, 500, 503] {
        let server = Scripted::start(&[Does::Answers(refusal)]).await;
        assert_eq!(status(&caller.read(&server).await), Some(refusal));
        assert_eq!(server.requests(), 1, "{refusal}");
    }
    for does in [Does::Breaks, Does::Answers(502), Does::Hangs, Does::IsBusy(0)] {
        let server = Scripted::start(&[does]).await;
        assert!(caller.write(&server).await.is_err());
        assert_eq!(server.requests(), 1, "{does:?}");
    }
}

#[tokio::test]
async fn fixed_comes_back_to_a_service_that_is_busy() {
    let caller = Caller::new("fixed").await;
    let server = Scripted::start(&[Does::IsBusy(1), Does::IsBusy(0)]).await;
    let started = Instant::now();
    assert!(caller.write(&server).await.is_ok());
    assert_eq!(server.requests(), 3);
    assert!(started.elapsed() >= Duration::from_secs(1), "{:?}", started.elapsed());

    let overloaded = Scripted::start(&[Does::IsBusy(0); 20]).await;
    assert_eq!(status(&caller.write(&overloaded).await), Some(503));
    assert_eq!(overloaded.requests(), 7);
    let silent = Scripted::start(&[Does::Answers(503)]).await;
    assert_eq!(status(&caller.write(&silent).await), Some(503));
    assert_eq!(silent.requests(), 1, "nobody said when");
}

#[tokio::test]
async fn a_token_that_is_refused_is_renewed_once() {
    let caller = Caller::new("live").await;
    let server = Scripted::start(&[Does::Answers(401)]).await;
    assert!(caller.write(&server).await.is_ok());
    let heads = server.heads.lock().unwrap().clone();
    assert_eq!(heads.len(), 2);
    assert!(heads.iter().all(|head| head.to_lowercase().contains("\r\nauthorization: bearer ey")), "{heads:?}");
    let refusing = Scripted::start(&[Does::Answers(401); 9]).await;
    assert_eq!(status(&caller.write(&refusing).await), Some(401));
    assert_eq!(refusing.requests(), 2);
}

#[tokio::test]
async fn a_fault_on_purpose_strikes_before_or_after_the_call() {
    let caller = Caller::new("live").await;
    let server = Scripted::start(&[]).await;
    for (phase, reached) in [("before", 0), ("after", 1)] {
        let rule = json!({"at": "to-nomis.nomis.create", "phase": phase, "action": "reset", "times": 1});
        let rule: Rule = serde_json::from_value(rule).unwrap();
        caller.start.context.faults.add(rule).await.unwrap();
        assert!(matches!(caller.write(&server).await, Err(RemoteError::Failed { .. })));
        assert_eq!(server.requests(), reached);
    }
    assert!(caller.write(&server).await.is_ok());
}
