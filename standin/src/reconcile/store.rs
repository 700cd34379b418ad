//! The tables of the reconciliation.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::PgPool;
use uuid::Uuid;

use super::{Finding, Kind, Wanted};

/// A run, as it is shown.
#[derive(Clone, Debug, Serialize, sqlx::FromRow)]
#[serde(rename_all = "camelCase")]
pub struct Run {
    pub id: i64,
    pub kind: String,
    pub prison: Option<String>,
    pub repairs: bool,
    pub status: String,
    pub started: DateTime<Utc>,
    pub ended: Option<DateTime<Utc>>,
    pub compared: i64,
    pub unchanged: i64,
    pub error: Option<String>,
}

/// A finding, as it is shown.
#[derive(Clone, Debug, Serialize, sqlx::FromRow)]
#[serde(rename_all = "camelCase")]
pub struct FindingRow {
    pub kind: String,
    pub prison: String,
    pub key: String,
    pub dps_id: Option<Uuid>,
    pub nomis_id: Option<i64>,
    pub field: Option<String>,
    pub dps: Option<String>,
    pub nomis: Option<String>,
    pub cause: String,
    pub repair: Option<String>,
}

/// Hashes of a subtree when it was last found equal: DPS's and NOMIS's.
pub type Clean = HashMap<String, (String, String)>;

/// The tables.
#[derive(Clone)]
pub struct Store {
    pool: PgPool,
}

impl Store {
    pub fn new(pool: PgPool) -> Self {
        Self { pool }
    }

    pub async fn begin(&self, wanted: &Wanted) -> Result<i64, sqlx::Error> {
        let kind = if wanted.kind == Kind::Full { "FULL" } else { "DIGEST" };
        sqlx::query_scalar(
            "insert into standin.reconciliation_run (kind, prison, repairs) values ($1, $2, $3) returning id",
        )
        .bind(kind)
        .bind(&wanted.prison)
        .bind(wanted.repair)
        .fetch_one(&self.pool)
        .await
    }

    pub async fn count(&self, run: i64, compared: usize, unchanged: usize) -> Result<(), sqlx::Error> {
        sqlx::query(
            "update standin.reconciliation_run set compared = compared + $2, unchanged = unchanged + $3 where id = $1",
        )
        .bind(run)
        .bind(i64::try_from(compared).unwrap_or(i64::MAX))
        .bind(i64::try_from(unchanged).unwrap_or(i64::MAX))
        .execute(&self.pool)
        .await
        .map(drop)
    }

    pub async fn end(&self, run: i64, error: Option<&str>) -> Result<(), sqlx::Error> {
        sqlx::query(
            "update standin.reconciliation_run set ended = clock_timestamp(), error = $2,
                status = case when $2 is null then 'DONE' else 'FAILED' end
             where id = $1",
        )
        .bind(run)
        .bind(error)
        .execute(&self.pool)
        .await
        .map(drop)
    }

    pub async fn add(&self, run: i64, finding: &Finding, cause: &str) -> Result<(), sqlx::Error> {
        let difference = finding.difference.as_ref();
        sqlx::query(
            "insert into standin.reconciliation_finding
                (run, kind, prison, key, dps_id, nomis_id, field, dps, nomis, cause)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        )
        .bind(run)
        .bind(finding.kind.to_string())
        .bind(&finding.prison)
        .bind(&finding.key)
        .bind(finding.dps_id)
        .bind(finding.nomis_id)
        .bind(difference.map(|d| d.field.as_str()))
        .bind(difference.map(|d| d.dps.as_str()))
        .bind(difference.map(|d| d.nomis.as_str()))
        .bind(cause)
        .execute(&self.pool)
        .await
        .map(drop)
    }

    /// Notes what a repair of a location did.
    pub async fn repaired(&self, run: i64, finding: &Finding, what: &str) -> Result<(), sqlx::Error> {
        sqlx::query(
            "update standin.reconciliation_finding set repair = $5
             where run = $1 and key = $2 and dps_id is not distinct from $3 and nomis_id is not distinct from $4",
        )
        .bind(run)
        .bind(&finding.key)
        .bind(finding.dps_id)
        .bind(finding.nomis_id)
        .bind(what)
        .execute(&self.pool)
        .await
        .map(drop)
    }

    pub async fn run(&self, id: i64) -> Result<Option<Run>, sqlx::Error> {
        sqlx::query_as(
            "select id, kind, prison, repairs, status, started, ended, compared, unchanged, error
             from standin.reconciliation_run where id = $1",
        )
        .bind(id)
        .fetch_optional(&self.pool)
        .await
    }

    pub async fn findings(&self, run: i64) -> Result<Vec<FindingRow>, sqlx::Error> {
        sqlx::query_as(
            "select kind, prison, key, dps_id, nomis_id, field, dps, nomis, cause, repair
             from standin.reconciliation_finding where run = $1 order by key, id",
        )
        .bind(run)
        .fetch_all(&self.pool)
        .await
    }

    /// The digests of a prison's subtrees when they were last found equal; the prison itself has its own id as key.
    pub async fn clean(&self, prison: &str) -> Result<Clean, sqlx::Error> {
        let rows: Vec<(String, String, String)> =
            sqlx::query_as("select key, dps_hash, nomis_hash from standin.reconciliation_clean where prison = $1")
                .bind(prison)
                .fetch_all(&self.pool)
                .await?;
        Ok(rows.into_iter().map(|(key, dps, nomis)| (key, (dps, nomis))).collect())
    }

    /// Notes that subtrees were found equal with these digests. Those with findings keep the digests of the last time that they were
    /// equal: they tell who has changed since.
    pub async fn set_clean(&self, prison: &str, clean: &Clean) -> Result<(), sqlx::Error> {
        let keys: Vec<&str> = clean.keys().map(String::as_str).collect();
        let dps: Vec<&str> = clean.values().map(|(dps, _)| dps.as_str()).collect();
        let nomis: Vec<&str> = clean.values().map(|(_, nomis)| nomis.as_str()).collect();
        sqlx::query(
            "insert into standin.reconciliation_clean (key, prison, dps_hash, nomis_hash)
             select key, $1, dps, nomis from unnest($2::text[], $3::text[], $4::text[]) as c (key, dps, nomis)
             on conflict (key) do update
                set dps_hash = excluded.dps_hash, nomis_hash = excluded.nomis_hash, at = clock_timestamp()",
        )
        .bind(prison)
        .bind(keys)
        .bind(dps)
        .bind(nomis)
        .execute(&self.pool)
        .await
        .map(drop)
    }
}
