//! New wings, levels, cells and single locations, and draft cells (04 sections 4 to 7).

use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::Refused;
use crate::api::answer::Answer;
use crate::api::check::{length, optional_length, prison_field};
use crate::api::permission::MAINTAIN_LOCATIONS_WRITE;
use crate::api::{ApiError, Body, Caller, Check, Violation, reading};
use crate::app::App;
use crate::domain::location::Capacity;
use crate::domain::reference::{
    AccommodationType, ResidentialLocationType, SpecialistCellType, StructuralType, UsedForType,
};
use crate::domain::residential::create::{DraftCell, DraftCells, NewLevel, NewResidential, NewWing};
use crate::service::residential::create::{self, CellsRequest, Parent};
use crate::service::residential::edit_cells;
use crate::view::location::LocationView;
use crate::view::shared::CapacityView;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(create_wing))
        .routes(routes!(create_cells))
        .routes(routes!(update_cells))
        .routes(routes!(create_residential_location))
}

/// Request to create a wing
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CreateWingAndStructureRequest)]
struct WingBody {
    /// Prison ID where the location is situated
    #[serde(deserialize_with = "reading::text")]
    #[schema(example = "MDI", min_length = 3, max_length = 5, pattern = "^[A-Z]{2}I|ZZGHI$")]
    prison_id: String,
    /// Code assigned to a wing
    #[serde(deserialize_with = "reading::text")]
    #[schema(example = "B", max_length = 12)]
    wing_code: String,
    /// Alternative description to display for location
    #[serde(default, deserialize_with = "reading::optional_text")]
    #[schema(example = "Wing A", max_length = 80)]
    wing_description: Option<String>,
    /// The structure of the wing
    #[serde(default = "usual_structure", deserialize_with = "reading::constants")]
    wing_structure: Vec<StructuralType>,
}

fn usual_structure() -> Vec<StructuralType> {
    vec![StructuralType::Wing, StructuralType::Landing, StructuralType::Cell]
}

impl Check for WingBody {
    fn violations(&self) -> Vec<Violation> {
        let checked = [
            prison_field("prisonId", &self.prison_id),
            length("wingCode", &self.wing_code, 0..=12),
            optional_length("wingDescription", self.wing_description.as_deref(), 0..=80),
        ];
        checked.into_iter().flatten().collect()
    }
}

/// Creates a residential wing and its structure without other locations
///
/// Requires role MAINTAIN_LOCATIONS and write scope
#[utoipa::path(
    post,
    path = "/locations/create-wing",
    operation_id = "createWing",
    tag = "Locations",
    request_body = WingBody,
    responses((status = 201, description = "Returns created location", body = LocationView), Refused)
)]
async fn create_wing(State(app): State<App>, caller: Caller, Body(body): Body<WingBody>) -> Result<Answer, ApiError> {
    caller.require(&MAINTAIN_LOCATIONS_WRITE)?;
    let wing = NewWing {
        prison_id: body.prison_id,
        code: body.wing_code,
        description: body.wing_description,
        structure: body.wing_structure,
    };
    Ok(Answer::created(create::create_wing(&app.services, caller.username(), &wing).await?))
}

/// Holds information about the level above which the cells should be created
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = LevelAboveCells)]
struct LevelBody {
    /// Code assigned to the new structural location
    #[serde(deserialize_with = "reading::text")]
    #[schema(example = "1", max_length = 12)]
    level_code: String,
    /// Alternative description to display for location
    #[serde(default, deserialize_with = "reading::optional_text")]
    #[schema(example = "Landing A", max_length = 80)]
    level_local_name: Option<String>,
    /// Parent location type
    #[serde(default = "landing", deserialize_with = "reading::constant")]
    #[schema(default = "LANDING")]
    location_type: StructuralType,
}

fn landing() -> StructuralType {
    StructuralType::Landing
}

