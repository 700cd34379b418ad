//! The switches of a prison (07 section 5).

use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::answer::Answer;
use super::check::{PrisonIdParam, prison_id};
use super::permission::LOCATION_CONFIG_ADMIN;
use super::{ApiError, Caller, ErrorResponse, Path};
use crate::app::App;
use crate::service::prison;
use crate::view::prison_configuration::PrisonConfigurationView;

/// The routes of this area.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_prison_configuration))
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
        (status = 401, description = "Unauthorized to access this endpoint", body = ErrorResponse),
        (
            status = 403, description = "Missing required role. Requires the LOCATION_CONFIG_ADMIN role",
            body = ErrorResponse
        )
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
