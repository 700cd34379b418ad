//! What is kept of migrations (08 section 9.2).

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::PgPool;

/// The record of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, sqlx::FromRow)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields are the columns of 08 section 9.2")]
pub struct History {
    pub migration_id: String,
    pub when_started: DateTime<Utc>,
    pub when_ended: Option<DateTime<Utc>>,
    pub estimated_record_count: i64,
    pub records_migrated: i64,
    pub records_failed: i64,
    pub migration_type: String,
    pub status: String,
    pub filter: Option<String>,
}

/// A location that could not be migrated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, sqlx::FromRow)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// NOMIS's id.
    pub nomis_location_id: i64,
    /// Its DESCRIPTION.
    pub key: String,
    /// Why.
    pub cause: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// The tables of migrations.
#[derive(Clone)]
pub struct Records {
    pool: PgPool,
}

impl Records {
    /// The tables there.
    pub fn new(pool: PgPool) -> Self {
        Self { pool }
    }

    /// A new run; none if there is one with this id.
    pub(super) async fn begin(&self, id: &str, estimated: i64, filter: &str) -> Result<Option<History>, sqlx::Error> {
        let mut transaction = self.pool.begin().await?;
        let history: Option<History> = sqlx::query_as(
            "insert into migration_history (migration_id, estimated_record_count, migration_type, status, filter)
             values ($1, $2, 'LOCATIONS', 'STARTED', $3) on conflict do nothing returning *",
        )
        .bind(id)
        .bind(estimated)
        .bind(filter)
        .fetch_optional(&mut *transaction)
        .await?;
        if history.is_some() {
            sqlx::query("insert into migration_job (migration_id) values ($1)")
                .bind(id)
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
        Ok(history)
    }

    /// All runs, newest first; `only_failures`: those that left something behind.
    ///
    /// # Errors
    /// Whatever the database says.
    pub async fn all(
        &self,
        from: Option<DateTime<Utc>>,
        to: Option<DateTime<Utc>>,
        only_failures: bool,
    ) -> Result<Vec<History>, sqlx::Error> {
        sqlx::query_as(
            "select * from migration_history
             where ($1::timestamptz is null or when_started >= $1) and ($2::timestamptz is null or when_started <= $2)
                and (not $3 or records_failed > 0)
             order by when_started desc",
        )
        .bind(from)
        .bind(to)
        .bind(only_failures)
        .fetch_all(&self.pool)
        .await
    }

    /// A run.
    ///
    /// # Errors
    /// Whatever the database says.
    pub async fn one(&self, id: &str) -> Result<Option<History>, sqlx::Error> {
        sqlx::query_as("select * from migration_history where migration_id = $1")
            .bind(id)
            .fetch_optional(&self.pool)
            .await
    }

    /// The run that has not ended.
    pub(super) async fn unfinished(&self) -> Result<Option<History>, sqlx::Error> {
        sqlx::query_as("select * from migration_history where status in ('STARTED', 'CANCELLED_REQUESTED') limit 1")
            .fetch_optional(&self.pool)
            .await
    }

    pub(super) async fn estimated(&self, id: &str) -> Result<u64, sqlx::Error> {
        let count: i64 =
            sqlx::query_scalar("select estimated_record_count from migration_history where migration_id = $1")
                .bind(id)
                .fetch_one(&self.pool)
                .await?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    pub(super) async fn pages_done(&self, id: &str) -> Result<u64, sqlx::Error> {
        let pages: i64 = sqlx::query_scalar("select pages_done from migration_job where migration_id = $1")
            .bind(id)
            .fetch_one(&self.pool)
            .await?;
        Ok(u64::try_from(pages).unwrap_or(0))
    }

    pub(super) async fn page_done(&self, id: &str, pages: u64) -> Result<(), sqlx::Error> {
        sqlx::query("update migration_job set pages_done = $2 where migration_id = $1")
            .bind(id)
            .bind(i64::try_from(pages).unwrap_or(i64::MAX))
            .execute(&self.pool)
            .await
            .map(drop)
    }

    pub(super) async fn request_cancel(&self, id: &str) -> Result<bool, sqlx::Error> {
        let found = self.one(id).await?.is_some();
        sqlx::query(
            "update migration_history set status = 'CANCELLED_REQUESTED' where migration_id = $1 and status = 'STARTED'",
        )
        .bind(id)
        .execute(&self.pool)
        .await?;
        Ok(found)
    }

    pub(super) async fn is_cancelling(&self, id: &str) -> Result<bool, sqlx::Error> {
        sqlx::query_scalar("select status = 'CANCELLED_REQUESTED' from migration_history where migration_id = $1")
            .bind(id)
            .fetch_one(&self.pool)
            .await
    }

    pub(super) async fn wait(&self, id: &str, nomis: &[i64]) -> Result<(), sqlx::Error> {
        sqlx::query("insert into migration_waiting select $1, unnest($2::bigint[]) on conflict do nothing")
            .bind(id)
            .bind(nomis)
            .execute(&self.pool)
            .await
            .map(drop)
    }

    /// How many locations wait for their parents.
    pub(super) async fn waiting(&self, id: &str) -> Result<i64, sqlx::Error> {
        sqlx::query_scalar("select count(*) from migration_waiting where migration_id = $1")
            .bind(id)
            .fetch_one(&self.pool)
            .await
    }

    pub(super) async fn waiting_after(&self, id: &str, after: i64, limit: u64) -> Result<Vec<i64>, sqlx::Error> {
        sqlx::query_scalar(
            "select nomis_location_id from migration_waiting where migration_id = $1 and nomis_location_id > $2
             order by 1 limit $3",
        )
        .bind(id)
        .bind(after)
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(&self.pool)
        .await
    }

    pub(super) async fn waited(&self, id: &str, nomis: &[i64]) -> Result<(), sqlx::Error> {
        sqlx::query("delete from migration_waiting where migration_id = $1 and nomis_location_id = any($2)")
            .bind(id)
            .bind(nomis)
            .execute(&self.pool)
            .await
            .map(drop)
    }

    /// Those that still wait have no parent in DPS: its own cause is in the same table, or it is in a prison that is left alone.
    pub(super) async fn fail_waiting(&self, id: &str) -> Result<(), sqlx::Error> {
        let mut transaction = self.pool.begin().await?;
        sqlx::query(
            "insert into migration_failure (migration_id, nomis_location_id, key, cause)
             select migration_id, nomis_location_id, '', 'its parent is not in DPS'
             from migration_waiting where migration_id = $1 on conflict do nothing",
        )
        .bind(id)
        .execute(&mut *transaction)
        .await?;
        sqlx::query("delete from migration_waiting where migration_id = $1")
            .bind(id)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await
    }

    pub(super) async fn fail(&self, id: &str, nomis: i64, key: &str, cause: &str) -> Result<(), sqlx::Error> {
        sqlx::query(
            "insert into migration_failure (migration_id, nomis_location_id, key, cause) values ($1, $2, $3, $4)
             on conflict (migration_id, nomis_location_id) do update set cause = excluded.cause",
        )
        .bind(id)
        .bind(nomis)
        .bind(key)
        .bind(cause)
        .execute(&self.pool)
        .await
        .map(drop)
    }

    /// What a run left behind.
    ///
    /// # Errors
    /// Whatever the database says.
    pub async fn failures(&self, id: &str) -> Result<Vec<Failure>, sqlx::Error> {
        sqlx::query_as(
            "select nomis_location_id, key, cause, at from migration_failure where migration_id = $1
             order by nomis_location_id",
        )
        .bind(id)
        .fetch_all(&self.pool)
        .await
    }

    /// How many a run left behind so far.
    ///
    /// # Errors
    /// Whatever the database says.
    pub async fn failed(&self, id: &str) -> Result<i64, sqlx::Error> {
        sqlx::query_scalar("select count(*) from migration_failure where migration_id = $1")
            .bind(id)
            .fetch_one(&self.pool)
            .await
    }

    pub(super) async fn end(&self, id: &str, status: &str, migrated: i64) -> Result<History, sqlx::Error> {
        sqlx::query_as(
            "update migration_history set status = $2, when_ended = clock_timestamp(), records_migrated = $3,
                records_failed = (select count(*) from migration_failure f where f.migration_id = $1)
             where migration_id = $1 returning *",
        )
        .bind(id)
        .bind(status)
        .bind(migrated)
        .fetch_one(&self.pool)
        .await
    }
}