/// Information about cells to be created or updated
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CellInformation)]
struct CellBody {
    /// ID of the location, update only
    #[serde(default, deserialize_with = "reading::optional_id")]
    id: Option<Uuid>,
    /// Code of the location
    #[serde(deserialize_with = "reading::text")]
    #[schema(example = "001", min_length = 1)]
    code: String,
    /// Cell mark of the location
    #[serde(default, deserialize_with = "reading::optional_text")]
    #[schema(example = "A1", min_length = 1)]
    cell_mark: Option<String>,
    /// CNA value
    #[serde(default, deserialize_with = "reading::integer")]
    #[schema(default = 0, minimum = 0, maximum = 99)]
    certified_normal_accommodation: i32,
    /// Max capacity of the location
    #[serde(default, deserialize_with = "reading::integer")]
    #[schema(default = 0, example = 2, minimum = 0, maximum = 99)]
    max_capacity: i32,
    /// Working capacity of the location
    #[serde(default, deserialize_with = "reading::integer")]
    #[schema(default = 0, example = 2, minimum = 0, maximum = 99)]
    working_capacity: i32,
    /// Specialist cell types
    #[serde(default, deserialize_with = "reading::optional_constants")]
    specialist_cell_types: Option<Vec<SpecialistCellType>>,
    /// In-cell sanitation for cell
    #[serde(default = "yes", deserialize_with = "reading::boolean")]
    #[schema(default = true)]
    in_cell_sanitation: bool,
}

fn yes() -> bool {
    true
}

impl From<CellBody> for DraftCell {
    fn from(body: CellBody) -> Self {
        Self {
            id: body.id,
            code: body.code,
            cell_mark: body.cell_mark,
            capacity: Capacity {
                max: body.max_capacity,
                working: body.working_capacity,
                certified_normal_accommodation: body.certified_normal_accommodation,
            },
            specialist_cell_types: body.specialist_cell_types.into_iter().flatten().collect(),
            in_cell_sanitation: body.in_cell_sanitation,
        }
    }
}

fn draft_cells(
    accommodation_type: AccommodationType,
    used_for: Option<Vec<UsedForType>>,
    cells: Vec<CellBody>,
) -> DraftCells {
    DraftCells {
        accommodation_type,
        used_for: used_for.into_iter().flatten().collect(),
        cells: cells.into_iter().map(DraftCell::from).collect(),
    }
}

/// Request to a create location and cell locations below it
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CellInitialisationRequest)]
struct CellsBody {
    /// Prison ID where the location is situated
    #[serde(deserialize_with = "reading::text")]
    #[schema(example = "MDI", min_length = 3, max_length = 5, pattern = "^[A-Z]{2}I|ZZGHI$")]
    prison_id: String,
    /// Parent location under which the structure and/or cells should be created, if not specified then will add to the
    /// top level of the prison, is specified but no `newLevelAboveCells` is specified then cells will be created under
    /// this location
    #[serde(default, deserialize_with = "reading::optional_id")]
    parent_location: Option<Uuid>,
    /// The location to create above the cells, this is normally a landing or spur, if the location where cells should be
    /// created under already exists then leave null
    #[serde(default)]
    new_level_above_cells: Option<LevelBody>,
    /// Used For Types for all cells
    #[serde(default, deserialize_with = "reading::optional_constants")]
    cells_used_for: Option<Vec<UsedForType>>,
    /// Accommodation Type for all cells
    #[serde(default = "normal_accommodation", deserialize_with = "reading::constant")]
    #[schema(default = "NORMAL_ACCOMMODATION")]
    accommodation_type: AccommodationType,
    /// Set of cells that are to be created
    #[serde(default)]
    cells: Option<Vec<CellBody>>,
}

fn normal_accommodation() -> AccommodationType {
    AccommodationType::NormalAccommodation
}

impl Check for CellsBody {
    fn violations(&self) -> Vec<Violation> {
        prison_field("prisonId", &self.prison_id).into_iter().collect()
    }
}

