//! `/health` and below (07 section 8.1). Open to all.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};

use super::error::ApiError;
use crate::app::App;
use crate::health::{Component, Status};

/// The routes of health; they are no part of the OpenAPI document, as in the live service.
pub fn routes() -> Router<App> {
    Router::new().route("/health", get(all)).route("/health/{component}", get(one))
}

async fn all(State(app): State<App>) -> Response {
    let report = app.health.report().await;
    (status_code(report.status), Json(&*report)).into_response()
}

async fn one(State(app): State<App>, Path(name): Path<String>) -> Result<Response, ApiError> {
    let component = match name.as_str() {
        "ping" => Component::up(),
        "liveness" => app.health.liveness(),
        "readiness" => app.health.readiness(),
        name => {
            let report = app.health.report().await;
            let found = report.components.get(name).cloned();
            found.ok_or_else(|| ApiError::no_such_path(&format!("/health/{name}")))?
        }
    };
    Ok((status_code(component.status), Json(component)).into_response())
}

fn status_code(status: Status) -> StatusCode {
    match status {
        Status::Up => StatusCode::OK,
        Status::Down | Status::OutOfService => StatusCode::SERVICE_UNAVAILABLE,
    }
}
