//! Mark, sanitation, used-for and specialist types of cells (04 sections 9, 13 and 14).

use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Refused;
use crate::api::answer::Answer;
use crate::api::check::length;
use crate::api::permission::MAINTAIN_LOCATIONS_WRITE;
use crate::api::{ApiError, Body, Caller, Check, Id, Path, Violation, reading};
use crate::app::App;
use crate::domain::reference::{SpecialistCellType, UsedForType};
use crate::service::residential::cells::{self, CellChange};
use crate::view::location::LocationView;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(update_cell_mark))
        .routes(routes!(update_cell_sanitation))
        .routes(routes!(update_used_for_type))
        .routes(routes!(update_specialist_cell_types))
}

/// Request change of cell mark and add the reason for change is certification is required
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CellMarkChangeRequest)]
struct MarkBody {
    /// Cell mark of the location
    #[serde(deserialize_with = "reading::text")]
    #[schema(example = "A1", min_length = 1)]
    cell_mark: String,
    /// The reason why the approval was requested, mandatory if the cell change must be approved
    #[serde(default, deserialize_with = "reading::optional_text")]
    #[schema(example = "The door mark has been updated")]
    reason_for_change: Option<String>,
}

impl Check for MarkBody {
    fn violations(&self) -> Vec<Violation> {
        length("cellMark", &self.cell_mark, 1..=12).into_iter().collect()
    }
}

/// Update the cell mark and optionally provide a reason for change for certification approval
///
/// Requires role MAINTAIN_LOCATIONS and write scope
#[utoipa::path(
    put,
    path = "/locations/residential/{id}/cell-mark-change",
    operation_id = "updateCellMark",
    tag = "Locations",
    params(("id" = Uuid, Path, description = "The location Id")),
    request_body = MarkBody,
    responses((status = 200, description = "Returns updated location", body = LocationView), Refused)
)]
async fn update_cell_mark(
    State(app): State<App>,
    caller: Caller,
    Path(Id(id)): Path<Id>,
    Body(body): Body<MarkBody>,
) -> Result<Answer, ApiError> {
    caller.require(&MAINTAIN_LOCATIONS_WRITE)?;
    let (change, reason) = (CellChange::Mark(body.cell_mark), body.reason_for_change);
    Ok(Answer::ok(cells::change_cell(&app.services, caller.username(), id, &change, reason.as_deref()).await?))
}

/// Request change of cell sanitation and add the reason for change is certification is required
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CellSanitationChangeRequest)]
struct SanitationBody {
    /// Whether the cell has in-cell sanitation
    #[serde(deserialize_with = "reading::boolean")]
    #[schema(example = true)]
    in_cell_sanitation: bool,
    /// The reason why the approval was requested, mandatory if the cell change must be approved
    #[serde(default, deserialize_with = "reading::optional_text")]
    #[schema(example = "The toilet is broken")]
    reason_for_change: Option<String>,
}

impl Check for SanitationBody {}

/// Update the cell sanitation and optionally provide a reason for change for certification approval
///
/// Requires role MAINTAIN_LOCATIONS and write scope
#[utoipa::path(
    put,
    path = "/locations/residential/{id}/cell-sanitation-change",
    operation_id = "updateCellSanitation",
    tag = "Locations",
    params(("id" = Uuid, Path, description = "The location Id")),
    request_body = SanitationBody,
    responses((status = 200, description = "Returns updated location", body = LocationView), Refused)
)]
async fn update_cell_sanitation(
    State(app): State<App>,
    caller: Caller,
    Path(Id(id)): Path<Id>,
    Body(body): Body<SanitationBody>,
) -> Result<Answer, ApiError> {
    caller.require(&MAINTAIN_LOCATIONS_WRITE)?;
    let (change, reason) = (CellChange::Sanitation(body.in_cell_sanitation), body.reason_for_change);
    Ok(Answer::ok(cells::change_cell(&app.services, caller.username(), id, &change, reason.as_deref()).await?))
}

/// Used-for types.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
struct UsedForBody(#[serde(deserialize_with = "reading::constants")] Vec<UsedForType>);

impl Check for UsedForBody {}

/// Update Used For types at cell location below the specified location
///
/// Requires role MAINTAIN_LOCATIONS and write scope
#[utoipa::path(
    put,
    path = "/locations/{id}/used-for-type",
    operation_id = "updateUsedForType",
    tag = "Locations",
    params(("id" = Uuid, Path, description = "The location Id")),
    request_body = Vec<UsedForType>,
    responses((status = 200, description = "Returns updated location", body = LocationView), Refused)
)]
async fn update_used_for_type(
    State(app): State<App>,
    caller: Caller,
    Path(Id(id)): Path<Id>,
    Body(UsedForBody(types)): Body<UsedForBody>,
) -> Result<Answer, ApiError> {
    caller.require(&MAINTAIN_LOCATIONS_WRITE)?;
    let types = types.into_iter().collect();
    Ok(Answer::ok(cells::change_used_for(&app.services, caller.username(), id, &types).await?))
}

/// Specialist cell types.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
struct SpecialistTypesBody(#[serde(deserialize_with = "reading::constants")] Vec<SpecialistCellType>);

impl Check for SpecialistTypesBody {}

/// Update specialist cell types for a cell
///
/// Requires role MAINTAIN_LOCATIONS and write scope
#[utoipa::path(
    put,
    path = "/locations/{id}/specialist-cell-types",
    operation_id = "updateSpecialistCellTypes",
    tag = "Locations",
    params(("id" = Uuid, Path, description = "The location Id")),
    request_body = Vec<SpecialistCellType>,
    responses((status = 200, description = "Returns updated location", body = LocationView), Refused)
)]
async fn update_specialist_cell_types(
    State(app): State<App>,
    caller: Caller,
    Path(Id(id)): Path<Id>,
    Body(SpecialistTypesBody(types)): Body<SpecialistTypesBody>,
) -> Result<Answer, ApiError> {
    caller.require(&MAINTAIN_LOCATIONS_WRITE)?;
    let types = types.into_iter().collect();
    Ok(Answer::ok(cells::change_specialist_types(&app.services, caller.username(), id, &types).await?))
}
