//! Listens to one queue (08 section 1.3 rules 4 to 6): several messages at a time, one that fails comes again after the next delay of a
//! list, and the last failed delivery is told as `<eventType>-sent-to-dlq`.

use std::collections::VecDeque;
use std::future::Future;
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_sdk_sqs::types::{Message, MessageSystemAttributeName};
use futures_util::future::join_all;
use tokio::sync::{Mutex as Turn, Notify, OnceCell};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::aws::{Aws, depth, describe, queue_url};
use super::envelope::{Envelope, NOTIFICATION, Received};
use super::faults::{Faults, Injected, Phase};
use super::role::Context;
use super::switches::{Switch, Switches, keep_role_setting, role_setting};
use super::telemetry::{Fields, Telemetry, fields};

/// How long one receive waits for messages. Short, so that a change of the number at a time counts soon.
const LONG_POLL_SECONDS: i32 = 2;
/// How long it waits after a receive that failed, or while it is to take nothing.
const PAUSE: Duration = Duration::from_millis(500);
/// A message of a paused event type is sent again with this delay, so that its deliveries are not used up.
const PAUSED_SECONDS: i32 = 5;
/// The most messages at a time.
pub const MOST_AT_ONCE: usize = 10;

/// Why a message failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Failed(pub String);

/// How a queue is listened to.
#[derive(Clone, Debug)]
pub struct QueueSettings {
    /// Name of the queue.
    pub queue: String,
    /// Seconds until a message that failed comes again, by delivery; the last one repeats.
    pub delays: Vec<i32>,
    /// How many messages at a time, 0 to 10, until somebody sets another number.
    pub at_once: usize,
}

/// A queue that is listened to. Shared between the loop and the endpoints.
pub struct Consumer {
    /// The clients.
    pub aws: Aws,
    /// Name of the queue.
    pub queue: String,
    role: &'static str,
    pool: sqlx::PgPool,
    delays: Vec<i32>,
    switches: Switches,
    faults: Faults,
    telemetry: Telemetry,
    at_once: AtomicUsize,
    at_work: AtomicUsize,
    /// What the broker says (`maxReceiveCount`); 0 while not known or without a dead letter queue.
    max_receives: AtomicI32,
    /// Deliveries held back by a fault, with how many others must come first.
    held: Mutex<VecDeque<(u32, Message)>>,
    freed: Notify,
    /// Held while messages are received.
    receiving: Turn<()>,
    /// The address of the queue, once it is known.
    url: OnceCell<String>,
}

impl Consumer {
    /// Makes a consumer and has the context watch its queue for quiet. Nothing is received before [`Consumer::run`].
    ///
    /// # Errors
    /// When the number at a time that was last set can't be read.
    pub async fn new(
        context: &Context,
        aws: Aws,
        switches: Switches,
        settings: QueueSettings,
    ) -> Result<Arc<Self>, sqlx::Error> {
        let kept = role_setting(&context.pool, context.role, &at_once_of(&settings.queue)).await?;
        let consumer = Arc::new(Self {
            aws,
            role: context.role,
            pool: context.pool.clone(),
            delays: settings.delays,
            switches,
            faults: context.faults.clone(),
            telemetry: context.telemetry.clone(),
            at_once: AtomicUsize::new(kept.unwrap_or(settings.at_once).min(MOST_AT_ONCE)),
            at_work: AtomicUsize::new(0),
            max_receives: AtomicI32::new(0),
            held: Mutex::default(),
            freed: Notify::new(),
            receiving: Turn::new(()),
            url: OnceCell::new(),
            queue: settings.queue,
        });
        let watched = consumer.clone();
        context.quiet.watch(consumer.queue.clone(), move || {
            let consumer = watched.clone();
            Box::pin(async move { consumer.under_way().await })
        });
        Ok(consumer)
    }

    /// Messages in the queue (visible, not visible, delayed), held back and at work; 1 when the broker does not say.
    pub async fn under_way(&self) -> i64 {
        let own = self.at_work() + self.held.lock().unwrap_or_else(PoisonError::into_inner).len();
        let broker = match self.url().await {
            Ok(url) => depth(&self.aws.sqs, &url).await.map_or(1, |d| d.total()),
            Err(_) => 1,
        };
        broker.max(i64::try_from(own).unwrap_or(i64::MAX))
    }

    async fn url(&self) -> Result<String, String> {
        self.url.get_or_try_init(|| queue_url(&self.aws.sqs, &self.queue)).await.cloned()
    }

    /// How many messages are being worked on.
    pub fn at_work(&self) -> usize {
        self.at_work.load(Ordering::SeqCst)
    }

    /// How many messages at a time.
    pub fn at_once(&self) -> usize {
        self.at_once.load(Ordering::SeqCst)
    }

    /// Sets how many messages at a time, 10 at most, and keeps the number over a restart. What is just being received comes first, so
    /// that afterwards the number holds.
    ///
    /// # Errors
    /// When it can't be kept; then it stays as it was.
    pub async fn set_at_once(&self, number: usize) -> Result<(), sqlx::Error> {
        let number = number.min(MOST_AT_ONCE);
        keep_role_setting(&self.pool, self.role, &at_once_of(&self.queue), &number).await?;
        self.at_once.store(number, Ordering::SeqCst);
        self.freed.notify_one();
        drop(self.receiving.lock().await);
        Ok(())
    }

