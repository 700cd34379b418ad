//! The endpoints of the migration (08 section 9.1).

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json as Answer, Router};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Failure, History, Migrations};
use crate::common::error::{ApiError, Json, Path, Query};
use crate::common::token_check::TokenCheck;

/// Start, history, cancel and progress, for holders of the role MIGRATE_LOCATIONS.
pub fn routes(migrations: Migrations, tokens: &TokenCheck) -> Router {
    let routes = Router::new()
        .route("/migrate/locations", post(start))
        .route("/migrate/locations/history", get(all))
        .route("/migrate/locations/history/{migrationId}", get(one))
        .route("/migrate/locations/history/{migrationId}/failures", get(failures))
        .route("/migrate/locations/{migrationId}/cancel", post(cancel))
        .route("/migrate/locations/active-migration", get(active))
        .with_state(migrations);
    tokens.protect(routes, &["MIGRATE_LOCATIONS"])
}

async fn start(
    State(migrations): State<Migrations>,
    Json(filter): Json<Value>,
) -> Result<(StatusCode, Answer<Value>), ApiError> {
    let started = migrations.start(&filter.to_string()).await.map_err(|e| ApiError::internal(e.to_string()))?;
    let Some(history) = started else { return Err(ApiError::conflict("a migration is at work already")) };
    let context = json!({
        "type": "LOCATIONS", "migrationId": history.migration_id, "estimatedCount": history.estimated_record_count,
        "body": filter,
    });
    Ok((StatusCode::ACCEPTED, Answer(context)))
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct HistoryQuery {
    from_date_time: Option<DateTime<Utc>>,
    to_date_time: Option<DateTime<Utc>>,
    include_only_failures: bool,
}

async fn all(
    State(migrations): State<Migrations>,
    Query(query): Query<HistoryQuery>,
) -> Result<Answer<Vec<History>>, ApiError> {
    let found = migrations.records.all(query.from_date_time, query.to_date_time, query.include_only_failures);
    Ok(Answer(found.await?))
}

async fn one(State(migrations): State<Migrations>, Path(id): Path<String>) -> Result<Answer<History>, ApiError> {
    Ok(Answer(found(&migrations, &id).await?))
}

async fn failures(
    State(migrations): State<Migrations>,
    Path(id): Path<String>,
) -> Result<Answer<Vec<Failure>>, ApiError> {
    found(&migrations, &id).await?;
    Ok(Answer(migrations.records.failures(&id).await?))
}

async fn cancel(State(migrations): State<Migrations>, Path(id): Path<String>) -> Result<StatusCode, ApiError> {
    if migrations.cancel(&id).await? { Ok(StatusCode::ACCEPTED) } else { Err(no_such(&id)) }
}

/// Progress of the newest run: what is left of its estimate is to be processed.
async fn active(State(migrations): State<Migrations>) -> Result<Answer<Value>, ApiError> {
    let newest = migrations.records.all(None, None, false).await?.into_iter().next();
    let Some(history) = newest else { return Err(ApiError::not_found("there was no migration")) };
    let id = &history.migration_id;
    let waiting = migrations.records.waiting(id).await?;
    let done = i64::try_from(migrations.records.pages_done(id).await? * super::PAGE).unwrap_or(i64::MAX);
    let migrated = migrations.from.tools.clients.mappings.migrated(id).await;
    Ok(Answer(json!({
        "migrationId": id,
        "whenStarted": history.when_started,
        "estimatedRecordCount": history.estimated_record_count,
        "migrationType": history.migration_type,
        "status": history.status,
        "recordsMigrated": migrated.map_err(|e| ApiError::internal(e.to_string()))?,
        "toBeProcessedCount": (history.estimated_record_count - done).max(0) + waiting,
        "beingProcessedCount": migrations.running.load(std::sync::atomic::Ordering::SeqCst),
        "recordsFailed": migrations.records.failed(id).await?,
    })))
}

async fn found(migrations: &Migrations, id: &str) -> Result<History, ApiError> {
    migrations.records.one(id).await?.ok_or_else(|| no_such(id))
}

fn no_such(id: &str) -> ApiError {
    ApiError::not_found(format!("there was no migration {id}"))
}
