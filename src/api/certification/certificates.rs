//! Cell certificates (06 section 7).

use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::answer::Answer;
use crate::api::check::{PrisonIdParam, prison_id};
use crate::api::permission::{LOCATION_CERTIFICATION, LOCATION_CERTIFICATION_WRITE};
use crate::api::{ApiError, Caller, ErrorResponse, Id, Path};
use crate::app::App;
use crate::service::certification::{certificate, read};
use crate::view::approval::RequestView;
use crate::view::certificate::{CertificateView, DashboardView};

/// The routes of this area.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_cell_certificate_dashboard))
        .routes(routes!(get_cell_certificate))
        .routes(routes!(get_cell_certificates_for_prison))
        .routes(routes!(get_current_cell_certificate_for_prison))
        .routes(routes!(baseline_cell_certificate_for_prison))
}

/// Get the capacity management dashboard
///
/// Returns one summary row per prison that has a current cell certificate, default-sorted by prison name. Used by the capacity management dashboard.
#[utoipa::path(
    get,
    path = "/cell-certificates/dashboard",
    operation_id = "getCellCertificateDashboard",
    tag = "Cell Certificates",
    responses(
        (status = 200, description = "Dashboard rows returned", body = Vec<DashboardView>),
        (status = 400, description = "Invalid Request", body = ErrorResponse)
    )
)]
async fn get_cell_certificate_dashboard(State(app): State<App>, caller: Caller) -> Result<Answer, ApiError> {
    caller.require(&LOCATION_CERTIFICATION)?;
    Ok(Answer::ok(read::dashboard(&app.services).await?))
}

/// Get a cell certificate by ID
///
/// Returns a cell certificate by ID
#[utoipa::path(
    get,
    path = "/cell-certificates/{id}",
    operation_id = "getCellCertificate",
    tag = "Cell Certificates",
    params(("id" = Uuid, Path, description = "Cell certificate ID")),
    responses(
        (status = 200, description = "Cell certificate found", body = CertificateView<'_>),
        (status = 400, description = "Invalid Request", body = ErrorResponse),
        (status = 404, description = "Cell certificate not found", body = ErrorResponse)
    )
)]
async fn get_cell_certificate(
    State(app): State<App>,
    caller: Caller,
    Path(Id(id)): Path<Id>,
) -> Result<Answer, ApiError> {
    caller.require(&LOCATION_CERTIFICATION)?;
    Ok(Answer::ok(read::certificate(&app.services, id).await?))
}

/// Get all cell certificates for a prison
///
/// Returns all cell certificates for a prison
#[utoipa::path(
    get,
    path = "/cell-certificates/prison/{prisonId}",
    operation_id = "getCellCertificatesForPrison",
    tag = "Cell Certificates",
    params(PrisonIdParam),
    responses(
        (status = 200, description = "Cell certificates found", body = Vec<CertificateView<'_>>),
        (status = 400, description = "Invalid Request", body = ErrorResponse)
    )
)]
async fn get_cell_certificates_for_prison(
    State(app): State<App>,
    caller: Caller,
    Path(prison): Path<String>,
) -> Result<Answer, ApiError> {
    caller.require(&LOCATION_CERTIFICATION)?;
    Ok(Answer::ok(read::certificates(&app.services, prison_id(&prison)?).await?))
}

/// Get the current cell certificate for a prison
///
/// Returns the current cell certificate for a prison
#[utoipa::path(
    get,
    path = "/cell-certificates/prison/{prisonId}/current",
    operation_id = "getCurrentCellCertificateForPrison",
    tag = "Cell Certificates",
    params(PrisonIdParam),
    responses(
        (status = 200, description = "Current cell certificate found", body = CertificateView<'_>),
        (status = 400, description = "Invalid Request", body = ErrorResponse),
        (status = 404, description = "No current cell certificate found", body = ErrorResponse)
    )
)]
async fn get_current_cell_certificate_for_prison(
    State(app): State<App>,
    caller: Caller,
    Path(prison): Path<String>,
) -> Result<Answer, ApiError> {
    caller.require(&LOCATION_CERTIFICATION)?;
    Ok(Answer::ok(read::current_certificate(&app.services, prison_id(&prison)?).await?))
}

/// Baselines a certificate for a prison based on the current location setup
///
/// Requires LOCATION_CERTIFICATION role and write scope
#[utoipa::path(
    post,
    path = "/cell-certificates/prison/{prisonId}/baseline",
    operation_id = "baselineCellCertificateForPrison",
    tag = "Cell Certificates",
    params(PrisonIdParam),
    responses(
        (status = 201, description = "Cell certificate generated - prison base-lined", body = RequestView<'_>),
        (status = 400, description = "Invalid Request", body = ErrorResponse),
        (status = 404, description = "No prison found", body = ErrorResponse)
    )
)]
async fn baseline_cell_certificate_for_prison(
    State(app): State<App>,
    caller: Caller,
    Path(prison): Path<String>,
) -> Result<Answer, ApiError> {
    caller.require(&LOCATION_CERTIFICATION_WRITE)?;
    let baseline = certificate::baseline(&app.services, caller.username(), prison_id(&prison)?);
    Ok(Answer::created(baseline.await?))
}
