//! Changes of non-residential locations (05 sections 10 to 13).

use axum::extract::State;
use axum::routing::post;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::body::{BasicBody, PatchBody, PlacedBody};
use crate::api::answer::Answer;
use crate::api::check::prison_id;
use crate::api::permission::MAINTAIN_LOCATIONS_WRITE;
use crate::api::{ApiError, Body, Caller, ErrorResponse, Id, Path};
use crate::app::App;
use crate::domain::non_residential::patch::Named;
use crate::service::non_residential;
use crate::view::location::LocationView;
use crate::view::non_residential::NonResidentialView;

/// The document of the one operation whose path differs from others in the name of its parameter only: the router wants
/// one name, the document both.
#[derive(OpenApi)]
#[openapi(paths(create_basic_non_residential_location))]
struct CreateBasic;

/// The routes of this part.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(CreateBasic::openapi())
        .route("/locations/non-residential/{id}", post(create_basic_non_residential_location))
        .routes(routes!(create_non_residential_location))
        .routes(routes!(update_non_residential_location, patch_non_residential_location))
        .routes(routes!(patch_non_residential_location_by_key))
        .routes(routes!(hide_non_residential_location_from_list))
        .routes(routes!(generate_missing_children))
}

/// Creates a non-residential location in a specified prison with basic data
///
/// Requires role MAINTAIN_LOCATIONS and write scope
#[utoipa::path(
    post,
    path = "/locations/non-residential/{prisonId}",
    operation_id = "createBasicNonResidentialLocation",
    tag = "Non-residential functions",
    params(("prisonId" = String, Path, description = "Prison Id")),
    request_body = BasicBody,
    responses(
        (status = 201, description = "Returns created location", body = NonResidentialView),
        (status = 400, description = "Invalid Request", body = ErrorResponse),
        (status = 404, description = "Data not found", body = ErrorResponse),
        (status = 409, description = "Location already exists", body = ErrorResponse)
    )
)]
async fn create_basic_non_residential_location(
    State(app): State<App>,
    caller: Caller,
    Path(prison): Path<String>,
    Body(body): Body<BasicBody>,
) -> Result<Answer, ApiError> {
    caller.require(&MAINTAIN_LOCATIONS_WRITE)?;
    let prison_id = prison_id(&prison)?;
    let request = body.creation().ok_or_else(|| ApiError::bad_request("localName: must not be null"))?;
    let created = non_residential::create_basic(&app.services, caller.username(), prison_id, request).await?;
    Ok(Answer::created(created))
}

/// Creates a non-residential location, not used by UI, data fixes only
///
/// Requires role MAINTAIN_LOCATIONS and write scope
#[utoipa::path(
    post,
    path = "/locations/non-residential",
    operation_id = "createNonResidentialLocation",
    tag = "Non-residential functions",
    request_body = PlacedBody,
    responses(
        (status = 201, description = "Returns created location", body = LocationView),
        (status = 400, description = "Invalid Request", body = ErrorResponse),
        (status = 404, description = "Data not found", body = ErrorResponse),
        (status = 409, description = "Location already exists", body = ErrorResponse)
    )
)]
async fn create_non_residential_location(
    State(app): State<App>,
    caller: Caller,
    Body(body): Body<PlacedBody>,
) -> Result<Answer, ApiError> {
    caller.require(&MAINTAIN_LOCATIONS_WRITE)?;
    let created = non_residential::create_placed(&app.services, caller.username(), body.into()).await?;
    Ok(Answer::created(created))
}

/// Update of a non-residential location
///
/// Requires role MAINTAIN_LOCATIONS and write scope
#[utoipa::path(
    put,
    path = "/locations/non-residential/{id}",
    operation_id = "updateNonResidentialLocation",
    tag = "Non-residential functions",
    params(("id" = Uuid, Path, description = "The location Id")),
    request_body = BasicBody,
    responses(
        (status = 200, description = "Returns updated location", body = NonResidentialView),
        (status = 400, description = "Invalid Request", body = ErrorResponse),
        (status = 404, description = "Data not found", body = ErrorResponse),
        (status = 409, description = "Location already exists", body = ErrorResponse)
    )
)]
async fn update_non_residential_location(
    State(app): State<App>,
    caller: Caller,
    Path(Id(id)): Path<Id>,
    Body(body): Body<BasicBody>,
) -> Result<Answer, ApiError> {
    caller.require(&MAINTAIN_LOCATIONS_WRITE)?;
    Ok(Answer::ok(non_residential::update(&app.services, caller.username(), id, &body.into()).await?))
}

