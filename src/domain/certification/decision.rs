//! What the approval of a request does to its location, and what its refusal does (06 section 5).

use super::snapshot::Snapshot;
use super::stored::StoredRequest;
use crate::domain::approval::ApprovalRequest;
use crate::domain::change::archive::archive_now;
use crate::domain::change::capacity::set_capacity;
use crate::domain::change::cell::{replace_specialist_types, set_cell_mark, set_sanitation};
use crate::domain::change::conversion::{NewCell, convert_to_cell, convert_to_room};
use crate::domain::change::deactivation::clear_deactivation;
use crate::domain::change::reactivation::{NewCapacity, NewValues, Reactivated, reactivate_with};
use crate::domain::journal::Journal;
use crate::domain::reference::{
    AccommodationType, ApprovalStatus, ApprovalType, DeactivatedReason, LocationAttribute, LocationStatus,
};
use crate::domain::refusal::Refusal;
use crate::domain::residential::capacity::check_occupancy;
use crate::domain::tree::{Index, Tree};

/// Whether the approval of such a request depends on how many prisoners are in the cell (06 section 5.2).
pub fn depends_on_occupancy(approval_type: ApprovalType) -> bool {
    matches!(approval_type, ApprovalType::CapacityChange | ApprovalType::SpecialistCellType)
}

/// What approval does while the request still locks the location (06 section 5.2, step 3). `occupancy` counts the
/// prisoners in the location, where [`depends_on_occupancy`] says so. Answers which locations became active, for a
/// reactivation. The user of the journal is who asked for the change.
///
/// # Errors
/// Capacity and occupancy rules; 101 and 105.
pub fn apply_while_pending(
    tree: &mut Tree,
    i: Index,
    journal: &mut Journal,
    request: &StoredRequest,
    occupancy: i32,
) -> Result<Reactivated, Refusal> {
    let asked = &request.made;
    let mut reactivated = Reactivated::default();
    match asked.approval_type {
        ApprovalType::CapacityChange | ApprovalType::SpecialistCellType => {
            let capacity = asked.capacity.unwrap_or_default();
            check_occupancy(tree, i, capacity, occupancy)?;
            if asked.approval_type == ApprovalType::SpecialistCellType {
                let types = asked.pending_specialist_cell_types.iter().flatten().copied().collect();
                replace_specialist_types(tree, i, journal, &types);
            }
            let at = journal.transaction.start;
            set_capacity(tree, i, journal, capacity, at)?;
        }
        ApprovalType::PermanentDeactivation => archive(tree, i, journal, request)?,
        ApprovalType::Reactivation => reactivate_leaves(tree, i, journal, request, &mut reactivated)?,
        ApprovalType::ConvertRoomToCell => room_to_cell(tree, i, journal, request)?,
        ApprovalType::ConvertCellToRoom => cell_to_room(tree, i, journal, request),
        _ => {}
    }
    Ok(reactivated)
}

fn archive(tree: &mut Tree, i: Index, journal: &mut Journal, request: &StoredRequest) -> Result<(), Refusal> {
    if tree.is_archived(i) {
        return Ok(());
    }
    if tree.is_active(i) {
        return Err(Refusal::ActiveLocationCannotBeArchived(tree.get(i).key()));
    }
    archive_now(tree, i, journal, request.made.reason_for_change.as_deref().unwrap_or_default());
    Ok(())
}

/// Each leaf of the saved location tree must still be there; those that are marked are reactivated with what is above
/// them, cells with the values of the request.
fn reactivate_leaves(
    tree: &mut Tree,
    top: Index,
    journal: &mut Journal,
    request: &StoredRequest,
    outcome: &mut Reactivated,
) -> Result<(), Refusal> {
    let mut leaves = Vec::new();
    if let Some(snapshot) = &request.made.snapshot {
        collect_leaves(snapshot, &mut leaves);
    }
    let prison_id = &request.made.prison_id;
    let below: std::collections::HashMap<String, Index> =
        std::iter::once(top).chain(tree.descendants(top)).map(|i| (tree.get(i).path.clone(), i)).collect();
    for leaf in leaves {
        let found = below.get(&leaf.path).copied().or_else(|| tree.find_path(prison_id, &leaf.path));
        let i = found.ok_or_else(|| Refusal::LocationNotFound(format!("{prison_id}-{}", leaf.path)))?;
        if leaf.reactivate_this_location {
            let asked = leaf.asked.or_zero();
            let values = NewValues {
                capacity: Some(NewCapacity {
                    max: asked.max,
                    working: asked.working,
                    certified_normal_accommodation: Some(asked.certified_normal_accommodation),
                }),
                specialist_cell_types: leaf.specialist_cell_types.as_ref().map(|t| t.iter().copied().collect()),
            };
            reactivate_with(tree, i, journal, &values, outcome)?;
        }
    }
    Ok(())
}

fn collect_leaves<'a>(node: &'a Snapshot, leaves: &mut Vec<&'a Snapshot>) {
    if node.children.is_empty() {
        leaves.push(node);
    }
    for child in &node.children {
        collect_leaves(child, leaves);
    }
}

