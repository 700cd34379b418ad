//! In-place conversion of kind and type by NOMIS (01 section 11.2, 02 section 10.1). Leaves no history but for usages,
//! and does not touch.

use std::collections::BTreeMap;

use super::non_residential::replace_usages;
use crate::domain::journal::Journal;
use crate::domain::location::Kind;
use crate::domain::reference::{LocationType, ResidentialHousingType};
use crate::domain::tree::{Index, Tree};

/// Gives the row the kind and type that the request means. Answers whether anything was converted.
pub fn convert_in_place(
    tree: &mut Tree,
    i: Index,
    journal: &mut Journal,
    housing_type: Option<ResidentialHousingType>,
    location_type: LocationType,
) -> bool {
    let found = tree.get(i).clone();
    let leaves_residential = housing_type.is_none() && found.kind.is_residential();
    let enters_residential = housing_type.filter(|_| found.kind == Kind::NonResidential);
    let changes_type = location_type != found.location_type;
    if leaves_residential {
        strip_cell(tree, i, found.kind);
        to_non_residential(tree, i);
    }
    if let Some(housing_type) = enters_residential {
        replace_usages(tree, i, journal, &BTreeMap::new());
        to_residential(tree, i, housing_type);
    }
    if changes_type {
        strip_cell(tree, i, found.kind);
        to_location_type(tree, i, location_type);
        if let (true, LocationType::Cell, Some(stored)) =
            (found.kind.is_residential(), location_type, found.housing_type)
        {
            to_residential(tree, i, stored);
        }
    }
    leaves_residential || enters_residential.is_some() || changes_type
}

/// Takes from a cell what only a cell can have.
fn strip_cell(tree: &mut Tree, i: Index, kind: Kind) {
    if kind != Kind::Cell {
        return;
    }
    let cell = tree.edit(i);
    cell.attributes.clear();
    cell.used_for.clear();
    cell.specialist_cell_types.clear();
    cell.capacity = None;
    cell.certified_cell = Some(false);
    cell.temporarily_off_cell_cert = Some(false);
}

fn to_non_residential(tree: &mut Tree, i: Index) {
    let location = tree.edit(i);
    location.housing_type = None;
    location.certified_cell = None;
    location.accommodation_type = None;
    location.kind = Kind::NonResidential;
}

/// "to residential" of 01 section 11.2; also used when a room-type location becomes a converted cell.
pub fn to_residential(tree: &mut Tree, i: Index, housing_type: ResidentialHousingType) {
    let location = tree.edit(i);
    let cell = location.location_type == LocationType::Cell;
    location.housing_type = Some(housing_type);
    location.accommodation_type = Some(housing_type.accommodation_type());
    location.certified_cell = Some(false);
    location.temporarily_off_cell_cert = cell.then_some(false);
    location.kind = Kind::of_new(true, location.location_type, &location.code);
}

/// "location type" of 01 section 11.2.
pub fn to_location_type(tree: &mut Tree, i: Index, location_type: LocationType) {
    let location = tree.edit(i);
    let residential = location.housing_type.is_some();
    location.location_type = location_type;
    location.certified_cell = Some(false);
    location.kind = Kind::of_new(residential, location_type, &location.code);
    location.temporarily_off_cell_cert = (location.kind == Kind::Cell).then_some(false);
}
