//! What changes NOMIS locations without a screen or the sync (08 sections 4.3 and 6.2 rule 6).

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Extension, Json as Answer, Router};
use serde::Deserialize;
use serde_json::json;
use sqlx::PgPool;

use super::transaction::{SYNC_MODULE, Write, Writer};
use crate::common::error::{ApiError, Json, Path};
use crate::common::role::Context;
use crate::common::token_check::{Caller, STANDIN_ROLE};

/// The module under which occupancy changes: the admission of a prisoner.
const OCCUPANCY_MODULE: &str = "OIDADMIS";

pub(super) fn routes(context: &Context) -> Router {
    let routes = Router::new()
        .route("/standin/nomis/visit-rooms", post(visit_room))
        .route("/standin/nomis/occupancy/{id}", post(occupancy))
        .with_state(context.pool.clone());
    context.tokens.protect(routes, &[STANDIN_ROLE])
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct VisitRoom {
    prison_id: String,
    kind: Kind,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Kind {
    Social,
    Closed,
}

/// The room that the NOMIS API makes when a visit is synced and there is none. It carries the module name of the sync, though DPS
/// does not know the location.
async fn visit_room(
    State(pool): State<PgPool>,
    Extension(caller): Extension<Caller>,
    Json(asked): Json<VisitRoom>,
) -> Result<Response, ApiError> {
    let (code, name) = match asked.kind {
        Kind::Social => ("VSIP_SOC", "VISITS - SOCIAL"),
        Kind::Closed => ("VSIP_CLO", "VISITS - CLOSED"),
    };
    let mut write =
        Write::begin(&pool, Writer { module: SYNC_MODULE, user: caller.user(), reason: None, events: true }).await?;
    let parent: Option<(i64, String)> = sqlx::query_as(
        "select internal_location_id, description from agency_internal_locations
          where agy_loc_id = $1 and parent_internal_location_id is null and active_flag = 'Y'
            and internal_location_code in ('VISIT', 'VISITS')
          order by internal_location_id limit 1",
    )
    .bind(&asked.prison_id)
    .fetch_optional(&mut *write)
    .await?;
    let above = parent.as_ref().map_or_else(|| format!("{}-VISITS", asked.prison_id), |(_, key)| key.clone());
    let key = format!("{above}-{code}");
    let known: Option<i64> = sqlx::query_scalar(
        "select internal_location_id from agency_internal_locations where agy_loc_id = $1 and description = $2",
    )
    .bind(&asked.prison_id)
    .bind(&key)
    .fetch_optional(&mut *write)
    .await?;
    if let Some(id) = known {
        return Ok(Answer(json!({ "locationId": id })).into_response());
    }
    let id: i64 = sqlx::query_scalar(
        "insert into agency_internal_locations
             (internal_location_code, agy_loc_id, internal_location_type, description, parent_internal_location_id, user_desc,
              list_seq, capacity, certified_flag, tracking_flag, active_flag)
         values ($1, $2, 'VISIT', $3, $4, $5, 99, 99, 'N', 'Y', 'Y')
         returning internal_location_id",
    )
    .bind(code)
    .bind(&asked.prison_id)
    .bind(&key)
    .bind(parent.map(|(id, _)| id))
    .bind(name)
    .fetch_one(&mut *write)
    .await?;
    write.commit().await?;
    Ok((StatusCode::CREATED, Answer(json!({ "locationId": id }))).into_response())
}

#[derive(Deserialize)]
struct Occupancy {
    occupants: i32,
    /// Whether the triggers tell of it; the real ones are not known to, or not to.
    #[serde(default)]
    event: bool,
}

/// A prisoner moves in or out.
async fn occupancy(
    State(pool): State<PgPool>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<i64>,
    Json(asked): Json<Occupancy>,
) -> Result<StatusCode, ApiError> {
    let writer = Writer { module: OCCUPANCY_MODULE, user: caller.user(), reason: None, events: asked.event };
    let mut write = Write::begin(&pool, writer).await?;
    write.lock(id).await?;
    sqlx::query("update agency_internal_locations set no_of_occupant = $2 where internal_location_id = $1")
        .bind(id)
        .bind(asked.occupants)
        .execute(&mut *write)
        .await?;
    write.commit().await?;
    Ok(StatusCode::OK)
}
