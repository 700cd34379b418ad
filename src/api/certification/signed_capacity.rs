//! Signed operational capacity (06 sections 9.1 and 9.2).

use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::body::SignedCapacityBody;
use crate::api::answer::Answer;
use crate::api::check::PrisonIdParam;
use crate::api::permission::{MAINTAIN_LOCATIONS_WRITE, VIEW_LOCATIONS};
use crate::api::{ApiError, Body, Caller, ErrorResponse, Path};
use crate::app::App;
use crate::service::certification::signed_capacity::{self, DirectChange, Stored};
use crate::view::signed_capacity::SignedCapacityView;

/// The routes of this area.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_signed_operation_capacity))
        .routes(routes!(update_signed_operation_capacity))
}

/// Get Signed Operation Capacity
///
/// Requires role VIEW_LOCATIONS
#[utoipa::path(
    get,
    path = "/signed-op-cap/{prisonId}",
    operation_id = "getSignedOperationCapacity",
    tag = "Signed Operation Capacity",
    params(PrisonIdParam),
    responses(
        (status = 200, description = "Returns Signed Operation Capacity data", body = SignedCapacityView<'_>),
        (status = 400, description = "Invalid Request", body = ErrorResponse),
        (status = 404, description = "Signed operation capacity not found", body = ErrorResponse)
    )
)]
async fn get_signed_operation_capacity(
    State(app): State<App>,
    caller: Caller,
    Path(prison): Path<String>,
) -> Result<Answer, ApiError> {
    caller.require(&VIEW_LOCATIONS)?;
    // Any text is looked for here: the live service does not check it (06 section 1.2 rule 1).
    Ok(Answer::ok(signed_capacity::read(&app.services, &prison).await?))
}

/// Create or update the signed operation capacity
///
/// Requires role ROLE_MAINTAIN_LOCATIONS
#[utoipa::path(
    post,
    path = "/signed-op-cap/",
    operation_id = "updateSignedOperationCapacity",
    tag = "Signed Operation Capacity",
    request_body = SignedCapacityBody,
    responses(
        (status = 200, description = "Returns updated Signed Operation Capacity", body = SignedCapacityView<'_>),
        (status = 201, description = "Returns created Signed Operation Capacity", body = SignedCapacityView<'_>),
        (status = 400, description = "Invalid Request", body = ErrorResponse),
        (status = 404, description = "PrisonID not found", body = ErrorResponse)
    )
)]
async fn update_signed_operation_capacity(
    State(app): State<App>,
    caller: Caller,
    Body(body): Body<SignedCapacityBody>,
) -> Result<Answer, ApiError> {
    caller.require(&MAINTAIN_LOCATIONS_WRITE)?;
    let change = DirectChange {
        prison_id: body.prison_id,
        capacity: body.signed_operation_capacity,
        updated_by: body.updated_by,
    };
    Ok(match signed_capacity::change(&app.services, caller.username(), &change).await? {
        Stored::Created(answer) => Answer::created(answer),
        Stored::Updated(answer) => Answer::ok(answer),
    })
}
