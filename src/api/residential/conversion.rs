//! Cells become rooms and rooms cells (04 sections 10 to 12).

use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Refused;
use crate::api::answer::Answer;
use crate::api::check::{between, optional_length};
use crate::api::permission::MAINTAIN_LOCATIONS_WRITE;
use crate::api::{ApiError, Body, Caller, Check, Id, Path, Violation, reading};
use crate::app::App;
use crate::domain::change::conversion::NewCell;
use crate::domain::location::Capacity;
use crate::domain::reference::{ConversionAccommodationType, ConvertedCellType, SpecialistCellType, UsedForType};
use crate::service::residential::cells;
use crate::service::residential::convert::{self, NewCellRequest, NewRoom};
use crate::view::location::LocationView;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(convert_cell_to_non_residential_location))
        .routes(routes!(update_non_residential_cell_type))
        .routes(routes!(convert_to_cell_location))
}

/// Request to convert a cell to a non-res location
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ConvertCellToNonResidentialLocationRequest)]
struct RoomBody {
    /// Cell type to convert to
    #[serde(deserialize_with = "reading::constant")]
    converted_cell_type: ConvertedCellType,
    /// Other type of converted cell
    #[serde(default, deserialize_with = "reading::optional_text")]
    #[schema(example = "Swimming pool", max_length = 255)]
    other_converted_cell_type: Option<String>,
    /// The reason why the approval was requested, mandatory if the conversion must be approved
    #[serde(default, deserialize_with = "reading::optional_text")]
    #[schema(example = "Cell converted to an office")]
    reason_for_change: Option<String>,
}

impl Check for RoomBody {
    fn violations(&self) -> Vec<Violation> {
        let other = self.other_converted_cell_type.as_deref();
        optional_length("otherConvertedCellType", other, 0..=255).into_iter().collect()
    }
}

/// Converts a cell to a non res cell location
///
/// Requires role MAINTAIN_LOCATIONS and write scope
#[utoipa::path(
    put,
    path = "/locations/{id}/convert-cell-to-non-res-cell",
    operation_id = "convertCellToNonResidentialLocation",
    tag = "Locations",
    params(("id" = Uuid, Path, description = "The location Id")),
    request_body = RoomBody,
    responses((status = 200, description = "Returns updated location", body = LocationView), Refused)
)]
async fn convert_cell_to_non_residential_location(
    State(app): State<App>,
    caller: Caller,
    Path(Id(id)): Path<Id>,
    Body(body): Body<RoomBody>,
) -> Result<Answer, ApiError> {
    caller.require(&MAINTAIN_LOCATIONS_WRITE)?;
    let room = NewRoom {
        room: body.converted_cell_type,
        other: body.other_converted_cell_type,
        reason_for_change: body.reason_for_change,
    };
    Ok(Answer::ok(convert::to_room(&app.services, caller.username(), id, &room).await?))
}

/// Request to update the type of a non-res cell location
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = UpdateNonResCellTypeRequest)]
struct RoomTypeBody {
    /// Cell type to change to
    #[serde(deserialize_with = "reading::constant")]
    converted_cell_type: ConvertedCellType,
    /// When other, the cell type name
    #[serde(default, deserialize_with = "reading::optional_text")]
    #[schema(example = "Hot Tub", max_length = 255)]
    other_converted_cell_type: Option<String>,
}

impl Check for RoomTypeBody {
    fn violations(&self) -> Vec<Violation> {
        let other = self.other_converted_cell_type.as_deref();
        optional_length("otherConvertedCellType", other, 0..=255).into_iter().collect()
    }
}

/// Updates a non res cell type
///
/// Requires role MAINTAIN_LOCATIONS and write scope
#[utoipa::path(
    put,
    path = "/locations/{id}/update-non-res-cell",
    operation_id = "updateNonResidentialCellType",
    tag = "Locations",
    params(("id" = Uuid, Path, description = "The location Id")),
    request_body = RoomTypeBody,
    responses((status = 200, description = "Returns updated location", body = LocationView), Refused)
)]
async fn update_non_residential_cell_type(
    State(app): State<App>,
    caller: Caller,
    Path(Id(id)): Path<Id>,
    Body(body): Body<RoomTypeBody>,
) -> Result<Answer, ApiError> {
    caller.require(&MAINTAIN_LOCATIONS_WRITE)?;
    let (room, other) = (body.converted_cell_type, body.other_converted_cell_type.as_deref());
    Ok(Answer::ok(cells::change_room_type(&app.services, caller.username(), id, room, other).await?))
}

