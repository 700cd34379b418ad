//! Deactivation, reactivation, archive and deletion of one location (04 sections 17 to 21 and 23).

use axum::extract::State;
use axum::http::StatusCode;
use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Refused;
use crate::api::answer::Answer;
use crate::api::check::{length, optional_length};
use crate::api::permission::{MAINTAIN_LOCATIONS_WRITE, UNARCHIVE_LOCATIONS_WRITE};
use crate::api::reading::query;
use crate::api::{ApiError, Body, Caller, Check, Id, Path, Query, Violation, reading};
use crate::app::App;
use crate::domain::reference::DeactivatedReason;
use crate::service::residential::archive::{self, UnarchiveRequest};
use crate::service::residential::deactivate::{self, DeactivationRequest, Details};
use crate::service::residential::{delete, reactivate};
use crate::view::location::LocationView;

pub(super) fn routes() -> OpenApiRouter<App> {
    #[expect(deprecated, reason = "still served; the document says that it is deprecated")]
    let reactivate = routes!(reactivate_location);
    OpenApiRouter::new()
        .routes(reactivate)
        .routes(routes!(temporarily_deactivate_location))
        .routes(routes!(update_deactivate_details))
        .routes(routes!(permanently_deactivate_location))
        .routes(routes!(unarchive_location))
        .routes(routes!(delete_locations))
}

/// Request to temporarily deactivate a location, optionally indicating certification approval required
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TemporaryDeactivationLocationRequest)]
struct DeactivationBody {
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
    /// The deactivation needs to be approved, if false (default) it will be classed as a short term temporary deactivation
    #[serde(default, deserialize_with = "reading::boolean")]
    #[schema(default = false)]
    requires_approval: bool,
    /// Explanation of why the capacity need to be decreased
    #[serde(default, deserialize_with = "reading::optional_text")]
    #[schema(example = "The cell is damaged and will be take 6 months to repair")]
    reason_for_change: Option<String>,
}

impl Check for DeactivationBody {
    fn violations(&self) -> Vec<Violation> {
        let description = self.deactivation_reason_description.as_deref();
        let checked = [
            optional_length("deactivationReasonDescription", description, 0..=255),
            optional_length("planetFmReference", self.planet_fm_reference.as_deref(), 0..=60),
        ];
        checked.into_iter().flatten().collect()
    }
}

impl From<DeactivationBody> for Details {
    fn from(body: DeactivationBody) -> Self {
        Self {
            reason: body.deactivation_reason,
            description: body.deactivation_reason_description,
            proposed_reactivation_date: body.proposed_reactivation_date,
            planet_fm_reference: body.planet_fm_reference,
        }
    }
}

/// Temporarily deactivate a location
///
/// Requires role MAINTAIN_LOCATIONS and write scope
#[utoipa::path(
    put,
    path = "/locations/{id}/deactivate/temporary",
    operation_id = "temporarilyDeactivateLocation",
    tag = "Locations",
    params(("id" = Uuid, Path, description = "The location Id")),
    request_body = DeactivationBody,
    responses((status = 200, description = "Returns deactivated locations", body = Vec<LocationView>), Refused)
)]
async fn temporarily_deactivate_location(
    State(app): State<App>,
    caller: Caller,
    Path(Id(id)): Path<Id>,
    Body(mut body): Body<DeactivationBody>,
) -> Result<Answer, ApiError> {
    caller.require(&MAINTAIN_LOCATIONS_WRITE)?;
    let request = DeactivationRequest {
        requires_approval: body.requires_approval,
        reason_for_change: body.reason_for_change.take(),
        updated_by: None,
        locations: vec![(id, body.into())],
    };
    Ok(Answer::ok(deactivate::deactivate_many(&app.services, caller.username(), &request).await?))
}

/// Update the details of the deactivation of a location
///
/// Requires role MAINTAIN_LOCATIONS and write scope
#[utoipa::path(
    put,
    path = "/locations/{id}/update/temporary-deactivation",
    operation_id = "updateDeactivateDetails",
    tag = "Locations",
    params(("id" = Uuid, Path, description = "The location Id")),
    request_body = DeactivationBody,
    responses((status = 200, description = "Returns updated location", body = LocationView), Refused)
)]
async fn update_deactivate_details(
    State(app): State<App>,
    caller: Caller,
    Path(Id(id)): Path<Id>,
    Body(body): Body<DeactivationBody>,
) -> Result<Answer, ApiError> {
    caller.require(&MAINTAIN_LOCATIONS_WRITE)?;
    Ok(Answer::ok(deactivate::change_details(&app.services, caller.username(), id, &body.into()).await?))
}

/// Request to permanently deactivate a location
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PermanentDeactivationLocationRequest)]
struct ArchiveBody {
    /// Reason for permanent deactivation
    #[serde(deserialize_with = "reading::text")]
    #[schema(example = "Wing demolished", max_length = 200)]
    reason: String,
}

impl Check for ArchiveBody {
    fn violations(&self) -> Vec<Violation> {
        length("reason", &self.reason, 0..=200).into_iter().collect()
    }
}

