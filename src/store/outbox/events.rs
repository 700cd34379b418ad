//! Domain events in the outbox: what is to be sent next, and what became of it.

use std::time::{Duration, Instant};

use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::control::Version;
use super::{Backlog, count, seconds};

/// The session advisory lock of the relay that is at work, among all replicas on one database.
const RELAY_LOCK: i64 = 0x4C45 << 40;

/// The channel by which the other replicas tell the relay at work that there is something to send.
pub const CHANNEL: &str = "locations_service_outbox";

/// An event that waits to be sent.
#[derive(Clone, Debug, PartialEq)]
pub struct UnsentEvent {
    /// Its place in the order of its prison.
    pub id: i64,
    /// By which a repeat can be recognised (decisions B2).
    pub event_id: Uuid,
    /// The prison in whose order it is sent.
    pub prison_id: String,
    /// The location; none for the signed operational capacity of a prison.
    pub location_id: Option<Uuid>,
    /// `eventType`.
    pub event_type: String,
    /// The JSON text to publish.
    pub message: String,
    /// Whether an operator asked for it again (decisions C5).
    pub replay: bool,
    /// W3C trace context of the request that made the change.
    pub traceparent: Option<String>,
    /// When it was written, by the clock of this machine.
    pub written_at: Instant,
}

/// Takes the lock of the relay for this session, unless another one has it.
///
/// # Errors
/// Whatever the database says.
pub async fn try_lock(conn: &mut PgConnection) -> Result<bool, sqlx::Error> {
    let taken = sqlx::query_scalar!(r#"SELECT pg_try_advisory_lock($1) AS "taken!""#, RELAY_LOCK).fetch_one(conn);
    taken.await
}

/// Gives the lock of the relay back.
///
/// # Errors
/// Whatever the database says.
pub async fn unlock(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query_scalar!("SELECT pg_advisory_unlock($1)", RELAY_LOCK).fetch_one(conn).await.map(drop)
}

/// Tells the relay at work, wherever it is, that there is something to send.
///
/// # Errors
/// Whatever the database says.
pub async fn notify(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query!("SELECT pg_notify($1, '')", CHANNEL).execute(conn).await.map(drop)
}

/// The first unsent events of prisons that have any, oldest prison first, in the order of their ids. At most `prisons`
/// prisons, without those in `except`, and `window` events of each. None if the control row is no longer the one that
/// was read as `version`, or if it says that publishing is paused.
///
/// It walks from prison to prison by the index of unsent events, so sent ones cost nothing.
///
/// # Errors
/// Whatever the database says.
pub async fn next(
    conn: &mut PgConnection,
    version: Version,
    except: &[String],
    prisons: i64,
    window: i64,
) -> Result<Vec<UnsentEvent>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        WITH RECURSIVE prison AS (
            (SELECT e.prison_id FROM locations_service.domain_event e
             WHERE e.sent_at IS NULL AND e.set_aside_at IS NULL ORDER BY e.prison_id LIMIT 1)
            UNION ALL
            SELECT following.prison_id FROM prison p CROSS JOIN LATERAL (
                SELECT e.prison_id FROM locations_service.domain_event e
                WHERE e.prison_id > p.prison_id AND e.sent_at IS NULL AND e.set_aside_at IS NULL
                ORDER BY e.prison_id LIMIT 1
            ) following
        ), chosen AS (
            SELECT p.prison_id FROM prison p CROSS JOIN LATERAL (
                SELECT e.id FROM locations_service.domain_event e
                WHERE e.prison_id = p.prison_id AND e.sent_at IS NULL AND e.set_aside_at IS NULL
                ORDER BY e.id LIMIT 1
            ) oldest
            WHERE p.prison_id <> ALL($1) ORDER BY oldest.id LIMIT $2
        )
        SELECT e.id AS "id!", e.event_id AS "event_id!", e.prison_id AS "prison_id!", e.location_id,
            e.event_type AS "event_type!", e.message AS "message!", e.replay AS "replay!", e.traceparent,
            EXTRACT(EPOCH FROM clock_timestamp() - e.created_at)::float8 AS age
        FROM chosen CROSS JOIN LATERAL (
            SELECT * FROM locations_service.domain_event e
            WHERE e.prison_id = chosen.prison_id AND e.sent_at IS NULL AND e.set_aside_at IS NULL
            ORDER BY e.id LIMIT $3
        ) e
        WHERE EXISTS (SELECT FROM locations_service.outbox_control c WHERE c.changed_at = $4 AND NOT c.paused)
        ORDER BY e.id
        "#,
        except,
        prisons,
        window,
        version.0
    )
    .fetch_all(conn)
    .await?;
    let now = Instant::now();
    let unsent = rows.into_iter().map(|r| UnsentEvent {
        id: r.id,
        event_id: r.event_id,
        prison_id: r.prison_id,
        location_id: r.location_id,
        event_type: r.event_type,
        message: r.message,
        replay: r.replay,
        traceparent: r.traceparent,
        written_at: now.checked_sub(seconds(r.age)).unwrap_or(now),
    });
    Ok(unsent.collect())
}

