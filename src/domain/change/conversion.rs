//! A cell becomes a room, and a room a cell again (01 section 10.8).

use std::collections::BTreeSet;

use super::capacity::set_capacity;
use super::cell::{add_used_for, replace_specialist_types, set_accommodation_type, set_cell_mark, set_sanitation};
use super::deactivation::{certify, reactivate};
use crate::domain::journal::Journal;
use crate::domain::location::Capacity;
use crate::domain::reference::{
    AccommodationType, ConvertedCellType, LocationAttribute, SpecialistCellType, UsedForType,
};
use crate::domain::refusal::Refusal;
use crate::domain::tree::{Index, Tree};

const NONE: &str = "None";

/// Makes a cell a room: rows STATUS, CONVERTED_CELL_TYPE, LOCATION_TYPE, MAX_CAPACITY, WORKING_CAPACITY and
/// CERTIFICATION, all dated now; capacity, used-for and specialist types go, status and attributes stay. Touches.
pub fn convert_to_room(tree: &mut Tree, i: Index, journal: &mut Journal, room: ConvertedCellType, other: Option<&str>) {
    let status = tree.shown_status(i).label();
    let cell = tree.get(i);
    let number = |n: Option<i32>| n.map_or_else(|| NONE.to_owned(), |n| n.to_string());
    let old_room = room_text(cell.converted_cell_type, cell.other_converted_cell_type.as_deref());
    let new_room = room_text(Some(room), other);
    let own_type: &str = cell.location_type.into();
    let max = number(cell.capacity.map(|c| c.max));
    let working = number(cell.capacity.map(|c| c.working));
    let certified = if cell.certified_cell == Some(true) { "Certified" } else { "Uncertified" };
    for (attribute, old, new) in [
        (LocationAttribute::Status, Some(status), Some("Non-residential")),
        (LocationAttribute::ConvertedCellType, old_room.as_deref(), new_room.as_deref()),
        // Constants here, where other rows have labels (02 section 18 quirk 22).
        (LocationAttribute::LocationType, Some(own_type), Some("ROOM")),
        (LocationAttribute::MaxCapacity, Some(max.as_str()), Some(NONE)),
        (LocationAttribute::WorkingCapacity, Some(working.as_str()), Some(NONE)),
        (LocationAttribute::Certification, Some(certified), Some("Uncertified")),
    ] {
        journal.record(cell, attribute, old, new);
    }
    let (user, now) = (journal.user.clone(), journal.now);
    let cell = tree.edit(i);
    cell.converted_cell_type = Some(room);
    cell.other_converted_cell_type = other.filter(|_| room == ConvertedCellType::Other).map(str::to_owned);
    cell.capacity = None;
    cell.certified_cell = Some(false);
    cell.specialist_cell_types.clear();
    cell.used_for.clear();
    cell.touch(&user, now);
}

/// Gives a room another type. Row CONVERTED_CELL_TYPE. Touches.
pub fn set_room_type(tree: &mut Tree, i: Index, journal: &mut Journal, room: ConvertedCellType, other: Option<&str>) {
    let location = tree.get(i);
    let old = room_text(location.converted_cell_type, location.other_converted_cell_type.as_deref());
    let new = room_text(Some(room), other);
    journal.record(location, LocationAttribute::ConvertedCellType, old.as_deref(), new.as_deref());
    let (user, now) = (journal.user.clone(), journal.now);
    let location = tree.edit(i);
    location.converted_cell_type = Some(room);
    location.other_converted_cell_type = other.filter(|_| room == ConvertedCellType::Other).map(str::to_owned);
    location.touch(&user, now);
}

/// What a room becomes as a cell.
#[derive(Clone, Debug, PartialEq)]
pub struct NewCell {
    /// Its accommodation type.
    pub accommodation_type: AccommodationType,
    /// Its specialist cell types; none keeps what there is.
    pub specialist_cell_types: Option<BTreeSet<SpecialistCellType>>,
    /// Used-for types to add.
    pub used_for: BTreeSet<UsedForType>,
    /// Its capacity.
    pub capacity: Capacity,
    /// Its mark, if it gets one.
    pub cell_mark: Option<String>,
    /// Its sanitation, if it is said.
    pub in_cell_sanitation: Option<bool>,
}

/// Makes a room a cell again (01 section 10.8), and reactivates what is above it where that keeps it closed. The stored
/// status of the cell itself changes only with that. Touches.
///
/// # Errors
/// The capacity rules.
pub fn convert_to_cell(tree: &mut Tree, i: Index, journal: &mut Journal, cell: &NewCell) -> Result<(), Refusal> {
    let now = journal.now;
    let status = tree.shown_status(i).label();
    journal.record(tree.get(i), LocationAttribute::Status, Some(status), Some("Active"));
    let location = tree.edit(i);
    location.converted_cell_type = None;
    location.other_converted_cell_type = None;
    certify(tree, i, journal, now);
    set_accommodation_type(tree, i, journal, cell.accommodation_type);
    for used_for in &cell.used_for {
        add_used_for(tree, i, journal, *used_for);
    }
    if let Some(types) = &cell.specialist_cell_types {
        replace_specialist_types(tree, i, journal, types);
    }
    set_capacity(tree, i, journal, cell.capacity, now)?;
    if let Some(mark) = &cell.cell_mark {
        set_cell_mark(tree, i, journal, mark);
    }
    if let Some(sanitation) = cell.in_cell_sanitation {
        set_sanitation(tree, i, journal, sanitation);
    }
    if tree.is_blocked_by_parent(i) {
        reactivate(tree, i, journal);
    }
    let user = journal.user.clone();
    let location = tree.edit(i);
    location.housing_type = Some(cell.accommodation_type.housing_type());
    location.touch(&user, now);
    Ok(())
}

/// The text of a room type in a history row: its label, and the free text if there is one.
pub fn room_text(room: Option<ConvertedCellType>, other: Option<&str>) -> Option<String> {
    let label = room?.label();
    Some(match other.filter(|o| !o.is_empty()) {
        Some(other) => format!("{label} - {other}"),
        None => label.to_owned(),
    })
}
