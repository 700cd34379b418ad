//! One location, by id or by key (03 section 6.1).

use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::answer::Answer;
use super::permission::VIEW_LOCATIONS;
use super::reading::query;
use super::{ApiError, Caller, ErrorResponse, Id, Path, Query};
use crate::app::App;
use crate::service::locations::{self, Include};
use crate::view::location::LocationView;

/// The routes of this area.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_location)).routes(routes!(get_location_by_key))
}

/// What of a location is asked for by id.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", default)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
struct ByIdQuery {
    /// Include location children
    #[serde(deserialize_with = "query::boolean")]
    #[param(default = false)]
    include_children: bool,
    /// Include location history
    #[serde(deserialize_with = "query::boolean")]
    #[param(default = false)]
    include_history: bool,
    /// Format the local name, e.g. with capitals at the start of each word
    #[serde(deserialize_with = "query::boolean")]
    #[param(default = false)]
    format_local_name: bool,
    /// Include the location's entry in the current cell certificate
    #[serde(deserialize_with = "query::boolean")]
    #[param(default = false)]
    include_current_certificate: bool,
}

/// Get location by ID
///
/// Requires role VIEW_LOCATIONS
#[utoipa::path(
    get,
    path = "/locations/{id}",
    operation_id = "getLocation_1",
    tag = "Locations",
    params(("id" = Uuid, Path, description = "The location Id"), ByIdQuery),
    responses(
        (status = 200, description = "Returns location", body = LocationView),
        (status = 400, description = "Invalid request", body = ErrorResponse),
        (status = 404, description = "Location not found", body = ErrorResponse)
    )
)]
async fn get_location(
    State(app): State<App>,
    caller: Caller,
    Path(Id(id)): Path<Id>,
    Query(query): Query<ByIdQuery>,
) -> Result<Answer, ApiError> {
    caller.require(&VIEW_LOCATIONS)?;
    let include = Include {
        children: query.include_children,
        history: query.include_history,
        current_certificate: query.include_current_certificate,
        formatted_local_name: query.format_local_name,
    };
    Ok(Answer::ok(locations::by_id(&app.services, id, include).await?))
}

/// What of a location is asked for by key.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", default)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
struct ByKeyQuery {
    /// Include location children
    #[serde(deserialize_with = "query::boolean")]
    #[param(default = false)]
    include_children: bool,
    /// Include location history
    #[serde(deserialize_with = "query::boolean")]
    #[param(default = false)]
    include_history: bool,
    /// Include the location's entry in the current cell certificate
    #[serde(deserialize_with = "query::boolean")]
    #[param(default = false)]
    include_current_certificate: bool,
}

/// Get location by key
///
/// Requires role VIEW_LOCATIONS
#[utoipa::path(
    get,
    path = "/locations/key/{key}",
    operation_id = "getLocationByKey",
    tag = "Locations",
    params(("key" = String, Path, description = "The location key, prison id and path"), ByKeyQuery),
    responses(
        (status = 200, description = "Returns location", body = LocationView),
        (status = 400, description = "Invalid request", body = ErrorResponse),
        (status = 404, description = "Location not found", body = ErrorResponse)
    )
)]
async fn get_location_by_key(
    State(app): State<App>,
    caller: Caller,
    Path(key): Path<String>,
    Query(query): Query<ByKeyQuery>,
) -> Result<Answer, ApiError> {
    caller.require(&VIEW_LOCATIONS)?;
    let include = Include {
        children: query.include_children,
        history: query.include_history,
        current_certificate: query.include_current_certificate,
        formatted_local_name: false,
    };
    Ok(Answer::ok(locations::by_key(&app.services, &key, include).await?))
}
