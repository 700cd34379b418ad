//! The staging table of bulk migrations, and what a batch of them needs to know (decisions D3).

use serde::Serialize;
use sqlx::types::Json;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::domain::migration::MigratedLocation;

/// A line on its way into the staging table: a location, or why it can't be one.
#[derive(Serialize)]
pub struct StagedLine {
    /// Number of the line, from 1.
    pub line: i64,
    /// The prison of the location.
    pub prison_id: Option<String>,
    /// Path of its parent.
    pub parent_path: Option<String>,
    /// Id of its parent.
    pub parent_id: Option<Uuid>,
    /// The location.
    pub body: Option<MigratedLocation>,
    /// `PENDING` or `FAILED`.
    pub status: &'static str,
    /// The error body of a line that failed.
    pub error: Option<serde_json::Value>,
}

/// A line that can be inserted: its parent is there.
pub struct ReadyLine {
    /// Number of the line.
    pub line: i64,
    /// The location.
    pub body: Json<MigratedLocation>,
    /// Id of its parent.
    pub parent: Option<Uuid>,
}

/// What came of a line.
#[derive(Serialize)]
pub struct LineOutcome {
    /// Number of the line.
    pub line: i64,
    /// `CREATED`, `UNCHANGED` or `FAILED`.
    pub status: &'static str,
    /// The location.
    pub location_id: Option<Uuid>,
    /// Its key.
    pub key: Option<String>,
    /// The error body of a line that failed.
    pub error: Option<serde_json::Value>,
}

/// A line of the answer.
pub struct AnswerLine {
    /// Number of the line.
    pub line: i64,
    /// `CREATED`, `UNCHANGED`, `FAILED`, or `PENDING` when its parent never turned up.
    pub status: String,
    /// The location.
    pub location_id: Option<Uuid>,
    /// Its key.
    pub key: Option<String>,
    /// The error body.
    pub error: Option<serde_json::Value>,
}

/// Stages lines of a run.
///
/// # Errors
/// Whatever the database says.
pub async fn stage(pool: &PgPool, run: Uuid, lines: &[StagedLine]) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO locations_service.migration_line
            (run_id, line, prison_id, parent_path, parent_id, body, status, error)
         SELECT $1, line, prison_id, parent_path, parent_id, body, status, error
         FROM jsonb_to_recordset($2) AS n (line bigint, prison_id text, parent_path text, parent_id uuid, body jsonb,
            status text, error jsonb)",
        run,
        Json(lines) as _
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Prisons that a run still has pending lines for, in order.
///
/// # Errors
/// Whatever the database says.
pub async fn pending_prisons(pool: &PgPool, run: Uuid) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT DISTINCT prison_id AS "prison_id!" FROM locations_service.migration_line
           WHERE run_id = $1 AND status = 'PENDING' ORDER BY 1"#,
        run
    )
    .fetch_all(pool)
    .await
}

/// Pending lines of a prison whose parent is there, the first `limit` in the order of the input.
///
/// # Errors
/// Whatever the database says.
pub async fn ready(
    conn: &mut PgConnection,
    run: Uuid,
    prison_id: &str,
    limit: i64,
) -> Result<Vec<ReadyLine>, sqlx::Error> {
    sqlx::query_as!(
        ReadyLine,
        r#"
        SELECT s.line, s.body AS "body!: Json<MigratedLocation>", p.id AS "parent?"
        FROM locations_service.migration_line s
        LEFT JOIN LATERAL (
            SELECT l.id FROM location l WHERE l.id = s.parent_id
            UNION ALL
            SELECT l.id FROM location l
            WHERE s.parent_id IS NULL AND l.prison_id = s.prison_id AND l.path_hierarchy = s.parent_path
            LIMIT 1
        ) p ON true
        WHERE s.run_id = $1 AND s.prison_id = $2 AND s.status = 'PENDING'
            AND (p.id IS NOT NULL OR (s.parent_path IS NULL AND s.parent_id IS NULL))
        ORDER BY s.line
        LIMIT $3
        "#,
        run,
        prison_id,
        limit
    )
    .fetch_all(conn)
    .await
}

/// Ids of the locations with these paths in a prison.
///
/// # Errors
/// Whatever the database says.
pub async fn taken(conn: &mut PgConnection, prison_id: &str, paths: &[String]) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!("SELECT id FROM location WHERE prison_id = $1 AND path_hierarchy = ANY($2)", prison_id, paths)
        .fetch_all(conn)
        .await
}

/// Writes down what came of lines.
///
/// # Errors
/// Whatever the database says.
pub async fn settle(conn: &mut PgConnection, run: Uuid, outcomes: &[LineOutcome]) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE locations_service.migration_line s
         SET status = n.status, location_id = n.location_id, key = n.key, error = n.error, body = NULL
         FROM jsonb_to_recordset($2) AS n (line bigint, status text, location_id uuid, key text, error jsonb)
         WHERE s.run_id = $1 AND s.line = n.line",
        run,
        Json(outcomes) as _
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The next lines of the answer after `after`, in the order of the input.
///
/// # Errors
/// Whatever the database says.
pub async fn answers(pool: &PgPool, run: Uuid, after: i64, limit: i64) -> Result<Vec<AnswerLine>, sqlx::Error> {
    sqlx::query_as!(
        AnswerLine,
        "SELECT line, status, location_id, key, error FROM locations_service.migration_line
         WHERE run_id = $1 AND line > $2 ORDER BY line LIMIT $3",
        run,
        after,
        limit
    )
    .fetch_all(pool)
    .await
}

/// Forgets a run, and others whose client went away more than a day ago.
///
/// # Errors
/// Whatever the database says.
pub async fn forget(pool: &PgPool, run: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "DELETE FROM locations_service.migration_line
         WHERE run_id = $1 OR staged_at < clock_timestamp() - interval '1 day'",
        run
    )
    .execute(pool)
    .await?;
    Ok(())
}