/// Creates a list of cells below a parent location
///
/// Requires role MAINTAIN_LOCATIONS and write scope
#[utoipa::path(
    post,
    path = "/locations/create-cells",
    operation_id = "createCells",
    tag = "Locations",
    request_body = CellsBody,
    responses((status = 201, description = "Returns created locations", body = LocationView), Refused)
)]
async fn create_cells(State(app): State<App>, caller: Caller, Body(body): Body<CellsBody>) -> Result<Answer, ApiError> {
    caller.require(&MAINTAIN_LOCATIONS_WRITE)?;
    let (accommodation_type, used_for) = (body.accommodation_type, body.cells_used_for);
    let request = CellsRequest {
        prison_id: body.prison_id,
        parent: body.parent_location,
        level: body.new_level_above_cells.map(|level| NewLevel {
            code: level.level_code,
            local_name: level.level_local_name,
            level: level.location_type,
        }),
        cells: body.cells.map(|cells| draft_cells(accommodation_type, used_for, cells)),
    };
    Ok(Answer::created(create::create_cells(&app.services, caller.username(), &request).await?))
}

/// Request to a create location and cell locations below it
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CellDraftUpdateRequest)]
struct DraftsBody {
    /// Prison ID where the location is situated
    #[serde(deserialize_with = "reading::text")]
    #[schema(example = "MDI", min_length = 3, max_length = 5, pattern = "^[A-Z]{2}I|ZZGHI$")]
    prison_id: String,
    /// Parent location under which cells is to be updated, this location must be DRAFT
    #[serde(deserialize_with = "reading::id")]
    parent_location: Uuid,
    /// Used for types for all cells
    #[serde(default, deserialize_with = "reading::optional_constants")]
    cells_used_for: Option<Vec<UsedForType>>,
    /// Accommodation type for all cells
    #[serde(default = "normal_accommodation", deserialize_with = "reading::constant")]
    #[schema(default = "NORMAL_ACCOMMODATION")]
    accommodation_type: AccommodationType,
    /// Set of cells that are to be created or amended, if the location is for update then missing cells will be removed
    cells: Vec<CellBody>,
}

impl Check for DraftsBody {
    fn violations(&self) -> Vec<Violation> {
        prison_field("prisonId", &self.prison_id).into_iter().collect()
    }
}

/// Updates a list of DRAFT cells below a parent location
///
/// Requires role MAINTAIN_LOCATIONS and write scope
#[utoipa::path(
    put,
    path = "/locations/edit-cells",
    operation_id = "updateCells",
    tag = "Locations",
    request_body = DraftsBody,
    responses((status = 200, description = "Returns the parent with its cells", body = LocationView), Refused)
)]
async fn update_cells(
    State(app): State<App>,
    caller: Caller,
    Body(body): Body<DraftsBody>,
) -> Result<Answer, ApiError> {
    caller.require(&MAINTAIN_LOCATIONS_WRITE)?;
    let cells = draft_cells(body.accommodation_type, body.cells_used_for, body.cells);
    let (user, prison_id) = (caller.username(), &body.prison_id);
    Ok(Answer::ok(edit_cells::edit_cells(&app.services, user, prison_id, body.parent_location, &cells).await?))
}

/// Capacity; in the document it is that of an answer.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CapacityBody {
    /// Max capacity of the cell
    #[serde(default, deserialize_with = "reading::integer")]
    pub max_capacity: i32,
    /// Working capacity of the cell
    #[serde(default, deserialize_with = "reading::integer")]
    pub working_capacity: i32,
    /// CNA of the cell
    #[serde(default, deserialize_with = "reading::optional_integer")]
    pub certified_normal_accommodation: Option<i32>,
}

