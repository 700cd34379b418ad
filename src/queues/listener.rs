//! Listens to one queue: long polling, several messages at a time, one that fails comes again (07 section 4.3).

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_sqs::types::{Message, MessageSystemAttributeName};
use serde::{Deserialize, Deserializer};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::events::aws::{describe, queue_depth, queue_url};

/// How long one receive waits for messages.
const LONG_POLL: Duration = Duration::from_secs(10);
/// How long a receive may take in all.
const RECEIVE_TIMEOUT: Duration = Duration::from_secs(20);
/// How long the listener waits after a receive that failed.
const AFTER_OUTAGE: Duration = Duration::from_secs(5);
/// The most messages that SQS gives at once.
const MOST_AT_ONCE: usize = 10;

/// A queue that is listened to.
pub(super) struct Listener {
    /// The client of SQS.
    pub sqs: aws_sdk_sqs::Client,
    /// Name of the queue.
    pub queue: String,
    /// How many messages are worked on at once.
    pub at_once: usize,
    /// Seconds before a message that failed comes again, by how often it was received; the last one repeats.
    pub error_visibility_timeouts: Vec<u32>,
}

impl Listener {
    /// Listens until `stop`; then what is being worked on is finished. `handle` says why a message failed.
    pub async fn run<F, A>(self, handle: F, stop: CancellationToken)
    where
        F: Fn(String) -> A + Send + Sync + 'static,
        A: Future<Output = Result<(), String>> + Send + 'static,
    {
        let (listener, handle) = (Arc::new(self), Arc::new(handle));
        let places = Arc::new(Semaphore::new(listener.at_once));
        let at_work = TaskTracker::new();
        let mut url = None;
        while let Some(Ok(place)) = stop.run_until_cancelled(places.clone().acquire_owned()).await {
            let free = places.available_permits() + 1;
            match stop.run_until_cancelled(listener.receive(&mut url, free)).await {
                None => break,
                Some(Err(error)) => {
                    tracing::warn!(queue = listener.queue, error, "messages can't be received");
                    let _ = stop.run_until_cancelled(tokio::time::sleep(AFTER_OUTAGE)).await;
                }
                Some(Ok(messages)) => {
                    let mut first = Some(place);
                    for message in messages {
                        let place = match first.take() {
                            Some(place) => place,
                            // There is one: no more were asked for than there are places.
                            None => match places.clone().acquire_owned().await {
                                Ok(place) => place,
                                Err(_) => break,
                            },
                        };
                        let url = url.clone().unwrap_or_default();
                        at_work.spawn(listener.clone().work(handle.clone(), url, message, place));
                    }
                }
            }
        }
        at_work.close();
        at_work.wait().await;
    }

    async fn receive(&self, url: &mut Option<String>, free: usize) -> Result<Vec<Message>, String> {
        let queue_url = match url {
            Some(url) => url.clone(),
            None => {
                let found = queue_url(&self.sqs, &self.queue).await?;
                url.insert(found).clone()
            }
        };
        let most = i32::try_from(free.min(MOST_AT_ONCE)).unwrap_or(1);
        let timeouts = aws_sdk_sqs::config::timeout::TimeoutConfig::builder()
            .operation_timeout(RECEIVE_TIMEOUT)
            .operation_attempt_timeout(RECEIVE_TIMEOUT)
            .build();
        let received = self
            .sqs
            .receive_message()
            .queue_url(queue_url)
            .max_number_of_messages(most)
            .wait_time_seconds(i32::try_from(LONG_POLL.as_secs()).unwrap_or(0))
            .message_system_attribute_names(MessageSystemAttributeName::ApproximateReceiveCount)
            .customize()
            .config_override(aws_sdk_sqs::config::Builder::new().timeout_config(timeouts))
            .send()
            .await
            .map_err(|e| describe(&e))?;
        Ok(received.messages.unwrap_or_default())
    }

