//! Roll counts, and who is in which cell (07 section 7).

use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::answer::Answer;
use super::check::{PrisonIdParam, prison_id};
use super::permission::{ESTABLISHMENT_ROLL, VIEW_PRISONER_LOCATIONS};
use super::reading::query;
use super::{ApiError, Caller, ErrorResponse, Id, Path, Query};
use crate::app::App;
use crate::service::roll_count;
use crate::view::roll_count::{CellsRollView, PrisonRollView, PrisonersInCellView};

/// The routes of this area.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_prison_roll_count))
        .routes(routes!(get_cell_level_roll_count))
        .routes(routes!(get_prisoners_in_location_by_prison))
        .routes(routes!(get_prisoners_in_location_by_key))
        .routes(routes!(get_prisoners_in_location_by_id))
}

/// What of a roll count is asked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "kebab-case", default)]
#[into_params(parameter_in = Query, rename_all = "kebab-case")]
struct RollCountQuery {
    /// Include cells
    #[serde(deserialize_with = "query::boolean")]
    #[param(default = false)]
    include_cells: bool,
}

/// Roll count for a specific prison
///
/// Requires role ESTABLISHMENT_ROLL
#[utoipa::path(
    get,
    path = "/prison/roll-count/{prisonId}",
    operation_id = "getPrisonRollCount",
    tag = "Prison roll count",
    params(PrisonIdParam, RollCountQuery),
    responses(
        (status = 200, description = "Roll count for a specific prison", body = PrisonRollView)
    )
)]
async fn get_prison_roll_count(
    State(app): State<App>,
    caller: Caller,
    Path(prison): Path<String>,
    Query(query): Query<RollCountQuery>,
) -> Result<Answer, ApiError> {
    caller.require(&ESTABLISHMENT_ROLL)?;
    Ok(Answer::ok(roll_count::of_prison(&app.services, prison_id(&prison)?, query.include_cells).await?))
}

/// Provides the list of cells with roll counts under a specified location provided
///
/// Requires role ESTABLISHMENT_ROLL
#[utoipa::path(
    get,
    path = "/prison/roll-count/{prisonId}/cells-only/{locationId}",
    operation_id = "getCellLevelRollCount",
    tag = "Prison roll count",
    params(PrisonIdParam, ("locationId" = Uuid, Path, description = "Location Id")),
    responses(
        (status = 200, description = "Provides the list of cells with roll counts under a specified location provided", body = CellsRollView),
        (status = 404, description = "Location not found", body = ErrorResponse)
    )
)]
async fn get_cell_level_roll_count(
    State(app): State<App>,
    caller: Caller,
    Path((prison, location_id)): Path<(String, Id)>,
) -> Result<Answer, ApiError> {
    caller.require(&ESTABLISHMENT_ROLL)?;
    Ok(Answer::ok(roll_count::of_location(&app.services, prison_id(&prison)?, location_id.0).await?))
}

/// Returns a map of prisoners in cells within this prison
///
/// Requires role VIEW_PRISONER_LOCATIONS
#[utoipa::path(
    get,
    path = "/prisoner-locations/prison/{prisonId}",
    operation_id = "getPrisonersInLocationByPrison",
    tag = "Prisoner locations",
    params(PrisonIdParam),
    responses(
        (status = 200, description = "Returns a map of prisoners in cells within this prison", body = Vec<PrisonersInCellView>)
    )
)]
async fn get_prisoners_in_location_by_prison(
    State(app): State<App>,
    caller: Caller,
    Path(prison): Path<String>,
) -> Result<Answer, ApiError> {
    caller.require(&VIEW_PRISONER_LOCATIONS)?;
    Ok(Answer::ok(roll_count::prisoners_in_prison(&app.services, prison_id(&prison)?).await?))
}

/// Returns a map of prisoners in cells within this location
///
/// Requires role VIEW_PRISONER_LOCATIONS
#[utoipa::path(
    get,
    path = "/prisoner-locations/key/{key}",
    operation_id = "getPrisonersInLocationByKey",
    tag = "Prisoner locations",
    params(("key" = String, Path, description = "Location key")),
    responses(
        (status = 200, description = "Returns a map of prisoners in cells within this location", body = Vec<PrisonersInCellView>),
        (status = 404, description = "Location not found", body = ErrorResponse)
    )
)]
async fn get_prisoners_in_location_by_key(
    State(app): State<App>,
    caller: Caller,
    Path(key): Path<String>,
) -> Result<Answer, ApiError> {
    caller.require(&VIEW_PRISONER_LOCATIONS)?;
    Ok(Answer::ok(roll_count::prisoners_at_key(&app.services, &key).await?))
}

/// Returns a map of prisoners in cells within this location
///
/// Requires role VIEW_PRISONER_LOCATIONS
#[utoipa::path(
    get,
    path = "/prisoner-locations/id/{id}",
    operation_id = "getPrisonersInLocationById",
    tag = "Prisoner locations",
    params(("id" = Uuid, Path, description = "Location Id")),
    responses(
        (status = 200, description = "Returns a map of prisoners in cells within this location", body = Vec<PrisonersInCellView>),
        (status = 404, description = "Location not found", body = ErrorResponse)
    )
)]
async fn get_prisoners_in_location_by_id(
    State(app): State<App>,
    caller: Caller,
    Path(Id(id)): Path<Id>,
) -> Result<Answer, ApiError> {
    caller.require(&VIEW_PRISONER_LOCATIONS)?;
    Ok(Answer::ok(roll_count::prisoners_in_location(&app.services, id).await?))
}