/// Request to create a location
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CreateResidentialLocationRequest)]
struct ResidentialBody {
    /// Prison ID where the location is situated
    #[serde(deserialize_with = "reading::text")]
    #[schema(example = "MDI", min_length = 3, max_length = 5, pattern = "^[A-Z]{2}I|ZZGHI$")]
    prison_id: String,
    /// Code of the location
    #[serde(deserialize_with = "reading::text")]
    #[schema(example = "001", min_length = 1)]
    code: String,
    /// Cell mark of the location
    #[serde(default, deserialize_with = "reading::optional_text")]
    #[schema(example = "A1", min_length = 1)]
    cell_mark: Option<String>,
    /// Accommodation Type
    #[serde(deserialize_with = "reading::constant")]
    accommodation_type: AccommodationType,
    /// Location Type
    #[serde(deserialize_with = "reading::constant")]
    location_type: ResidentialLocationType,
    /// Alternative description to display for location
    #[serde(default, deserialize_with = "reading::optional_text")]
    #[schema(example = "Wing A", max_length = 80)]
    local_name: Option<String>,
    /// ID of parent location
    #[serde(default, deserialize_with = "reading::optional_id")]
    parent_id: Option<Uuid>,
    /// Key of parent location (can be used instead of parentId)
    #[serde(default, deserialize_with = "reading::optional_text")]
    #[schema(example = "MDI-B-1")]
    parent_location_key: Option<String>,
    /// Capacity of the residential location
    #[serde(default)]
    #[schema(value_type = Option<CapacityView>)]
    capacity: Option<CapacityBody>,
    /// Certified status of the residential location
    #[serde(default, deserialize_with = "reading::boolean")]
    #[schema(default = false)]
    certified: bool,
    /// Used For Types
    #[serde(default, deserialize_with = "reading::optional_constants")]
    used_for: Option<Vec<UsedForType>>,
    /// Specialist Cell Types
    #[serde(default, deserialize_with = "reading::optional_constants")]
    specialist_cell_types: Option<Vec<SpecialistCellType>>,
    /// In-cell sanitation
    #[serde(default, deserialize_with = "reading::boolean")]
    #[schema(default = false)]
    in_cell_sanitation: bool,
}

impl Check for ResidentialBody {
    fn violations(&self) -> Vec<Violation> {
        let checked = [
            prison_field("prisonId", &self.prison_id),
            length("code", &self.code, 1..=12),
            optional_length("cellMark", self.cell_mark.as_deref(), 1..=12),
            optional_length("localName", self.local_name.as_deref(), 0..=80),
        ];
        checked.into_iter().flatten().collect()
    }
}

impl From<ResidentialBody> for NewResidential {
    fn from(body: ResidentialBody) -> Self {
        Self {
            prison_id: body.prison_id,
            code: body.code,
            location_type: body.location_type.location_type(),
            accommodation_type: body.accommodation_type,
            local_name: body.local_name,
            cell_mark: body.cell_mark,
            capacity: body.capacity.map(|c| Capacity {
                max: c.max_capacity,
                working: c.working_capacity,
                certified_normal_accommodation: c.certified_normal_accommodation.unwrap_or(0),
            }),
            certified: body.certified,
            used_for: body.used_for.into_iter().flatten().collect(),
            specialist_cell_types: body.specialist_cell_types.into_iter().flatten().collect(),
            in_cell_sanitation: body.in_cell_sanitation,
        }
    }
}

/// Creates a residential location
///
/// Requires role MAINTAIN_LOCATIONS and write scope
#[utoipa::path(
    post,
    path = "/locations/residential",
    operation_id = "createResidentialLocation",
    tag = "Locations",
    request_body = ResidentialBody,
    responses((status = 201, description = "Returns created location", body = LocationView), Refused)
)]
async fn create_residential_location(
    State(app): State<App>,
    caller: Caller,
    Body(mut body): Body<ResidentialBody>,
) -> Result<Answer, ApiError> {
    caller.require(&MAINTAIN_LOCATIONS_WRITE)?;
    let parent = body.parent_id.map(Parent::Id).or(body.parent_location_key.take().map(Parent::Key));
    let new = body.into();
    Ok(Answer::created(create::create_residential(&app.services, caller.username(), &new, parent.as_ref()).await?))
}
