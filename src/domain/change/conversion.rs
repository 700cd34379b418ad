//! A cell becomes a room (01 section 10.8).

use crate::domain::journal::Journal;
use crate::domain::reference::{ConvertedCellType, LocationAttribute};
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
    let max = number(cell.capacity.map(|c| c.max));
    let working = number(cell.capacity.map(|c| c.working));
    let certified = if cell.certified_cell == Some(true) { "Certified" } else { "Uncertified" };
    for (attribute, old, new) in [
        (LocationAttribute::Status, Some(status), Some("Non-residential")),
        (LocationAttribute::ConvertedCellType, old_room.as_deref(), new_room.as_deref()),
        // Constants here, where other rows have labels (02 section 18 quirk 22).
        (LocationAttribute::LocationType, Some("CELL"), Some("ROOM")),
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

/// The text of a room type in a history row: its label, and the free text if there is one.
pub fn room_text(room: Option<ConvertedCellType>, other: Option<&str>) -> Option<String> {
    let label = room?.label();
    Some(match other.filter(|o| !o.is_empty()) {
        Some(other) => format!("{label} - {other}"),
        None => label.to_owned(),
    })
}
