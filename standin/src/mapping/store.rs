//! The table of pairs, and the rules by which one gets into it (08 section 5.3).

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::{FromRow, PgPool};

/// A pair.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, FromRow)]
#[serde(rename_all = "camelCase")]
pub(super) struct Mapping {
    /// UUID as text.
    pub dps_location_id: String,
    /// Id in NOMIS.
    pub nomis_location_id: i64,
    /// Id of the migration that made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// `MIGRATED`, `NOMIS_CREATED` or `LOCATION_CREATED`.
    pub mapping_type: String,
    /// When it was kept. What comes in is ignored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when_created: Option<DateTime<Utc>>,
}

/// What came of a create.
pub(super) enum Created {
    /// It is there now, or the same pair was there before.
    Done,
    /// One of the ids is taken by this other pair; none is known if two creates met.
    Duplicate(Option<Mapping>),
}

/// Keeps a pair.
pub(super) async fn create(pool: &PgPool, new: &Mapping) -> Result<Created, sqlx::Error> {
    if let Some(existing) = by_dps_id(pool, &new.dps_location_id).await? {
        let same = existing.nomis_location_id == new.nomis_location_id;
        return Ok(if same { Created::Done } else { Created::Duplicate(Some(existing)) });
    }
    if let Some(existing) = by_nomis_id(pool, new.nomis_location_id).await? {
        return Ok(Created::Duplicate(Some(existing)));
    }
    let inserted = sqlx::query(
        "insert into location_mapping (dps_location_id, nomis_location_id, label, mapping_type) values ($1, $2, $3, $4)",
    )
    .bind(&new.dps_location_id)
    .bind(new.nomis_location_id)
    .bind(&new.label)
    .bind(&new.mapping_type)
    .execute(pool)
    .await;
    match inserted {
        Ok(_) => Ok(Created::Done),
        Err(sqlx::Error::Database(error)) if error.is_unique_violation() => Ok(Created::Duplicate(None)),
        Err(error) => Err(error),
    }
}

pub(super) async fn by_dps_id(pool: &PgPool, id: &str) -> Result<Option<Mapping>, sqlx::Error> {
    sqlx::query_as("select * from location_mapping where dps_location_id = $1").bind(id).fetch_optional(pool).await
}

pub(super) async fn by_nomis_id(pool: &PgPool, id: i64) -> Result<Option<Mapping>, sqlx::Error> {
    sqlx::query_as("select * from location_mapping where nomis_location_id = $1").bind(id).fetch_optional(pool).await
}

/// A page of what a migration made, and how many there are.
pub(super) async fn of_migration(
    pool: &PgPool,
    label: &str,
    offset: i64,
    size: i64,
) -> Result<(Vec<Mapping>, i64), sqlx::Error> {
    let page = sqlx::query_as(
        "select * from location_mapping where label = $1 and mapping_type = 'MIGRATED' order by nomis_location_id offset $2 limit $3",
    )
    .bind(label)
    .bind(offset)
    .bind(size)
    .fetch_all(pool)
    .await?;
    let total =
        sqlx::query_scalar("select count(*) from location_mapping where label = $1 and mapping_type = 'MIGRATED'")
            .bind(label)
            .fetch_one(pool)
            .await?;
    Ok((page, total))
}

/// The newest that a migration made.
pub(super) async fn newest_migrated(pool: &PgPool) -> Result<Option<Mapping>, sqlx::Error> {
    sqlx::query_as(
        "select * from location_mapping where mapping_type = 'MIGRATED' order by when_created desc, nomis_location_id desc limit 1",
    )
    .fetch_optional(pool)
    .await
}

pub(super) async fn delete_by_dps_id(pool: &PgPool, id: &str) -> Result<(), sqlx::Error> {
    sqlx::query("delete from location_mapping where dps_location_id = $1").bind(id).execute(pool).await.map(drop)
}

pub(super) async fn delete_by_nomis_id(pool: &PgPool, id: i64) -> Result<(), sqlx::Error> {
    sqlx::query("delete from location_mapping where nomis_location_id = $1").bind(id).execute(pool).await.map(drop)
}

/// Deletes all, or only what migrations made.
pub(super) async fn delete_all(pool: &PgPool, only_migrated: bool) -> Result<(), sqlx::Error> {
    sqlx::query("delete from location_mapping where not $1 or mapping_type = 'MIGRATED'")
        .bind(only_migrated)
        .execute(pool)
        .await
        .map(drop)
}

/// Two ids, for services that only look up.
#[derive(Clone, Debug, Serialize, FromRow)]
#[serde(rename_all = "camelCase")]
pub(super) struct Pair {
    dps_location_id: String,
    nomis_location_id: i64,
}

/// The pairs of these NOMIS ids, where there are any.
pub(super) async fn pairs_of_nomis_ids(pool: &PgPool, ids: &[i64]) -> Result<Vec<Pair>, sqlx::Error> {
    sqlx::query_as(
        "select dps_location_id, nomis_location_id from location_mapping where nomis_location_id = any($1) order by nomis_location_id",
    )
    .bind(ids)
    .fetch_all(pool)
    .await
}

/// The pairs of these DPS ids, where there are any.
pub(super) async fn pairs_of_dps_ids(pool: &PgPool, ids: &[String]) -> Result<Vec<Pair>, sqlx::Error> {
    sqlx::query_as(
        "select dps_location_id, nomis_location_id from location_mapping where dps_location_id = any($1) order by nomis_location_id",
    )
    .bind(ids)
    .fetch_all(pool)
    .await
}
