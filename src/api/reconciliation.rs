//! Digests for the reconciliation with NOMIS (docs/reconciliation.md).

use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::answer::Answer;
use super::check::{PrisonIdParam, prison_id};
use super::permission::SYNC_LOCATIONS;
use super::reading::query;
use super::{ApiError, Caller, ErrorResponse, Path, Query};
use crate::app::App;
use crate::service::reconciliation;
use crate::view::reconciliation::ReconciliationView;

/// The routes of this area.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_digests))
}

/// What is wanted beside the digests.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", default)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
struct DigestQuery {
    /// Include id and key of each location that counts
    #[serde(deserialize_with = "query::boolean")]
    #[param(default = false)]
    include_locations: bool,
}

/// Count and hash of a prison's locations, for the prison and for each subtree
///
/// The hash is of what survives the translation to NOMIS and back; it does not depend on the order of the locations.
/// A prison without locations has a count of 0. Requires role SYNC_LOCATIONS
#[utoipa::path(
    get,
    path = "/reconciliation/prisons/{prisonId}",
    operation_id = "getReconciliationDigests",
    tag = "Sync",
    params(PrisonIdParam, DigestQuery),
    responses(
        (status = 200, description = "Returns the digests", body = ReconciliationView),
        (status = 400, description = "Invalid request", body = ErrorResponse),
        (status = 401, description = "Unauthorized to access this endpoint"),
        (status = 403, description = "Missing required role. Requires the SYNC_LOCATIONS role", body = ErrorResponse)
    )
)]
async fn get_digests(
    State(app): State<App>,
    caller: Caller,
    Path(prison): Path<String>,
    Query(query): Query<DigestQuery>,
) -> Result<Answer, ApiError> {
    caller.require(&SYNC_LOCATIONS)?;
    let prison = prison_id(&prison)?;
    Ok(Answer::ok(reconciliation::of_prison(&app.services, prison, query.include_locations).await?))
}
