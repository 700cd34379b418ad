//! Cells with room for more prisoners (03 section 13), and what marks a cell (03 section 14).

use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::answer::Answer;
use super::check::{PrisonIdParam, prison_id};
use super::permission::VIEW_LOCATIONS;
use super::reading::query;
use super::{ApiError, Caller, ErrorResponse, Id, Path, Query};
use crate::app::App;
use crate::domain::reference::SpecialistCellType;
use crate::service::occupancy::{self, CellFilter};
use crate::view::occupancy::{AttributeView, CellView};

/// The routes of this area.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_cells_with_capacity)).routes(routes!(get_cell_attributes))
}

/// Which cells are asked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", default)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
struct CellsQuery {
    /// Location Id in the prison below which to find cells
    #[serde(deserialize_with = "query::optional_id")]
    #[param(example = "de91dfa7-821f-4552-a427-bf2f32eafeb0")]
    location_id: Option<Uuid>,
    /// Group name for a sub location to find cells
    #[serde(deserialize_with = "query::optional_text")]
    #[param(example = "Wing A")]
    group_name: Option<String>,
    /// Only return cells of a specified specialist type
    #[serde(deserialize_with = "query::optional_constant")]
    #[param(inline, example = "CSU")]
    specialist_cell_type: Option<SpecialistCellType>,
    /// Include prisoner details in this cell
    #[serde(deserialize_with = "query::boolean")]
    #[param(default = false)]
    include_prisoner_information: bool,
}

/// List of cells by group at prison which have capacity
///
/// Requires role VIEW_LOCATIONS
#[utoipa::path(
    get,
    path = "/location-occupancy/cells-with-capacity/{prisonId}",
    operation_id = "getCellsWithCapacity",
    tag = "Location Occupancy",
    params(PrisonIdParam, CellsQuery),
    responses(
        (status = 200, description = "Returns cells with capacity available", body = Vec<CellView>),
        (status = 404, description = "Data not found", body = ErrorResponse)
    )
)]
async fn get_cells_with_capacity(
    State(app): State<App>,
    caller: Caller,
    Path(prison): Path<String>,
    Query(query): Query<CellsQuery>,
) -> Result<Answer, ApiError> {
    caller.require(&VIEW_LOCATIONS)?;
    let filter = CellFilter {
        location_id: query.location_id,
        group: query.group_name,
        specialist_cell_type: query.specialist_cell_type,
        with_prisoners: query.include_prisoner_information,
    };
    Ok(Answer::ok(occupancy::cells_with_capacity(&app.services, prison_id(&prison)?, &filter).await?))
}

/// Get attributes for a cell
///
/// Requires VIEW_LOCATIONS role, attributes will either be specialist cell types or legacy attributes
#[utoipa::path(
    get,
    path = "/locations/{id}/attributes",
    operation_id = "getCellAttributes",
    tag = "Locations",
    params(("id" = Uuid, Path, description = "The location Id", example = "de91dfa7-821f-4552-a427-bf2f32eafeb0")),
    responses(
        (status = 200, description = "A cell's attributes are returned", body = Vec<AttributeView>),
        (status = 400, description = "When input parameters are not valid", body = ErrorResponse),
        (status = 404, description = "Location not found", body = ErrorResponse)
    )
)]
async fn get_cell_attributes(
    State(app): State<App>,
    caller: Caller,
    Path(Id(id)): Path<Id>,
) -> Result<Answer, ApiError> {
    caller.require(&VIEW_LOCATIONS)?;
    Ok(Answer::ok(occupancy::cell_attributes(&app.services, id).await?))
}
