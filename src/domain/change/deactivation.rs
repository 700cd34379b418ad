//! Temporary deactivation and reactivation (01 sections 10.6 and 10.7, 02 section 10.4).

use chrono::{NaiveDate, NaiveDateTime};

use crate::domain::journal::Journal;
use crate::domain::location::{Kind, Location};
use crate::domain::reference::{DeactivatedReason, LocationAttribute, LocationStatus};
use crate::domain::refusal::Refusal;
use crate::domain::tree::{Index, Tree};

/// What is said of a temporary deactivation.
#[derive(Clone, Debug, PartialEq)]
pub struct Deactivation {
    /// Why.
    pub reason: DeactivatedReason,
    /// More words on the reason.
    pub description: Option<String>,
    /// When it is expected to be in use again.
    pub proposed_reactivation_date: Option<NaiveDate>,
    /// Reference of the works system.
    pub planet_fm_reference: Option<String>,
    /// When it was deactivated; also the time of the rows and of `when_updated`.
    pub at: NaiveDateTime,
    /// Marks the counted cells as temporarily off the certificate.
    pub short_term: bool,
}

/// What a deactivation did to each location that it visited.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deactivated {
    /// Locations that were active or drafts and are inactive now.
    pub deactivated: Vec<Index>,
    /// Locations whose details changed.
    pub updated: Vec<Index>,
}

/// The text of a reason in a history row: its label, and the description if there is one.
pub fn reason_text(reason: Option<DeactivatedReason>, description: Option<&str>) -> Option<String> {
    let label = reason?.label();
    Some(match description.filter(|d| !d.is_empty()) {
        Some(description) => format!("{label} - {description}"),
        None => label.to_owned(),
    })
}

/// Deactivates a location and every residential location below it that is not a room (01 section 10.6). Drafts stay
/// drafts (decisions B10). Does nothing when it is archived.
pub fn deactivate(tree: &mut Tree, i: Index, journal: &mut Journal, details: &Deactivation) -> Deactivated {
    let mut outcome = Deactivated::default();
    deactivate_branch(tree, i, journal, details, &mut outcome);
    outcome
}

fn deactivate_branch(
    tree: &mut Tree,
    i: Index,
    journal: &mut Journal,
    details: &Deactivation,
    outcome: &mut Deactivated,
) {
    if tree.is_archived(i) {
        return;
    }
    deactivate_one(tree, i, journal, details, outcome);
    if !tree.get(i).kind.is_residential() {
        return;
    }
    let cascade = Deactivation { short_term: false, ..details.clone() };
    for below in tree.descendants(i) {
        let location = tree.get(below);
        if !location.kind.is_residential() || location.is_room() || tree.is_archived(below) {
            continue;
        }
        // A second visit finds nothing to do, unless a request is pending (01 section 12 quirk 17).
        if tree.is_pending(below) {
            deactivate_branch(tree, below, journal, &cascade, outcome);
        } else {
            deactivate_one(tree, below, journal, &cascade, outcome);
        }
    }
}

/// Steps 1 to 5 of 01 section 10.6 for one location.
fn deactivate_one(tree: &mut Tree, i: Index, journal: &mut Journal, details: &Deactivation, outcome: &mut Deactivated) {
    let location = tree.get(i);
    if location.status == LocationStatus::Draft {
        return;
    }
    let own_active = tree.is_own_active(i);
    let label = tree.shown_status_ignoring_parents(i).label();
    let mut changed = journal.record_at(location, LocationAttribute::Status, Some(label), Some(INACTIVE), details.at);
    if location.kind == Kind::Cell {
        let working = tree.own_status_working_capacity(i).to_string();
        journal.record_at(location, LocationAttribute::WorkingCapacity, Some(&working), Some("0"), details.at);
    }
    changed |= record_details(tree.get(i), journal, Some(details), details.at);
    if own_active {
        if details.short_term && tree.get(i).kind.is_residential() {
            for cell in tree.counted_cells(i) {
                if tree.get(cell).status != LocationStatus::Draft {
                    tree.edit(cell).temporarily_off_cell_cert = Some(true);
                }
            }
        }
        let user = journal.user.clone();
        let location = tree.edit(i);
        location.status = LocationStatus::Inactive;
        location.deactivated_date = Some(details.at);
        location.deactivated_by = Some(user);
        outcome.deactivated.push(i);
    }
    if changed {
        let user = journal.user.clone();
        let location = tree.edit(i);
        store_details(location, details);
        location.touch(&user, details.at);
        if !outcome.updated.contains(&i) {
            outcome.updated.push(i);
        }
    }
}

/// Changes the details of a deactivation, of the location and of everything below it that is temporarily inactive
/// (01 section 10.6, 04 section 18). Does nothing when the location itself is not.
///
/// # Errors
/// 122 when a pending request locks one of them.
pub fn update_details(tree: &mut Tree, i: Index, journal: &mut Journal, details: &Deactivation) -> Result<(), Refusal> {
    if !tree.is_temporarily_inactive(i) {
        return Ok(());
    }
    update_details_of_one(tree, i, journal, details)?;
    if tree.get(i).kind.is_residential() {
        for below in tree.descendants(i) {
            if tree.is_temporarily_inactive(below) {
                update_details_of_one(tree, below, journal, details)?;
            }
        }
    }
    Ok(())
}

