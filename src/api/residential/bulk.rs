//! The bulk forms: deactivate, archive, reactivate and capacity of many locations (04 sections 17, 19, 21 and 22).

use axum::extract::State;
use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::Refused;
use super::create::CapacityBody;
use super::entries::Entries;
use crate::api::answer::Answer;
use crate::api::check::{length, not_blank, optional_length};
use crate::api::permission::MAINTAIN_LOCATIONS_WRITE;
use crate::api::{ApiError, Body, Caller, Check, Violation, reading};
use crate::app::App;
use crate::domain::change::reactivation::{NewCapacity, NewValues};
use crate::domain::reference::{DeactivatedReason, SpecialistCellType};
use crate::service::residential::archive;
use crate::service::residential::bulk_capacity::{self, BulkCapacity, CellDetail};
use crate::service::residential::deactivate::{self, DeactivationRequest, Details};
use crate::service::residential::reactivate::{self, Reactivation, ReactivationRequest};
use crate::view::capacity_changes::CapacityChangesView;
use crate::view::location::LocationView;
use crate::view::shared::CapacityView;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(bulk_deactivate_locations))
        .routes(routes!(bulk_permanently_deactivate_locations))
        .routes(routes!(bulk_reactivate_locations))
        .routes(routes!(bulk_update_capacity))
}

/// Request to temporarily deactivate a location - used in bulk updates
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = BasicTemporaryDeactivationRequest)]
struct DetailsBody {
    /// Reason for temporary deactivation
    #[serde(deserialize_with = "reading::constant")]
    deactivation_reason: DeactivatedReason,
    /// Additional information on deactivation, for OTHER DeactivatedReason must be provided
    #[serde(default, deserialize_with = "reading::optional_text")]
    #[schema(example = "Window broken", max_length = 255)]
    deactivation_reason_description: Option<String>,
    /// Estimated reactivation date
    #[serde(default, deserialize_with = "reading::optional_date")]
    proposed_reactivation_date: Option<NaiveDate>,
    /// Planet FM reference number
    #[serde(default, deserialize_with = "reading::optional_text")]
    #[schema(example = "23423TH/5", max_length = 60)]
    planet_fm_reference: Option<String>,
}

impl From<DetailsBody> for Details {
    fn from(body: DetailsBody) -> Self {
        Self {
            reason: body.deactivation_reason,
            description: body.deactivation_reason_description,
            proposed_reactivation_date: body.proposed_reactivation_date,
            planet_fm_reference: body.planet_fm_reference,
        }
    }
}

/// Deactivate Locations Request
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = DeactivateLocationsRequest)]
struct DeactivateBody {
    /// List of locations to deactivate
    #[schema(value_type = std::collections::HashMap<Uuid, DetailsBody>)]
    locations: Entries<Uuid, DetailsBody>,
    /// The deactivation needs to be approved, if false (default) it will be classed as a short term temporary deactivation
    #[serde(default, deserialize_with = "reading::boolean")]
    #[schema(default = false)]
    requires_approval: bool,
    /// Explanation of why the capacity need to be decreased
    #[serde(default, deserialize_with = "reading::optional_text")]
    #[schema(example = "The cell is damaged and will be take 6 months to repair")]
    reason_for_change: Option<String>,
    /// Username of the user requesting to deactivate the locations, if not provided the token username or client id will
    /// be used
    #[serde(default, deserialize_with = "reading::optional_text")]
    #[schema(example = "TESTUSER", max_length = 80)]
    updated_by: Option<String>,
}

impl Check for DeactivateBody {
    fn violations(&self) -> Vec<Violation> {
        optional_length("updatedBy", self.updated_by.as_deref(), 0..=80).into_iter().collect()
    }
}

