//! The relay of audit messages: from the outbox to the audit queue. Each replica has one; there is no order to keep.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use aws_sdk_sqs::error::ProvideErrorMetadata;
use aws_sdk_sqs::types::{MessageAttributeValue, SendMessageBatchRequestEntry};
use futures_util::StreamExt;
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

use super::aws;
use super::backoff;
use super::status::{StandStill, stand_still};
use super::topic::is_refusal;
use crate::store::Wake;
use crate::store::outbox::audit::{self, ClaimedMessage, Tried};
use crate::store::outbox::control::{self, Identity};

/// How often the relay looks into the outbox without being woken.
const TICK: Duration = Duration::from_secs(1);

/// Messages claimed at once: as many as are sent well within the lease. After an outage, a few to see whether it is over.
const CLAIM: i64 = 200;
const CLAIM_AFTER_OUTAGE: i64 = 10;

/// How long other replicas leave claimed messages alone, and so how long those of a process that was killed wait. Sending what
/// was claimed takes half of it at the most: five rounds of batches side by side, each within the time-out of a call.
const LEASE: Duration = Duration::from_secs(100);

/// The most entries, and bytes with attributes, that SQS takes in a batch.
const BATCH_ENTRIES: usize = 10;
const BATCH_BYTES: usize = 256 * 1024;

/// Batches on their way at once.
const BATCHES_IN_FLIGHT: usize = 4;

/// The relay of one process.
pub struct AuditRelay {
    pool: PgPool,
    queue: Queue,
    identity: Identity,
    wake: Wake,
}

/// Where audit messages go.
enum Queue {
    Sqs { client: aws_sdk_sqs::Client, name: String, url: Option<String> },
    Log,
}

impl AuditRelay {
    /// A relay to the queue of this name by `sqs`, or to the log if there is no name. It sends only what belongs to `identity`.
    pub fn new(
        pool: PgPool,
        sqs: aws_sdk_sqs::Client,
        queue_name: Option<String>,
        identity: Identity,
        wake: Wake,
    ) -> Self {
        let queue = match queue_name {
            Some(name) => Queue::Sqs { client: sqs, name, url: None },
            None => Queue::Log,
        };
        Self { pool, queue, identity, wake }
    }

    /// Works until `stop`: then what is on its way is finished and written down.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut failures: u32 = 0;
        while !stop.is_cancelled() {
            let pause = match self.round(if failures == 0 { CLAIM } else { CLAIM_AFTER_OUTAGE }).await {
                Ok(round) => {
                    failures = 0;
                    if round == Round::More { Duration::ZERO } else { TICK }
                }
                Err(error) => {
                    failures = failures.saturating_add(1);
                    metrics::counter!("audit_send_failures_total", "kind" => "failed").increment(1);
                    tracing::warn!(error, "audit messages could not be sent; they wait");
                    backoff::wait(failures, backoff::chance())
                }
            };
            if failures > 0 {
                let _ = stop.run_until_cancelled(tokio::time::sleep(pause)).await;
            } else if pause > Duration::ZERO {
                let wake = self.wake.clone();
                let woken = async { tokio::time::timeout(pause, wake.audit()).await };
                let _ = stop.run_until_cancelled(woken).await;
            }
        }
    }

    /// Claims, sends, and writes down what became of it.
    async fn round(&mut self, limit: i64) -> Result<Round, String> {
        let control = control::read(&self.pool).await.map_err(|e| format!("database: {e}"))?;
        // Only the publishing of events can be paused.
        if stand_still(&control, &self.identity) == Some(StandStill::Foreign) {
            return Ok(Round::Done);
        }
        self.queue.find().await?;
        let claimed = audit::claim(&self.pool, limit, LEASE).await.map_err(|e| format!("database: {e}"))?;
        if claimed.is_empty() {
            return Ok(Round::Done);
        }
        let full = i64::try_from(claimed.len()).is_ok_and(|n| n == limit);
        let (tried, outage) = self.send(claimed).await;
        // After a lost connection the lease runs out and they are sent again; rather twice than never.
        audit::record(&self.pool, &tried).await.map_err(|e| format!("database: {e}"))?;
        match outage {
            Some(reason) => {
                self.queue.forget();
                Err(reason)
            }
            None => Ok(if full { Round::More } else { Round::Done }),
        }
    }

    /// Sends messages in batches. Answers what became of each, and the reason if whole batches failed: after the first of
    /// these, no more are sent.
    async fn send(&self, claimed: Vec<ClaimedMessage>) -> (Tried, Option<String>) {
        let broken_off = AtomicBool::new(false);
        let sending = pack(claimed).into_iter().map(|batch| async {
            if broken_off.load(Ordering::Relaxed) {
                return SentBatch { tried: at_once(&batch), outage: None };
            }
            let sent = self.queue.send(batch).await;
            broken_off.fetch_or(sent.outage.is_some(), Ordering::Relaxed);
            sent
        });
        let mut batches = futures_util::stream::iter(sending).buffer_unordered(BATCHES_IN_FLIGHT);
        let mut all = SentBatch::default();
        while let Some(sent) = batches.next().await {
            all.extend(sent);
        }
        let sent = u64::try_from(all.tried.sent.len()).unwrap_or(u64::MAX);
        metrics::counter!("audit_messages_sent_total").increment(sent);
        (all.tried, all.outage)
    }
}

