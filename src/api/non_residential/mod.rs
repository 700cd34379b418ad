//! Non-residential locations and the property boxes in them (chapter 05).

pub mod body;
mod property;
mod summary;
mod write;

use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use self::body::IdsBody;
use super::answer::Answer;
use super::check::{parameter_length, path_constant, prison_id};
use super::permission::VIEW_LOCATIONS;
use super::reading::query;
use super::{ApiError, Body, Caller, ErrorResponse, Id, Path, Query};
use crate::app::App;
use crate::domain::reference::{NonResidentialUsageType, ServiceType};
use crate::service::non_residential::{self, ListOptions};
use crate::view::location::LocationView;
use crate::view::non_residential::NonResidentialView;

/// The routes of this area.
#[expect(deprecated, reason = "deprecated for callers, and served all the same")]
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_non_residential_location))
        .routes(routes!(get_non_residential_locations_by_ids))
        .routes(routes!(find_locations_by_local_name))
        .routes(routes!(get_by_prison_and_service_type))
        .routes(routes!(get_locations_by_prison_with_usage_types))
        .routes(routes!(get_locations_by_prison_and_usage_type))
        .routes(routes!(get_non_residential_locations_for_prison))
        .merge(summary::routes())
        .merge(write::routes())
        .merge(property::routes())
}

/// The longest local name that can be looked up (05 section 18 quirk 21).
const LONGEST_NAME_LOOKED_UP: usize = 40;

/// Returns non-residential information for this ID
///
/// Requires role VIEW_LOCATIONS
#[utoipa::path(
    get,
    path = "/locations/non-residential/{id}",
    operation_id = "getNonResidentialLocation",
    tag = "Non-residential functions",
    params(("id" = Uuid, Path, description = "The location Id")),
    responses(
        (status = 200, description = "Returns location", body = NonResidentialView),
        (status = 400, description = "Invalid Request", body = ErrorResponse),
        (status = 404, description = "Data not found", body = ErrorResponse)
    )
)]
async fn get_non_residential_location(
    State(app): State<App>,
    caller: Caller,
    Path(Id(id)): Path<Id>,
) -> Result<Answer, ApiError> {
    caller.require(&VIEW_LOCATIONS)?;
    Ok(Answer::ok(non_residential::by_id(&app.services, id).await?))
}

/// Returns non-residential location information for the supplied ids in one call
///
/// Resolves several locations at once. Only ids that are non-residential locations are returned; residential or unknown
/// ids are silently omitted. Requires role VIEW_LOCATIONS
#[utoipa::path(
    post,
    path = "/locations/non-residential/batch",
    operation_id = "getNonResidentialLocationsByIds",
    tag = "Non-residential functions",
    request_body = Vec<Uuid>,
    responses(
        (status = 200, description = "Returns the matching non-residential locations", body = Vec<NonResidentialView>),
        (status = 400, description = "Invalid Request", body = ErrorResponse)
    )
)]
async fn get_non_residential_locations_by_ids(
    State(app): State<App>,
    caller: Caller,
    Body(IdsBody(ids)): Body<IdsBody>,
) -> Result<Answer, ApiError> {
    caller.require(&VIEW_LOCATIONS)?;
    Ok(Answer::ok(non_residential::by_ids(&app.services, &ids).await?))
}

/// Finds any non-residential location matching the local name for a given prison
///
/// Requires role VIEW_LOCATIONS
#[utoipa::path(
    get,
    path = "/locations/non-residential/prison/{prisonId}/local-name/{localName}",
    operation_id = "findLocationsByLocalName",
    tag = "Non-residential functions",
    params(
        ("prisonId" = String, Path, description = "Prison ID where the location is situated"),
        ("localName" = String, Path, description = "Alternative description to display for location")
    ),
    responses(
        (status = 200, description = "Returns locations matching local name", body = Vec<LocationView>),
        (status = 400, description = "Invalid Request", body = ErrorResponse),
        (status = 404, description = "No non-residential location not found with that localName", body = ErrorResponse)
    )
)]
async fn find_locations_by_local_name(
    State(app): State<App>,
    caller: Caller,
    Path((prison, local_name)): Path<(String, String)>,
) -> Result<Answer, ApiError> {
    caller.require(&VIEW_LOCATIONS)?;
    let prison_id = prison_id(&prison)?;
    let local_name = parameter_length("localName", &local_name, 0..=LONGEST_NAME_LOOKED_UP)?;
    Ok(Answer::ok(non_residential::by_local_name(&app.services, prison_id, local_name).await?))
}

/// How a list is shown.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", default)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
struct ListQuery {
    /// Sort the list by local name
    #[serde(deserialize_with = "query::boolean")]
    #[param(default = false)]
    sort_by_local_name: bool,
    /// Format the local name, e.g. with capitals at the start of each word
    #[serde(deserialize_with = "query::boolean")]
    #[param(default = false)]
    format_local_name: bool,
    /// Leave out parents of other locations in the list
    #[serde(deserialize_with = "query::optional_boolean")]
    #[param(value_type = Option<bool>, default = true)]
    filter_parents: Option<bool>,
}

impl From<ListQuery> for ListOptions {
    fn from(query: ListQuery) -> Self {
        Self {
            sort_by_local_name: query.sort_by_local_name,
            format_local_name: query.format_local_name,
            filter_parents: query.filter_parents.unwrap_or(true),
        }
    }
}