    /// Sends a message to this queue, after so many seconds.
    ///
    /// # Errors
    /// What the broker says.
    pub async fn send(&self, body: String, delay_seconds: i32) -> Result<(), String> {
        let url = self.url().await?;
        let send = self.aws.sqs.send_message().queue_url(url).message_body(body).delay_seconds(delay_seconds);
        send.send().await.map(drop).map_err(|e| describe(&e))
    }

    /// Listens until `stop`, then finishes what is at work. `handle` gets each message whose event type is on, and says why it failed.
    pub async fn run<F, A>(self: Arc<Self>, handle: F, stop: CancellationToken)
    where
        F: Fn(Received) -> A + Send + Sync + 'static,
        A: Future<Output = Result<(), Failed>> + Send + 'static,
    {
        let handle = Arc::new(handle);
        let tasks = TaskTracker::new();
        while !stop.is_cancelled() {
            let turn = self.receiving.lock().await;
            let free = self.at_once().saturating_sub(self.at_work());
            if free == 0 || self.switches.all_paused() {
                drop(turn);
                tokio::select! {
                    () = stop.cancelled() => break,
                    () = self.freed.notified() => {}
                    () = tokio::time::sleep(PAUSE) => {}
                }
                continue;
            }
            let Some(received) = stop.run_until_cancelled(self.receive(free)).await else { break };
            match received {
                Err(error) => {
                    drop(turn);
                    tracing::warn!(queue = self.queue, error, "messages can't be received");
                    let _ = stop.run_until_cancelled(tokio::time::sleep(PAUSE)).await;
                }
                Ok((url, messages)) => {
                    for message in messages {
                        self.at_work.fetch_add(1, Ordering::SeqCst);
                        let (consumer, handle, url) = (self.clone(), handle.clone(), url.clone());
                        tasks.spawn(async move {
                            consumer.deliver(&*handle, &url, message).await;
                            consumer.at_work.fetch_sub(1, Ordering::SeqCst);
                            consumer.freed.notify_one();
                        });
                    }
                }
            }
        }
        tasks.close();
        tasks.wait().await;
    }

    async fn receive(&self, free: usize) -> Result<(String, Vec<Message>), String> {
        let url = self.url().await?;
        if self.max_receives.load(Ordering::Relaxed) == 0 {
            let known = depth(&self.aws.sqs, &url).await?.max_receives;
            self.max_receives.store(known.unwrap_or(0), Ordering::Relaxed);
        }
        // Shorter where something is held back: it goes when enough others came, or nothing else does.
        let wait =
            if self.held.lock().unwrap_or_else(PoisonError::into_inner).is_empty() { LONG_POLL_SECONDS } else { 1 };
        let received = self
            .aws
            .sqs
            .receive_message()
            .queue_url(&url)
            .max_number_of_messages(i32::try_from(free.min(MOST_AT_ONCE)).unwrap_or(1))
            .wait_time_seconds(wait)
            .message_system_attribute_names(MessageSystemAttributeName::ApproximateReceiveCount)
            .send()
            .await
            .map_err(|e| describe(&e))?;
        let mut messages = received.messages.unwrap_or_default();
        self.release_held(&mut messages);
        Ok((url, messages))
    }