fn update_details_of_one(
    tree: &mut Tree,
    i: Index,
    journal: &mut Journal,
    details: &Deactivation,
) -> Result<(), Refusal> {
    if tree.is_pending(i) {
        return Err(Refusal::Locked(tree.get(i).key()));
    }
    record_details(tree.get(i), journal, Some(details), details.at);
    let user = journal.user.clone();
    let location = tree.edit(i);
    store_details(location, details);
    location.touch(&user, details.at);
    Ok(())
}

const INACTIVE: &str = "Inactive";
const ACTIVE: &str = "Active";

/// Rows DEACTIVATION_REASON, PROPOSED_REACTIVATION_DATE and PLANET_FM_NUMBER; answers whether one was written.
fn record_details(location: &Location, journal: &mut Journal, new: Option<&Deactivation>, at: NaiveDateTime) -> bool {
    let old_reason = reason_text(location.deactivated_reason, location.deactivation_reason_description.as_deref());
    let new_reason = new.and_then(|n| reason_text(Some(n.reason), n.description.as_deref()));
    let mut changed = journal.record_at(
        location,
        LocationAttribute::DeactivationReason,
        old_reason.as_deref(),
        new_reason.as_deref(),
        at,
    );
    changed |= record_date_and_reference(
        location,
        journal,
        new.and_then(|n| n.proposed_reactivation_date),
        new.and_then(|n| n.planet_fm_reference.as_deref()),
        at,
    );
    changed
}

fn record_date_and_reference(
    location: &Location,
    journal: &mut Journal,
    date: Option<NaiveDate>,
    reference: Option<&str>,
    at: NaiveDateTime,
) -> bool {
    let text = |d: Option<NaiveDate>| d.map(|d| d.format("%d/%m/%Y").to_string());
    let (old, new) = (text(location.proposed_reactivation_date), text(date));
    let dated = LocationAttribute::ProposedReactivationDate;
    let mut changed = journal.record_at(location, dated, old.as_deref(), new.as_deref(), at);
    let old = location.planet_fm_reference.as_deref();
    changed |= journal.record_at(location, LocationAttribute::PlanetFmNumber, old, reference, at);
    changed
}

fn store_details(location: &mut Location, details: &Deactivation) {
    location.deactivated_reason = Some(details.reason);
    location.deactivation_reason_description.clone_from(&details.description);
    location.proposed_reactivation_date = details.proposed_reactivation_date;
    location.planet_fm_reference.clone_from(&details.planet_fm_reference);
}

/// Reactivates a location without new values: first its parent, and so on to the top (01 section 10.7).
/// Answers the locations that became active, the highest first.
pub fn reactivate(tree: &mut Tree, i: Index, journal: &mut Journal) -> Vec<Index> {
    let mut line: Vec<Index> = tree.self_and_ancestors(i).collect();
    line.reverse();
    line.into_iter().filter(|l| reactivate_one(tree, *l, journal)).collect()
}

/// Steps 5 and 6 of the reactivation (01 section 10.7). Answers whether it was temporarily inactive.
pub fn reactivate_one(tree: &mut Tree, i: Index, journal: &mut Journal) -> bool {
    if !tree.is_temporarily_inactive(i) {
        return false;
    }
    let at = journal.transaction.start;
    let before = tree.old_working_capacity(i);
    let label = tree.shown_status(i).label();
    journal.record_at(tree.get(i), LocationAttribute::Status, Some(label), Some(ACTIVE), at);
    record_date_and_reference(tree.get(i), journal, None, None, at);
    clear_deactivation(tree.edit(i));
    let user = journal.user.clone();
    tree.edit(i).touch(&user, at);
    if tree.get(i).kind == Kind::Cell {
        restore_cell(tree, i, journal, before);
    }
    true
}

/// Makes a location active and forgets why it was not.
pub fn clear_deactivation(location: &mut Location) {
    location.status = LocationStatus::Active;
    location.deactivated_date = None;
    location.deactivated_reason = None;
    location.deactivation_reason_description = None;
    location.deactivated_by = None;
    location.proposed_reactivation_date = None;
    location.planet_fm_reference = None;
}

fn restore_cell(tree: &mut Tree, i: Index, journal: &mut Journal, working_before: i32) {
    let at = journal.transaction.start;
    tree.edit(i).temporarily_off_cell_cert = Some(false);
    if tree.get(i).is_converted() {
        return;
    }
    certify(tree, i, journal, at);
    if let Some(accommodation) = tree.get(i).accommodation_type {
        tree.edit(i).housing_type = Some(accommodation.housing_type());
    }
    let (old, new) = (working_before.to_string(), tree.own_status_working_capacity(i).to_string());
    journal.record_at(tree.get(i), LocationAttribute::WorkingCapacity, Some(&old), Some(&new), at);
}

/// Certifies a cell. Row CERTIFICATION if it was not certified. Does not touch.
pub fn certify(tree: &mut Tree, i: Index, journal: &mut Journal, at: NaiveDateTime) {
    if tree.get(i).certified_cell != Some(true) {
        let (old, new) = (Some("Uncertified"), Some("Certified"));
        journal.record_at(tree.get(i), LocationAttribute::Certification, old, new, at);
        tree.edit(i).certified_cell = Some(true);
    }
}
