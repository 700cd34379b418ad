//! The world around the service: SNS and SQS that accept everything at once, an authorisation server that gives a token, a
//! Prisoner Search that finds nobody. It has a thread of its own, so that the time at which an event arrives is not that at which
//! the load generator gets round to it.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Uri, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use uuid::Uuid;

use crate::Outcome;

/// The sink, as the measurement sees it.
pub struct Sink {
    /// Where it listens.
    pub url: String,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Default)]
struct Seen {
    events: u64,
    arrivals: HashMap<Uuid, Instant>,
}

/// What is read of an event.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EventMessage {
    additional_information: AboutWhat,
}

#[derive(Deserialize)]
struct AboutWhat {
    id: Option<Uuid>,
}

impl Sink {
    /// Starts it on a free port of this machine.
    pub fn start() -> Outcome<Self> {
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let url = format!("http://{}", listener.local_addr()?);
        let seen = Arc::new(Mutex::new(Seen::default()));
        let router = Router::new().fallback(answer).with_state((url.clone(), seen.clone()));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        std::thread::Builder::new()
            .name("sink".into())
            .spawn(move || runtime.block_on(async { axum::serve(TcpListener::from_std(listener)?, router).await }))?;
        Ok(Self { url, seen })
    }

    /// Forgets what has arrived so far.
    pub fn forget(&self) {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Seen::default();
    }

    /// How many events have arrived since, and when the first one of each location did.
    pub fn arrivals(&self) -> (u64, HashMap<Uuid, Instant>) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        (seen.events, std::mem::take(&mut seen.arrivals))
    }
}

type World = (String, Arc<Mutex<Seen>>);

async fn answer(State((url, seen)): State<World>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let now = Instant::now();
    let path = uri.path();
    if path.starts_with("/auth") {
        return json_answer(&auth(path));
    }
    if path.starts_with("/prisoner-search") {
        return json_answer(&json!({ "content": [], "last": true, "totalElements": 0 }));
    }
    if let Some(prison_id) = path.strip_prefix("/prison-register/prisons/id/") {
        return json_answer(&prison(prison_id));
    }
    match headers.get("x-amz-target").and_then(|target| target.to_str().ok()) {
        Some(target) => json_answer(&sqs(&url, target, &body)),
        None => ([(header::CONTENT_TYPE, "text/xml")], sns(&body, now, &seen)).into_response(),
    }
}

fn json_answer(body: &Value) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}

fn auth(path: &str) -> Value {
    if path.ends_with("/oauth/token") {
        json!({ "access_token": "bench", "token_type": "bearer", "expires_in": 3600 })
    } else if path.ends_with("/jwks.json") {
        json!({ "keys": [] })
    } else {
        json!({ "status": "UP" })
    }
}

fn prison(prison_id: &str) -> Value {
    json!({ "prisonId": prison_id, "prisonName": prison_id, "active": true, "male": true, "female": false,
        "contracted": false, "lthse": false })
}

fn sqs(url: &str, target: &str, body: &[u8]) -> Value {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    match target.rsplit('.').next().unwrap_or_default() {
        "SendMessageBatch" => {
            let entries = body["Entries"].as_array().map(Vec::as_slice).unwrap_or_default();
            let sent =
                |entry: &Value| json!({ "Id": entry["Id"], "MessageId": Uuid::new_v4(), "MD5OfMessageBody": "" });
            json!({ "Successful": entries.iter().map(sent).collect::<Vec<_>>(), "Failed": [] })
        }
        "SendMessage" => json!({ "MessageId": Uuid::new_v4(), "MD5OfMessageBody": "" }),
        "GetQueueUrl" | "CreateQueue" => {
            json!({ "QueueUrl": format!("{url}/000000000000/{}", body["QueueName"].as_str().unwrap_or_default()) })
        }
        "ReceiveMessage" => json!({ "Messages": [] }),
        _ => json!({}),
    }
}

/// Answers a call of SNS, and notes the events in it.
fn sns(body: &[u8], now: Instant, seen: &Mutex<Seen>) -> String {
    let (mut action, mut accepted) = (String::new(), String::new());
    for (name, value) in form_urlencoded::parse(body) {
        let entry = name.strip_prefix("PublishBatchRequestEntries.member.").and_then(|rest| rest.split_once('.'));
        match (&*name, entry.map(|(_, field)| field)) {
            ("Action", _) => action = value.into_owned(),
            (_, Some("Id")) => {
                // Writing to a string does not fail.
                let _ = write!(accepted, "<member><Id>{value}</Id><MessageId>{}</MessageId></member>", Uuid::new_v4());
            }
            ("Message", _) | (_, Some("Message")) => note(&value, now, seen),
            _ => {}
        }
    }
    let result = match action.as_str() {
        "PublishBatch" => format!("<Successful>{accepted}</Successful><Failed/>"),
        "Publish" => format!("<MessageId>{}</MessageId>", Uuid::new_v4()),
        _ => String::new(),
    };
    format!(
        "<{action}Response xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><{action}Result>{result}</{action}Result>\
         <ResponseMetadata><RequestId>bench</RequestId></ResponseMetadata></{action}Response>"
    )
}

fn note(message: &str, now: Instant, seen: &Mutex<Seen>) {
    let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
    seen.events += 1;
    if let Ok(EventMessage { additional_information: AboutWhat { id: Some(id) } }) = serde_json::from_str(message) {
        seen.arrivals.entry(id).or_insert(now);
    }
}
