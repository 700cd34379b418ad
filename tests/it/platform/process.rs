//! The program itself: its start, its end, its commands.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::time::Instant;

use super::*;
use crate::support::database::TestDatabase;

const PATIENCE: Duration = Duration::from_secs(20);

/// The program with nothing of this environment but what is given.
fn program(arguments: &[&str], settings: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_locations-inside-prison-api"));
    command.args(arguments).env_clear().envs(settings.iter().copied());
    command
}

fn run(arguments: &[&str], settings: &[(&str, &str)]) -> Output {
    program(arguments, settings).output().unwrap()
}

fn settings(database: &str) -> Vec<(&'static str, String)> {
    let mut settings: Vec<(&'static str, String)> = [
        "API_BASE_URL_OAUTH",
        "API_BASE_URL_PRISONER_SEARCH",
        "API_BASE_URL_PRISON_REGISTER",
        "API_BASE_URL_PRISON_API",
    ]
    .map(|name| (name, NOWHERE.to_owned()))
    .into();
    settings.extend([
        ("LOCATIONS_INSIDE_PRISON_API_CLIENT_ID", "test".into()),
        ("LOCATIONS_INSIDE_PRISON_API_CLIENT_SECRET", "test".into()),
        ("SERVER_PORT", "0".into()),
        ("MANAGEMENT_PORT", "0".into()),
        ("DATABASE_URL", database.to_owned()),
        ("DEVELOPMENT_MODE", "true".into()),
        ("DEVELOPMENT_KEY_FILE", concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/platform/test-key-1.pem").into()),
    ]);
    settings
}

fn borrowed<'a>(settings: &'a [(&'static str, String)]) -> Vec<(&'a str, &'a str)> {
    settings.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

/// A service that runs, and what it logs. Killed at the end, unless it ended before.
struct Running {
    child: Child,
    log: mpsc::Receiver<Value>,
    port: u16,
}

impl Running {
    fn start(settings: &[(&str, &str)]) -> Self {
        let mut child = program(&["serve"], settings).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (send, log) = mpsc::channel();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let line = serde_json::from_str(&line).unwrap_or_else(|_| panic!("not JSON: {line}"));
                if send.send(line).is_err() {
                    break;
                }
            }
        });
        let mut running = Self { child, log, port: 0 };
        running.port = u16::try_from(running.wait_for("ready")["port"].as_u64().unwrap()).unwrap();
        running
    }

    /// The next log line with this message.
    fn wait_for(&self, message: &str) -> Value {
        let end = Instant::now() + PATIENCE;
        loop {
            let line = self.log.recv_timeout(end.saturating_duration_since(Instant::now()));
            let line = line.unwrap_or_else(|_| panic!("the log never said {message:?}"));
            if line["message"] == message {
                return line;
            }
        }
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    fn terminate(&self) {
        let killed = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(killed.success());
    }

    /// Its exit code.
    fn wait(&mut self) -> Option<i32> {
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            assert!(Instant::now() < end, "it does not end");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn settings_that_are_missing_or_wrong_stop_the_start_with_a_line_each() {
    let output = run(&["serve"], &[("SERVER_PORT", "eighty"), ("API_BASE_URL_OAUTH", "http://auth")]);
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8(output.stderr).unwrap();
    for line in [
        "DATABASE_URL: not set",
        "API_BASE_URL_PRISONER_SEARCH: not set",
        "API_BASE_URL_PRISON_REGISTER: not set",
        "API_BASE_URL_PRISON_API: not set",
        "LOCATIONS_INSIDE_PRISON_API_CLIENT_ID: not set",
        "LOCATIONS_INSIDE_PRISON_API_CLIENT_SECRET: not set",
        "SERVER_PORT: \"eighty\" is not a port number",
    ] {
        assert!(told.lines().any(|told| told.starts_with(line)), "{line} is not in\n{told}");
    }
    assert_eq!(told.lines().count(), 7, "{told}");
    assert!(output.stdout.is_empty());
}

#[test]
fn a_development_key_that_is_not_there_stops_the_start() {
    let mut settings = settings("postgresql://nobody@127.0.0.1:9/nothing");
    settings.retain(|(name, _)| *name != "DEVELOPMENT_KEY_FILE");
    settings.push(("DEVELOPMENT_KEY_FILE", "/no/such/file".into()));
    let output = run(&["serve"], &borrowed(&settings));
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().starts_with("DEVELOPMENT_KEY_FILE: /no/such/file: "));
}

#[test]
fn a_database_that_is_not_there_stops_the_start() {
    let output = run(&["serve"], &borrowed(&settings("postgresql://nobody@127.0.0.1:9/nothing")));
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains("database"));
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_that_lack_what_is_needed_stop_the_start_with_a_line_each() {
    let database = TestDatabase::own_copy().await;
    database.execute("ALTER TABLE location DROP COLUMN local_name; DROP TABLE signed_operation_capacity").await;
    let output = run(&["serve"], &borrowed(&settings(&database.url())));
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("local_name") && told.contains("signed_operation_capacity"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_makes_its_tables_serves_and_ends_when_it_is_told_to() {
    let database = TestDatabase::empty().await;
    let settings = settings(&database.url());
    let mut service = Running::start(&borrowed(&settings));
    let ready = reqwest::get(service.url("/health/readiness")).await.unwrap();
    assert_eq!(ready.json::<Value>().await.unwrap(), json!({"status": "UP"}));
    let port = service.port.to_string();
    assert!(run(&["healthcheck"], &[("SERVER_PORT", &port)]).status.success());

    // The token command and development mode belong together.
    let token = run(&["token", "--roles", "VIEW_LOCATIONS", "--user", "ME"], &borrowed(&settings));
    let token = String::from_utf8(token.stdout).unwrap();
    let client = reqwest::Client::new();
    let page = client.get(service.url("/locations")).bearer_auth(token.trim()).send().await.unwrap();
    assert_eq!(page.status(), 200);
    let keys: Value =
        reqwest::get(service.url("/development/.well-known/jwks.json")).await.unwrap().json().await.unwrap();
    assert_eq!(keys["keys"][0]["alg"], "RS256");
    assert_eq!(keys["keys"][0].get("d"), None, "the private part is given away");

    service.terminate();
    assert_eq!(service.wait(), Some(0));
    assert!(!run(&["healthcheck"], &[("SERVER_PORT", &port)]).status.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn at_its_end_readiness_is_refused_first_and_what_runs_may_finish() {
    let database = TestDatabase::empty().await;
    let mut settings = settings(&database.url());
    settings.push(("SHUTDOWN_DELAY", "1s".into()));
    let mut service = Running::start(&borrowed(&settings));
    let token = run(&["token", "--roles", "SYNC_LOCATIONS", "--scopes", "write"], &borrowed(&settings));
    let token = String::from_utf8(token.stdout).unwrap();

    // Half of a request is on its way when the end comes.
    let body = r#"{"prisonId": "LEI", "code": "A", "locationType": "WING", "lastUpdatedBy": "X"}"#;
    let mut running = TcpStream::connect(("127.0.0.1", service.port)).unwrap();
    write!(
        running,
        "POST /sync/upsert HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{}",
        token.trim(),
        body.len(),
        &body[..20]
    )
    .unwrap();
    let ready = reqwest::get(service.url("/health/readiness")).await.unwrap();
    assert_eq!(ready.status(), 200);

    service.terminate();
    service.wait_for("stopping");
    let refused = reqwest::get(service.url("/health/readiness")).await.unwrap();
    assert_eq!(refused.status(), 503);
    let alive = reqwest::get(service.url("/health/liveness")).await.unwrap();
    assert_eq!(alive.status(), 200);

    let end = Instant::now() + PATIENCE;
    while TcpStream::connect(("127.0.0.1", service.port)).is_ok() {
        assert!(Instant::now() < end, "it goes on taking connections");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    running.write_all(&body.as_bytes()[20..]).unwrap();
    let mut answer = String::new();
    running.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 201 "), "{answer}");
    assert_eq!(service.wait(), Some(0));
}

#[test]
fn a_token_is_made_in_development_mode_only() {
    let output = run(&["token", "--roles", "VIEW_LOCATIONS"], &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.starts_with("DEVELOPMENT_MODE: ") && told.contains("DEVELOPMENT_KEY_FILE: not set"), "{told}");
}

#[test]
fn the_openapi_document_can_be_printed() {
    let json: Value = serde_json::from_slice(&run(&["openapi"], &[]).stdout).unwrap();
    assert_eq!(json["openapi"], "3.1.0");
    assert!(run(&["openapi", "--yaml"], &[]).stdout.starts_with(b"openapi: 3.1.0"));
}
