//! The residential summary (03 section 11).

use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::answer::Answer;
use super::check::{PrisonIdParam, prison_id};
use super::permission::VIEW_LOCATIONS;
use super::reading::query;
use super::{ApiError, Caller, ErrorResponse, Path, Query};
use crate::app::App;
use crate::service::summary::{self, Below};
use crate::view::summary::SummaryView;

/// The routes of this area.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_residential_summary))
}

/// What the summary is about.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", default)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
struct SummaryQuery {
    /// Parent location ID
    #[serde(deserialize_with = "query::optional_id")]
    #[param(example = "de91dfa7-821f-4552-a427-bf2f32eafeb0")]
    parent_location_id: Option<Uuid>,
    /// Parent location path hierarchy, can be a Wing code, or landing code
    #[serde(deserialize_with = "query::optional_text")]
    #[param(example = "A-1")]
    parent_path_hierarchy: Option<String>,
    /// Accepted, and without effect: the last change of the parent always comes from its history (03 Q10)
    #[serde(deserialize_with = "query::boolean", rename = "latestHistory")]
    #[param(default = false, rename = "latestHistory")]
    _latest_history: bool,
}

/// Return locations for this prison below the parent location, is not provided - top level (w.g. WINGS)
///
/// Requires role VIEW_LOCATIONS
#[utoipa::path(
    get,
    path = "/locations/residential-summary/{prisonId}",
    operation_id = "getLocationForPrisonBelowParent",
    tag = "Locations",
    params(PrisonIdParam, SummaryQuery),
    responses(
        (status = 200, description = "Returns locations for this level", body = SummaryView),
        (status = 404, description = "Data not found", body = ErrorResponse)
    )
)]
async fn get_residential_summary(
    State(app): State<App>,
    caller: Caller,
    Path(prison): Path<String>,
    Query(query): Query<SummaryQuery>,
) -> Result<Answer, ApiError> {
    caller.require(&VIEW_LOCATIONS)?;
    let prison = prison_id(&prison)?;
    let below = match (query.parent_location_id, query.parent_path_hierarchy) {
        (Some(id), _) => Below::Id(id),
        (None, Some(path)) => Below::Path(path),
        (None, None) => Below::Prison,
    };
    Ok(Answer::ok(summary::residential_summary(&app.services, prison, below).await?))
}