/// Return non-residential locations by service for this prison
///
/// Requires role VIEW_LOCATIONS
#[utoipa::path(
    get,
    path = "/locations/non-residential/prison/{prisonId}/service/{serviceType}",
    operation_id = "getByPrisonAndServiceType",
    tag = "Non-residential functions",
    params(
        ("prisonId" = String, Path, description = "Prison Id"),
        ("serviceType" = ServiceType, Path, description = "Service"),
        ListQuery
    ),
    responses(
        (status = 200, description = "Returns non-residential locations", body = Vec<LocationView>),
        (status = 400, description = "Invalid Request", body = ErrorResponse)
    )
)]
async fn get_by_prison_and_service_type(
    State(app): State<App>,
    caller: Caller,
    Path((prison, service)): Path<(String, String)>,
    Query(query): Query<ListQuery>,
) -> Result<Answer, ApiError> {
    let service: ServiceType = path_constant("serviceType", &service)?;
    caller.require(&VIEW_LOCATIONS)?;
    let prison_id = prison_id(&prison)?;
    Ok(Answer::ok(non_residential::using_service(&app.services, prison_id, service, query.into()).await?))
}

/// Return non-residential locations by usage for this prison
///
/// Requires role VIEW_LOCATIONS
#[utoipa::path(
    get,
    path = "/locations/prison/{prisonId}/non-residential-usage-type",
    operation_id = "getLocationsByPrisonWithUsageTypes",
    tag = "Non-residential functions",
    params(("prisonId" = String, Path, description = "Prison Id"), ListQuery),
    responses(
        (status = 200, description = "Returns non-residential locations", body = Vec<LocationView>),
        (status = 400, description = "Invalid Request", body = ErrorResponse)
    )
)]
async fn get_locations_by_prison_with_usage_types(
    State(app): State<App>,
    caller: Caller,
    Path(prison): Path<String>,
    Query(query): Query<ListQuery>,
) -> Result<Answer, ApiError> {
    caller.require(&VIEW_LOCATIONS)?;
    let prison_id = prison_id(&prison)?;
    Ok(Answer::ok(non_residential::with_usage(&app.services, prison_id, None, query.into()).await?))
}

/// Return non-residential locations with a usage type for this prison
///
/// Kept for callers of an earlier release. Requires role VIEW_LOCATIONS
#[utoipa::path(
    get,
    path = "/locations/prison/{prisonId}/non-residential-usage-type/{usageType}",
    operation_id = "getLocationsByPrisonAndUsageType",
    tag = "Non-residential functions",
    params(
        ("prisonId" = String, Path, description = "Prison Id"),
        ("usageType" = NonResidentialUsageType, Path, description = "Usage type"),
        ListQuery
    ),
    responses(
        (status = 200, description = "Returns non-residential locations", body = Vec<LocationView>),
        (status = 400, description = "Invalid Request", body = ErrorResponse)
    )
)]
#[deprecated = "GET /locations/prison/{prisonId}/non-residential-usage-type"]
async fn get_locations_by_prison_and_usage_type(
    State(app): State<App>,
    caller: Caller,
    Path((prison, usage)): Path<(String, String)>,
    Query(query): Query<ListQuery>,
) -> Result<Answer, ApiError> {
    let usage: NonResidentialUsageType = path_constant("usageType", &usage)?;
    caller.require(&VIEW_LOCATIONS)?;
    let prison_id = prison_id(&prison)?;
    Ok(Answer::ok(non_residential::with_usage(&app.services, prison_id, Some(usage), query.into()).await?))
}

/// How the list of all active locations is shown.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", default)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
struct ActiveListQuery {
    /// Sort the list by local name
    #[serde(deserialize_with = "query::optional_boolean")]
    #[param(value_type = Option<bool>, default = true)]
    sort_by_local_name: Option<bool>,
    /// Format the local name, e.g. with capitals at the start of each word
    #[serde(deserialize_with = "query::optional_boolean")]
    #[param(value_type = Option<bool>, default = true)]
    format_local_name: Option<bool>,
}

/// Get a list of active non-residential locations for a prison (excluding RTU)
///
/// Requires role VIEW_LOCATIONS
#[utoipa::path(
    get,
    path = "/locations/prison/{prisonId}/non-residential",
    operation_id = "getNonResidentialLocationsForPrison",
    tag = "Non-residential functions",
    params(("prisonId" = String, Path, description = "Prison Id"), ActiveListQuery),
    responses(
        (status = 200, description = "Returns a list of non-residential locations for a prison", body = Vec<LocationView>),
        (status = 400, description = "Invalid Request", body = ErrorResponse),
        (status = 404, description = "Prison not found", body = ErrorResponse)
    )
)]
#[deprecated = "GET /locations/non-residential/summary/{prisonId}"]
async fn get_non_residential_locations_for_prison(
    State(app): State<App>,
    caller: Caller,
    Path(prison): Path<String>,
    Query(query): Query<ActiveListQuery>,
) -> Result<Answer, ApiError> {
    caller.require(&VIEW_LOCATIONS)?;
    let prison_id = prison_id(&prison)?;
    let (sort, format) = (query.sort_by_local_name.unwrap_or(true), query.format_local_name.unwrap_or(true));
    Ok(Answer::ok(non_residential::active_list(&app.services, prison_id, sort, format).await?))
}
