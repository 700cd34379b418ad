//! Listens to one queue: long polling, several messages at a time, one that fails comes again (07 section 4.3).

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_sqs::types::{Message, MessageSystemAttributeName};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::events::aws::describe;

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
                let found = self.sqs.get_queue_url().queue_name(&self.queue).send().await;
                let found = found.map_err(|e| describe(&e))?.queue_url.unwrap_or_default();
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

    fn seconds_until_again(&self, received: usize) -> u32 {
        let timeouts = &self.error_visibility_timeouts;
        timeouts.get(received.saturating_sub(1)).or(timeouts.last()).copied().unwrap_or(0)
    }
}

fn receive_count(message: &Message) -> usize {
    let attributes = message.attributes.as_ref();
    let count = attributes.and_then(|a| a.get(&MessageSystemAttributeName::ApproximateReceiveCount));
    count.and_then(|c| c.parse().ok()).unwrap_or(1)
}