/// Permanently deactivate a location
///
/// Requires role MAINTAIN_LOCATIONS and write scope
#[utoipa::path(
    put,
    path = "/locations/{id}/deactivate/permanent",
    operation_id = "permanentlyDeactivateLocation",
    tag = "Locations",
    params(("id" = Uuid, Path, description = "The location Id")),
    request_body = ArchiveBody,
    responses((status = 200, description = "Returns deactivated location", body = LocationView), Refused)
)]
async fn permanently_deactivate_location(
    State(app): State<App>,
    caller: Caller,
    Path(Id(id)): Path<Id>,
    Body(body): Body<ArchiveBody>,
) -> Result<Answer, ApiError> {
    caller.require(&MAINTAIN_LOCATIONS_WRITE)?;
    Ok(Answer::ok(archive::archive_one(&app.services, caller.username(), id, &body.reason).await?))
}

/// Request to un-archive (restore) a permanently deactivated location back to a temporarily inactive state
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = UnArchiveLocationRequest)]
struct UnarchiveBody {
    /// Reason the restored location will be temporarily inactive for
    #[serde(deserialize_with = "reading::constant")]
    deactivation_reason: DeactivatedReason,
    /// Additional information on the deactivation, for OTHER DeactivatedReason must be provided
    #[serde(default, deserialize_with = "reading::optional_text")]
    #[schema(example = "Archived in error", max_length = 255)]
    deactivation_reason_description: Option<String>,
    /// Explanation of why the location is being un-archived, recorded for audit
    #[serde(default, deserialize_with = "reading::optional_text")]
    #[schema(example = "Wing was archived in error", max_length = 200)]
    reason: Option<String>,
}

impl Check for UnarchiveBody {
    fn violations(&self) -> Vec<Violation> {
        let description = self.deactivation_reason_description.as_deref();
        let checked = [
            optional_length("deactivationReasonDescription", description, 0..=255),
            optional_length("reason", self.reason.as_deref(), 0..=200),
        ];
        checked.into_iter().flatten().collect()
    }
}

/// Un-archive (restore) a permanently deactivated location
///
/// Restores an archived location back to a temporarily inactive state - visible again but not available for use. Where
/// certification is active for the prison the cell certificate is regenerated via an auto-approved approval step.
/// Requires role UNARCHIVE_LOCATIONS and write scope.
#[utoipa::path(
    put,
    path = "/locations/{id}/unarchive",
    operation_id = "unarchiveLocation",
    tag = "Locations",
    params(("id" = Uuid, Path, description = "The location Id")),
    request_body = UnarchiveBody,
    responses((status = 200, description = "Returns the restored location", body = LocationView), Refused)
)]
async fn unarchive_location(
    State(app): State<App>,
    caller: Caller,
    Path(Id(id)): Path<Id>,
    Body(body): Body<UnarchiveBody>,
) -> Result<Answer, ApiError> {
    caller.require(&UNARCHIVE_LOCATIONS_WRITE)?;
    let request = UnarchiveRequest {
        deactivation_reason: body.deactivation_reason,
        description: body.deactivation_reason_description,
        reason: body.reason,
    };
    Ok(Answer::ok(archive::unarchive_one(&app.services, caller.username(), id, &request).await?))
}

/// How far a reactivation goes.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "kebab-case", default)]
#[into_params(parameter_in = Query, rename_all = "kebab-case")]
struct ReactivateQuery {
    /// Reactivates everything below the location too
    #[serde(deserialize_with = "query::boolean")]
    #[param(default = false)]
    cascade_reactivation: bool,
    /// Reactivates regardless of certification
    #[serde(deserialize_with = "query::boolean")]
    #[param(default = false)]
    force_reactivation: bool,
}

/// Re-activate a location
///
/// Requires role MAINTAIN_LOCATIONS and write scope
#[utoipa::path(
    put,
    path = "/locations/{id}/reactivate",
    operation_id = "reactivateLocation",
    tag = "Locations",
    params(("id" = Uuid, Path, description = "The location Id"), ReactivateQuery),
    responses((status = 200, description = "Returns reactivated location", body = LocationView), Refused)
)]
#[deprecated]
async fn reactivate_location(
    State(app): State<App>,
    caller: Caller,
    Path(Id(id)): Path<Id>,
    Query(query): Query<ReactivateQuery>,
) -> Result<Answer, ApiError> {
    caller.require(&MAINTAIN_LOCATIONS_WRITE)?;
    let (cascade, force) = (query.cascade_reactivation, query.force_reactivation);
    Ok(Answer::ok(reactivate::reactivate_one(&app.services, caller.username(), id, cascade, force).await?))
}

/// Delete a draft location
///
/// Requires role ROLE_MAINTAIN_LOCATIONS and write scope, only locations marked as DRAFT can be deleted
#[utoipa::path(
    delete,
    path = "/locations/{id}",
    operation_id = "deleteLocations",
    tag = "Locations",
    params(("id" = Uuid, Path, description = "The location Id")),
    responses((status = 204, description = "Deleted location"), Refused)
)]
async fn delete_locations(
    State(app): State<App>,
    caller: Caller,
    Path(Id(id)): Path<Id>,
) -> Result<StatusCode, ApiError> {
    caller.require(&MAINTAIN_LOCATIONS_WRITE)?;
    delete::delete_draft(&app.services, caller.username(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}