#[derive(PartialEq, Eq)]
enum Round {
    /// There may be more at once.
    More,
    /// That was all.
    Done,
}

/// What became of a batch.
#[derive(Default)]
struct SentBatch {
    tried: Tried,
    /// The whole batch failed, for reasons that are not those of a message.
    outage: Option<String>,
}

impl SentBatch {
    fn extend(&mut self, other: Self) {
        self.tried.extend(other.tried);
        self.outage = self.outage.take().or(other.outage);
    }
}

/// These messages were not taken for reasons that are not theirs; whoever works again first may have them.
fn at_once(batch: &[ClaimedMessage]) -> Tried {
    Tried { later: batch.iter().map(|m| (m.id, 0.0)).collect(), ..Tried::default() }
}

impl Queue {
    /// Looks for the queue, unless that is done.
    async fn find(&mut self) -> Result<(), String> {
        if let Self::Sqs { client, name, url } = self
            && url.is_none()
        {
            *url = Some(aws::queue_url(client, name).await?);
        }
        Ok(())
    }

    /// The queue may have been made anew: it is looked for again.
    fn forget(&mut self) {
        if let Self::Sqs { url, .. } = self {
            *url = None;
        }
    }

    async fn send(&self, batch: Vec<ClaimedMessage>) -> SentBatch {
        let Self::Sqs { client, url, .. } = self else {
            for message in &batch {
                tracing::info!(message = message.message, "audit message (no queue is configured)");
            }
            let sent = batch.iter().map(|m| m.id).collect();
            return SentBatch { tried: Tried { sent, ..Tried::default() }, outage: None };
        };
        let url = url.as_deref().unwrap_or_default();
        match send_batch(client, url, &batch).await {
            Err(Refusal::Refused(_)) if batch.len() > 1 => {
                // For the sake of one, or of what they are together: each by itself.
                let mut all = SentBatch::default();
                for message in batch {
                    let one = std::slice::from_ref(&message);
                    all.extend(if all.outage.is_some() {
                        SentBatch { tried: at_once(one), outage: None }
                    } else {
                        send_batch(client, url, one).await.unwrap_or_else(|refusal| not_taken(one, refusal))
                    });
                }
                all
            }
            answer => answer.unwrap_or_else(|refusal| not_taken(&batch, refusal)),
        }
    }
}

/// Why a whole batch was not taken.
enum Refusal {
    /// SQS will never take it.
    Refused(String),
    /// Not this time.
    Failed(String),
}

fn not_taken(batch: &[ClaimedMessage], refusal: Refusal) -> SentBatch {
    match refusal {
        Refusal::Refused(reason) => {
            let mut sent = SentBatch::default();
            batch.iter().for_each(|m| refuse(&mut sent.tried, m, &reason));
            sent
        }
        // The relay itself waits.
        Refusal::Failed(reason) => SentBatch { tried: at_once(batch), outage: Some(reason) },
    }
}