/// Bulk temporarily deactivate a location
///
/// Requires role MAINTAIN_LOCATIONS and write scope
#[utoipa::path(
    put,
    path = "/locations/bulk/deactivate/temporary",
    operation_id = "bulkDeactivateLocations",
    tag = "Bulk Location Operations",
    request_body = DeactivateBody,
    responses((status = 200, description = "Returns deactivated locations", body = Vec<LocationView>), Refused)
)]
async fn bulk_deactivate_locations(
    State(app): State<App>,
    caller: Caller,
    Body(body): Body<DeactivateBody>,
) -> Result<Answer, ApiError> {
    caller.require(&MAINTAIN_LOCATIONS_WRITE)?;
    let request = DeactivationRequest {
        locations: body.locations.0.into_iter().map(|(id, details)| (id, details.into())).collect(),
        requires_approval: body.requires_approval,
        reason_for_change: body.reason_for_change,
        updated_by: body.updated_by,
    };
    Ok(Answer::ok(deactivate::deactivate_many(&app.services, caller.username(), &request).await?))
}

/// Bulk permanent deactivation request
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = BulkPermanentDeactivationRequest)]
struct ArchiveBody {
    /// Reason for permanent deactivation
    #[serde(deserialize_with = "reading::text")]
    #[schema(example = "Wing demolished", max_length = 100)]
    reason: String,
    /// List of locations to permanently deactivate
    #[serde(deserialize_with = "reading::texts")]
    #[schema(min_items = 1)]
    locations: Vec<String>,
}

impl Check for ArchiveBody {
    fn violations(&self) -> Vec<Violation> {
        let empty = self.locations.is_empty().then(|| Violation::new("locations", "must not be empty"));
        let checked = [not_blank("reason", &self.reason), length("reason", &self.reason, 0..=100), empty];
        checked.into_iter().flatten().collect()
    }
}

/// Bulk permanently deactivate a location, the location must already be temporarily deactivated
///
/// Requires role MAINTAIN_LOCATIONS and write scope
#[utoipa::path(
    put,
    path = "/locations/bulk/deactivate/permanent",
    operation_id = "bulkPermanentlyDeactivateLocations",
    tag = "Bulk Location Operations",
    request_body = ArchiveBody,
    responses((status = 200, description = "Returns deactivated locations", body = Vec<LocationView>), Refused)
)]
async fn bulk_permanently_deactivate_locations(
    State(app): State<App>,
    caller: Caller,
    Body(body): Body<ArchiveBody>,
) -> Result<Answer, ApiError> {
    caller.require(&MAINTAIN_LOCATIONS_WRITE)?;
    let user = caller.username();
    Ok(Answer::ok(archive::archive_many(&app.services, user, &body.locations, &body.reason).await?))
}

/// Bulk reactivation details
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ReactivationDetail)]
struct ReactivationBody {
    /// Cascade the reactivation
    #[serde(default, deserialize_with = "reading::boolean")]
    #[schema(default = false, example = true)]
    cascade_reactivation: bool,
    /// New capacity of the location, if null the old values are used
    #[serde(default)]
    #[schema(value_type = Option<CapacityView>)]
    capacity: Option<CapacityBody>,
    /// Specialist Cell Types
    #[serde(default, deserialize_with = "reading::optional_constants")]
    specialist_cell_types: Option<Vec<SpecialistCellType>>,
}

impl From<ReactivationBody> for Reactivation {
    fn from(body: ReactivationBody) -> Self {
        let capacity = body.capacity.map(|c| NewCapacity {
            max: c.max_capacity,
            working: c.working_capacity,
            certified_normal_accommodation: c.certified_normal_accommodation,
        });
        let specialist_cell_types = body.specialist_cell_types.map(|t| t.into_iter().collect());
        Self { cascade: body.cascade_reactivation, values: NewValues { capacity, specialist_cell_types } }
    }
}

/// Bulk reactivate locations Request
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ReactivateLocationsRequest)]
struct ReactivateBody {
    /// List of locations to reactivate
    #[schema(value_type = std::collections::HashMap<Uuid, ReactivationBody>)]
    locations: Entries<Uuid, ReactivationBody>,
    /// Force location to be reactivated, regardless of the status of the prison certification process
    #[serde(default, deserialize_with = "reading::boolean")]
    #[schema(default = false)]
    force_reactivation: bool,
}

impl Check for ReactivateBody {}

