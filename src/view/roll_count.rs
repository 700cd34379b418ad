//! The roll count of a prison or of a location, and prisoners by cell (07 section 7).

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::breadcrumb::{BreadcrumbView, breadcrumbs};
use crate::domain::naming::{capitalise, format_local_name, natural_order};
use crate::domain::prisoner::Prisoner;
use crate::domain::reference::{DeactivatedReason, LocationType, ShownStatus};
use crate::domain::roll_count::{Population, Roll, RollCount, children, is_leaf};
use crate::domain::tree::{Index, Tree};

/// Summary of cell usage for this level
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = LocationRollCount)]
pub struct RollCountView {
    /// Beds in use
    pub beds_in_use: i32,
    /// Currently In Cell
    pub currently_in_cell: i32,
    /// Currently Out
    pub currently_out: i32,
    /// Working Capacity
    pub working_capacity: i32,
    /// Net Vacancies
    pub net_vacancies: i32,
    /// Out of order cells
    pub out_of_order: i32,
    /// Number of cells that are overcrowded
    pub cells_overcrowded: i32,
    /// Prisoners above what the cells are certified for
    pub total_overcrowded: i32,
}

impl From<RollCount> for RollCountView {
    fn from(count: RollCount) -> Self {
        Self {
            beds_in_use: count.beds_in_use,
            currently_in_cell: count.currently_in_cell,
            currently_out: count.currently_out,
            working_capacity: count.working_capacity,
            net_vacancies: count.net_vacancies,
            out_of_order: count.out_of_order,
            cells_overcrowded: count.cells_overcrowded,
            total_overcrowded: count.total_overcrowded,
        }
    }
}

/// Residential location roll count
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ResidentialLocationRollCount)]
pub struct LocationRollView<'a> {
    /// Location key
    pub key: String,
    /// Location id
    pub location_id: Uuid,
    /// Location type
    pub location_type: LocationType,
    /// Location code
    pub location_code: &'a str,
    /// Full path of the location
    pub full_location_path: &'a str,
    /// Local name
    pub local_name: Cow<'a, str>,
    /// Whether any cell below is certified
    pub certified: bool,
    /// In the schema of the live service, and never given
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deactivated_reason: Option<DeactivatedReason>,
    /// Whether there are more prisoners than it is certified for
    pub overcrowded: bool,
    /// How many more
    pub overcrowded_by: i32,
    /// Its numbers
    pub roll_count: RollCountView,
    /// What is below it
    #[schema(no_recursion)]
    pub sub_locations: Vec<LocationRollView<'a>>,
}

/// Establishment Roll Count
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PrisonRollCount)]
#[expect(missing_docs, reason = "the fields are described in 07 section 7.3")]
pub struct PrisonRollView<'a> {
    pub prison_id: &'a str,
    pub num_unlock_roll_today: i32,
    pub num_current_population: i32,
    pub num_arrived_today: i32,
    pub num_in_reception: i32,
    pub num_still_to_arrive: i32,
    pub num_out_today: i32,
    pub num_no_cell_allocated: i32,
    pub num_overnights: i32,
    pub totals: RollCountView,
    pub locations: Vec<LocationRollView<'a>>,
}

/// Roll count of the cells below a location
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PrisonCellRollCount)]
pub struct CellsRollView<'a> {
    /// From the top of the prison down to the location
    pub location_hierarchy: Vec<BreadcrumbView<'a>>,
    /// Numbers of the location
    pub totals: RollCountView,
    /// The location with what is below it, if it is active
    pub locations: Vec<LocationRollView<'a>>,
}

/// How many prisoners moved today.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MovementsToday {
    /// Came in.
    pub arrived: i32,
    /// Went out.
    pub left: i32,
    /// Are on their way.
    pub en_route: i32,
    /// Went out more than once.
    pub double: i32,
}

/// The roll count of a prison, whose top locations these are.
pub fn prison_roll<'a>(
    prison_id: &'a str,
    tree: &'a Tree,
    tops: &[Index],
    roll: &Roll<'_>,
    (population, movements): (Population, MovementsToday),
    include_cells: bool,
) -> PrisonRollView<'a> {
    PrisonRollView {
        prison_id,
        num_unlock_roll_today: population.current - movements.arrived + movements.left - movements.double,
        num_current_population: population.current,
        num_arrived_today: movements.arrived,
        num_in_reception: population.in_reception,
        num_still_to_arrive: movements.en_route,
        num_out_today: movements.left,
        num_no_cell_allocated: population.no_cell_allocated,
        num_overnights: population.overnights,
        totals: roll.totals(tree, tops).into(),
        locations: locations(tree, tops, roll, include_cells),
    }
}

/// The roll count of one location and everything below it.
pub fn cells_roll<'a>(tree: &'a Tree, i: Index, roll: &Roll<'_>) -> CellsRollView<'a> {
    CellsRollView {
        location_hierarchy: breadcrumbs(tree, i, false),
        totals: roll.totals(tree, &[i]).into(),
        locations: locations(tree, &[i], roll, true),
    }
}

/// The nodes of these locations that are active and nothing else, by name (07 section 7.4 rules 4 and 5).
fn locations<'a>(tree: &'a Tree, of: &[Index], roll: &Roll<'_>, include_cells: bool) -> Vec<LocationRollView<'a>> {
    let shown = |i: &&Index| tree.shown_status(**i) == ShownStatus::Active && (include_cells || !is_leaf(tree, **i));
    let mut nodes: Vec<LocationRollView<'a>> =
        of.iter().filter(shown).map(|i| node(tree, *i, roll, include_cells)).collect();
    nodes.sort_by(|a, b| natural_order(&capitalise(&a.local_name), &capitalise(&b.local_name)));
    nodes
}

fn node<'a>(tree: &'a Tree, i: Index, roll: &Roll<'_>, include_cells: bool) -> LocationRollView<'a> {
    let location = tree.get(i);
    let count = roll.count(tree, i);
    let local_name = if location.is_true_cell() {
        Cow::Borrowed(location.code.as_str())
    } else {
        Cow::Owned(format_local_name(location.local_name.as_deref().unwrap_or(&location.code)))
    };
    LocationRollView {
        key: location.key(),
        location_id: location.id,
        location_type: location.displayed_type(),
        location_code: &location.code,
        full_location_path: &location.path,
        local_name,
        certified: tree.is_certified(i),
        deactivated_reason: None,
        overcrowded: count.total_overcrowded > 0,
        overcrowded_by: count.total_overcrowded,
        roll_count: count.into(),
        sub_locations: locations(tree, &children(tree, i), roll, include_cells),
    }
}

/// Prisoners in a cell
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PrisonerLocation)]
pub struct PrisonersInCellView<'a> {
    /// Path of the cell
    pub cell_location: &'a str,
    /// Who is there
    pub prisoners: Vec<&'a Prisoner>,
}

/// The prisoners by cell, cells in plain order; those without a cell are left out (07 section 7.2).
pub fn prisoners_by_cell(prisoners: &[Prisoner]) -> Vec<PrisonersInCellView<'_>> {
    let mut by_cell: BTreeMap<&str, Vec<&Prisoner>> = BTreeMap::new();
    for prisoner in prisoners {
        if let Some(cell) = prisoner.cell_location.as_deref() {
            by_cell.entry(cell).or_default().push(prisoner);
        }
    }
    by_cell.into_iter().map(|(cell_location, prisoners)| PrisonersInCellView { cell_location, prisoners }).collect()
}
