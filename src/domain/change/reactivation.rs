//! Reactivation by request, with new values for cells (04 section 21.3, 01 section 10.7).

use std::collections::BTreeSet;

use super::capacity::set_capacity;
use super::cell::replace_specialist_types;
use super::deactivation::reactivate_one;
use crate::domain::journal::Journal;
use crate::domain::location::{Capacity, Kind};
use crate::domain::reference::{LocationAttribute, SpecialistCellType};
use crate::domain::refusal::Refusal;
use crate::domain::tree::{Index, Tree};

/// New values for a cell that is reactivated.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NewValues {
    /// Its capacity.
    pub capacity: Option<NewCapacity>,
    /// Its specialist cell types.
    pub specialist_cell_types: Option<BTreeSet<SpecialistCellType>>,
}

/// A capacity of which the certified number may be left as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewCapacity {
    /// Max capacity, persons.
    pub max: i32,
    /// Working capacity, persons.
    pub working: i32,
    /// Certified normal accommodation, persons; none keeps it.
    pub certified_normal_accommodation: Option<i32>,
}

impl NewCapacity {
    /// The three numbers, for a location that has this capacity now.
    pub fn over(self, stored: Capacity) -> Capacity {
        Capacity {
            max: self.max,
            working: self.working,
            certified_normal_accommodation: self
                .certified_normal_accommodation
                .unwrap_or(stored.certified_normal_accommodation),
        }
    }
}

/// What a reactivation did, each location once, in the order in which it was met.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reactivated {
    /// Locations that became active.
    pub reactivated: Vec<Index>,
    /// Locations above those, and cells with a new capacity.
    pub amended: Vec<Index>,
}

impl Reactivated {
    fn amend(&mut self, i: Index) {
        if !self.amended.contains(&i) {
            self.amended.push(i);
        }
    }

    fn amend_ancestors(&mut self, tree: &Tree, i: Index) {
        for above in tree.ancestors(i) {
            self.amend(above);
        }
    }
}

/// Reactivates a location, first all that is above it, top first. Only locations that are temporarily inactive become
/// active, but a capacity and types that are given are set in any case. Rows and columns are dated with the start of the
/// transaction. Adds to `outcome`.
///
/// # Errors
/// The capacity rules.
pub fn reactivate_with(
    tree: &mut Tree,
    i: Index,
    journal: &mut Journal,
    values: &NewValues,
    outcome: &mut Reactivated,
) -> Result<(), Refusal> {
    let mut above: Vec<Index> = tree.ancestors(i).collect();
    above.reverse();
    for ancestor in above {
        if reactivate_one(tree, ancestor, journal) {
            outcome.reactivated.push(ancestor);
            outcome.amend_ancestors(tree, ancestor);
        }
    }
    let working_before = tree.old_working_capacity(i);
    if tree.get(i).kind == Kind::Cell {
        set_values(tree, i, journal, values, outcome)?;
    }
    let working_set = tree.get(i).stored_capacity().working;
    if reactivate_one(tree, i, journal) {
        if tree.get(i).is_true_cell() && working_set != working_before {
            // The row of the new working capacity is the same row (01 section 12 quirk 31).
            let (old, new) = (working_before.to_string(), working_set.to_string());
            let at = journal.transaction.start;
            journal.record_at(tree.get(i), LocationAttribute::WorkingCapacity, Some(&old), Some(&new), at);
        }
        outcome.reactivated.push(i);
        outcome.amend_ancestors(tree, i);
    }
    Ok(())
}

fn set_values(
    tree: &mut Tree,
    i: Index,
    journal: &mut Journal,
    values: &NewValues,
    outcome: &mut Reactivated,
) -> Result<(), Refusal> {
    if let Some(capacity) = values.capacity {
        let capacity = capacity.over(tree.get(i).stored_capacity());
        let at = journal.transaction.start;
        set_capacity(tree, i, journal, capacity, at)?;
        outcome.amend(i);
        outcome.amend_ancestors(tree, i);
    }
    if let Some(types) = &values.specialist_cell_types {
        replace_specialist_types(tree, i, journal, types);
    }
    Ok(())
}

/// Whether a counted cell at or below the location is flagged as temporarily off the certificate.
pub fn has_cell_off_certificate(tree: &Tree, i: Index) -> bool {
    tree.counted_cells(i).into_iter().any(|c| tree.get(c).temporarily_off_cell_cert == Some(true))
}