fn room_to_cell(tree: &mut Tree, i: Index, journal: &mut Journal, request: &StoredRequest) -> Result<(), Refusal> {
    let asked = &request.made;
    let cell = NewCell {
        accommodation_type: asked
            .accommodation_type
            .or(tree.get(i).accommodation_type)
            .unwrap_or(AccommodationType::NormalAccommodation),
        // None asked for means that none are left.
        specialist_cell_types: Some(asked.pending_specialist_cell_types.iter().flatten().copied().collect()),
        used_for: asked.used_for_types.iter().flatten().copied().collect(),
        capacity: asked.capacity.unwrap_or_default(),
        cell_mark: asked.cell_mark.clone(),
        in_cell_sanitation: asked.in_cell_sanitation,
    };
    convert_to_cell(tree, i, journal, &cell)
}

/// The deactivation that came with the request is undone first (06 section 5.2).
fn cell_to_room(tree: &mut Tree, i: Index, journal: &mut Journal, request: &StoredRequest) {
    let asked = &request.made;
    if tree.is_temporarily_inactive(i) {
        let at = journal.transaction.start;
        let status = tree.shown_status(i).label();
        journal.record_at(tree.get(i), LocationAttribute::Status, Some(status), Some("Active"), at);
        let user = journal.user.clone();
        let cell = tree.edit(i);
        clear_deactivation(cell);
        cell.temporarily_off_cell_cert = Some(false);
        cell.touch(&user, at);
    }
    if let Some(room) = asked.converted_cell_type {
        convert_to_room(tree, i, journal, room, asked.other_converted_cell_type.as_deref());
    }
}

/// Lets the location know that its request is decided: it is no longer locked.
pub fn settle(tree: &mut Tree, i: Index, request: &StoredRequest) {
    let asked = &request.made;
    tree.take_request(i, asked.id);
    tree.add_request(
        i,
        ApprovalRequest {
            id: asked.id,
            approval_type: asked.approval_type,
            status: asked.status,
            requested_date: asked.requested_date,
            reason_for_change: asked.reason_for_change.clone(),
            cell_mark: asked.cell_mark.clone(),
            in_cell_sanitation: asked.in_cell_sanitation,
            specialist_cell_types: asked.pending_specialist_cell_types.clone().unwrap_or_default(),
            proposed_reactivation_date: asked.proposed_reactivation_date,
            tree: std::collections::HashMap::new(),
        },
    );
}

/// What approval does after the request is decided (06 section 5.2, step 5).
pub fn apply_when_approved(tree: &mut Tree, i: Index, journal: &mut Journal, request: &StoredRequest) {
    let asked = &request.made;
    match asked.approval_type {
        ApprovalType::Draft => certify_drafts(tree, i, journal),
        ApprovalType::Deactivation | ApprovalType::Reactivation => set_off_certificate(tree, i, false),
        ApprovalType::CellMark => {
            if let Some(mark) = &asked.cell_mark {
                set_cell_mark(tree, i, journal, mark);
            }
        }
        ApprovalType::CellSanitation => {
            if let Some(sanitation) = asked.in_cell_sanitation {
                set_sanitation(tree, i, journal, sanitation);
            }
        }
        _ => {}
    }
}

/// What rejecting or withdrawing a request does to its location (06 section 5.3).
pub fn apply_when_refused(tree: &mut Tree, i: Index, request: &StoredRequest) {
    if request.made.approval_type == ApprovalType::Deactivation {
        set_off_certificate(tree, i, true);
    }
}

/// Marks the counted cells as off the certificate for a short time, or takes the mark away.
fn set_off_certificate(tree: &mut Tree, i: Index, off: bool) {
    for cell in tree.counted_cells(i) {
        if tree.get(cell).temporarily_off_cell_cert != Some(off) {
            tree.edit(cell).temporarily_off_cell_cert = Some(off);
        }
    }
}

/// Drafts are certified and become inactive, to be reactivated without a further approval; so does whatever else is below
/// them but for rooms and what is archived: a cell that NOMIS put there is not open before its wing is. Drafts have no
/// history, so there are no rows. The user here is who approves.
fn certify_drafts(tree: &mut Tree, i: Index, journal: &Journal) {
    let approver = &journal.transaction.invoked_by;
    for cell in tree.counted_cells(i) {
        tree.edit(cell).certified_cell = Some(true);
    }
    set_off_certificate(tree, i, true);
    for l in std::iter::once(i).chain(tree.descendants(i)) {
        let location = tree.get(l);
        if !location.kind.is_residential() || location.is_room() || tree.is_archived(l) {
            continue;
        }
        let location = tree.edit(l);
        location.status = LocationStatus::Inactive;
        location.deactivated_reason = Some(DeactivatedReason::NewBuild);
        location.deactivated_date = Some(journal.now);
        location.deactivated_by = Some(approver.clone());
        location.touch(approver, journal.now);
    }
}

/// Whether a request waits for its decision.
///
/// # Errors
/// 125 when it is decided.
pub fn check_pending(request: &StoredRequest) -> Result<(), Refusal> {
    match request.made.status {
        ApprovalStatus::Pending => Ok(()),
        _ => Err(Refusal::ApprovalNotPending(request.made.id)),
    }
}