    async fn work<F, A>(self: Arc<Self>, handle: Arc<F>, url: String, message: Message, _place: OwnedSemaphorePermit)
    where
        F: Fn(String) -> A + Send + Sync + 'static,
        A: Future<Output = Result<(), String>> + Send + 'static,
    {
        let receipt = message.receipt_handle.clone().unwrap_or_default();
        // A handler that panics is a message that failed.
        let outcome = tokio::spawn(handle(message.body.clone().unwrap_or_default())).await;
        let outcome = outcome.unwrap_or_else(|panic| Err(panic.to_string()));
        let queue = &self.queue;
        let done = match outcome {
            Ok(()) => {
                metrics::counter!("queue_messages_total", "queue" => queue.clone(), "outcome" => "done").increment(1);
                let deleted = self.sqs.delete_message().queue_url(url).receipt_handle(receipt).send().await;
                deleted.map(drop).map_err(|e| describe(&e))
            }
            Err(error) => {
                metrics::counter!("queue_messages_total", "queue" => queue.clone(), "outcome" => "failed").increment(1);
                let received = receive_count(&message);
                tracing::error!(queue, message_id = message.message_id, received, error, "a message failed");
                self.tell_of_last_failure(&message, received).await;
                let again = self.sqs.change_message_visibility().queue_url(url).receipt_handle(receipt);
                let seconds = i32::try_from(self.seconds_until_again(received)).unwrap_or(0);
                again.visibility_timeout(seconds).send().await.map(drop).map_err(|e| describe(&e))
            }
        };
        if let Err(error) = done {
            // It comes again when its visibility ends; both handlers bear that.
            tracing::warn!(queue, error, "a message could not be marked");
        }
    }

    /// The telemetry event of a message that SQS moves to the dead-letter queue next (07 section 3.8).
    async fn tell_of_last_failure(&self, message: &Message, received: usize) {
        let Some(redrive) = self.redrive().await.filter(|redrive| received >= redrive.max_receive_count) else {
            return;
        };
        let timeouts: Vec<String> = self.error_visibility_timeouts.iter().map(u32::to_string).collect();
        crate::telemetry::custom_event(
            &format!("{}-sent-to-dlq", event_type(message.body().unwrap_or_default())),
            &[
                ("queueName", self.queue.clone()),
                ("dlqName", redrive.dlq_name().to_owned()),
                ("timeouts", timeouts.join(",")),
                ("maxReceiveCount", redrive.max_receive_count.to_string()),
            ],
        );
    }

    /// How often messages are received before they go to which dead-letter queue; none where they never do, or nobody knows.
    async fn redrive(&self) -> Option<Redrive> {
        let depth = queue_depth(&self.sqs, &self.queue).await;
        let depth = depth.map_err(|error| tracing::warn!(queue = self.queue, error, "no redrive policy")).ok()?;
        serde_json::from_str(&depth.redrive_policy?).ok()
    }

    fn seconds_until_again(&self, received: usize) -> u32 {
        let timeouts = &self.error_visibility_timeouts;
        timeouts.get(received.saturating_sub(1)).or(timeouts.last()).copied().unwrap_or(0)
    }
}

/// The redrive policy of a queue, as SQS keeps it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Redrive {
    dead_letter_target_arn: String,
    #[serde(deserialize_with = "number_or_text")]
    max_receive_count: usize,
}

impl Redrive {
    fn dlq_name(&self) -> &str {
        self.dead_letter_target_arn.rsplit(':').next().unwrap_or_default()
    }
}

/// SQS keeps the number as it was given: plain or in quotes.
fn number_or_text<'de, D: Deserializer<'de>>(from: D) -> Result<usize, D::Error> {
    let value = serde_json::Value::deserialize(from)?;
    value.to_string().trim_matches('"').parse().map_err(serde::de::Error::custom)
}

/// The type that a message says it has, as far as it can be read.
fn event_type(body: &str) -> String {
    let body: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
    body["eventType"].as_str().unwrap_or("unknown").to_owned()
}

fn receive_count(message: &Message) -> usize {
    let attributes = message.attributes.as_ref();
    let count = attributes.and_then(|a| a.get(&MessageSystemAttributeName::ApproximateReceiveCount));
    count.and_then(|c| c.parse().ok()).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redrive_policy_is_read_whether_its_number_is_in_quotes_or_not() {
        for count in ["3", "\"3\""] {
            let policy =
                format!("{{\"deadLetterTargetArn\":\"arn:aws:sqs:eu-west-2:1:a-dlq\",\"maxReceiveCount\":{count}}}");
            let redrive: Redrive = serde_json::from_str(&policy).unwrap();
            assert_eq!((redrive.dlq_name(), redrive.max_receive_count), ("a-dlq", 3));
        }
    }

    #[test]
    fn the_type_of_a_message_is_read_if_it_can_be() {
        assert_eq!(event_type(r#"{"eventType": "TestEvent"}"#), "TestEvent");
        for poison in ["", "not JSON", "[1]", r#"{"eventType": 1}"#] {
            assert_eq!(event_type(poison), "unknown", "{poison}");
        }
    }
}
