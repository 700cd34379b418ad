//! The calls of Prison API that the estate makes around locations (08 sections 13.2 and 15.4).

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json as Answer, Router};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::PgPool;
use sqlx::types::Json as Column;

use super::splash::no_screen;
use super::write::flag;
use crate::common::error::{ApiError, Json, Path};
use crate::common::role::Context;

const SWITCHES_READ: &[&str] = &["PRISON_API__SERVICE_AGENCY_SWITCHES__RO", "SERVICE_AGENCY_SWITCHES"];
const SWITCHES_WRITE: &[&str] = &["SERVICE_AGENCY_SWITCHES"];
const SPLASH_READ: &[&str] = &["PRISON_API__SPLASH_SCREEN__RO", "PRISON_API__SPLASH_SCREEN__RW"];
const SPLASH_WRITE: &[&str] = &["PRISON_API__SPLASH_SCREEN__RW"];
const ROLL_COUNT: &[&str] = &["ESTABLISHMENT_ROLL"];
/// A switch for this prison counts for all.
const ALL_AGENCIES: &str = "*ALL*";

pub(super) fn routes(context: &Context) -> Router {
    let switch = "/api/agency-switches/{service}/agency/{prison}";
    let condition = "/api/splash-screen/{module}/condition/{kind}/{value}";
    let tokens = &context.tokens;
    Router::new()
        .merge(tokens.protect(Router::new().route(switch, get(read_switch)), SWITCHES_READ))
        .merge(tokens.protect(Router::new().route(switch, post(switch_on).delete(switch_off)), SWITCHES_WRITE))
        .merge(tokens.protect(Router::new().route(condition, get(read_condition)), SPLASH_READ))
        .merge(
            tokens.protect(
                Router::new()
                    .route("/api/splash-screen/{module}/condition", post(add_condition))
                    .route(condition, axum::routing::delete(remove_condition))
                    .route("/api/splash-screen/{module}/condition/{kind}/{value}/{block}", put(set_condition)),
                SPLASH_WRITE,
            ),
        )
        .merge(
            tokens.protect(
                Router::new()
                    .route("/api/prison/roll-count/{prison}/movement-count", get(movement_count))
                    .route("/api/movements/{prison}/out/{day}", get(movements_out)),
                ROLL_COUNT,
            ),
        )
        .with_state(context.pool.clone())
}

