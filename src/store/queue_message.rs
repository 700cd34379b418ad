//! Messages to our own work queues: written with the change that needs them, sent after its commit (07 quirk 6).

use std::time::Duration;

use sqlx::PgConnection;
use uuid::Uuid;

/// Id of the queue that is told of uploads, as the settings name it (07 section 4.2).
pub const UPLOAD_QUEUE: &str = "updatecellcertificate";

/// Puts the message that starts the processing of an upload into the outbox, to be sent after the commit, or so many
/// seconds later.
///
/// # Errors
/// Whatever the database says.
pub async fn start_processing(conn: &mut PgConnection, upload_id: Uuid, delay_seconds: i64) -> Result<(), sqlx::Error> {
    let message = serde_json::json!({ "eventType": "START_PROCESSING", "uploadId": upload_id }).to_string();
    sqlx::query!(
        "INSERT INTO locations_service.queue_message (queue_id, message, traceparent, not_before)
         VALUES ($1, $2, $3, clock_timestamp() + $4::bigint * interval '1 second')",
        UPLOAD_QUEUE,
        message,
        crate::telemetry::current_traceparent(),
        delay_seconds
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A message that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueMessage {
    /// Its row.
    pub id: i64,
    /// Id of the queue, as the settings name it.
    pub queue_id: String,
    /// What is sent.
    pub message: String,
    /// Trace of the change that it belongs to.
    pub traceparent: Option<String>,
    /// How often it has been tried, this time included.
    pub attempts: i32,
}

/// Takes messages that are due, the longest waiting first. Nobody else takes them for the length of the lease; whatever is not reported
/// as sent by then is due again.
///
/// # Errors
/// Whatever the database says.
pub async fn claim(pool: &sqlx::PgPool, most: i64, lease: Duration) -> Result<Vec<DueMessage>, sqlx::Error> {
    let seconds = i64::try_from(lease.as_secs()).unwrap_or(i64::MAX);
    sqlx::query_as!(
        DueMessage,
        r#"
        UPDATE locations_service.queue_message m
        SET not_before = clock_timestamp() + $2::bigint * interval '1 second', attempts = m.attempts + 1
        FROM (
            SELECT id FROM locations_service.queue_message WHERE not_before <= clock_timestamp()
            ORDER BY not_before, id LIMIT $1 FOR UPDATE SKIP LOCKED
        ) due
        WHERE m.id = due.id
        RETURNING m.id, m.queue_id, m.message, m.traceparent, m.attempts
        "#,
        most,
        seconds
    )
    .fetch_all(pool)
    .await
}

/// Forgets messages that have been sent.
///
/// # Errors
/// Whatever the database says; they are sent again then.
pub async fn sent(pool: &sqlx::PgPool, ids: &[i64]) -> Result<(), sqlx::Error> {
    if ids.is_empty() {
        return Ok(());
    }
    sqlx::query!("DELETE FROM locations_service.queue_message WHERE id = ANY($1)", ids).execute(pool).await?;
    Ok(())
}
