//! Archiving ("permanent deactivation") and its undoing (01 section 10.7, 04 sections 19 and 20).

use crate::domain::change::deactivation::reason_text;
use crate::domain::journal::Journal;
use crate::domain::reference::{DeactivatedReason, LocationAttribute, LocationStatus};
use crate::domain::refusal::Refusal;
use crate::domain::tree::{Index, Tree};

const ARCHIVED: &str = "Archived";
const INACTIVE: &str = "Inactive";

/// Archives a location: rows STATUS and PERMANENT_DEACTIVATION, touches. What is below it is archived with it without a
/// change of its own. Answers false, and does nothing, when it is archived already, by itself or by what is above it.
///
/// # Errors
/// 105 when it is active and must not be, 122 when a pending request locks it.
pub fn archive(
    tree: &mut Tree,
    i: Index,
    journal: &mut Journal,
    reason: &str,
    may_be_active: bool,
) -> Result<bool, Refusal> {
    if tree.is_archived(i) {
        return Ok(false);
    }
    if tree.is_active(i) && !may_be_active {
        return Err(Refusal::ActiveLocationCannotBeArchived(tree.get(i).key()));
    }
    if tree.is_pending(i) {
        return Err(Refusal::Locked(tree.get(i).key()));
    }
    archive_now(tree, i, journal, reason);
    Ok(true)
}

/// The archiving itself, also for an approved request.
pub fn archive_now(tree: &mut Tree, i: Index, journal: &mut Journal, reason: &str) {
    let status = tree.shown_status(i).label();
    journal.record(tree.get(i), LocationAttribute::Status, Some(status), Some(ARCHIVED));
    journal.record(tree.get(i), LocationAttribute::PermanentDeactivation, None, Some(reason));
    let (user, now) = (journal.user.clone(), journal.now);
    let location = tree.edit(i);
    location.status = LocationStatus::Archived;
    location.archived_reason = Some(reason.to_owned());
    location.deactivated_date = Some(now);
    location.deactivated_by = Some(user.clone());
    location.deactivated_reason = None;
    location.deactivation_reason_description = None;
    location.proposed_reactivation_date = None;
    location.planet_fm_reference = None;
    location.touch(&user, now);
}

/// Restores an archived location as a temporarily inactive one: rows STATUS, PERMANENT_DEACTIVATION and
/// DEACTIVATION_REASON, touches. Its cells keep the capacity and certification that they still have (decisions B12).
///
/// # Errors
/// 143 when it is not archived itself.
pub fn unarchive(
    tree: &mut Tree,
    i: Index,
    journal: &mut Journal,
    reason: DeactivatedReason,
    description: Option<&str>,
) -> Result<(), Refusal> {
    if tree.get(i).status != LocationStatus::Archived {
        return Err(Refusal::NotArchived(tree.get(i).key()));
    }
    let location = tree.get(i);
    let old_reason = reason_text(location.deactivated_reason, location.deactivation_reason_description.as_deref());
    let new_reason = reason_text(Some(reason), description);
    journal.record(location, LocationAttribute::Status, Some(ARCHIVED), Some(INACTIVE));
    journal.record(location, LocationAttribute::PermanentDeactivation, location.archived_reason.as_deref(), None);
    let attribute = LocationAttribute::DeactivationReason;
    journal.record(location, attribute, old_reason.as_deref(), new_reason.as_deref());
    let (user, now) = (journal.user.clone(), journal.now);
    let location = tree.edit(i);
    location.status = LocationStatus::Inactive;
    location.archived_reason = None;
    location.deactivated_reason = Some(reason);
    location.deactivation_reason_description = description.map(str::to_owned);
    location.deactivated_date = Some(now);
    location.deactivated_by = Some(user.clone());
    location.touch(&user, now);
    Ok(())
}
