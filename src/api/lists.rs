//! Lists of locations (03 sections 6.2, 8, 9 and 12.4).

use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::answer::Answer;
use super::check::{PrisonIdParam, parameter_length, path_constant, prison_id};
use super::permission::VIEW_LOCATIONS;
use super::reading::{self, query};
use super::{ApiError, Body, Caller, ErrorResponse, Path, Query};
use crate::app::App;
use crate::domain::reference::LocationType;
use crate::service::lists::{self, TypeListOptions};
use crate::view::location::LocationView;

/// The routes of this area.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_locations_by_keys))
        .routes(routes!(get_locations_of_prison))
        .routes(routes!(get_archived_locations))
        .routes(routes!(get_inactive_cells))
        .routes(routes!(get_locations_of_type))
        .routes(routes!(find_by_local_name))
        .routes(routes!(find_by_cell_mark))
        .routes(routes!(get_cells_of_group))
}

/// A key in a body: a text, or a number by its text; null is the key of nothing.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
struct Key(#[serde(deserialize_with = "reading::optional_text")] Option<String>);

/// The longest local name that can be searched for.
const LONGEST_LOCAL_NAME: usize = 40;
/// The longest cell mark.
const LONGEST_CELL_MARK: usize = 12;

/// Gets locations by their keys
///
/// Requires role VIEW_LOCATIONS
#[utoipa::path(
    post,
    path = "/locations/keys",
    operation_id = "getLocationsByKeys",
    tag = "Locations",
    request_body = Vec<String>,
    responses(
        (status = 200, description = "Returns location", body = Vec<LocationView>),
        (status = 400, description = "Invalid Request", body = ErrorResponse),
        (status = 404, description = "Data not found", body = ErrorResponse)
    )
)]
async fn get_locations_by_keys(
    State(app): State<App>,
    caller: Caller,
    Body(keys): Body<Vec<Key>>,
) -> Result<Answer, ApiError> {
    caller.require(&VIEW_LOCATIONS)?;
    let keys: Vec<String> = keys.into_iter().filter_map(|key| key.0).collect();
    Ok(Answer::ok(lists::with_keys(&app.services, &keys).await?))
}

/// Return locations for this prison
///
/// Requires role VIEW_LOCATIONS
#[utoipa::path(
    get,
    path = "/locations/prison/{prisonId}",
    operation_id = "getLocationForPrison",
    tag = "Locations",
    params(PrisonIdParam),
    responses(
        (status = 200, description = "Returns locations", body = Vec<LocationView>),
        (status = 404, description = "Data not found", body = ErrorResponse)
    )
)]
async fn get_locations_of_prison(
    State(app): State<App>,
    caller: Caller,
    Path(prison): Path<String>,
) -> Result<Answer, ApiError> {
    caller.require(&VIEW_LOCATIONS)?;
    Ok(Answer::ok(lists::of_prison(&app.services, prison_id(&prison)?).await?))
}

/// Return residential archived locations for this prison
///
/// Requires role VIEW_LOCATIONS
#[utoipa::path(
    get,
    path = "/locations/prison/{prisonId}/archived",
    operation_id = "getArchivedLocationForPrison",
    tag = "Locations",
    params(PrisonIdParam),
    responses(
        (status = 200, description = "Returns archived locations", body = Vec<LocationView>),
        (status = 404, description = "Data not found", body = ErrorResponse)
    )
)]
async fn get_archived_locations(
    State(app): State<App>,
    caller: Caller,
    Path(prison): Path<String>,
) -> Result<Answer, ApiError> {
    caller.require(&VIEW_LOCATIONS)?;
    Ok(Answer::ok(lists::archived(&app.services, prison_id(&prison)?).await?))
}

/// Below which location the cells are.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", default)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
struct InactiveCellsQuery {
    /// location ID below which all inactive cells will be returned
    #[serde(deserialize_with = "query::optional_id")]
    parent_location_id: Option<Uuid>,
}

/// Return residential inactive cells for this prison
///
/// Requires role VIEW_LOCATIONS
#[utoipa::path(
    get,
    path = "/locations/prison/{prisonId}/inactive-cells",
    operation_id = "getInactiveLocationsForPrison",
    tag = "Locations",
    params(PrisonIdParam, InactiveCellsQuery),
    responses(
        (status = 200, description = "Returns inactive locations", body = Vec<LocationView>),
        (status = 404, description = "The parent location is not there", body = ErrorResponse)
    )
)]
async fn get_inactive_cells(
    State(app): State<App>,
    caller: Caller,
    Path(prison): Path<String>,
    Query(query): Query<InactiveCellsQuery>,
) -> Result<Answer, ApiError> {
    caller.require(&VIEW_LOCATIONS)?;
    let cells = lists::inactive_cells(&app.services, prison_id(&prison)?, query.parent_location_id).await?;
    Ok(Answer::ok(cells))
}

/// How locations of a type are listed.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", default)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
struct TypeQuery {
    /// Sort by local name as shown, those without one first
    #[serde(deserialize_with = "query::boolean")]
    #[param(default = false)]
    sort_by_local_name: bool,
    /// Format local names, e.g. with capitals at the start of each word
    #[serde(deserialize_with = "query::boolean")]
    #[param(default = false)]
    format_local_name: bool,
}