/// What became of events that were tried.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tried {
    /// Sent.
    pub sent: Vec<i64>,
    /// Refused for good, with the reason: set aside.
    pub refused: Vec<(i64, String)>,
    /// Not taken this time, with the reason.
    pub failed: Vec<(i64, String)>,
}

impl Tried {
    /// Nothing to say.
    pub fn is_empty(&self) -> bool {
        self.sent.is_empty() && self.refused.is_empty() && self.failed.is_empty()
    }

    /// Adds what another one says.
    pub fn extend(&mut self, other: Self) {
        self.sent.extend(other.sent);
        self.refused.extend(other.refused);
        self.failed.extend(other.failed);
    }
}

/// Writes down what became of events: one statement. Saying it twice changes nothing more than the count of attempts.
///
/// # Errors
/// Whatever the database says.
pub async fn record(conn: &mut PgConnection, tried: &Tried) -> Result<(), sqlx::Error> {
    let (refused, reasons): (Vec<i64>, Vec<String>) = tried.refused.iter().cloned().unzip();
    let (failed, errors): (Vec<i64>, Vec<String>) = tried.failed.iter().cloned().unzip();
    sqlx::query!(
        r#"
        WITH refused AS (
            UPDATE locations_service.domain_event e
            SET set_aside_at = clock_timestamp(), set_aside_reason = r.reason, attempts = attempts + 1
            FROM UNNEST($2::bigint[], $3::text[]) r (id, reason)
            WHERE e.id = r.id AND e.sent_at IS NULL AND e.set_aside_at IS NULL
        ), failed AS (
            UPDATE locations_service.domain_event e SET last_error = f.error, attempts = attempts + 1
            FROM UNNEST($4::bigint[], $5::text[]) f (id, error)
            WHERE e.id = f.id
        )
        UPDATE locations_service.domain_event SET sent_at = clock_timestamp() WHERE id = ANY($1) AND sent_at IS NULL
        "#,
        &tried.sent,
        &refused,
        &reasons,
        &failed,
        &errors
    )
    .execute(conn)
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
        SELECT
            (SELECT count(*) FROM locations_service.domain_event
             WHERE sent_at IS NULL AND set_aside_at IS NULL) AS "unsent!",
            (SELECT EXTRACT(EPOCH FROM clock_timestamp() - min(created_at))::float8 FROM locations_service.domain_event
             WHERE sent_at IS NULL AND set_aside_at IS NULL) AS lag,
            (SELECT count(*) FROM locations_service.domain_event
             WHERE sent_at IS NULL AND set_aside_at IS NOT NULL) AS "set_aside!"
        "#
    )
    .fetch_one(pool)
    .await?;
    Ok(Backlog { unsent: count(row.unsent), lag: seconds(row.lag), set_aside: count(row.set_aside) })
}

/// Deletes some of the events that were sent longer ago than `keep`, at most `step`. Answers how many. Replicas that prune
/// at the same time don't wait for each other.
///
/// # Errors
/// Whatever the database says.
pub async fn prune(pool: &PgPool, keep: Duration, step: i64) -> Result<u64, sqlx::Error> {
    let deleted = sqlx::query!(
        r#"
        DELETE FROM locations_service.domain_event WHERE id IN (
            SELECT id FROM locations_service.domain_event
            WHERE sent_at < clock_timestamp() - make_interval(secs => $1)
            ORDER BY sent_at LIMIT $2 FOR UPDATE SKIP LOCKED
        )
        "#,
        keep.as_secs_f64(),
        step
    )
    .execute(pool)
    .await?;
    Ok(deleted.rows_affected())
}

