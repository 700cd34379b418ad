//! Where a location is: the locations from the top of the prison down to it (01 section 8.6).

use std::borrow::Cow;

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::location::shown_local_name;
use crate::domain::naming::format_local_name;
use crate::domain::reference::LocationType;
use crate::domain::tree::{Index, Tree};

/// Location hierarchy summary
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = LocationSummary)]
pub struct LocationSummaryView<'a> {
    /// ID of location
    pub id: Uuid,
    /// Prison ID where the location is situated
    pub prison_id: &'a str,
    /// Code of the location
    pub code: &'a str,
    /// Location type
    #[serde(rename = "type")]
    pub location_type: LocationType,
    /// Alternative description to display for location
    #[serde(skip_serializing_if = "Option::is_none")]
    pub local_name: Option<Cow<'a, str>>,
    /// Full path of the location within the prison
    pub path_hierarchy: &'a str,
    /// Current Level within hierarchy, starts at 1, e.g Wing = 1
    pub level: usize,
}

/// The ancestors of a location and the location itself, the highest first, with their names as stored or formatted.
pub fn hierarchy(tree: &Tree, i: Index, formatted: bool) -> Vec<LocationSummaryView<'_>> {
    let mut line: Vec<Index> = tree.self_and_ancestors(i).collect();
    line.reverse();
    let name = |name| if formatted { Cow::Owned(format_local_name(name)) } else { Cow::Borrowed(name) };
    line.into_iter()
        .enumerate()
        .map(|(above, l)| {
            let location = tree.get(l);
            LocationSummaryView {
                id: location.id,
                prison_id: &location.prison_id,
                code: &location.code,
                location_type: location.displayed_type(),
                local_name: shown_local_name(location).map(name),
                path_hierarchy: &location.path,
                level: above + 1,
            }
        })
        .collect()
}
