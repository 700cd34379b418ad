//! Where domain events go: to SNS, or to the log when no topic is configured.

use std::collections::HashMap;

use aws_sdk_sns::error::ProvideErrorMetadata;
use aws_sdk_sns::types::{MessageAttributeValue, PublishBatchRequestEntry};
use tracing::Span;

use super::aws;
use super::line_up::Outcome;
use crate::store::outbox::events::UnsentEvent;
use crate::telemetry::trace_context::{self, TraceContext, current_traceparent};

/// Where domain events go.
#[derive(Clone, Debug)]
pub enum Topic {
    /// A topic of SNS.
    Sns {
        /// How to reach it.
        client: aws_sdk_sns::Client,
        /// Its ARN.
        arn: String,
    },
    /// The log.
    Log,
}

impl Topic {
    /// Sends a batch. Answers an outcome for each event, in order.
    pub async fn publish(&self, batch: &[UnsentEvent]) -> Vec<Outcome> {
        match self {
            Self::Sns { client, arn } => publish_to_sns(client, arn, batch).await,
            Self::Log => {
                for event in batch {
                    tracing::info!(event_id = %event.event_id, event_type = event.event_type, message = event.message,
                        "domain event (no topic is configured)");
                }
                vec![Outcome::Sent; batch.len()]
            }
        }
    }
}

/// The attribute that carries the W3C trace context.
const TRACEPARENT: &str = "traceparent";

/// The attributes of an event's message (07 section 3.2, decisions B2 and C5).
pub fn attributes(event: &UnsentEvent) -> Vec<(&'static str, String)> {
    let mut attributes = vec![("eventType", event.event_type.clone()), ("eventId", event.event_id.to_string())];
    attributes.extend(event.traceparent.clone().map(|traceparent| (TRACEPARENT, traceparent)));
    attributes.extend(event.replay.then(|| ("replay", "true".to_owned())));
    attributes
}

async fn publish_to_sns(client: &aws_sdk_sns::Client, arn: &str, batch: &[UnsentEvent]) -> Vec<Outcome> {
    let spans: Vec<Span> = batch.iter().map(|event| publish_span(event, arn)).collect();
    let entries = batch.iter().zip(&spans).map(|(event, span)| entry(event, span));
    let entries = match entries.collect::<Result<Vec<_>, _>>() {
        Ok(entries) => entries,
        Err(error) => return vec![Outcome::Failed(error.to_string()); batch.len()],
    };
    let answer = client.publish_batch().topic_arn(arn).set_publish_batch_request_entries(Some(entries)).send().await;
    match answer {
        Ok(answer) => {
            let mut by_id = HashMap::new();
            for sent in answer.successful() {
                by_id.insert(sent.id().unwrap_or_default().to_owned(), Outcome::Sent);
            }
            for failed in answer.failed() {
                let outcome = entry_failed(failed.code(), failed.message().unwrap_or_default());
                by_id.insert(failed.id().to_owned(), outcome);
            }
            let missing = || Outcome::Failed("the answer does not speak of it".to_owned());
            batch.iter().map(|event| by_id.remove(&event.id.to_string()).unwrap_or_else(missing)).collect()
        }
        Err(error) => {
            let text = aws::describe(&error);
            let refused = error.code().is_some_and(|code| is_refusal(code, &text));
            vec![if refused { Outcome::RefusedTogether(text) } else { Outcome::Failed(text) }; batch.len()]
        }
    }
}

/// The span of an event's publication, in the trace of the request that made the change (07 section 11).
fn publish_span(event: &UnsentEvent, arn: &str) -> Span {
    let span = tracing::info_span!(
        "publish",
        otel.name = %format!("PUBLISH {}", event.event_type),
        otel.kind = "producer",
        messaging.destination.name = arn,
        messaging.message.id = %event.event_id
    );
    if let Some(parent) = event.traceparent.as_deref().and_then(TraceContext::parse) {
        trace_context::set_parent(&span, parent);
    }
    span
}

fn entry(event: &UnsentEvent, span: &Span) -> Result<PublishBatchRequestEntry, aws_sdk_sns::error::BuildError> {
    let mut entry = PublishBatchRequestEntry::builder().id(event.id.to_string()).message(&event.message);
    let mut attributes = attributes(event);
    // When traces are exported, whoever receives the event goes on from its publication.
    if let Some(exported) = span.in_scope(current_traceparent) {
        attributes.retain(|(name, _)| *name != TRACEPARENT);
        attributes.push((TRACEPARENT, exported));
    }
    for (name, value) in attributes {
        let value = MessageAttributeValue::builder().data_type("String").string_value(value).build()?;
        entry = entry.message_attributes(name, value);
    }
    entry.build()
}

fn entry_failed(code: &str, message: &str) -> Outcome {
    let text = format!("{code}: {message}");
    if is_refusal(code, &text) { Outcome::Refused(text) } else { Outcome::Failed(text) }
}

/// Whether SNS or SQS says with this that it will never take the message. What it says of the topic itself is a matter of the
/// settings, and passes when they are mended.
pub fn is_refusal(code: &str, text: &str) -> bool {
    const OF_THE_MESSAGE: [&str; 9] = [
        "InvalidParameter",
        "InvalidParameterValue",
        "ParameterValueInvalid",
        "ValidationError",
        "Validation",
        "InvalidMessageContents",
        "BatchRequestTooLong",
        "InvalidBatchEntryId",
        "InvalidAttributeValue",
    ];
    let code = code.rsplit(['.', '#']).next().unwrap_or(code);
    let code = code.strip_suffix("Exception").unwrap_or(code);
    OF_THE_MESSAGE.contains(&code) && !text.contains("TopicArn") && !text.contains("QueueUrl")
}

#[cfg(test)]
mod tests {
    use super::is_refusal;

    #[test]
    fn only_what_is_said_of_the_message_is_a_refusal() {
        for (code, text, refusal) in [
            ("InvalidParameter", "Invalid parameter: Message too long", true),
            ("InvalidParameterException", "Invalid parameter: Message Reason: no characters", true),
            ("ValidationException", "1 validation error detected", true),
            ("AWS.SimpleQueueService.BatchRequestTooLong", "Batch requests cannot be longer than 262144 bytes", true),
            ("com.amazonaws.sqs#InvalidMessageContents", "characters outside the allowed set", true),
            ("InvalidParameter", "Invalid parameter: TopicArn Reason: ...", false),
            ("NotFound", "Topic does not exist", false),
            ("AuthorizationError", "not authorized", false),
            ("KMSThrottling", "rate exceeded", false),
            ("InternalError", "", false),
            ("Throttling", "Rate exceeded", false),
        ] {
            assert_eq!(is_refusal(code, text), refusal, "{code}: {text}");
        }
    }
}
