//! The switches of a prison (07 section 5).

use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::answer::Answer;
use super::check::{PrisonIdParam, path_constant, prison_id};
use super::permission::LOCATION_CONFIG_ADMIN;
use super::{ApiError, Caller, ErrorResponse, Path};
use crate::app::App;
use crate::domain::prison::Switch;
use crate::domain::reference::PrisonSwitch;
use crate::service::prison;
use crate::view::prison_configuration::PrisonConfigurationView;

/// The routes of this area.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_prison_configuration))
        .routes(routes!(switch_residential_service))
        .routes(routes!(switch_non_residential_service))
        .routes(routes!(switch_segregation_in_roll_count))
        .routes(routes!(switch_certification_approval))
}

/// Get prison configuration
///
/// Requires role LOCATION_CONFIG_ADMIN
#[utoipa::path(
    get,
    path = "/prison-configuration/{prisonId}",
    operation_id = "getPrisonConfiguration",
    tag = "Prison Configuration",
    params(PrisonIdParam),
    responses(
        (status = 200, description = "Returns configuration", body = PrisonConfigurationView),
        (status = 404, description = "The prison has no configuration", body = ErrorResponse)
    )
)]
async fn get_prison_configuration(
    State(app): State<App>,
    caller: Caller,
    Path(prison): Path<String>,
) -> Result<Answer, ApiError> {
    caller.require(&LOCATION_CONFIG_ADMIN)?;
    Ok(Answer::ok(prison::configuration(&app.services, prison_id(&prison)?).await?))
}

/// Update the status of the service for a prison
///
/// Requires role LOCATION_CONFIG_ADMIN
#[utoipa::path(
    put,
    path = "/prison-configuration/{prisonId}/resi-service/{status}",
    operation_id = "updateResiLocationServiceActiveStatus",
    tag = "Prison Configuration",
    params(PrisonIdParam, ("status" = PrisonSwitch, Path, description = "Status")),
    responses(
        (status = 200, description = "Returns configuration", body = PrisonConfigurationView),
        (status = 404, description = "The prison has no configuration", body = ErrorResponse)
    )
)]
async fn switch_residential_service(
    app: State<App>,
    caller: Caller,
    path: Path<(String, String)>,
) -> Result<Answer, ApiError> {
    set_switch(&app, &caller, &path, "status", Switch::ResidentialService).await
}

/// Update the status of the service for a prison
///
/// Requires role LOCATION_CONFIG_ADMIN
#[utoipa::path(
    put,
    path = "/prison-configuration/{prisonId}/non-resi-service/{status}",
    operation_id = "updateNonResiLocationServiceActiveStatus",
    tag = "Prison Configuration",
    params(PrisonIdParam, ("status" = PrisonSwitch, Path, description = "Status")),
    responses(
        (status = 200, description = "Returns configuration", body = PrisonConfigurationView),
        (status = 404, description = "The prison has no configuration", body = ErrorResponse)
    )
)]
async fn switch_non_residential_service(
    app: State<App>,
    caller: Caller,
    path: Path<(String, String)>,
) -> Result<Answer, ApiError> {
    set_switch(&app, &caller, &path, "status", Switch::NonResidentialService).await
}

/// Update seg in roll count status
///
/// Requires role LOCATION_CONFIG_ADMIN
#[utoipa::path(
    put,
    path = "/prison-configuration/{prisonId}/include-seg-in-roll-count/{includeSegInRollCountStatus}",
    operation_id = "updateIncludeSegInRollCount",
    tag = "Prison Configuration",
    params(PrisonIdParam, ("includeSegInRollCountStatus" = PrisonSwitch, Path, description = "Status")),
    responses(
        (status = 200, description = "Returns configuration", body = PrisonConfigurationView),
        (status = 404, description = "The prison has no configuration", body = ErrorResponse)
    )
)]
async fn switch_segregation_in_roll_count(
    app: State<App>,
    caller: Caller,
    path: Path<(String, String)>,
) -> Result<Answer, ApiError> {
    set_switch(&app, &caller, &path, "includeSegInRollCountStatus", Switch::SegregationInRollCount).await
}

/// Update the certification approval process for a prison
///
/// Requires role LOCATION_CONFIG_ADMIN
#[utoipa::path(
    put,
    path = "/prison-configuration/{prisonId}/certification-approval-required/{approvalProcessStatus}",
    operation_id = "updateCertificationApprovalProcessForPrison",
    tag = "Prison Configuration",
    params(PrisonIdParam, ("approvalProcessStatus" = PrisonSwitch, Path, description = "Status")),
    responses(
        (status = 200, description = "Returns configuration", body = PrisonConfigurationView),
        (status = 404, description = "The prison has no configuration", body = ErrorResponse)
    )
)]
async fn switch_certification_approval(
    app: State<App>,
    caller: Caller,
    path: Path<(String, String)>,
) -> Result<Answer, ApiError> {
    set_switch(&app, &caller, &path, "approvalProcessStatus", Switch::CertificationApproval).await
}

/// What the four have in common. A status that is none is refused before the role is looked at.
async fn set_switch(
    app: &App,
    caller: &Caller,
    Path((prison, status)): &Path<(String, String)>,
    parameter: &str,
    switch: Switch,
) -> Result<Answer, ApiError> {
    let status: PrisonSwitch = path_constant(parameter, status)?;
    caller.require(&LOCATION_CONFIG_ADMIN)?;
    let prison = prison_id(prison)?;
    Ok(Answer::ok(prison::set_switch(&app.services, caller.username(), prison, switch, status).await?))
}
