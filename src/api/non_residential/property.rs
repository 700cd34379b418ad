//! Property boxes and other places for prisoners' property (05 sections 8.6 and 14).

use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::body::{CreatePropertyBody, UpdatePropertyBody};
use crate::api::answer::Answer;
use crate::api::check::prison_id;
use crate::api::permission::{MANAGE_PROPERTY_LOCATIONS_WRITE, VIEW_LOCATIONS};
use crate::api::{ApiError, Body, Caller, ErrorResponse, Id, Path};
use crate::app::App;
use crate::service::non_residential;
use crate::view::non_residential::PropertyView;

/// The routes of this part.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_property_locations, create_property_location)).routes(routes!(
        get_property_location,
        update_property_location,
        remove_property_location
    ))
}

/// Return the leaf property storage locations, with capacity, for this prison
///
/// Returns every location that has a PROPERTY non-residential usage (any location type), leaf-only so aggregate parents
/// are not double-counted, each carrying the capacity of its PROPERTY usage. Requires role VIEW_LOCATIONS
#[utoipa::path(
    get,
    path = "/locations/prison/{prisonId}/property",
    operation_id = "getPropertyLocations",
    tag = "Non-residential functions",
    params(("prisonId" = String, Path, description = "Prison Id")),
    responses(
        (status = 200, description = "Returns property locations", body = Vec<PropertyView>),
        (status = 400, description = "Invalid Request", body = ErrorResponse)
    )
)]
async fn get_property_locations(
    State(app): State<App>,
    caller: Caller,
    Path(prison): Path<String>,
) -> Result<Answer, ApiError> {
    caller.require(&VIEW_LOCATIONS)?;
    Ok(Answer::ok(non_residential::property_list(&app.services, prison_id(&prison)?).await?))
}

/// Create a property storage location for a prison
///
/// Creates a top-level BOX location with an auto-generated code and a PROPERTY usage carrying the given capacity. Requires
/// role MANAGE_PROPERTY_LOCATIONS and write scope
#[utoipa::path(
    post,
    path = "/locations/prison/{prisonId}/property",
    operation_id = "createPropertyLocation",
    tag = "Non-residential functions",
    params(("prisonId" = String, Path, description = "Prison Id")),
    request_body = CreatePropertyBody,
    responses(
        (status = 201, description = "Returns the created property location", body = PropertyView),
        (status = 400, description = "Invalid Request", body = ErrorResponse),
        (status = 409, description = "A location with this name already exists in the prison", body = ErrorResponse)
    )
)]
async fn create_property_location(
    State(app): State<App>,
    caller: Caller,
    Path(prison): Path<String>,
    Body(body): Body<CreatePropertyBody>,
) -> Result<Answer, ApiError> {
    caller.require(&MANAGE_PROPERTY_LOCATIONS_WRITE)?;
    let (prison_id, who) = (prison_id(&prison)?, caller.username());
    let created =
        non_residential::create_property(&app.services, who, prison_id, &body.local_name, body.capacity).await?;
    Ok(Answer::created(created))
}

/// Return a single property storage location, with capacity, by id
///
/// Returns the property location if it can hold property (has a PROPERTY non-residential usage), otherwise 404. Lets
/// callers confirm a location can store property without knowing how that is modelled here. Requires role VIEW_LOCATIONS
#[utoipa::path(
    get,
    path = "/locations/property/{id}",
    operation_id = "getPropertyLocation",
    tag = "Non-residential functions",
    params(("id" = Uuid, Path, description = "The location Id")),
    responses(
        (status = 200, description = "Returns the property location", body = PropertyView),
        (status = 400, description = "Invalid Request", body = ErrorResponse),
        (status = 404, description = "Not found, or the location cannot store property", body = ErrorResponse)
    )
)]
async fn get_property_location(
    State(app): State<App>,
    caller: Caller,
    Path(Id(id)): Path<Id>,
) -> Result<Answer, ApiError> {
    caller.require(&VIEW_LOCATIONS)?;
    Ok(Answer::ok(non_residential::property_by_id(&app.services, id).await?))
}

/// Update a property storage location's name and/or capacity
///
/// Capacity stays on the PROPERTY usage so it continues to sync to NOMIS. Requires role MANAGE_PROPERTY_LOCATIONS and
/// write scope
#[utoipa::path(
    put,
    path = "/locations/property/{id}",
    operation_id = "updatePropertyLocation",
    tag = "Non-residential functions",
    params(("id" = Uuid, Path, description = "The location Id")),
    request_body = UpdatePropertyBody,
    responses(
        (status = 200, description = "Returns the updated property location", body = PropertyView),
        (status = 400, description = "Invalid Request", body = ErrorResponse),
        (status = 404, description = "Location not found", body = ErrorResponse),
        (status = 409, description = "A location with this name already exists in the prison", body = ErrorResponse)
    )
)]
async fn update_property_location(
    State(app): State<App>,
    caller: Caller,
    Path(Id(id)): Path<Id>,
    Body(body): Body<UpdatePropertyBody>,
) -> Result<Answer, ApiError> {
    caller.require(&MANAGE_PROPERTY_LOCATIONS_WRITE)?;
    Ok(Answer::ok(non_residential::update_property(&app.services, caller.username(), id, &body.into()).await?))
}

/// Remove the property designation from a location
///
/// Drops the location's PROPERTY usage so it can no longer store property (the location itself is not deleted). Reflected
/// to NOMIS as a removed usage. Requires role MANAGE_PROPERTY_LOCATIONS and write scope
#[utoipa::path(
    delete,
    path = "/locations/property/{id}",
    operation_id = "removePropertyLocation",
    tag = "Non-residential functions",
    params(("id" = Uuid, Path, description = "The location Id")),
    responses(
        (status = 200, description = "Returns the location the designation was removed from", body = PropertyView),
        (status = 400, description = "Invalid Request", body = ErrorResponse),
        (status = 404, description = "Location not found", body = ErrorResponse),
        (status = 409, description = "Location is permanently deactivated", body = ErrorResponse)
    )
)]
async fn remove_property_location(
    State(app): State<App>,
    caller: Caller,
    Path(Id(id)): Path<Id>,
) -> Result<Answer, ApiError> {
    caller.require(&MANAGE_PROPERTY_LOCATIONS_WRITE)?;
    Ok(Answer::ok(non_residential::remove_property(&app.services, caller.username(), id).await?))
}
