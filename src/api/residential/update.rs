//! Partial update, local name and capacity of one location (04 sections 8, 15 and 16).

use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::Refused;
use crate::api::answer::Answer;
use crate::api::check::{between, optional_length};
use crate::api::permission::MAINTAIN_LOCATIONS_WRITE;
use crate::api::{ApiError, Body, Caller, Check, Id, Path, Violation, reading};
use crate::app::App;
use crate::domain::reference::{AccommodationType, ResidentialLocationType, UsedForType};
use crate::domain::residential::capacity::CapacityChange;
use crate::domain::residential::patch::Patch;
use crate::service::residential::{capacity, name, patch};
use crate::view::location::LocationView;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(patch_residential_location))
        .routes(routes!(patch_residential_location_by_key))
        .routes(routes!(update_local_name))
        .routes(routes!(change_capacity))
}

/// Request to update a residential location
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
#[schema(as = PatchResidentialLocationRequest)]
#[derive(Default)]
struct PatchBody {
    /// Code of the location
    #[serde(deserialize_with = "reading::optional_text")]
    #[schema(example = "001", min_length = 1)]
    code: Option<String>,
    /// ID of parent location
    #[serde(deserialize_with = "reading::optional_id")]
    parent_id: Option<Uuid>,
    /// Key of parent location
    #[serde(deserialize_with = "reading::optional_text")]
    #[schema(example = "MDI-B-1", max_length = 80)]
    parent_location_key: Option<String>,
    /// Indicates this location should move to the top of the hierarchy
    #[serde(deserialize_with = "reading::optional_boolean")]
    #[schema(example = false)]
    remove_parent: Option<bool>,
    /// Accommodation type
    #[serde(deserialize_with = "reading::optional_constant")]
    accommodation_type: Option<AccommodationType>,
    /// used For types
    #[serde(deserialize_with = "reading::optional_constants")]
    used_for: Option<Vec<UsedForType>>,
    /// Alternative description to display for location
    #[serde(deserialize_with = "reading::optional_text")]
    #[schema(example = "Wing A", max_length = 40)]
    local_name: Option<String>,
    /// Location Type
    #[serde(deserialize_with = "reading::optional_constant")]
    location_type: Option<ResidentialLocationType>,
    /// Additional comments that can be made about this location
    #[serde(deserialize_with = "reading::optional_text")]
    #[schema(example = "Not to be used")]
    comments: Option<String>,
    /// Cell mark of the location, this can only be used in Draft or a prison that does not require approval to change the
    /// certificate
    #[serde(deserialize_with = "reading::optional_text")]
    #[schema(example = "A1", min_length = 1)]
    cell_mark: Option<String>,
    /// In-cell sanitation, this can only be used in Draft or a prison that does not require approval to change the
    /// certificate
    #[serde(deserialize_with = "reading::optional_boolean")]
    #[schema(example = true)]
    in_cell_sanitation: Option<bool>,
}

impl Check for PatchBody {
    fn violations(&self) -> Vec<Violation> {
        let checked = [
            optional_length("code", self.code.as_deref(), 1..=12),
            optional_length("parentLocationKey", self.parent_location_key.as_deref(), 0..=80),
            optional_length("localName", self.local_name.as_deref(), 0..=40),
            optional_length("cellMark", self.cell_mark.as_deref(), 1..=12),
        ];
        checked.into_iter().flatten().collect()
    }
}

impl From<PatchBody> for Patch {
    fn from(body: PatchBody) -> Self {
        Self {
            code: body.code,
            parent_id: body.parent_id,
            parent_key: body.parent_location_key,
            remove_parent: body.remove_parent == Some(true),
            local_name: body.local_name,
            comments: body.comments,
            location_type: body.location_type.map(ResidentialLocationType::location_type),
            accommodation_type: body.accommodation_type,
            cell_mark: body.cell_mark,
            in_cell_sanitation: body.in_cell_sanitation,
            used_for: body.used_for.map(|u| u.into_iter().collect()),
        }
    }
}

/// Partial update of a location
///
/// Requires role MAINTAIN_LOCATIONS and write scope
#[utoipa::path(
    patch,
    path = "/locations/residential/{id}",
    operation_id = "patchResidentialLocation",
    tag = "Locations",
    params(("id" = Uuid, Path, description = "The location Id")),
    request_body = PatchBody,
    responses((status = 200, description = "Returns updated location", body = LocationView), Refused)
)]
async fn patch_residential_location(
    State(app): State<App>,
    caller: Caller,
    Path(Id(id)): Path<Id>,
    Body(body): Body<PatchBody>,
) -> Result<Answer, ApiError> {
    caller.require(&MAINTAIN_LOCATIONS_WRITE)?;
    Ok(Answer::ok(patch::patch_by_id(&app.services, caller.username(), id, &body.into()).await?))
}

