//! The endpoints of the reconciliation (08 section 15.4).

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json as Answer, Router};
use serde::Serialize;
use serde_json::{Value, json};

use super::store::{FindingRow, Run};
use super::{Kind, Reconciler, Wanted};
use crate::common::error::{ApiError, Json, Path};
use crate::common::token_check::{STANDIN_ROLE, TokenCheck};

/// Start a run, and see what it found, for holders of the role STANDIN.
pub fn routes(reconciler: Reconciler, tokens: &TokenCheck) -> Router {
    let routes = Router::new()
        .route("/standin/reconciliation", post(start))
        .route("/standin/reconciliation/{run}", get(show))
        .with_state(reconciler);
    tokens.protect(routes, &[STANDIN_ROLE])
}

async fn start(
    State(reconciler): State<Reconciler>,
    Json(wanted): Json<Wanted>,
) -> Result<(StatusCode, Answer<Value>), ApiError> {
    if wanted.kind == Kind::Full && wanted.prison.is_some() {
        return Err(ApiError::bad_request("a full run is of all prisons"));
    }
    let run = reconciler.start(wanted).await?;
    Ok((StatusCode::ACCEPTED, Answer(json!({ "run": run }))))
}

/// A run with all that it found.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown {
    #[serde(flatten)]
    run: Run,
    findings: Vec<FindingRow>,
}

async fn show(State(reconciler): State<Reconciler>, Path(run): Path<i64>) -> Result<Answer<Shown>, ApiError> {
    let found = reconciler.store.run(run).await?;
    let found = found.ok_or_else(|| ApiError::not_found(format!("there was no run {run}")))?;
    Ok(Answer(Shown { run: found, findings: reconciler.store.findings(run).await? }))
}
