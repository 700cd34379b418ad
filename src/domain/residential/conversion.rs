//! Requests for approval of conversions (04 sections 10 and 12, 06 sections 4.9 and 4.10).

use std::collections::{BTreeSet, HashMap};

use uuid::Uuid;

use crate::domain::capacity::check_capacity_of_cell;
use crate::domain::certificate::CertificateLocation;
use crate::domain::certification::request::{Asked, NewRequest, raise};
use crate::domain::certification::snapshot::{Numbers, first_of_each, some_if_any};
use crate::domain::change::conversion::NewCell;
use crate::domain::journal::Journal;
use crate::domain::location::Capacity;
use crate::domain::reference::{AccommodationType, ApprovalType, ConvertedCellType, UsedForType};
use crate::domain::refusal::Refusal;
use crate::domain::tree::{Index, Tree};

/// A room that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomRequest {
    /// Id of the request.
    pub id: Uuid,
    /// What kind of room.
    pub room: ConvertedCellType,
    /// In other words.
    pub other: Option<String>,
    /// Why.
    pub reason_for_change: Option<String>,
}

/// Asks for approval of making a cell a room.
///
/// # Errors
/// 123.
pub fn request_room(
    tree: &mut Tree,
    i: Index,
    journal: &Journal,
    room: RoomRequest,
    certificate: &HashMap<String, CertificateLocation>,
    new_id: &mut impl FnMut() -> Uuid,
) -> Result<NewRequest, Refusal> {
    let asked = Asked {
        id: room.id,
        by: journal.user.clone(),
        at: journal.transaction.start,
        reason_for_change: room.reason_for_change,
    };
    let mut request = NewRequest::about_location(tree, i, ApprovalType::ConvertCellToRoom, asked);
    request.converted_cell_type = Some(room.room);
    request.other_converted_cell_type = room.other;
    request.current_in_cell_sanitation = tree.get(i).in_cell_sanitation;
    raise(tree, i, request, new_id, |_, top| {
        top.for_each(&mut |node| {
            node.take_current_from(certificate);
            node.asked.working = Some(0);
        });
        true
    })
}

/// The capacity rules for a room as the live cell that it is to become.
///
/// # Errors
/// 112, 113, 114, 115 or 106.
pub fn check_new_cell(cell: &NewCell) -> Result<(), Refusal> {
    let types = cell.specialist_cell_types.iter().flatten();
    check_capacity_of_cell(cell.capacity, Some(cell.accommodation_type), types)
}

/// Asks for approval of making a room a cell again. `used_for` is the list as it was sent: in its order, and an empty one
/// told from none. Specialist types are a set, kept by sequence.
///
/// # Errors
/// 123.
pub fn request_cell(
    tree: &mut Tree,
    i: Index,
    journal: &Journal,
    (cell, used_for): (&NewCell, Option<Vec<UsedForType>>),
    new_id: &mut impl FnMut() -> Uuid,
) -> Result<NewRequest, Refusal> {
    let asked =
        Asked { id: new_id(), by: journal.user.clone(), at: journal.transaction.start, reason_for_change: None };
    let mut request = NewRequest::about_location(tree, i, ApprovalType::ConvertRoomToCell, asked);
    let room = tree.get(i);
    request.accommodation_type = Some(cell.accommodation_type);
    request.pending_specialist_cell_types =
        cell.specialist_cell_types.as_ref().map(|types| types.iter().copied().collect());
    request.used_for_types = used_for;
    request.capacity = Some(cell.capacity);
    request.converted_cell_type = room.converted_cell_type;
    request.other_converted_cell_type.clone_from(&room.other_converted_cell_type);
    request.cell_mark.clone_from(&cell.cell_mark);
    request.current_cell_mark = room.cell_mark.clone().filter(|_| cell.cell_mark.is_some());
    request.in_cell_sanitation = cell.in_cell_sanitation;
    request.current_in_cell_sanitation = room.in_cell_sanitation.filter(|_| cell.in_cell_sanitation.is_some());
    add_surroundings(tree, i, cell, &mut request);
    let types = request.pending_specialist_cell_types.clone();
    let capacity = cell.capacity;
    raise(tree, i, request, new_id, |_, top| {
        top.current = Numbers::from(Capacity::default());
        top.asked = capacity.into();
        top.current_specialist_cell_types = None;
        top.specialist_cell_types = types;
        true
    })
}

/// What the parent and the top level have and would get, where the cell brings something new.
fn add_surroundings(tree: &Tree, i: Index, cell: &NewCell, request: &mut NewRequest) {
    if let Some(parent) = tree.parent(i) {
        let (accommodation, used_for) = types_of(tree, parent);
        if !accommodation.contains(&cell.accommodation_type) {
            request.current_accommodation_types = some_if_any(accommodation);
        }
        if !cell.used_for.iter().all(|u| used_for.contains(u)) {
            request.current_used_for_types = some_if_any(used_for);
        }
    }
    let top = tree.residential_line(i).last().filter(|top| *top != i);
    if let Some(top) = top {
        let (accommodation, used_for) = types_of(tree, top);
        if !accommodation.contains(&cell.accommodation_type) {
            // Enum order is the order by sequence.
            let accommodation: BTreeSet<AccommodationType> =
                accommodation.into_iter().chain([cell.accommodation_type]).collect();
            let used_for: BTreeSet<UsedForType> = used_for.into_iter().chain(cell.used_for.iter().copied()).collect();
            request.top_level_accommodation_types = Some(accommodation.into_iter().collect());
            request.top_level_used_for_types = some_if_any(used_for.into_iter().collect());
        }
    }
}

/// The accommodation and used-for types of the cells below a location, in the order in which they are met.
fn types_of(tree: &Tree, i: Index) -> (Vec<AccommodationType>, Vec<UsedForType>) {
    let cells = tree.counted_cells(i);
    (
        first_of_each(&cells, |c| tree.get(c).accommodation_type),
        first_of_each(&cells, |c| tree.get(c).used_for.iter().copied()),
    )
}