/// Partial update of a location by key
///
/// Requires role MAINTAIN_LOCATIONS and write scope
#[utoipa::path(
    patch,
    path = "/locations/residential/key/{key}",
    operation_id = "patchResidentialLocationByKey",
    tag = "Locations",
    params(("key" = String, Path, description = "The location key, prison id and path")),
    request_body = PatchBody,
    responses((status = 200, description = "Returns updated location", body = LocationView), Refused)
)]
async fn patch_residential_location_by_key(
    State(app): State<App>,
    caller: Caller,
    Path(key): Path<String>,
    Body(body): Body<PatchBody>,
) -> Result<Answer, ApiError> {
    caller.require(&MAINTAIN_LOCATIONS_WRITE)?;
    Ok(Answer::ok(patch::patch_by_key(&app.services, caller.username(), &key, &body.into()).await?))
}

/// Request to update the local name of a location
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
#[schema(as = UpdateLocationLocalNameRequest)]
struct LocalNameBody {
    /// Alternative description to display for location
    #[serde(deserialize_with = "reading::optional_text")]
    #[schema(example = "Wing A", max_length = 40)]
    local_name: Option<String>,
    /// Username of the staff updating the location
    #[serde(deserialize_with = "reading::optional_text")]
    updated_by: Option<String>,
}

impl Check for LocalNameBody {
    fn violations(&self) -> Vec<Violation> {
        optional_length("localName", self.local_name.as_deref(), 0..=40).into_iter().collect()
    }
}

/// Update local name details of a location
///
/// Requires role MAINTAIN_LOCATIONS and write scope
#[utoipa::path(
    put,
    path = "/locations/{id}/change-local-name",
    operation_id = "updateLocalName",
    tag = "Locations",
    params(("id" = Uuid, Path, description = "The location Id")),
    request_body = LocalNameBody,
    responses((status = 200, description = "Returns updated location", body = LocationView), Refused)
)]
async fn update_local_name(
    State(app): State<App>,
    caller: Caller,
    Path(Id(id)): Path<Id>,
    Body(body): Body<LocalNameBody>,
) -> Result<Answer, ApiError> {
    caller.require(&MAINTAIN_LOCATIONS_WRITE)?;
    let (new, by) = (body.local_name.as_deref(), body.updated_by.as_deref());
    Ok(Answer::ok(name::change_local_name(&app.services, caller.username(), id, new, by).await?))
}

/// Capacity change request
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CapacityChangeRequest)]
struct CapacityBody {
    /// Temporary w/c change
    #[serde(default, deserialize_with = "reading::boolean")]
    #[schema(default = false)]
    temporary_working_capacity_change: bool,
    /// Max capacity of the cell
    #[serde(default, deserialize_with = "reading::integer")]
    #[schema(example = 2, minimum = 0, maximum = 99)]
    max_capacity: i32,
    /// Working capacity of the cell
    #[serde(default, deserialize_with = "reading::integer")]
    #[schema(example = 1, minimum = 0, maximum = 99)]
    working_capacity: i32,
    /// CNA of the cell
    #[serde(default, deserialize_with = "reading::optional_integer")]
    #[schema(example = 2, minimum = 0, maximum = 99)]
    certified_normal_accommodation: Option<i32>,
}

impl Check for CapacityBody {
    fn violations(&self) -> Vec<Violation> {
        let checked = [
            between("maxCapacity", self.max_capacity, 0..=99),
            between("workingCapacity", self.working_capacity, 0..=99),
            self.certified_normal_accommodation.and_then(|n| between("certifiedNormalAccommodation", n, 0..=99)),
        ];
        checked.into_iter().flatten().collect()
    }
}

/// Set the capacity of a cell
///
/// Requires role MAINTAIN_LOCATIONS and write scope
#[utoipa::path(
    put,
    path = "/locations/{id}/capacity",
    operation_id = "changeCapacity",
    tag = "Locations",
    params(("id" = Uuid, Path, description = "The location Id")),
    request_body = CapacityBody,
    responses((status = 200, description = "Returns updated location", body = LocationView), Refused)
)]
async fn change_capacity(
    State(app): State<App>,
    caller: Caller,
    Path(Id(id)): Path<Id>,
    Body(body): Body<CapacityBody>,
) -> Result<Answer, ApiError> {
    caller.require(&MAINTAIN_LOCATIONS_WRITE)?;
    let change = CapacityChange {
        max: body.max_capacity,
        working: body.working_capacity,
        certified_normal_accommodation: body.certified_normal_accommodation,
        temporary: body.temporary_working_capacity_change,
    };
    Ok(Answer::ok(capacity::change(&app.services, caller.username(), id, change).await?))
}