    /// Adds the deliveries that a fault held back, when enough others came, or none.
    fn release_held(&self, messages: &mut Vec<Message>) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let came = u32::try_from(messages.len()).unwrap_or(u32::MAX);
        let mut still = VecDeque::new();
        for (others, message) in held.drain(..) {
            if came == 0 || others <= came {
                messages.push(message);
            } else {
                still.push_back((others - came, message));
            }
        }
        *held = still;
    }

    async fn deliver<F, A>(&self, handle: &F, url: &str, message: Message)
    where
        F: Fn(Received) -> A,
        A: Future<Output = Result<(), Failed>> + Send + 'static,
    {
        let receipt = message.receipt_handle.clone().unwrap_or_default();
        let received = read(&message);
        let event_type = received.envelope.event_type();
        let about = delivery_fields(&received, event_type.as_deref());
        let mut times = 1;
        match self.faults.at(&format!("{}.deliver", self.queue), Phase::Before, &about).await {
            // As if the broker had lost it.
            Some(Injected::Drop) => return self.delete(url, &receipt).await,
            Some(Injected::Duplicate) => times = 2,
            Some(Injected::Hold(others)) => {
                return self.held.lock().unwrap_or_else(PoisonError::into_inner).push_back((others, message));
            }
            Some(_) => return self.again(url, &receipt, received.delivery).await,
            None => {}
        }
        if received.envelope.kind == NOTIFICATION {
            match event_type.as_deref().map(|t| self.switches.of(t)).unwrap_or_default() {
                Switch::Drop => {
                    tracing::info!(queue = self.queue, event_type, "switched off: dropped");
                    return self.delete(url, &receipt).await;
                }
                Switch::Pause => return self.postpone(url, &receipt, received.body).await,
                Switch::On | Switch::Off => {}
            }
        }
        // What comes twice comes at the same time, as if two instances had it. A handler that panics is a message that failed.
        let works = (0..times).map(|_| tokio::spawn(handle(received.clone())));
        let mut done = join_all(works).await.into_iter();
        let outcome = done.try_for_each(|done| done.unwrap_or_else(|panic| Err(Failed(panic.to_string()))));
        let crashed = self.faults.at(&format!("{}.deliver", self.queue), Phase::After, &about).await;
        match outcome {
            Ok(()) if crashed.is_none() => self.delete(url, &receipt).await,
            Ok(()) => self.again(url, &receipt, received.delivery).await,
            Err(Failed(reason)) => {
                tracing::warn!(queue = self.queue, delivery = received.delivery, reason, "a message failed");
                let last = self.max_receives.load(Ordering::Relaxed);
                if last > 0 && received.delivery >= last {
                    let mut told = about.clone();
                    told.extend(fields([("queue", &self.queue), ("reason", &reason)]));
                    let kind = event_type.unwrap_or(received.envelope.kind);
                    self.telemetry.event(&format!("{kind}-sent-to-dlq"), &told);
                }
                self.again(url, &receipt, received.delivery).await;
            }
        }
    }

    async fn delete(&self, url: &str, receipt: &str) {
        let done = self.aws.sqs.delete_message().queue_url(url).receipt_handle(receipt).send().await;
        if let Err(error) = done {
            // It comes again when its visibility ends.
            tracing::warn!(queue = self.queue, error = describe(&error), "a message could not be acknowledged");
        }
    }

    /// Leaves the message on the queue, to come again after its delay.
    async fn again(&self, url: &str, receipt: &str, delivery: i32) {
        let seconds = delay(&self.delays, delivery, self.max_receives.load(Ordering::Relaxed));
        let change = self.aws.sqs.change_message_visibility().queue_url(url).receipt_handle(receipt);
        if let Err(error) = change.visibility_timeout(seconds).send().await {
            tracing::warn!(queue = self.queue, error = describe(&error), "a message could not be put back");
        }
    }

    /// Sends the message anew, for later: waiting must not use up its deliveries.
    async fn postpone(&self, url: &str, receipt: &str, body: String) {
        let send = self.aws.sqs.send_message().queue_url(url).message_body(body).delay_seconds(PAUSED_SECONDS);
        match send.send().await {
            Ok(_) => self.delete(url, receipt).await,
            Err(error) => {
                tracing::warn!(queue = self.queue, error = describe(&error), "a message could not be postponed")
            }
        }
    }
}

fn at_once_of(queue: &str) -> String {
    format!("messages at a time of {queue}")
}

fn read(message: &Message) -> Received {
    let body = message.body.clone().unwrap_or_default();
    let count = message.attributes().and_then(|a| a.get(&MessageSystemAttributeName::ApproximateReceiveCount));
    Received {
        message_id: message.message_id.clone().unwrap_or_default(),
        delivery: count.and_then(|c| c.parse().ok()).unwrap_or(1),
        envelope: Envelope::read(&body),
        body,
    }
}

/// What faults can match on, and what is told of a message that goes to the dead letter queue: its ids and its keys.
fn delivery_fields(received: &Received, event_type: Option<&str>) -> Fields {
    let mut found = fields([("messageId", &received.message_id), ("delivery", &received.delivery)]);
    if let Some(event_type) = event_type {
        found.insert("eventType".to_owned(), event_type.to_owned());
    }
    let message: serde_json::Value = serde_json::from_str(&received.envelope.message).unwrap_or_default();
    for part in [&message, &message["additionalInformation"]] {
        for name in ["id", "key", "internalLocationId", "description", "source", "auditModuleName"] {
            match &part[name] {
                serde_json::Value::String(text) => drop(found.insert(name.to_owned(), text.clone())),
                serde_json::Value::Number(number) => drop(found.insert(name.to_owned(), number.to_string())),
                _ => {}
            }
        }
    }
    found
}

/// Seconds until a message comes again after this delivery (08 section 1.3 rule 5): none after the last one.
fn delay(delays: &[i32], delivery: i32, max_receives: i32) -> i32 {
    if max_receives > 0 && delivery >= max_receives {
        return 0;
    }
    let index = usize::try_from(delivery - 1).unwrap_or(0);
    delays.get(index).or(delays.last()).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delay_follows_the_list_and_is_none_at_the_end() {
        let delays = [1, 10, 60, 600];
        assert_eq!([1, 2, 3, 4, 5, 9].map(|delivery| delay(&delays, delivery, 10)), [1, 10, 60, 600, 600, 600]);
        assert_eq!([1, 2, 3].map(|delivery| delay(&delays, delivery, 3)), [1, 10, 0]);
        assert_eq!(delay(&delays, 12, 0), 600, "without a dead letter queue the last one repeats");
        assert_eq!(delay(&[], 1, 3), 0);
    }
}
