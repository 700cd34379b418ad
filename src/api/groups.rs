//! Location groups (03 sections 12.2 and 12.3).

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::answer::Answer;
use super::check::{PrisonIdParam, prison_id};
use super::permission::VIEW_LOCATIONS;
use super::{ApiError, Caller, ErrorResponse, Path};
use crate::app::App;
use crate::service::groups;
use crate::view::group::GroupView;

/// The routes of this area.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_groups)).routes(routes!(get_location_prefix))
}

/// Return location groups for this prison
///
/// Requires role VIEW_LOCATIONS
#[utoipa::path(
    get,
    path = "/locations/prison/{prisonId}/groups",
    operation_id = "getLocationGroupsForPrison",
    tag = "Locations",
    params(PrisonIdParam),
    responses(
        (status = 200, description = "Returns location groups", body = Vec<GroupView>),
        (status = 404, description = "Data not found", body = ErrorResponse)
    )
)]
async fn get_groups(State(app): State<App>, caller: Caller, Path(prison): Path<String>) -> Result<Answer, ApiError> {
    caller.require(&VIEW_LOCATIONS)?;
    Ok(Answer::ok(groups::of_prison(&app.services, prison_id(&prison)?).await?))
}

/// What the keys of a group begin with
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct LocationPrefix {
    /// The patterns of the group without dots and pluses
    #[schema(example = "CDI-A-")]
    location_prefix: String,
}

/// Get location prefix by group
///
/// Requires role VIEW_LOCATIONS
#[utoipa::path(
    get,
    path = "/locations/prison/{prisonId}/group/{group}/location-prefix",
    operation_id = "getLocationPrefixFromGroup",
    tag = "Locations",
    params(PrisonIdParam, ("group" = String, Path, description = "The group name", example = "Houseblock 1")),
    responses(
        (status = 200, description = "Returns the prefix", body = LocationPrefix),
        (status = 400, description = "Invalid request.", body = ErrorResponse),
        (status = 404, description = "Data not found", body = ErrorResponse),
        (status = 500, description = "Unrecoverable error occurred whilst processing request.", body = ErrorResponse)
    )
)]
async fn get_location_prefix(
    State(app): State<App>,
    caller: Caller,
    Path((prison, group)): Path<(String, String)>,
) -> Result<Json<LocationPrefix>, ApiError> {
    caller.require(&VIEW_LOCATIONS)?;
    let location_prefix = groups::location_prefix(&app.services, prison_id(&prison)?, &group)?;
    Ok(Json(LocationPrefix { location_prefix }))
}
