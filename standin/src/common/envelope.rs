//! What is in a message of a queue: the envelope of SNS, or one of our own with the same form (08 sections 6.1, 7.6, 8.5).

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A message, as it was received.
#[derive(Clone, Debug)]
pub struct Received {
    /// Its id at the broker.
    pub message_id: String,
    /// Which delivery this is, from 1.
    pub delivery: i32,
    /// The whole text.
    pub body: String,
    /// The text read as an envelope; without `Type` and `Message` if it is none.
    pub envelope: Envelope,
}

/// The envelope.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Envelope {
    /// `Notification` for what a topic has sent; another word for messages of our own.
    #[serde(rename = "Type", default)]
    pub kind: String,
    /// What was sent, usually JSON.
    #[serde(rename = "Message", default)]
    pub message: String,
    /// Attributes: each has `Type` and `Value`.
    #[serde(rename = "MessageAttributes", default, skip_serializing_if = "Value::is_null")]
    pub attributes: Value,
}

/// The word for what a topic has sent.
pub const NOTIFICATION: &str = "Notification";

impl Envelope {
    /// Reads the text of a message. What is no envelope has no `Type`.
    pub fn read(body: &str) -> Self {
        serde_json::from_str(body).unwrap_or_default()
    }

    /// The text of a message of our own.
    pub fn text(kind: &str, message: String) -> String {
        let envelope = Self { kind: kind.to_owned(), message, attributes: Value::Null };
        serde_json::to_string(&envelope).unwrap_or_default()
    }

    /// The attribute `eventType`.
    pub fn attribute_event_type(&self) -> Option<&str> {
        self.attributes.get("eventType")?.get("Value")?.as_str()
    }

    /// The type of the event: from the attribute, else from the JSON of the message.
    pub fn event_type(&self) -> Option<String> {
        if let Some(found) = self.attribute_event_type() {
            return Some(found.to_owned());
        }
        let message: Value = serde_json::from_str(&self.message).ok()?;
        Some(message.get("eventType")?.as_str()?.to_owned())
    }
}
