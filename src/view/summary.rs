//! The residential summary: one level of a prison (03 section 11).

use serde::Serialize;
use strum::VariantArray;
use utoipa::ToSchema;

use super::breadcrumb::{BreadcrumbView, breadcrumbs};
use super::certificate::CertificateView;
use super::location::{LocationView, ShowOptions, location_view};
use crate::domain::certificate::CertificateLocation;
use crate::domain::history::History;
use crate::domain::naming::{capitalise, sort_naturally};
use crate::domain::reference::{LocationType, StructuralType, parse_constants};
use crate::domain::tree::{Index, Tree};

/// Residential Summary
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ResidentialSummary)]
pub struct SummaryView<'a> {
    /// Prison summary for top level view
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prison_summary: Option<PrisonSummaryView<'a>>,
    /// The top level type of locations
    #[schema(example = "Wings")]
    pub top_level_location_type: String,
    /// The description of the type of sub locations most common
    #[schema(required = false, nullable, examples("Wings", "Landings", "Spurs", "Cells"))]
    pub sub_location_name: String,
    /// The structure of the wing
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wing_structure: Option<Vec<StructuralType>>,
    /// Parent locations, top to bottom
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location_hierarchy: Option<Vec<BreadcrumbView<'a>>>,
    /// The current parent location (e.g Wing or Landing) details
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_location: Option<LocationView<'a>>,
    /// All residential locations under this parent
    pub sub_locations: Vec<LocationView<'a>>,
}

/// Prison Summary Information
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PrisonSummary)]
pub struct PrisonSummaryView<'a> {
    /// Prison name
    pub prison_name: &'a str,
    /// Prison working capacity
    pub working_capacity: i32,
    /// Prison signed operational capacity
    pub signed_operational_capacity: i32,
    /// Prison max capacity
    pub max_capacity: i32,
    /// Total number of non-structural locations  e.g. cells and rooms
    #[schema(value_type = i32)]
    pub number_of_cell_locations: usize,
    /// Current approved certificate
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current_certificate: Option<CertificateView<'a>>,
}

/// What is known of a prison as a whole.
#[derive(Clone, Debug)]
pub struct PrisonFacts<'a> {
    /// Its name in the prison register.
    pub name: &'a str,
    /// Its signed operational capacity, persons.
    pub signed_operational_capacity: i32,
    /// Its current cell certificate, without locations.
    pub current_certificate: Option<CertificateView<'a>>,
}

/// The word for the top level where nothing says another.
const TOP_LEVEL: &str = "Wings";

/// The summary of a whole prison: its residential locations at the top.
pub fn prison_summary<'a>(tree: &'a Tree, prison_id: &str, facts: PrisonFacts<'a>) -> SummaryView<'a> {
    let top = tree.indexes().filter(|i| tree.get(*i).parent_id.is_none());
    let sub_locations = sub_locations(tree, prison_id, top);
    let capacities = || sub_locations.iter().filter_map(|l| l.capacity);
    let prison = PrisonSummaryView {
        prison_name: facts.name,
        working_capacity: capacities().map(|c| c.working_capacity).sum(),
        signed_operational_capacity: facts.signed_operational_capacity,
        max_capacity: capacities().map(|c| c.max_capacity).sum(),
        number_of_cell_locations: sub_locations.iter().filter_map(|l| l.number_of_cell_locations).sum(),
        current_certificate: facts.current_certificate,
    };
    SummaryView {
        prison_summary: Some(prison),
        top_level_location_type: TOP_LEVEL.to_owned(),
        sub_location_name: most_frequent_type(&sub_locations).unwrap_or_else(|| TOP_LEVEL.to_owned()),
        wing_structure: None,
        location_hierarchy: None,
        parent_location: None,
        sub_locations,
    }
}

/// The summary of what is below one residential location, of whatever prison; the locations below are those of the
/// prison that was asked for (03 Q9).
pub fn location_summary<'a>(
    tree: &'a Tree,
    prison_id: &str,
    parent: Index,
    history: &'a History,
    certificate: Option<&'a CertificateLocation>,
) -> SummaryView<'a> {
    let sub_locations = sub_locations(tree, prison_id, tree.children(parent).iter().copied());
    let structure = structure(tree, parent);
    let own_type = tree.get(parent).location_type;
    let show = ShowOptions {
        count_inactive_cells: true,
        count_cells: true,
        last_modified_from: Some(history),
        certificate,
        ..ShowOptions::default()
    };
    let hierarchy = breadcrumbs(tree, parent, false);
    let top_level = hierarchy.first().map_or_else(|| TOP_LEVEL.to_owned(), |top| top.location_type.plural());
    let sub_location_name =
        most_frequent_type(&sub_locations).unwrap_or_else(|| next_level_name(structure.as_deref(), own_type));
    SummaryView {
        prison_summary: None,
        top_level_location_type: top_level,
        sub_location_name,
        wing_structure: structure,
        location_hierarchy: Some(hierarchy),
        parent_location: Some(location_view(tree, parent, &show)),
        sub_locations,
    }
}

/// The residential locations of a prison among these that a summary shows, in natural order.
fn sub_locations<'a>(tree: &'a Tree, prison_id: &str, locations: impl Iterator<Item = Index>) -> Vec<LocationView<'a>> {
    let shown = |i: &Index| {
        let location = tree.get(*i);
        location.kind.is_residential()
            && location.prison_id == prison_id
            && location.location_type.shown_on_summary()
            && !tree.is_archived(*i)
    };
    let show = ShowOptions { count_inactive_cells: true, count_cells: true, ..ShowOptions::default() };
    let mut views: Vec<LocationView<'a>> = locations.filter(shown).map(|i| location_view(tree, i, &show)).collect();
    sort_naturally(&mut views, sort_name);
    views
}

/// The sort name of a location as it is shown (03 section 3).
pub fn sort_name(view: &LocationView<'_>) -> String {
    view.local_name.as_deref().map_or_else(|| view.path_hierarchy.to_owned(), capitalise)
}

/// The plural of the type that most locations have, the one met first on a tie.
fn most_frequent_type(locations: &[LocationView<'_>]) -> Option<String> {
    let mut counts: Vec<(LocationType, usize)> = Vec::new();
    for location in locations {
        match counts.iter_mut().find(|(t, _)| *t == location.location_type) {
            Some((_, count)) => *count += 1,
            None => counts.push((location.location_type, 1)),
        }
    }
    let most = counts.into_iter().reduce(|best, other| if other.1 > best.1 { other } else { best })?;
    Some(most.0.plural())
}

/// The wing structure of the highest location up the residential line.
fn structure(tree: &Tree, i: Index) -> Option<Vec<StructuralType>> {
    let top = tree.residential_line(i).last().unwrap_or(i);
    parse_constants(tree.get(top).residential_structure.as_deref()?).ok()
}

/// What the level below is called where there is nothing yet.
fn next_level_name(structure: Option<&[StructuralType]>, own: LocationType) -> String {
    let by_default = || {
        let level = StructuralType::VARIANTS.iter().find(|level| level.location_type() == own)?;
        level.default_next_level()
    };
    let next = structure.and_then(|structure| StructuralType::next_level(structure, own)).or_else(by_default);
    next.map_or(TOP_LEVEL, StructuralType::plural).to_owned()
}