/// Return locations by their type for this prison
///
/// Requires role VIEW_LOCATIONS
#[utoipa::path(
    get,
    path = "/locations/prison/{prisonId}/location-type/{locationType}",
    operation_id = "getLocationsByPrisonAndLocationType",
    tag = "Locations",
    params(
        PrisonIdParam,
        ("locationType" = LocationType, Path, description = "Location type", example = "CELL"),
        TypeQuery
    ),
    responses(
        (status = 200, description = "Returns locations", body = Vec<LocationView>),
        (status = 404, description = "Data not found", body = ErrorResponse)
    )
)]
async fn get_locations_of_type(
    State(app): State<App>,
    caller: Caller,
    Path((prison, location_type)): Path<(String, String)>,
    Query(query): Query<TypeQuery>,
) -> Result<Answer, ApiError> {
    let location_type: LocationType = path_constant("locationType", &location_type)?;
    caller.require(&VIEW_LOCATIONS)?;
    let options = TypeListOptions {
        formatted_local_names: query.format_local_name,
        sorted_by_local_name: query.sort_by_local_name,
    };
    Ok(Answer::ok(lists::of_type(&app.services, prison_id(&prison)?, location_type, options).await?))
}

/// Below which location is searched.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", default)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
struct ParentQuery {
    /// The level above in this hierarchy to look below, empty will check prison level
    #[serde(deserialize_with = "query::optional_id")]
    #[param(example = "de91dfa7-821f-4552-a427-bf2f32eafeb0")]
    parent_location_id: Option<Uuid>,
}

/// Finds a location matching the local name for a given prison (residential only)
///
/// Requires role VIEW_LOCATIONS
#[utoipa::path(
    get,
    path = "/locations/{prisonId}/local-name/{localName}",
    operation_id = "findLocationByLocalName",
    tag = "Locations",
    params(
        PrisonIdParam,
        (
            "localName" = String, Path, description = "Alternative description to display for location",
            min_length = 0, max_length = 40, example = "Wing A"
        ),
        ParentQuery
    ),
    responses(
        (status = 200, description = "Returns cell location matching", body = LocationView),
        (status = 400, description = "Invalid Request", body = ErrorResponse),
        (status = 404, description = "Location not found", body = ErrorResponse)
    )
)]
async fn find_by_local_name(
    State(app): State<App>,
    caller: Caller,
    Path((prison, local_name)): Path<(String, String)>,
    Query(query): Query<ParentQuery>,
) -> Result<Answer, ApiError> {
    caller.require(&VIEW_LOCATIONS)?;
    let prison = prison_id(&prison)?;
    let local_name = parameter_length("localName", &local_name, 0..=LONGEST_LOCAL_NAME)?;
    Ok(Answer::ok(lists::with_local_name(&app.services, prison, local_name, query.parent_location_id).await?))
}

/// Finds locations matching the cell mark name for a given prison (residential only)
///
/// Requires role VIEW_LOCATIONS
#[utoipa::path(
    get,
    path = "/locations/{prisonId}/cell-mark/{cellMark}",
    operation_id = "findLocationsByCellMark",
    tag = "Locations",
    params(
        PrisonIdParam,
        (
            "cellMark" = String, Path, description = "Cell mark / cell door number", min_length = 0, max_length = 12,
            example = "DR-01"
        ),
        ParentQuery
    ),
    responses(
        (status = 200, description = "Returns cell location matching", body = Vec<LocationView>),
        (status = 400, description = "Invalid Request", body = ErrorResponse),
        (status = 404, description = "Location not found", body = ErrorResponse)
    )
)]
async fn find_by_cell_mark(
    State(app): State<App>,
    caller: Caller,
    Path((prison, cell_mark)): Path<(String, String)>,
    Query(query): Query<ParentQuery>,
) -> Result<Answer, ApiError> {
    caller.require(&VIEW_LOCATIONS)?;
    let prison = prison_id(&prison)?;
    let cell_mark = parameter_length("cellMark", &cell_mark, 0..=LONGEST_CELL_MARK)?;
    Ok(Answer::ok(lists::with_cell_mark(&app.services, prison, cell_mark, query.parent_location_id).await?))
}

/// List of cell locations by group at prison location
///
/// Requires role VIEW_LOCATIONS
#[utoipa::path(
    get,
    path = "/locations/groups/{prisonId}/{name}",
    operation_id = "getLocationGroup",
    tag = "Locations",
    params(PrisonIdParam, ("name" = String, Path, description = "Group name")),
    responses(
        (status = 200, description = "Returns cell locations by group", body = Vec<LocationView>),
        (status = 404, description = "Data not found", body = ErrorResponse)
    )
)]
async fn get_cells_of_group(
    State(app): State<App>,
    caller: Caller,
    Path((prison, name)): Path<(String, String)>,
) -> Result<Answer, ApiError> {
    caller.require(&VIEW_LOCATIONS)?;
    Ok(Answer::ok(lists::cells_of_group(&app.services, prison_id(&prison)?, &name).await?))
}