/// Re-activates a series of locations
///
/// Requires role MAINTAIN_LOCATIONS and write scope
#[utoipa::path(
    put,
    path = "/locations/bulk/reactivate",
    operation_id = "bulkReactivateLocations",
    tag = "Bulk Location Operations",
    request_body = ReactivateBody,
    responses((status = 200, description = "Returns reactivated locations", body = Vec<LocationView>), Refused)
)]
async fn bulk_reactivate_locations(
    State(app): State<App>,
    caller: Caller,
    Body(body): Body<ReactivateBody>,
) -> Result<Answer, ApiError> {
    caller.require(&MAINTAIN_LOCATIONS_WRITE)?;
    let request = ReactivationRequest {
        locations: body.locations.0.into_iter().map(|(id, detail)| (id, detail.into())).collect(),
        force: body.force_reactivation,
    };
    Ok(Answer::ok(reactivate::reactivate_many(&app.services, caller.username(), &request).await?))
}

/// Bulk Update Cell Capacity Details
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CellCapacityUpdateDetail)]
struct CellDetailBody {
    /// Max capacity of the location
    #[serde(deserialize_with = "reading::integer")]
    #[schema(example = 2, minimum = 0, maximum = 99)]
    max_capacity: i32,
    /// Working capacity of the location
    #[serde(deserialize_with = "reading::integer")]
    #[schema(example = 2, minimum = 0, maximum = 99)]
    working_capacity: i32,
    /// Indicates the capacity of the certified location (cell)
    #[serde(default, deserialize_with = "reading::optional_integer")]
    #[schema(example = 1, minimum = 0, maximum = 99)]
    certified_normal_accommodation: Option<i32>,
    /// Working capacity of the location
    #[serde(default, deserialize_with = "reading::optional_text")]
    #[schema(example = "A1-03", max_length = 12)]
    cell_mark: Option<String>,
    /// Indicate that the cell as in-cell sanitation
    #[serde(default, deserialize_with = "reading::optional_boolean")]
    in_cell_sanitation: Option<bool>,
}

impl From<CellDetailBody> for CellDetail {
    fn from(body: CellDetailBody) -> Self {
        Self {
            max: body.max_capacity,
            working: body.working_capacity,
            certified_normal_accommodation: body.certified_normal_accommodation,
            cell_mark: body.cell_mark,
            in_cell_sanitation: body.in_cell_sanitation,
        }
    }
}

/// Update Capacities Request
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = UpdateCapacityRequest)]
struct UpdateCapacityBody {
    /// List of capacities to update
    #[schema(value_type = std::collections::HashMap<String, CellDetailBody>)]
    locations: Entries<String, CellDetailBody>,
    /// The reason why the approval was requested, mandatory if it must be approved
    #[serde(default, deserialize_with = "reading::optional_text")]
    #[schema(example = "The cell capacity has changed")]
    reason_for_change: Option<String>,
}

impl Check for UpdateCapacityBody {}

/// Update capacity in map of cell locations
///
/// Requires role MAINTAIN_LOCATIONS and write scope
#[utoipa::path(
    put,
    path = "/locations/bulk/capacity-update",
    operation_id = "bulkUpdateCapacity",
    tag = "Bulk Location Operations",
    request_body = UpdateCapacityBody,
    responses(
        (
            status = 200,
            description = "Returns list of changes made to capacity locations",
            body = std::collections::HashMap<String, Vec<CapacityChangesView>>
        ),
        Refused
    )
)]
async fn bulk_update_capacity(
    State(app): State<App>,
    caller: Caller,
    Body(body): Body<UpdateCapacityBody>,
) -> Result<Answer, ApiError> {
    caller.require(&MAINTAIN_LOCATIONS_WRITE)?;
    let request = BulkCapacity {
        locations: body.locations.0.into_iter().map(|(key, detail)| (key, detail.into())).collect(),
        reason_for_change: body.reason_for_change,
    };
    Ok(Answer::ok(bulk_capacity::change_many(&app.services, caller.username(), &request).await?))
}