fn refuse(tried: &mut Tried, message: &ClaimedMessage, reason: &str) {
    metrics::counter!("audit_send_failures_total", "kind" => "refused").increment(1);
    tracing::error!(
        id = message.id,
        reason,
        "SQS refuses an audit message for good; it is set aside: see `events status`"
    );
    tried.refused.push((message.id, reason.to_owned()));
}

async fn send_batch(client: &aws_sdk_sqs::Client, url: &str, batch: &[ClaimedMessage]) -> Result<SentBatch, Refusal> {
    let entries = batch.iter().map(entry).collect::<Result<Vec<_>, _>>();
    let entries = entries.map_err(|e| Refusal::Failed(e.to_string()))?;
    let answer =
        client.send_message_batch().queue_url(url).set_entries(Some(entries)).send().await.map_err(|error| {
            let text = aws::describe(&error);
            let refused = error.code().is_some_and(|code| is_refusal(code, &text));
            if refused { Refusal::Refused(text) } else { Refusal::Failed(text) }
        })?;
    let mut sent = SentBatch::default();
    for message in batch {
        let id = message.id.to_string();
        if let Some(taken) = answer.successful().iter().find(|s| s.id() == id) {
            sent.tried.sent.push(message.id);
            log_sent(&message.message, taken.message_id());
        } else {
            let failed = answer.failed().iter().find(|f| f.id() == id);
            let code = failed.map_or("missing in the answer", |f| f.code());
            let reason = format!("{code}: {}", failed.and_then(|f| f.message()).unwrap_or_default());
            if is_refusal(code, &reason) {
                refuse(&mut sent.tried, message, &reason);
            } else {
                let failures = u32::try_from(message.attempts).unwrap_or_default();
                let wait = backoff::wait(failures, backoff::chance());
                sent.tried.later.push((message.id, wait.as_secs_f64()));
                tracing::warn!(id = message.id, reason, "an audit message could not be sent; it waits");
            }
        }
    }
    Ok(sent)
}

fn entry(message: &ClaimedMessage) -> Result<SendMessageBatchRequestEntry, aws_sdk_sqs::error::BuildError> {
    let mut entry = SendMessageBatchRequestEntry::builder().id(message.id.to_string()).message_body(&message.message);
    if let Some(traceparent) = &message.traceparent {
        let value = MessageAttributeValue::builder().data_type("String").string_value(traceparent).build()?;
        entry = entry.message_attributes("traceparent", value);
    }
    entry.build()
}

/// The telemetry event of each audit message (07 section 3.8).
fn log_sent(message: &str, message_id: &str) {
    #[derive(serde::Deserialize)]
    struct Message {
        what: String,
        details: String,
    }
    #[derive(serde::Deserialize)]
    struct Details {
        id: Option<String>,
    }
    let Ok(Message { what, details }) = serde_json::from_str(message) else { return };
    let id = serde_json::from_str(&details).ok().and_then(|d: Details| d.id).unwrap_or_default();
    crate::telemetry::custom_event(&what, &[("messageId", message_id.to_owned()), ("id", id)]);
}

/// Packs messages into batches that SQS takes, in their order. One that is too big by itself gets a batch of its own.
fn pack(messages: Vec<ClaimedMessage>) -> Vec<Vec<ClaimedMessage>> {
    let mut batches: Vec<Vec<ClaimedMessage>> = Vec::new();
    let mut bytes = 0;
    for message in messages {
        let size = size(&message);
        match batches.last_mut() {
            Some(batch) if batch.len() < BATCH_ENTRIES && bytes + size <= BATCH_BYTES => {
                bytes += size;
                batch.push(message);
            }
            _ => {
                bytes = size;
                batches.push(vec![message]);
            }
        }
    }
    batches
}

/// What SQS counts of a message: the body, and name, type and value of the attribute.
fn size(message: &ClaimedMessage) -> usize {
    let attribute = message.traceparent.as_ref().map_or(0, |t| "traceparent".len() + "String".len() + t.len());
    message.message.len() + attribute
}

#[cfg(test)]
#[path = "audit_tests.rs"]
mod tests;
