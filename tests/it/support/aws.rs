//! A server that speaks like SNS and SQS as far as the relays need it, remembers what it took, and fails as it is told.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// A message as it came: of SNS or of SQS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub id: String,
    pub message: String,
    pub attributes: BTreeMap<String, String>,
}

impl Entry {
    pub fn attribute(&self, name: &str) -> &str {
        self.attributes.get(name).map_or("", String::as_str)
    }
}

/// What the server answers to a batch.
#[derive(Clone, Debug)]
pub enum Answer {
    /// For each entry: taken, or refused with this code and message.
    Entries(Vec<Result<(), (&'static str, &'static str)>>),
    /// The whole call fails with this status, code and message.
    Fails(u16, &'static str, &'static str),
}

impl Answer {
    /// All are taken.
    pub fn all(batch: &[Entry]) -> Self {
        Self::Entries(vec![Ok(()); batch.len()])
    }

    /// Nothing works.
    pub fn outage() -> Self {
        Self::Fails(503, "ServiceUnavailable", "away")
    }
}

/// Decides on each batch.
pub type Mood = Box<dyn FnMut(&[Entry]) -> Answer + Send>;

/// One of the two services.
#[derive(Default)]
struct Service {
    mood: Option<Mood>,
    delay: Duration,
    batches: Vec<usize>,
    taken: Vec<Entry>,
}

impl Service {
    fn decide(&mut self, batch: Vec<Entry>) -> (Vec<Entry>, Answer) {
        let answer = self.mood.as_mut().map_or_else(|| Answer::all(&batch), |mood| mood(&batch));
        self.batches.push(batch.len());
        if let Answer::Entries(results) = &answer {
            let taken = batch.iter().zip(results).filter(|(_, result)| result.is_ok());
            self.taken.extend(taken.map(|(entry, _)| entry.clone()));
        }
        (batch, answer)
    }
}

/// The server. Topic and queues need not be made.
pub struct FakeAws {
    pub url: String,
    sns: Shared,
    sqs: Shared,
}

type Shared = Arc<Mutex<Service>>;

impl FakeAws {
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (sns, sqs) = (Shared::default(), Shared::default());
        let router = Router::new().fallback(answer).with_state((sns.clone(), sqs.clone()));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, sns, sqs }
    }

    /// SNS decides so from now on.
    pub fn sns_mood(&self, mood: impl FnMut(&[Entry]) -> Answer + Send + 'static) {
        self.sns.lock().unwrap().mood = Some(Box::new(mood));
    }

    /// SQS decides so from now on.
    pub fn sqs_mood(&self, mood: impl FnMut(&[Entry]) -> Answer + Send + 'static) {
        self.sqs.lock().unwrap().mood = Some(Box::new(mood));
    }

    /// SNS takes that long to answer after it has taken a batch.
    pub fn sns_delay(&self, delay: Duration) {
        self.sns.lock().unwrap().delay = delay;
    }

    /// What SNS took, in order.
    pub fn published(&self) -> Vec<Entry> {
        self.sns.lock().unwrap().taken.clone()
    }

    /// How many entries each call to SNS had.
    pub fn batches(&self) -> Vec<usize> {
        self.sns.lock().unwrap().batches.clone()
    }

    /// What SQS took.
    pub fn audited(&self) -> Vec<Entry> {
        self.sqs.lock().unwrap().taken.clone()
    }

    /// How many entries each call to SQS had.
    pub fn audit_batches(&self) -> Vec<usize> {
        self.sqs.lock().unwrap().batches.clone()
    }
}

async fn answer(State((sns, sqs)): State<(Shared, Shared)>, headers: HeaderMap, body: Bytes) -> Response {
    match headers.get("x-amz-target").and_then(|target| target.to_str().ok()) {
        Some(target) => answer_sqs(&sqs, target, &body),
        None => answer_sns(&sns, &body).await,
    }
}