async fn read_switch(
    State(pool): State<PgPool>,
    Path((service, prison)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    let on: bool = sqlx::query_scalar(
        "select exists (select from service_agency_switches where service_name = $1 and agy_loc_id in ($2, $3))",
    )
    .bind(&service)
    .bind(&prison)
    .bind(ALL_AGENCIES)
    .fetch_one(&pool)
    .await?;
    if on { Ok(StatusCode::NO_CONTENT) } else { Err(ApiError::not_found(format!("{service} is off for {prison}"))) }
}

async fn switch_on(
    State(pool): State<PgPool>,
    Path((service, prison)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    require_known(&pool, &service, &prison).await?;
    let done = sqlx::query(
        "insert into service_agency_switches (service_name, agy_loc_id) values ($1, $2) on conflict do nothing",
    )
    .bind(&service)
    .bind(&prison)
    .execute(&pool)
    .await?;
    if done.rows_affected() == 0 {
        return Err(ApiError::conflict(format!("{service} is on for {prison} already")));
    }
    Ok(StatusCode::CREATED)
}

async fn switch_off(
    State(pool): State<PgPool>,
    Path((service, prison)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    require_known(&pool, &service, &prison).await?;
    sqlx::query("delete from service_agency_switches where service_name = $1 and agy_loc_id = $2")
        .bind(&service)
        .bind(&prison)
        .execute(&pool)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn require_known(pool: &PgPool, service: &str, prison: &str) -> Result<(), ApiError> {
    let known: bool = sqlx::query_scalar(
        "select exists (select from external_services where service_name = $1)
            and ($2 = $3 or exists (select from agency_locations where agy_loc_id = $2))",
    )
    .bind(service)
    .bind(prison)
    .bind(ALL_AGENCIES)
    .fetch_one(pool)
    .await?;
    if known {
        Ok(())
    } else {
        Err(ApiError::not_found(format!("there is no service {service}, or no agency {prison}")))
    }
}

/// A condition of a screen, as it is sent and shown.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Condition {
    condition_type: String,
    condition_value: String,
    block_access: bool,
}

async fn read_condition(
    State(pool): State<PgPool>,
    Path((module, kind, value)): Path<(String, String, String)>,
) -> Result<Answer<Condition>, ApiError> {
    let block: Option<bool> = sqlx::query_scalar(
        "select block_access_yorn = 'Y' from splash_conditions
          where module_name = $1 and condition_type = $2 and condition_value = $3",
    )
    .bind(&module)
    .bind(&kind)
    .bind(&value)
    .fetch_optional(&pool)
    .await?;
    let Some(block_access) = block else { return Err(no_condition(&module, &value)) };
    Ok(Answer(Condition { condition_type: kind, condition_value: value, block_access }))
}

async fn add_condition(
    State(pool): State<PgPool>,
    Path(module): Path<String>,
    Json(new): Json<Condition>,
) -> Result<Response, ApiError> {
    let sql = "select exists (select from splash_screens where module_name = $1)";
    if !sqlx::query_scalar(sql).bind(&module).fetch_one(&pool).await? {
        return Err(no_screen(&module));
    }
    let done = sqlx::query(
        "insert into splash_conditions (module_name, condition_type, condition_value, block_access_yorn)
         values ($1, $2, $3, $4) on conflict do nothing",
    )
    .bind(&module)
    .bind(&new.condition_type)
    .bind(&new.condition_value)
    .bind(flag(new.block_access))
    .execute(&pool)
    .await?;
    if done.rows_affected() == 0 {
        return Err(ApiError::conflict(format!("{module} has a condition for {} already", new.condition_value)));
    }
    Ok((StatusCode::CREATED, Answer(new)).into_response())
}

async fn set_condition(
    State(pool): State<PgPool>,
    Path((module, kind, value, block)): Path<(String, String, String, bool)>,
) -> Result<Answer<Condition>, ApiError> {
    let done = sqlx::query(
        "update splash_conditions set block_access_yorn = $4
          where module_name = $1 and condition_type = $2 and condition_value = $3",
    )
    .bind(&module)
    .bind(&kind)
    .bind(&value)
    .bind(flag(block))
    .execute(&pool)
    .await?;
    if done.rows_affected() == 0 {
        return Err(no_condition(&module, &value));
    }
    Ok(Answer(Condition { condition_type: kind, condition_value: value, block_access: block }))
}

async fn remove_condition(
    State(pool): State<PgPool>,
    Path((module, kind, value)): Path<(String, String, String)>,
) -> Result<StatusCode, ApiError> {
    let done = sqlx::query(
        "delete from splash_conditions where module_name = $1 and condition_type = $2 and condition_value = $3",
    )
    .bind(&module)
    .bind(&kind)
    .bind(&value)
    .execute(&pool)
    .await?;
    if done.rows_affected() == 0 { Err(no_condition(&module, &value)) } else { Ok(StatusCode::OK) }
}

fn no_condition(module: &str, value: &str) -> ApiError {
    ApiError::not_found(format!("{module} has no condition for {value}"))
}

async fn movement_count(State(pool): State<PgPool>, Path(prison): Path<String>) -> Result<Answer<Value>, ApiError> {
    let found: Option<(i32, i32, i32)> =
        sqlx::query_as("select in_today, out_today, en_route_today from prison_movements where agy_loc_id = $1")
            .bind(&prison)
            .fetch_optional(&pool)
            .await?;
    let (into, out, en_route) = found.unwrap_or_default();
    Ok(Answer(json!({ "inOutMovementsToday": { "in": into, "out": out }, "enRouteToday": en_route })))
}

/// A movement out, as it is kept.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Movement {
    day: NaiveDate,
    offender_no: String,
    movement_sequence: Option<String>,
}

async fn movements_out(
    State(pool): State<PgPool>,
    Path((prison, day)): Path<(String, NaiveDate)>,
) -> Result<Answer<Vec<Value>>, ApiError> {
    let kept: Option<Column<Vec<Movement>>> =
        sqlx::query_scalar("select out_movements from prison_movements where agy_loc_id = $1")
            .bind(&prison)
            .fetch_optional(&pool)
            .await?;
    let kept = kept.map(|column| column.0).unwrap_or_default();
    let shown = |m: Movement| json!({ "offenderNo": m.offender_no, "movementSequence": m.movement_sequence });
    Ok(Answer(kept.into_iter().filter(|m| m.day == day).map(shown).collect()))
}
