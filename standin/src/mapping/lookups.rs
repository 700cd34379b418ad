//! Lookups for other services: both ids and no more (08 section 5.2).

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json as Answer, Router};
use sqlx::PgPool;

use super::api::SYNC_ROLE;
use super::store::{self, Pair};
use crate::common::error::{ApiError, Json, Path};
use crate::common::role::Context;

pub(super) fn routes(context: &Context) -> Router {
    let routes = Router::new()
        .route("/api/locations/nomis/{id}", get(by_nomis_id))
        .route("/api/locations/dps/{id}", get(by_dps_id))
        .route("/api/locations/nomis", post(by_nomis_ids))
        .route("/api/locations/dps", post(by_dps_ids))
        .with_state(context.pool.clone());
    context.tokens.protect(routes, &["NOMIS_DPS_MAPPING__LOCATIONS__R", SYNC_ROLE])
}

async fn by_nomis_id(State(pool): State<PgPool>, Path(id): Path<i64>) -> Result<Answer<Pair>, ApiError> {
    only(store::pairs_of_nomis_ids(&pool, &[id]).await?)
}

async fn by_dps_id(State(pool): State<PgPool>, Path(id): Path<String>) -> Result<Answer<Pair>, ApiError> {
    only(store::pairs_of_dps_ids(&pool, &[id]).await?)
}

fn only(pairs: Vec<Pair>) -> Result<Answer<Pair>, ApiError> {
    pairs.into_iter().next().map(Answer).ok_or_else(|| ApiError::not_found("there is no mapping"))
}

async fn by_nomis_ids(State(pool): State<PgPool>, Json(ids): Json<Vec<i64>>) -> Result<Answer<Vec<Pair>>, ApiError> {
    Ok(Answer(store::pairs_of_nomis_ids(&pool, &ids).await?))
}

async fn by_dps_ids(State(pool): State<PgPool>, Json(ids): Json<Vec<String>>) -> Result<Answer<Vec<Pair>>, ApiError> {
    Ok(Answer(store::pairs_of_dps_ids(&pool, &ids).await?))
}