async fn answer_sns(sns: &Shared, body: &[u8]) -> Response {
    let form: BTreeMap<String, String> = form_urlencoded::parse(body).into_owned().collect();
    let action = form["Action"].clone();
    if action != "PublishBatch" {
        return (StatusCode::OK, format!("<{action}Response><{action}Result/></{action}Response>")).into_response();
    }
    let entries = (1..).map_while(|n| entry(&form, &format!("PublishBatchRequestEntries.member.{n}"))).collect();
    let ((batch, answer), delay) = {
        let mut sns = sns.lock().unwrap();
        (sns.decide(entries), sns.delay)
    };
    tokio::time::sleep(delay).await;
    match answer {
        Answer::Fails(status, code, message) => {
            let error = format!("<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>");
            (StatusCode::from_u16(status).unwrap(), format!("<ErrorResponse>{error}</ErrorResponse>")).into_response()
        }
        Answer::Entries(results) => {
            let (mut successful, mut failed) = (String::new(), String::new());
            for (entry, result) in batch.iter().zip(results) {
                let id = &entry.id;
                match result {
                    Ok(()) => {
                        successful.push_str(&format!("<member><Id>{id}</Id><MessageId>m{id}</MessageId></member>"))
                    }
                    Err((code, message)) => failed.push_str(&format!(
                        "<member><Id>{id}</Id><Code>{code}</Code><Message>{message}</Message>\
                         <SenderFault>true</SenderFault></member>"
                    )),
                }
            }
            let result = format!("<Successful>{successful}</Successful><Failed>{failed}</Failed>");
            format!("<PublishBatchResponse><PublishBatchResult>{result}</PublishBatchResult></PublishBatchResponse>")
                .into_response()
        }
    }
}

fn entry(form: &BTreeMap<String, String>, prefix: &str) -> Option<Entry> {
    let attribute = |n: usize| {
        let at = format!("{prefix}.MessageAttributes.entry.{n}");
        let name = form.get(&format!("{at}.Name"))?.clone();
        assert_eq!(form[&format!("{at}.Value.DataType")], "String");
        Some((name, form[&format!("{at}.Value.StringValue")].clone()))
    };
    Some(Entry {
        id: form.get(&format!("{prefix}.Id"))?.clone(),
        message: form[&format!("{prefix}.Message")].clone(),
        attributes: (1..).map_while(attribute).collect(),
    })
}

fn answer_sqs(sqs: &Shared, target: &str, body: &[u8]) -> Response {
    let body: Value = serde_json::from_slice(body).unwrap();
    if target != "AmazonSQS.SendMessageBatch" {
        let url = format!("http://queue/{}", body["QueueName"].as_str().unwrap_or("any"));
        return axum::Json(json!({ "QueueUrl": url, "Attributes": {} })).into_response();
    }
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let attributes = |entry: &Value| {
        let attributes = entry["MessageAttributes"].as_object().into_iter().flatten();
        attributes.map(|(name, value)| (name.clone(), text(&value["StringValue"]))).collect()
    };
    let entries = body["Entries"].as_array().unwrap().iter().map(|entry| Entry {
        id: text(&entry["Id"]),
        message: text(&entry["MessageBody"]),
        attributes: attributes(entry),
    });
    let (batch, answer) = sqs.lock().unwrap().decide(entries.collect());
    match answer {
        Answer::Fails(status, code, message) => {
            let body = axum::Json(json!({ "__type": format!("com.amazonaws.sqs#{code}"), "message": message }));
            (StatusCode::from_u16(status).unwrap(), body).into_response()
        }
        Answer::Entries(results) => {
            let (mut successful, mut failed) = (Vec::new(), Vec::new());
            for (entry, result) in batch.iter().zip(results) {
                match result {
                    Ok(()) => successful.push(
                        json!({ "Id": entry.id, "MessageId": format!("m{}", entry.id), "MD5OfMessageBody": "0" }),
                    ),
                    Err((code, message)) => {
                        failed.push(json!({ "Id": entry.id, "Code": code, "Message": message, "SenderFault": true }))
                    }
                }
            }
            axum::Json(json!({ "Successful": successful, "Failed": failed })).into_response()
        }
    }
}
