//! The residential hierarchy of a prison (03 section 10).

use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::answer::Answer;
use super::check::{PrisonIdParam, not_blank, prison_id};
use super::permission::VIEW_LOCATIONS;
use super::reading::query;
use super::{ApiError, Caller, ErrorResponse, Path, Query};
use crate::app::App;
use crate::service::hierarchy;
use crate::view::hierarchy::{HierarchyOptions, HierarchyView};

/// The routes of this area.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_hierarchy))
        .routes(routes!(get_hierarchy_below))
        .routes(routes!(get_first_level))
}

/// What of the hierarchy is asked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", default)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
struct HierarchyQuery {
    /// The maximum level to return, default is all if not defined.  Most APIs will just need the first level so
    /// maxLevel=1
    #[serde(deserialize_with = "query::optional_integer")]
    #[param(example = 1)]
    max_level: Option<i32>,
    /// Include virtual locations such as CSWAP and RECP
    #[serde(deserialize_with = "query::boolean")]
    #[param(default = false)]
    include_virtual_locations: bool,
    /// Include temporarily inactive locations
    #[serde(deserialize_with = "query::boolean")]
    #[param(default = false)]
    include_inactive: bool,
}

impl From<HierarchyQuery> for HierarchyOptions {
    fn from(query: HierarchyQuery) -> Self {
        Self {
            max_level: query.max_level,
            virtual_locations: query.include_virtual_locations,
            inactive: query.include_inactive,
        }
    }
}

/// Return the entire hierarchy for this prison
///
/// Requires role VIEW_LOCATIONS
#[utoipa::path(
    get,
    path = "/locations/prison/{prisonId}/residential-hierarchy",
    operation_id = "getPrisonHierarchy",
    tag = "Locations",
    params(PrisonIdParam, HierarchyQuery),
    responses(
        (status = 200, description = "Returns hierarchy for this prison", body = Vec<HierarchyView>),
        (status = 404, description = "Data not found", body = ErrorResponse)
    )
)]
async fn get_hierarchy(
    State(app): State<App>,
    caller: Caller,
    Path(prison): Path<String>,
    Query(query): Query<HierarchyQuery>,
) -> Result<Answer, ApiError> {
    caller.require(&VIEW_LOCATIONS)?;
    Ok(Answer::ok(hierarchy::of_prison(&app.services, prison_id(&prison)?, query.into()).await?))
}

/// Return the hierarchy below the parent path specified for this prison
///
/// Requires role VIEW_LOCATIONS
#[utoipa::path(
    get,
    path = "/locations/prison/{prisonId}/residential-hierarchy/{parentPathHierarchy}",
    operation_id = "getPrisonHierarchyBelowLocation",
    tag = "Locations",
    params(
        PrisonIdParam,
        ("parentPathHierarchy" = String, Path, description = "Parent path", min_length = 1, example = "A-1"),
        HierarchyQuery
    ),
    responses(
        (
            status = 200, description = "Returns hierarchy for this prison below the path specified for this prison",
            body = Vec<HierarchyView>
        ),
        (status = 404, description = "Data not found", body = ErrorResponse)
    )
)]
async fn get_hierarchy_below(
    State(app): State<App>,
    caller: Caller,
    Path((prison, path)): Path<(String, String)>,
    Query(query): Query<HierarchyQuery>,
) -> Result<Answer, ApiError> {
    caller.require(&VIEW_LOCATIONS)?;
    let prison = prison_id(&prison)?;
    if let Some(blank) = not_blank("parentPathHierarchy", &path) {
        return Err(ApiError::bad_request(blank.to_string()));
    }
    Ok(Answer::ok(hierarchy::below(&app.services, prison, &path, query.into()).await?))
}

/// What of the first level is asked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", default)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
struct FirstLevelQuery {
    /// Include virtual locations such as CSWAP and RECP
    #[serde(deserialize_with = "query::boolean")]
    #[param(default = false)]
    include_virtual_locations: bool,
}

/// Return the entire hierarchy for this prison
///
/// Requires role VIEW_LOCATIONS
#[utoipa::path(
    get,
    path = "/locations/prison/{prisonId}/residential-first-level",
    operation_id = "getTopLevelResidentialLocations",
    tag = "Locations",
    params(PrisonIdParam, FirstLevelQuery),
    responses(
        (status = 200, description = "Returns hierarchy for this prison", body = Vec<HierarchyView>),
        (status = 404, description = "Data not found", body = ErrorResponse)
    )
)]
async fn get_first_level(
    State(app): State<App>,
    caller: Caller,
    Path(prison): Path<String>,
    Query(query): Query<FirstLevelQuery>,
) -> Result<Answer, ApiError> {
    caller.require(&VIEW_LOCATIONS)?;
    let options =
        HierarchyOptions { max_level: Some(1), virtual_locations: query.include_virtual_locations, inactive: false };
    Ok(Answer::ok(hierarchy::of_prison(&app.services, prison_id(&prison)?, options).await?))
}
