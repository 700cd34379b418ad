//! The paged list of a prison's non-residential locations (05 section 9).

use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::answer::Answer;
use crate::api::check::prison_id;
use crate::api::paging::{page_number, page_size, sort_criteria};
use crate::api::permission::VIEW_LOCATIONS;
use crate::api::reading::query;
use crate::api::{ApiError, Caller, ErrorResponse, Path, Query};
use crate::app::App;
use crate::domain::non_residential::list::{Filter, services_asked};
use crate::domain::page::PageRequest;
use crate::domain::reference::{LocationStatus, NonResidentialLocationType, ServiceFamilyType, ServiceType};
use crate::service::non_residential;
use crate::view::non_residential::NonResidentialSummaryView;

/// The routes of this part.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_paginated_non_residential_list))
}

/// Entries on a page when the request does not say.
const DEFAULT_SIZE: i64 = 100;
/// The most entries on a page, whatever the request says.
const LARGEST_SIZE: i64 = 2000;
/// The statuses that are shown when the request does not say.
const DEFAULT_STATUSES: [LocationStatus; 2] = [LocationStatus::Active, LocationStatus::Inactive];

/// What of the list is asked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", default)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
struct SummaryQuery {
    /// Filter by given statuses
    #[serde(deserialize_with = "query::optional_constants")]
    #[param(value_type = Option<Vec<LocationStatus>>)]
    status: Option<Vec<LocationStatus>>,
    /// Filter by the local name
    #[serde(deserialize_with = "query::optional_text")]
    #[param(value_type = Option<String>)]
    local_name: Option<String>,
    /// Filter parent locations
    #[serde(deserialize_with = "query::boolean")]
    #[param(default = false)]
    filter_parents: bool,
    /// Include property-only locations
    #[serde(deserialize_with = "query::boolean")]
    #[param(default = false)]
    include_property: bool,
    /// Filter by given types
    #[serde(deserialize_with = "query::constants")]
    #[param(value_type = Option<Vec<NonResidentialLocationType>>)]
    location_type: Vec<NonResidentialLocationType>,
    /// Filter by service family
    #[serde(deserialize_with = "query::constants")]
    #[param(value_type = Option<Vec<ServiceFamilyType>>)]
    service_family_type: Vec<ServiceFamilyType>,
    /// Filter by service type. More granular than serviceFamilyType - filters to individual services. If both serviceType
    /// and serviceFamilyType are supplied, the two are combined (union).
    #[serde(deserialize_with = "query::constants")]
    #[param(value_type = Option<Vec<ServiceType>>)]
    service_type: Vec<ServiceType>,
    /// Zero-based page index (0..N)
    #[serde(deserialize_with = "query::optional_text")]
    #[param(value_type = Option<i32>, default = 0, minimum = 0)]
    page: Option<String>,
    /// The size of the page to be returned
    #[serde(deserialize_with = "query::optional_text")]
    #[param(value_type = Option<i32>, default = 100, minimum = 1)]
    size: Option<String>,
    /// Sorting criteria in the format: property,(asc|desc). Default sort order is ascending. Multiple sort criteria are
    /// supported.
    #[serde(deserialize_with = "query::texts")]
    #[param(value_type = Option<Vec<String>>, default = json!(["localName,ASC"]))]
    sort: Vec<String>,
}

impl SummaryQuery {
    fn page_request(&self) -> PageRequest {
        PageRequest {
            page: page_number(self.page.as_deref()),
            size: page_size(self.size.as_deref()).unwrap_or(DEFAULT_SIZE).min(LARGEST_SIZE),
            sort: sort_criteria(&self.sort),
        }
    }

    fn filter(self) -> Filter {
        let (services, leaves_only) = services_asked(&self.service_family_type, &self.service_type);
        let statuses = self.status.unwrap_or_else(|| DEFAULT_STATUSES.to_vec());
        Filter {
            statuses: Some(statuses).filter(|statuses| !statuses.is_empty()),
            local_name: self.local_name.map(|name| name.trim().to_owned()),
            leaves_only: self.filter_parents || leaves_only,
            include_property: self.include_property,
            location_types: self.location_type.iter().map(|asked| asked.location_type()).collect(),
            services,
        }
    }
}

