//! What a replay needs: where locations are, or last were, and the events to be sent again (decisions C5).

use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::domain::event::DomainEvent;

/// Where a location is, or last was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whereabouts {
    /// The location.
    pub location_id: Uuid,
    /// Its prison.
    pub prison_id: String,
    /// Its key; for one that is gone, the key that it had.
    pub key: String,
    /// Whether it is there still.
    pub there: bool,
}

/// Where these locations are. Those that are gone are known as long as the outbox keeps an event of theirs; others are left out.
///
/// # Errors
/// Whatever the database says.
pub async fn whereabouts(pool: &PgPool, ids: &[Uuid]) -> Result<Vec<Whereabouts>, sqlx::Error> {
    sqlx::query_as!(
        Whereabouts,
        r#"
        SELECT l.id AS "location_id!", l.prison_id::text AS "prison_id!",
            l.prison_id || '-' || l.path_hierarchy AS "key!", true AS "there!"
        FROM location l WHERE l.id = ANY($1)
        UNION ALL
        (SELECT DISTINCT ON (e.location_id) e.location_id, e.prison_id::text, e.location_key, false
         FROM locations_service.domain_event e
         WHERE e.location_id = ANY($1) AND NOT EXISTS (SELECT FROM location l WHERE l.id = e.location_id)
         ORDER BY e.location_id, e.id DESC)
        "#,
        ids
    )
    .fetch_all(pool)
    .await
}

/// The location that has this key now, or else the one that had it last, as far as the outbox remembers.
///
/// # Errors
/// Whatever the database says.
pub async fn by_key(pool: &PgPool, key: &str) -> Result<Option<Uuid>, sqlx::Error> {
    let (prison_id, path) = key.split_once('-').unwrap_or((key, ""));
    sqlx::query_scalar!(
        r#"
        SELECT coalesce(
            (SELECT id FROM location WHERE prison_id = $1 AND path_hierarchy = $2),
            (SELECT location_id FROM locations_service.domain_event
             WHERE prison_id = $1 AND location_key = $3 AND location_id IS NOT NULL ORDER BY id DESC LIMIT 1)
        )
        "#,
        prison_id,
        path,
        key
    )
    .fetch_one(pool)
    .await
}

/// Adds events of one prison to the outbox, marked as replay, in this order. The caller holds the lock of the prison.
///
/// # Errors
/// Whatever the database says.
pub async fn insert(
    conn: &mut PgConnection,
    prison_id: &str,
    events: &[(Uuid, DomainEvent)],
) -> Result<(), sqlx::Error> {
    let event_ids: Vec<Uuid> = events.iter().map(|(id, _)| *id).collect();
    let locations: Vec<Option<Uuid>> = events.iter().map(|(_, e)| e.id).collect();
    let keys: Vec<&str> = events.iter().map(|(_, e)| e.key.as_str()).collect();
    let types: Vec<&str> = events.iter().map(|(_, e)| e.event_type.as_str()).collect();
    let messages: Vec<String> = events.iter().map(|(_, e)| e.message()).collect();
    sqlx::query!(
        r#"
        INSERT INTO locations_service.domain_event (event_id, prison_id, location_id, location_key, event_type, message,
            replay)
        SELECT e.event_id, $1, e.location_id, e.location_key, e.event_type, e.message, true
        FROM UNNEST($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[]) WITH ORDINALITY
            e (event_id, location_id, location_key, event_type, message, place)
        ORDER BY e.place
        "#,
        prison_id,
        &event_ids,
        &locations as _,
        &keys as _,
        &types as _,
        &messages
    )
    .execute(conn)
    .await
    .map(drop)
}