/// An event that was set aside, or one that keeps failing.
#[derive(Clone, Debug, PartialEq)]
pub struct Trouble {
    /// By which an operator names it.
    pub event_id: Uuid,
    /// Its prison.
    pub prison_id: String,
    /// Key of the location, or the prison.
    pub key: String,
    /// `eventType`.
    pub event_type: String,
    /// How often it was tried in vain.
    pub attempts: i32,
    /// What SNS said.
    pub reason: String,
    /// Whether it was set aside; otherwise its prison waits for it.
    pub set_aside: bool,
}

/// The events that trouble the relay: set aside, or tried in vain. At most `limit`, oldest first.
///
/// # Errors
/// Whatever the database says.
pub async fn troubles(pool: &PgPool, limit: i64) -> Result<Vec<Trouble>, sqlx::Error> {
    sqlx::query_as!(
        Trouble,
        r#"
        (SELECT event_id AS "event_id!", prison_id AS "prison_id!", location_key AS "key!", event_type AS "event_type!",
            attempts AS "attempts!", coalesce(set_aside_reason, '') AS "reason!", true AS "set_aside!"
         FROM locations_service.domain_event WHERE set_aside_at IS NOT NULL AND sent_at IS NULL ORDER BY id LIMIT $1)
        UNION ALL
        (SELECT event_id, prison_id, location_key, event_type, attempts, coalesce(last_error, ''), false
         FROM locations_service.domain_event
         WHERE sent_at IS NULL AND set_aside_at IS NULL AND attempts > 0 ORDER BY id LIMIT $1)
        LIMIT $1
        "#,
        limit
    )
    .fetch_all(pool)
    .await
}

/// What [`retry`] did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retried {
    /// Events that wait to be sent again.
    pub queued: u64,
    /// Events left aside, because a later one of the same location has been sent: to repeat the past would mislead consumers,
    /// who apply a `deactivated` by force.
    pub overtaken: u64,
}

/// Puts what was set aside back among the events to be sent: all, or the ones named. Those that later events of their location
/// have overtaken stay aside unless `overtaken` says that they go too.
///
/// # Errors
/// Whatever the database says.
pub async fn retry(pool: &PgPool, event_ids: Option<&[Uuid]>, overtaken: bool) -> Result<Retried, sqlx::Error> {
    let row = sqlx::query!(
        r#"
        WITH aside AS (
            SELECT e.id, EXISTS (
                SELECT FROM locations_service.domain_event later
                WHERE later.prison_id = e.prison_id AND later.location_id IS NOT DISTINCT FROM e.location_id
                    AND later.id > e.id AND later.sent_at IS NOT NULL
            ) AS overtaken
            FROM locations_service.domain_event e
            WHERE e.set_aside_at IS NOT NULL AND e.sent_at IS NULL AND ($1::uuid[] IS NULL OR e.event_id = ANY($1))
        ), queued AS (
            UPDATE locations_service.domain_event e
            SET set_aside_at = NULL, set_aside_reason = NULL, attempts = 0, last_error = NULL
            FROM aside WHERE e.id = aside.id AND (NOT aside.overtaken OR $2)
            RETURNING e.id
        )
        SELECT (SELECT count(*) FROM queued) AS "queued!", (SELECT count(*) FROM aside) AS "aside!"
        "#,
        event_ids,
        overtaken
    )
    .fetch_one(pool)
    .await?;
    let queued = count(row.queued);
    Ok(Retried { queued, overtaken: count(row.aside).saturating_sub(queued) })
}

/// Deletes what was set aside: all, or the ones named. Answers how many.
///
/// # Errors
/// Whatever the database says.
pub async fn discard_set_aside(pool: &PgPool, event_ids: Option<&[Uuid]>) -> Result<u64, sqlx::Error> {
    let deleted = sqlx::query!(
        "DELETE FROM locations_service.domain_event
         WHERE set_aside_at IS NOT NULL AND sent_at IS NULL AND ($1::uuid[] IS NULL OR event_id = ANY($1))",
        event_ids
    )
    .execute(pool)
    .await?;
    Ok(deleted.rows_affected())
}
