//! Audit messages in the outbox. They have no order; each goes as soon as it can.

use std::time::Duration;

use sqlx::PgPool;

use super::{Backlog, count, seconds};

/// An audit message that this process has claimed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimedMessage {
    /// Its row.
    pub id: i64,
    /// The JSON text to send.
    pub message: String,
    /// W3C trace context of the request that made the change.
    pub traceparent: Option<String>,
    /// How often it was claimed, this time included.
    pub attempts: i32,
}

/// Claims up to `limit` messages for the time of `lease`; after that, if they are still there, anybody may claim them again.
/// No transaction stays open, and replicas don't wait for each other.
///
/// # Errors
/// Whatever the database says.
pub async fn claim(pool: &PgPool, limit: i64, lease: Duration) -> Result<Vec<ClaimedMessage>, sqlx::Error> {
    sqlx::query_as!(
        ClaimedMessage,
        r#"
        UPDATE locations_service.audit_message m
        SET not_before = clock_timestamp() + make_interval(secs => $2), attempts = m.attempts + 1
        FROM (
            SELECT id FROM locations_service.audit_message
            WHERE set_aside_at IS NULL AND not_before <= clock_timestamp()
            ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED
        ) due
        WHERE m.id = due.id
        RETURNING m.id, m.message, m.traceparent, m.attempts
        "#,
        limit,
        lease.as_secs_f64()
    )
    .fetch_all(pool)
    .await
}

/// What became of claimed messages.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tried {
    /// Sent: they are deleted.
    pub sent: Vec<i64>,
    /// Refused for good, with the reason: set aside.
    pub refused: Vec<(i64, String)>,
    /// Not taken this time: to be tried again after so many seconds.
    pub later: Vec<(i64, f64)>,
}

impl Tried {
    /// Nothing to say.
    pub fn is_empty(&self) -> bool {
        self.sent.is_empty() && self.refused.is_empty() && self.later.is_empty()
    }

    /// Adds what another one says.
    pub fn extend(&mut self, other: Self) {
        self.sent.extend(other.sent);
        self.refused.extend(other.refused);
        self.later.extend(other.later);
    }
}

/// Writes down what became of messages: one statement.
///
/// # Errors
/// Whatever the database says.
pub async fn record(pool: &PgPool, tried: &Tried) -> Result<(), sqlx::Error> {
    let (refused, reasons): (Vec<i64>, Vec<String>) = tried.refused.iter().cloned().unzip();
    let (later, waits): (Vec<i64>, Vec<f64>) = tried.later.iter().copied().unzip();
    sqlx::query!(
        r#"
        WITH refused AS (
            UPDATE locations_service.audit_message m SET set_aside_at = clock_timestamp(), set_aside_reason = r.reason
            FROM UNNEST($2::bigint[], $3::text[]) r (id, reason) WHERE m.id = r.id
        ), later AS (
            UPDATE locations_service.audit_message m
            SET not_before = clock_timestamp() + make_interval(secs => l.wait)
            FROM UNNEST($4::bigint[], $5::float8[]) l (id, wait) WHERE m.id = l.id
        )
        DELETE FROM locations_service.audit_message WHERE id = ANY($1)
        "#,
        &tried.sent,
        &refused,
        &reasons,
        &later,
        &waits
    )
    .execute(pool)
    .await
    .map(drop)
}

/// How much waits, for how long, and how much was set aside.
///
/// # Errors
/// Whatever the database says.
pub async fn backlog(pool: &PgPool) -> Result<Backlog, sqlx::Error> {
    let row = sqlx::query!(
        r#"
        SELECT count(*) FILTER (WHERE set_aside_at IS NULL) AS "unsent!",
            count(*) FILTER (WHERE set_aside_at IS NOT NULL) AS "set_aside!",
            EXTRACT(EPOCH FROM clock_timestamp() - min(created_at) FILTER (WHERE set_aside_at IS NULL))::float8 AS lag
        FROM locations_service.audit_message
        "#
    )
    .fetch_one(pool)
    .await?;
    Ok(Backlog { unsent: count(row.unsent), lag: seconds(row.lag), set_aside: count(row.set_aside) })
}

/// Lets all that was set aside be tried again. Answers how many.
///
/// # Errors
/// Whatever the database says.
pub async fn retry(pool: &PgPool) -> Result<u64, sqlx::Error> {
    let queued = sqlx::query!(
        "UPDATE locations_service.audit_message
         SET set_aside_at = NULL, set_aside_reason = NULL, attempts = 0, not_before = clock_timestamp()
         WHERE set_aside_at IS NOT NULL"
    )
    .execute(pool)
    .await?;
    Ok(queued.rows_affected())
}

/// Deletes all that was set aside. Answers how many.
///
/// # Errors
/// Whatever the database says.
pub async fn discard_set_aside(pool: &PgPool) -> Result<u64, sqlx::Error> {
    let deleted = sqlx::query!("DELETE FROM locations_service.audit_message WHERE set_aside_at IS NOT NULL");
    Ok(deleted.execute(pool).await?.rows_affected())
}
