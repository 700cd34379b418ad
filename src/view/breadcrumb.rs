//! The way from the top of a prison down to a location (01 section 8.6).

use std::borrow::Cow;

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::location::shown_local_name;
use crate::domain::naming::format_local_name;
use crate::domain::reference::LocationType;
use crate::domain::tree::{Index, Tree};

/// Location Hierarchy Summary
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = LocationSummary)]
pub struct BreadcrumbView<'a> {
    /// ID of location
    #[schema(example = "c73e8ad1-191b-42b8-bfce-2550cc858dab")]
    pub id: Uuid,
    /// Prison ID where the location is situated
    #[schema(example = "MDI", min_length = 3, max_length = 5, pattern = "^[A-Z]{2}I|ZZGHI$")]
    pub prison_id: &'a str,
    /// Code of the location
    #[schema(example = "001")]
    pub code: &'a str,
    /// Location type
    #[serde(rename = "type")]
    #[schema(example = "WING")]
    pub location_type: LocationType,
    /// Alternative description to display for location
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Wing A")]
    pub local_name: Option<Cow<'a, str>>,
    /// Full path of the location within the prison
    #[schema(example = "A-1-001")]
    pub path_hierarchy: &'a str,
    /// Current Level within hierarchy, starts at 1, e.g Wing = 1
    #[schema(value_type = i32, examples(1, 2, 3))]
    pub level: usize,
}

/// The breadcrumbs of a location: its ancestors from the top, then the location itself; names as stored or formatted.
pub fn breadcrumbs(tree: &Tree, i: Index, formatted: bool) -> Vec<BreadcrumbView<'_>> {
    let mut line: Vec<Index> = tree.self_and_ancestors(i).collect();
    line.reverse();
    let name = |name| if formatted { Cow::Owned(format_local_name(name)) } else { Cow::Borrowed(name) };
    let breadcrumb = |(above, i): (usize, Index)| {
        let location = tree.get(i);
        BreadcrumbView {
            id: location.id,
            prison_id: &location.prison_id,
            code: &location.code,
            location_type: location.displayed_type(),
            local_name: shown_local_name(location).map(name),
            path_hierarchy: &location.path,
            level: above + 1,
        }
    };
    line.into_iter().enumerate().map(breadcrumb).collect()
}
