//! Which non-residential locations a list shows, and in which order (05 sections 8 and 9).

use std::collections::{BTreeSet, HashSet};

use crate::domain::reference::{LocationStatus, LocationType, ServiceFamilyType, ServiceType};
use crate::domain::tree::{Index, Tree};

/// The code of "returned to unit", a pseudo-location that most lists leave out.
pub const RETURN_TO_UNIT: &str = "RTU";

/// Drops every location that has one of the candidates below it, at any depth. The candidates are not asked whether they
/// are shown: an inactive one still knocks out what is above it (05 section 8.4 step 3).
pub fn without_parents(tree: &Tree, candidates: &[Index]) -> Vec<Index> {
    let above: HashSet<Index> = candidates.iter().flat_map(|i| tree.ancestors(*i)).collect();
    candidates.iter().copied().filter(|i| !above.contains(i)).collect()
}

/// Whether a location is "returned to unit".
pub fn is_return_to_unit(tree: &Tree, i: Index) -> bool {
    tree.get(i).code == RETURN_TO_UNIT
}

/// Sorts by a text in ordinal order of UTF-16 units, missing ones first; equal ones stay as they are (05 section 8).
pub fn sort_by_text<'a>(list: &mut [Index], text: impl Fn(Index) -> Option<std::borrow::Cow<'a, str>>) {
    list.sort_by_cached_key(|i| text(*i).map(|text| text.encode_utf16().collect::<Vec<u16>>()));
}

/// What the paged list is filtered by; all rules hold together (05 section 9).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    /// Stored statuses that are shown; none for any. What is hidden from the list counts as archived here.
    pub statuses: Option<Vec<LocationStatus>>,
    /// Part of the name, in any letter case.
    pub local_name: Option<String>,
    /// Leaves only.
    pub leaves_only: bool,
    /// Shows locations that are for property and nothing else.
    pub include_property: bool,
    /// Types that are shown; empty for any.
    pub location_types: Vec<LocationType>,
    /// Services of which a location has one; empty for any location.
    pub services: BTreeSet<ServiceType>,
}

/// What families and single services ask for together: the services of which a location must have one, and whether only
/// leaves are sought, which is so when families are asked for and none of them can be edited in a parent. Single services
/// have no say in that (05 section 9).
pub fn services_asked(families: &[ServiceFamilyType], services: &[ServiceType]) -> (BTreeSet<ServiceType>, bool) {
    let of_families = families.iter().flat_map(|family| family.services());
    let leaves_only = !families.is_empty() && families.iter().all(|family| !family.editable_in_parent());
    (of_families.chain(services.iter().copied()).collect(), leaves_only)
}
