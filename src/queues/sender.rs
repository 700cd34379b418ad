//! Sends the messages that wait for our own work queue, so that an upload is never forgotten (07 section 12 Q6).

use std::time::Duration;

use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

use crate::events::aws::{describe, queue_url};
use crate::store::{Wake, queue_message};

/// How many messages are sent in one round.
const ROUND: i64 = 10;
/// For how long nobody else sends what has been claimed.
const LEASE: Duration = Duration::from_secs(30);
/// How often it is looked what other processes have left.
const TICK: Duration = Duration::from_secs(2);

/// Sends what is due until `stop`.
pub(super) async fn run(pool: PgPool, sqs: aws_sdk_sqs::Client, queue: String, wake: Wake, stop: CancellationToken) {
    while !stop.is_cancelled() {
        if let Err(error) = round(&pool, &sqs, &queue).await {
            tracing::warn!(queue, error, "messages to our own queue wait");
        }
        let woken = tokio::time::timeout(TICK, wake.queue_messages());
        let _ = stop.run_until_cancelled(woken).await;
    }
}

async fn round(pool: &PgPool, sqs: &aws_sdk_sqs::Client, queue: &str) -> Result<(), String> {
    let due = queue_message::claim(pool, ROUND, LEASE).await.map_err(|e| format!("database: {e}"))?;
    if due.is_empty() {
        return Ok(());
    }
    let url = queue_url(sqs, queue).await?;
    for message in due {
        let send = sqs.send_message().queue_url(&url).message_body(&message.message);
        send.send().await.map_err(|e| describe(&e))?;
        queue_message::sent(pool, &[message.id]).await.map_err(|e| format!("database: {e}"))?;
    }
    Ok(())
}
