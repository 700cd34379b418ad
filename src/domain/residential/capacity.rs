//! The rules of a capacity change (04 section 15).

use std::collections::HashMap;

use uuid::Uuid;

use crate::domain::capacity::check_capacity;
use crate::domain::certificate::CertificateLocation;
use crate::domain::certification::request::{Asked, NewRequest, raise};
use crate::domain::change::capacity::set_capacity;
use crate::domain::journal::Journal;
use crate::domain::location::{Capacity, Kind};
use crate::domain::reference::{AccommodationType, ApprovalType, LocationStatus};
use crate::domain::refusal::{CapacityRule, Refusal};
use crate::domain::tree::{Index, Tree};

/// A capacity as it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CapacityChange {
    /// Max capacity, persons.
    pub max: i32,
    /// Working capacity, persons.
    pub working: i32,
    /// Certified normal accommodation, persons; none keeps it.
    pub certified_normal_accommodation: Option<i32>,
    /// A change of the working capacity that leaves the certificate as it is.
    pub temporary: bool,
}

/// A capacity change, seen from the location that it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compared {
    /// What the location has now.
    pub live: Capacity,
    /// What it is to have.
    pub asked: Capacity,
    /// Whether max or certified normal accommodation differ from the certificate, or from the location without one.
    pub certified_numbers_differ: bool,
    /// Whether the working capacity differs.
    pub working_differs: bool,
}

impl Compared {
    /// Whether anything is to be done at all.
    pub fn differs(&self) -> bool {
        self.certified_numbers_differ || self.working_differs
    }
}

/// Compares what is asked for with the location's row of the certificate, if it has one, else with the location; a
/// temporary working capacity always with the location.
pub fn compare(tree: &Tree, i: Index, row: Option<&CertificateLocation>, change: CapacityChange) -> Compared {
    let live = match tree.get(i).kind {
        Kind::Virtual => Capacity::default(),
        _ => tree.capacity(i),
    };
    let asked = Capacity {
        max: change.max,
        working: change.working,
        certified_normal_accommodation: change
            .certified_normal_accommodation
            .unwrap_or(live.certified_normal_accommodation),
    };
    let certified_working = row.and_then(|r| r.working_capacity).filter(|_| !change.temporary);
    let certified_max = row.and_then(|r| r.max_capacity);
    let certified_cna = row.and_then(|r| r.certified_normal_accommodation);
    Compared {
        live,
        asked,
        certified_numbers_differ: asked.max != certified_max.unwrap_or(live.max)
            || asked.certified_normal_accommodation != certified_cna.unwrap_or(live.certified_normal_accommodation),
        working_differs: asked.working != certified_working.unwrap_or(live.working),
    }
}

/// The occupancy rule (01 section 6.5 rule 6).
///
/// # Errors
/// 117, 141.
pub fn check_occupancy(tree: &Tree, i: Index, asked: Capacity, occupancy: i32) -> Result<(), Refusal> {
    let location = tree.get(i);
    if asked.max < occupancy {
        return Err(Refusal::Capacity(CapacityRule::MaxBelowOccupancy { max: asked.max, occupancy }));
    }
    let normal_cell =
        location.kind == Kind::Cell && location.accommodation_type == Some(AccommodationType::NormalAccommodation);
    if normal_cell && asked.working < occupancy {
        return Err(Refusal::Capacity(CapacityRule::WorkingBelowOccupancy { working: asked.working, occupancy }));
    }
    Ok(())
}

/// Whether occupancy matters: drafts hold nobody.
pub fn may_hold_prisoners(tree: &Tree, i: Index) -> bool {
    tree.get(i).status != LocationStatus::Draft
}

/// What became of a change that differs.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Stored, or silently ignored because the location has no capacity of its own.
    Applied,
    /// Approval was asked for, the cell is unchanged.
    Requested(Box<NewRequest>),
}

/// Applies a change that differs, or asks for approval of it (04 section 15 steps 3 to 6). The request is dated with the
/// start of the journal's transaction.
///
/// # Errors
/// The capacity rules, 123.
pub fn change_capacity(
    tree: &mut Tree,
    i: Index,
    journal: &mut Journal,
    compared: &Compared,
    context: Context<'_>,
    new_id: &mut impl FnMut() -> Uuid,
) -> Result<Outcome, Refusal> {
    let only_temporary = context.temporary && compared.working_differs && !compared.certified_numbers_differ;
    let needs_approval = context.certified_prison && tree.get(i).status != LocationStatus::Draft && !only_temporary;
    if !needs_approval {
        set_capacity(tree, i, journal, compared.asked, journal.now)?;
        return Ok(Outcome::Applied);
    }
    if tree.get(i).kind != Kind::Cell {
        return Ok(Outcome::Applied);
    }
    check_capacity(tree, i, compared.asked)?;
    let asked =
        Asked { id: new_id(), by: journal.user.clone(), at: journal.transaction.start, reason_for_change: None };
    let mut request = NewRequest::about_location(tree, i, ApprovalType::CapacityChange, asked);
    request.capacity = Some(compared.asked);
    let request = raise(tree, i, request, new_id, |_, top| {
        top.take_current_from(context.certificate);
        top.asked = compared.asked.into();
        true
    })?;
    Ok(Outcome::Requested(Box::new(request)))
}

/// What a capacity change depends on besides the location.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// Whether the prison needs approval.
    pub certified_prison: bool,
    /// Whether only the working capacity is to change, for a time.
    pub temporary: bool,
    /// The rows of the prison's current certificate, by path.
    pub certificate: &'a HashMap<String, CertificateLocation>,
}

/// The numbers in the text of a transaction: working as it is shown, max and CNA as stored (01 section 9.6 rule 2).
pub fn numbers_text(tree: &Tree, i: Index, compared: &Compared, changed: &str) -> String {
    let stored = tree.get(i).capacity;
    let or_null = |number: Option<i32>| number.map_or_else(|| "null".to_owned(), |n| n.to_string());
    format!(
        "w/c {changed} from {} to {}, max capacity {changed} from {} to {} and CNA {changed} from {} to {}",
        compared.live.working,
        compared.asked.working,
        or_null(stored.map(|c| c.max)),
        compared.asked.max,
        or_null(stored.map(|c| c.certified_normal_accommodation)),
        compared.asked.certified_normal_accommodation,
    )
}
