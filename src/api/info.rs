//! `/info` (07 section 8.2). Open to all.

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::error::ApiError;
use crate::app::App;
use crate::build_info;
use crate::store::prison_switches::active_prisons;

/// The route of info; it is no part of the OpenAPI document, as in the live service.
pub fn routes() -> Router<App> {
    Router::new().route("/info", get(info))
}

/// What stands for all prisons where they are not switched on one by one (07 section 5.4).
const ALL_PRISONS: &str = "***";

/// The active prisons are read anew each time, so that a switch shows at once (decisions B8).
async fn info(State(app): State<App>) -> Result<Json<Value>, ApiError> {
    let active = if app.config.activated_per_prison {
        active_prisons(&app.services.store.pool).await?
    } else {
        vec![ALL_PRISONS.to_owned()]
    };
    Ok(Json(json!({
        "git": {
            "branch": build_info::GIT_BRANCH,
            "commit": {"id": short(build_info::GIT_REF), "time": build_info::TIME}
        },
        "build": {
            "artifact": crate::telemetry::SERVICE_NAME,
            "name": crate::telemetry::SERVICE_NAME,
            "group": "uk.gov.justice.digital.hmpps",
            "version": app.config.version,
            "time": build_info::TIME,
            "operatingSystem": std::env::consts::OS
        },
        "activeAgencies": active,
        "productId": app.config.product_id
    })))
}

/// The first seven characters of a commit.
fn short(commit: &str) -> &str {
    commit.get(..7).unwrap_or(commit)
}
