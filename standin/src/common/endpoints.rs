//! The endpoints under `/standin` that all roles have (08 section 15.4), and `/health`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, put};
use axum::{Json as Answer, Router};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Value, json};

use super::consumer::{Consumer, MOST_AT_ONCE};
use super::error::{ApiError, Json, Query};
use super::faults::Rule;
use super::role::Context;
use super::switches::{Setting, Switches};
use super::telemetry::Event;
use super::token_check::STANDIN_ROLE;

/// `/standin/telemetry`, `/standin/faults`, `/standin/quiet`, for holders of the role STANDIN.
pub fn of_every_role(context: &Context) -> Router {
    let routes = Router::new()
        .route("/standin/telemetry", get(find_events))
        .route("/standin/faults", get(list_faults).post(add_fault).delete(clear_faults))
        .route("/standin/quiet", get(quiet))
        .with_state(context.clone());
    context.tokens.protect(routes, &[STANDIN_ROLE])
}

/// `/health`, open.
pub fn health() -> Router {
    Router::new()
        .route("/health", get(|| async { Answer(json!({ "status": "UP" })) }))
        .route("/health/ping", get(|| async { Answer(json!({ "status": "UP" })) }))
}

#[derive(Deserialize)]
struct Wanted {
    name: Option<String>,
    since: Option<DateTime<Utc>>,
}

async fn find_events(
    State(context): State<Context>,
    Query(wanted): Query<Wanted>,
) -> Result<Answer<Vec<Event>>, ApiError> {
    Ok(Answer(context.telemetry.find(wanted.name.as_deref(), wanted.since).await?))
}

async fn list_faults(State(context): State<Context>) -> Answer<Vec<Rule>> {
    Answer(context.faults.rules())
}

async fn add_fault(State(context): State<Context>, Json(rule): Json<Rule>) -> Result<Response, ApiError> {
    Ok((StatusCode::CREATED, Answer(context.faults.add(rule).await?)).into_response())
}

async fn clear_faults(State(context): State<Context>) -> Result<StatusCode, ApiError> {
    context.faults.clear().await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn quiet(State(context): State<Context>) -> Response {
    let under_way = context.quiet.under_way().await;
    let status = if under_way.is_empty() { StatusCode::OK } else { StatusCode::CONFLICT };
    (status, Answer(under_way)).into_response()
}

/// `/standin/switches` and `/standin/consumers` of a sync role, for holders of the role STANDIN.
///
/// `GET` and `PUT /standin/switches`: see [`Setting`]. `PUT /standin/consumers`: `{ "messages": 0..10, "queue": name? }`; without a
/// queue it is for all of the role.
pub fn of_sync_role(context: &Context, switches: Switches, consumers: Vec<Arc<Consumer>>) -> Router {
    let routes = Router::new()
        .route("/standin/switches", get(show_switches).put(set_switches))
        .with_state(switches)
        .merge(Router::new().route("/standin/consumers", put(set_consumers).get(show_consumers)).with_state(consumers));
    context.tokens.protect(routes, &[STANDIN_ROLE])
}

async fn show_switches(State(switches): State<Switches>) -> Answer<Setting> {
    Answer(switches.setting())
}

async fn set_switches(
    State(switches): State<Switches>,
    Json(setting): Json<Setting>,
) -> Result<Answer<Setting>, ApiError> {
    switches.set(setting).await?;
    Ok(Answer(switches.setting()))
}

#[derive(Deserialize)]
struct AtOnce {
    messages: usize,
    queue: Option<String>,
}

async fn set_consumers(
    State(consumers): State<Vec<Arc<Consumer>>>,
    Json(wanted): Json<AtOnce>,
) -> Result<Answer<Value>, ApiError> {
    if wanted.messages > MOST_AT_ONCE {
        return Err(ApiError::bad_request(format!("messages: 0 to {MOST_AT_ONCE}")));
    }
    let meant = |consumer: &&Arc<Consumer>| wanted.queue.as_ref().is_none_or(|queue| *queue == consumer.queue);
    let mut found = false;
    for consumer in consumers.iter().filter(meant) {
        found = true;
        consumer.set_at_once(wanted.messages).await?;
    }
    if found { Ok(show(&consumers)) } else { Err(ApiError::not_found("no such queue in this role")) }
}

async fn show_consumers(State(consumers): State<Vec<Arc<Consumer>>>) -> Answer<Value> {
    show(&consumers)
}

fn show(consumers: &[Arc<Consumer>]) -> Answer<Value> {
    let one = |c: &Arc<Consumer>| json!({ "queue": c.queue, "messages": c.at_once(), "atWork": c.at_work() });
    Answer(Value::Array(consumers.iter().map(one).collect()))
}