/// Get a paged list of non-residential locations for a prison (excluding RTU and property-only locations)
///
/// Requires role VIEW_LOCATIONS
#[utoipa::path(
    get,
    path = "/locations/non-residential/summary/{prisonId}",
    operation_id = "getPaginatedNonResidentialList",
    tag = "Non-residential functions",
    params(("prisonId" = String, Path, description = "Prison Id"), SummaryQuery),
    responses(
        (status = 200, description = "Returns a paged list of non-residential locations for a prison", body = NonResidentialSummaryView),
        (status = 400, description = "When input parameters are not valid", body = ErrorResponse)
    )
)]
async fn get_paginated_non_residential_list(
    State(app): State<App>,
    caller: Caller,
    Path(prison): Path<String>,
    Query(query): Query<SummaryQuery>,
) -> Result<Answer, ApiError> {
    caller.require(&VIEW_LOCATIONS)?;
    let prison_id = prison_id(&prison)?;
    let request = query.page_request();
    Ok(Answer::ok(non_residential::summary(&app.services, prison_id, &query.filter(), &request).await?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::extract::read_query;

    fn filter(query: &str) -> Filter {
        read_query::<SummaryQuery>(query).unwrap().filter()
    }

    #[test]
    fn statuses_default_and_can_be_waived() {
        assert_eq!(filter("").statuses, Some(DEFAULT_STATUSES.to_vec()));
        assert_eq!(filter("status=").statuses, None);
        let archived_and_drafts = Some(vec![LocationStatus::Archived, LocationStatus::Draft]);
        assert_eq!(filter("status=ARCHIVED,DRAFT").statuses, archived_and_drafts);
        assert_eq!(filter("status=ARCHIVED&status=DRAFT").statuses, archived_and_drafts);
        assert!(read_query::<SummaryQuery>("status=archived").is_err());
    }

    #[test]
    fn leaves_only_when_no_family_can_be_edited_in_a_parent() {
        for (query, leaves_only) in [
            ("", false),
            ("filterParents=true", true),
            ("serviceFamilyType=USE_OF_FORCE", true),
            ("serviceFamilyType=USE_OF_FORCE&serviceFamilyType=ADJUDICATIONS", true),
            ("serviceFamilyType=USE_OF_FORCE,VIDEO_LINK_APPOINTMENTS", false),
            ("serviceFamilyType=ACTIVITIES_APPOINTMENTS&filterParents=true", true),
            ("serviceType=USE_OF_FORCE", false),
            ("serviceFamilyType=USE_OF_FORCE&serviceType=VIDEO_LINK", true),
        ] {
            assert_eq!(filter(query).leaves_only, leaves_only, "{query}");
        }
    }

    #[test]
    fn services_of_families_and_single_ones_are_united() {
        let services = filter("serviceFamilyType=VIDEO_LINK_APPOINTMENTS&serviceType=USE_OF_FORCE,VIDEO_LINK").services;
        let expected = [ServiceType::VideoLink, ServiceType::UseOfForce, ServiceType::VideoEnabled];
        assert!(services.iter().eq(&expected), "{services:?}");
    }

    #[test]
    fn sizes_are_cut_and_names_trimmed() {
        let size = |query: &str| read_query::<SummaryQuery>(query).unwrap().page_request().size;
        for (query, expected) in
            [("", 100), ("size=x", 100), ("size=0", 100), ("size=-1", 100), ("size=1", 1), ("size=2001", 2000)]
        {
            assert_eq!(size(query), expected, "{query}");
        }
        assert_eq!(filter("localName=%20room%20").local_name.as_deref(), Some("room"));
        assert_eq!(filter("localName=%20").local_name.as_deref(), Some(""));
        assert_eq!(filter("").local_name, None);
    }
}