/// Request to convert a non-res location to a cell
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ConvertToCellRequest)]
struct CellBody {
    /// Accommodation type of the location
    #[serde(deserialize_with = "reading::constant")]
    accommodation_type: ConversionAccommodationType,
    /// Specialist cell types
    #[serde(default, deserialize_with = "reading::optional_constants")]
    specialist_cell_types: Option<Vec<SpecialistCellType>>,
    /// Baseline CNA
    #[serde(default, deserialize_with = "reading::optional_integer")]
    #[schema(example = 1, minimum = 0, maximum = 99)]
    certified_normal_accommodation: Option<i32>,
    /// Maximum capacity
    #[serde(default, deserialize_with = "reading::integer")]
    #[schema(example = 2, minimum = 0, maximum = 99)]
    max_capacity: i32,
    /// Working capacity
    #[serde(default, deserialize_with = "reading::integer")]
    #[schema(example = 1, minimum = 0, maximum = 99)]
    working_capacity: i32,
    /// Used For list
    #[serde(default, deserialize_with = "reading::optional_constants")]
    used_for_types: Option<Vec<UsedForType>>,
    /// Cell mark (door number) to apply to the converted cell
    #[serde(default, deserialize_with = "reading::optional_text")]
    #[schema(example = "A1", min_length = 1, max_length = 12)]
    cell_mark: Option<String>,
    /// Whether the converted cell supports in-cell sanitation
    #[serde(default, deserialize_with = "reading::optional_boolean")]
    #[schema(example = true)]
    in_cell_sanitation: Option<bool>,
}

impl Check for CellBody {
    fn violations(&self) -> Vec<Violation> {
        let checked = [
            self.certified_normal_accommodation.and_then(|n| between("certifiedNormalAccommodation", n, 0..=99)),
            between("maxCapacity", self.max_capacity, 0..=99),
            between("workingCapacity", self.working_capacity, 0..=99),
            optional_length("cellMark", self.cell_mark.as_deref(), 1..=12),
        ];
        checked.into_iter().flatten().collect()
    }
}

impl From<CellBody> for NewCellRequest {
    fn from(body: CellBody) -> Self {
        let cell = NewCell {
            accommodation_type: body.accommodation_type.accommodation_type(),
            specialist_cell_types: body.specialist_cell_types.as_ref().map(|t| t.iter().copied().collect()),
            used_for: body.used_for_types.iter().flatten().copied().collect(),
            capacity: Capacity {
                max: body.max_capacity,
                working: body.working_capacity,
                certified_normal_accommodation: body.certified_normal_accommodation.unwrap_or(body.working_capacity),
            },
            cell_mark: body.cell_mark,
            in_cell_sanitation: body.in_cell_sanitation,
        };
        Self { cell, used_for: body.used_for_types }
    }
}

/// Makes a non-res cell location a cell
///
/// Requires role MAINTAIN_LOCATIONS and write scope
#[utoipa::path(
    put,
    path = "/locations/{id}/convert-to-cell",
    operation_id = "convertToCellLocation",
    tag = "Locations",
    params(("id" = Uuid, Path, description = "The location Id")),
    request_body = CellBody,
    responses((status = 200, description = "Returns updated location", body = LocationView), Refused)
)]
async fn convert_to_cell_location(
    State(app): State<App>,
    caller: Caller,
    Path(Id(id)): Path<Id>,
    Body(body): Body<CellBody>,
) -> Result<Answer, ApiError> {
    caller.require(&MAINTAIN_LOCATIONS_WRITE)?;
    Ok(Answer::ok(convert::to_cell(&app.services, caller.username(), id, &body.into()).await?))
}
