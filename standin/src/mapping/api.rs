//! The endpoints of the sync (08 section 5.2).

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json as Answer, Router};
use serde::Deserialize;
use serde_json::json;
use sqlx::PgPool;

use super::store::{self, Created, Mapping};
use crate::common::error::{ApiError, Json, Path, Query};
use crate::common::page::{Page, PageRequest};
use crate::common::role::Context;

/// The role of all endpoints here.
pub(super) const SYNC_ROLE: &str = "NOMIS_MAPPING_API__SYNCHRONISATION__RW";
/// What a mapping may be.
const TYPES: [&str; 3] = ["MIGRATED", "NOMIS_CREATED", "LOCATION_CREATED"];
const LONGEST_LABEL: usize = 20;
const LONGEST_DPS_ID: usize = 40;
/// Mappings on a page, where nothing is asked for.
const USUAL_SIZE: i64 = 10;
/// The error code of a duplicate.
const DUPLICATE: i32 = 1409;

pub(super) fn routes(context: &Context) -> Router {
    let routes = Router::new()
        .route("/mapping/locations", post(create).delete(delete_all))
        .route("/mapping/locations/nomis/{id}", get(by_nomis_id).delete(delete_by_nomis_id))
        .route("/mapping/locations/dps/{id}", get(by_dps_id).delete(delete_by_dps_id))
        .route("/mapping/locations/migration-id/{label}", get(of_migration))
        .route("/mapping/locations/migrated/latest", get(newest_migrated))
        .with_state(context.pool.clone());
    context.tokens.protect(routes, &[SYNC_ROLE])
}

async fn create(State(pool): State<PgPool>, Json(new): Json<Mapping>) -> Result<StatusCode, ApiError> {
    if new.label.as_ref().is_some_and(|label| label.chars().count() > LONGEST_LABEL) {
        return Err(ApiError::bad_request(format!("label is longer than {LONGEST_LABEL} characters")));
    }
    if new.dps_location_id.chars().count() > LONGEST_DPS_ID {
        return Err(ApiError::bad_request(format!("dpsLocationId is longer than {LONGEST_DPS_ID} characters")));
    }
    if !TYPES.contains(&new.mapping_type.as_str()) {
        return Err(ApiError::internal(format!("there is no mapping type {}", new.mapping_type)));
    }
    match store::create(&pool, &new).await? {
        Created::Done => Ok(StatusCode::CREATED),
        Created::Duplicate(existing) => Err(duplicate(&Mapping { when_created: None, ..new }, existing.as_ref())),
    }
}

/// Clients read only `moreInfo`.
fn duplicate(new: &Mapping, existing: Option<&Mapping>) -> ApiError {
    ApiError {
        error_code: Some(DUPLICATE),
        more_info: Some(json!({ "duplicate": new, "existing": existing })),
        ..ApiError::conflict("a mapping with one of these ids exists already")
    }
}

async fn by_nomis_id(State(pool): State<PgPool>, Path(id): Path<i64>) -> Result<Answer<Mapping>, ApiError> {
    found(store::by_nomis_id(&pool, id).await?, &format!("NOMIS id {id}"))
}

async fn by_dps_id(State(pool): State<PgPool>, Path(id): Path<String>) -> Result<Answer<Mapping>, ApiError> {
    found(store::by_dps_id(&pool, &id).await?, &format!("DPS id {id}"))
}

async fn newest_migrated(State(pool): State<PgPool>) -> Result<Answer<Mapping>, ApiError> {
    found(store::newest_migrated(&pool).await?, "any migration")
}

fn found(mapping: Option<Mapping>, of: &str) -> Result<Answer<Mapping>, ApiError> {
    mapping.map(Answer).ok_or_else(|| ApiError::not_found(format!("there is no mapping of {of}")))
}

async fn of_migration(
    State(pool): State<PgPool>,
    Path(label): Path<String>,
    Query(asked): Query<PageRequest>,
) -> Result<Answer<Page<Mapping>>, ApiError> {
    let (page, total) = store::of_migration(&pool, &label, asked.offset(USUAL_SIZE), asked.size(USUAL_SIZE)).await?;
    Ok(Answer(Page::new(asked, USUAL_SIZE, page, total)))
}

async fn delete_by_dps_id(State(pool): State<PgPool>, Path(id): Path<String>) -> Result<StatusCode, ApiError> {
    store::delete_by_dps_id(&pool, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn delete_by_nomis_id(State(pool): State<PgPool>, Path(id): Path<i64>) -> Result<StatusCode, ApiError> {
    store::delete_by_nomis_id(&pool, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Which {
    #[serde(default)]
    only_migrated: bool,
}

async fn delete_all(State(pool): State<PgPool>, Query(which): Query<Which>) -> Result<StatusCode, ApiError> {
    store::delete_all(&pool, which.only_migrated).await?;
    Ok(StatusCode::NO_CONTENT)
}