/// Partial update of a non-residential location, not used by UI, data fixes only
///
/// Requires role MAINTAIN_LOCATIONS and write scope
#[utoipa::path(
    patch,
    path = "/locations/non-residential/{id}",
    operation_id = "patchNonResidentialLocation",
    tag = "Non-residential functions",
    params(("id" = Uuid, Path, description = "The location Id")),
    request_body = PatchBody,
    responses(
        (status = 200, description = "Returns updated location", body = LocationView),
        (status = 400, description = "Invalid Request", body = ErrorResponse),
        (status = 404, description = "Data not found", body = ErrorResponse),
        (status = 409, description = "Location already exists", body = ErrorResponse)
    )
)]
async fn patch_non_residential_location(
    State(app): State<App>,
    caller: Caller,
    Path(Id(id)): Path<Id>,
    Body(body): Body<PatchBody>,
) -> Result<Answer, ApiError> {
    caller.require(&MAINTAIN_LOCATIONS_WRITE)?;
    Ok(Answer::ok(non_residential::patch(&app.services, caller.username(), Named::Id(id), &body.into()).await?))
}

/// Partial update of a non-residential location, not used by UI, data fixes only
///
/// Requires role MAINTAIN_LOCATIONS and write scope
#[utoipa::path(
    patch,
    path = "/locations/non-residential/key/{key}",
    operation_id = "patchNonResidentialLocationByKey",
    tag = "Non-residential functions",
    params(("key" = String, Path, description = "The location key")),
    request_body = PatchBody,
    responses(
        (status = 200, description = "Returns updated location", body = LocationView),
        (status = 400, description = "Invalid Request", body = ErrorResponse),
        (status = 404, description = "Data not found", body = ErrorResponse),
        (status = 409, description = "Location already exists", body = ErrorResponse)
    )
)]
async fn patch_non_residential_location_by_key(
    State(app): State<App>,
    caller: Caller,
    Path(key): Path<String>,
    Body(body): Body<PatchBody>,
) -> Result<Answer, ApiError> {
    caller.require(&MAINTAIN_LOCATIONS_WRITE)?;
    Ok(Answer::ok(non_residential::patch(&app.services, caller.username(), Named::Key(&key), &body.into()).await?))
}

/// Removes a parent non-residential location from the non-residential locations list
///
/// Hides the location from the list shown to users maintaining non-residential locations. This is not a deactivation: the
/// location keeps its status, its child locations are unaffected and it remains available to anything that looks it up
/// directly. Only permitted for a parent location that no service uses - archive a leaf location instead. Requires role
/// MAINTAIN_LOCATIONS and write scope
#[utoipa::path(
    put,
    path = "/locations/non-residential/{id}/hide",
    operation_id = "hideNonResidentialLocationFromList",
    tag = "Non-residential functions",
    params(("id" = Uuid, Path, description = "The non-residential location Id")),
    responses(
        (status = 200, description = "Returns the hidden location", body = NonResidentialView),
        (status = 400, description = "Invalid Request", body = ErrorResponse),
        (status = 404, description = "Data not found", body = ErrorResponse),
        (status = 409, description = "Location is a leaf location, is still used by a service, or is already hidden", body = ErrorResponse)
    )
)]
async fn hide_non_residential_location_from_list(
    State(app): State<App>,
    caller: Caller,
    Path(Id(id)): Path<Id>,
) -> Result<Answer, ApiError> {
    caller.require(&MAINTAIN_LOCATIONS_WRITE)?;
    Ok(Answer::ok(non_residential::hide(&app.services, caller.username(), id).await?))
}

/// Generates missing child locations for services with parent
///
/// Requires role MAINTAIN_LOCATIONS and write scope
#[utoipa::path(
    post,
    path = "/locations/non-residential/prison/{prisonId}/generate-missing-children",
    operation_id = "generateMissingChildren",
    tag = "Non-residential functions",
    params(("prisonId" = String, Path, description = "Prison Id")),
    responses(
        (status = 201, description = "Returns created locations", body = Vec<LocationView>),
        (status = 400, description = "Invalid Request", body = ErrorResponse),
        (status = 409, description = "A location below a parent has the code that was made already", body = ErrorResponse)
    )
)]
async fn generate_missing_children(
    State(app): State<App>,
    caller: Caller,
    Path(prison): Path<String>,
) -> Result<Answer, ApiError> {
    caller.require(&MAINTAIN_LOCATIONS_WRITE)?;
    let prison_id = prison_id(&prison)?;
    let created = non_residential::generate_missing_children(&app.services, caller.username(), prison_id).await?;
    Ok(Answer::created(created))
}
