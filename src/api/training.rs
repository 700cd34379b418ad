//! The reset of a training database (07 section 10): there in profile `train` only, open to all, and not in the document.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::put;

use super::ApiError;
use crate::app::App;
use crate::service::training;

/// Where it is.
pub const RESET_PATH: &str = "/reset-training";

/// The route of this area.
pub fn routes() -> Router<App> {
    Router::new().route(RESET_PATH, put(reset))
}

async fn reset(State(app): State<App>) -> Result<StatusCode, ApiError> {
    training::reset(&app.services).await?;
    Ok(StatusCode::OK)
}
