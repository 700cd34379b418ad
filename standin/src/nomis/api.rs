//! The NOMIS API (08 section 4.1).

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Extension, Json as Answer, Router};
use serde::Deserialize;
use serde_json::json;
use sqlx::PgPool;

use super::checks::{Capacity, Certification, CreateLocation, Deactivate, LocationBody};
use super::location::{self, Location};
use super::transaction::{SYNC_MODULE, Write, Writer, no_location};
use super::write;
use crate::common::error::{ApiError, Json, Path, Query};
use crate::common::page::{Page, PageRequest};
use crate::common::role::Context;
use crate::common::token_check::Caller;

/// The role of all endpoints here.
const ROLES: &[&str] = &["NOMIS_PRISONER_API__SYNCHRONISATION__RW"];
/// Ids on a page, where nothing is asked for.
const USUAL_SIZE: i64 = 10;

pub(super) fn routes(context: &Context) -> Router {
    let routes = Router::new()
        .route("/locations", post(create))
        .route("/locations/ids", get(ids))
        .route("/locations/key/{key}", get(by_key))
        .route("/locations/{id}", get(by_id).put(update))
        .route("/locations/{id}/deactivate", put(deactivate))
        .route("/locations/{id}/reactivate", put(reactivate))
        .route("/locations/{id}/capacity", put(capacity))
        .route("/locations/{id}/certification", put(certification))
        .with_state(context.pool.clone());
    context.tokens.protect(routes, ROLES)
}

async fn begin(pool: &PgPool, caller: &Caller) -> Result<Write, ApiError> {
    Write::begin(pool, Writer { module: SYNC_MODULE, user: caller.user(), reason: None, events: true }).await
}

async fn create(
    State(pool): State<PgPool>,
    Extension(caller): Extension<Caller>,
    Json(new): Json<CreateLocation>,
) -> Result<Response, ApiError> {
    new.common.check()?;
    let mut transaction = begin(&pool, &caller).await?;
    let id = write::create(&mut transaction, &new).await?;
    transaction.commit().await?;
    Ok((StatusCode::CREATED, Answer(json!({ "locationId": id }))).into_response())
}

async fn update(
    State(pool): State<PgPool>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<i64>,
    Json(body): Json<LocationBody>,
) -> Result<StatusCode, ApiError> {
    body.check()?;
    let mut transaction = begin(&pool, &caller).await?;
    write::update(&mut transaction, id, &body).await?;
    transaction.commit().await?;
    Ok(StatusCode::OK)
}

async fn deactivate(
    State(pool): State<PgPool>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<i64>,
    Json(asked): Json<Deactivate>,
) -> Result<StatusCode, ApiError> {
    let mut transaction = begin(&pool, &caller).await?;
    write::deactivate(&mut transaction, id, &asked).await?;
    transaction.commit().await?;
    Ok(StatusCode::OK)
}

async fn reactivate(
    State(pool): State<PgPool>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<i64>,
) -> Result<StatusCode, ApiError> {
    let mut transaction = begin(&pool, &caller).await?;
    write::reactivate(&mut transaction, id).await?;
    transaction.commit().await?;
    Ok(StatusCode::OK)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CapacityOptions {
    #[serde(default)]
    ignore_operational_capacity: bool,
}

async fn capacity(
    State(pool): State<PgPool>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<i64>,
    Query(options): Query<CapacityOptions>,
    Json(to): Json<Capacity>,
) -> Result<StatusCode, ApiError> {
    let mut transaction = begin(&pool, &caller).await?;
    write::set_capacity(&mut transaction, id, &to, options.ignore_operational_capacity).await?;
    transaction.commit().await?;
    Ok(StatusCode::OK)
}

async fn certification(
    State(pool): State<PgPool>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<i64>,
    Json(to): Json<Certification>,
) -> Result<StatusCode, ApiError> {
    let mut transaction = begin(&pool, &caller).await?;
    write::set_certification(&mut transaction, id, &to).await?;
    transaction.commit().await?;
    Ok(StatusCode::OK)
}

async fn by_id(State(pool): State<PgPool>, Path(id): Path<i64>) -> Result<Answer<Location>, ApiError> {
    location::by_id(&pool, id).await?.map(Answer).ok_or_else(|| no_location(id))
}

async fn by_key(State(pool): State<PgPool>, Path(key): Path<String>) -> Result<Answer<Location>, ApiError> {
    let found = location::by_key(&pool, &key).await?;
    found.map(Answer).ok_or_else(|| ApiError::not_found(format!("there is no location {key}")))
}

async fn ids(
    State(pool): State<PgPool>,
    Query(asked): Query<PageRequest>,
) -> Result<Answer<Page<serde_json::Value>>, ApiError> {
    let (ids, total) = location::ids(&pool, asked.offset(USUAL_SIZE), asked.size(USUAL_SIZE)).await?;
    let content = ids.into_iter().map(|id| json!({ "locationId": id })).collect();
    Ok(Answer(Page::new(asked, USUAL_SIZE, content, total)))
}
