//! Capacity sums, certification and the capacity rules (01 section 6).

use super::location::{Capacity, Kind};
use super::reference::{AccommodationType, LocationStatus, SpecialistCellType};
use super::refusal::{CapacityRule, Refusal};
use super::tree::{Index, Tree};

/// The highest number that a max or working capacity may have.
const HIGHEST_CAPACITY: i32 = 99;

impl Tree {
    /// Counted cells: leaves of kind CELL, converted ones included, that are not archived (01 section 6.1).
    pub fn counted_cells(&self, i: Index) -> Vec<Index> {
        let mut cells = self.leaves(i);
        cells.retain(|c| self.get(*c).kind == Kind::Cell && !self.is_archived(*c));
        cells
    }

    /// The capacity that a location shows: sums over its counted cells without drafts, or its own for a virtual one
    /// (01 section 6.3 and its rule 4).
    pub fn capacity(&self, i: Index) -> Capacity {
        if self.get(i).kind == Kind::Virtual {
            return self.virtual_capacity(i);
        }
        let mut sum = Capacity::default();
        for cell in self.counted_cells(i) {
            let location = self.get(cell);
            if location.status == LocationStatus::Draft {
                continue;
            }
            let stored = location.stored_capacity();
            sum.max += stored.max;
            sum.certified_normal_accommodation += stored.certified_normal_accommodation;
            if self.is_active(cell) {
                sum.working += stored.working;
            }
        }
        sum
    }

    fn virtual_capacity(&self, i: Index) -> Capacity {
        let stored = self.get(i).stored_capacity();
        let active = self.is_active(i);
        Capacity {
            max: if self.is_archived(i) { 0 } else { stored.max },
            working: if active { stored.working } else { 0 },
            certified_normal_accommodation: if active { stored.certified_normal_accommodation } else { 0 },
        }
    }

    /// Pending sums over all counted cells, drafts included (01 section 6.3).
    pub fn pending_capacity(&self, i: Index) -> Capacity {
        let mut sum = Capacity::default();
        for cell in self.counted_cells(i) {
            let planned = self.planned_capacity(cell);
            sum.max += planned.max;
            sum.working += planned.working;
            sum.certified_normal_accommodation += planned.certified_normal_accommodation;
        }
        sum
    }

    /// What one cell will have when its pending request is approved (01 section 6.3 rule 1).
    pub fn planned_capacity(&self, cell: Index) -> Capacity {
        let location = self.get(cell);
        let stored = location.stored_capacity();
        let requested = self.pending(cell).and_then(|(_, r)| r.tree.get(&location.path)).copied().unwrap_or_default();
        let working_now =
            if location.status == LocationStatus::Draft || self.is_active(cell) { stored.working } else { 0 };
        Capacity {
            max: requested.max.unwrap_or(stored.max),
            working: requested.working.unwrap_or(working_now),
            certified_normal_accommodation: requested
                .certified_normal_accommodation
                .unwrap_or(stored.certified_normal_accommodation),
        }
    }

    /// Old working capacity: what the pending request recorded as current, else the stored one; drafts are left out.
    pub fn old_working_capacity(&self, i: Index) -> i32 {
        self.sum_of_cells(i, |tree, cell| {
            let location = tree.get(cell);
            if location.status == LocationStatus::Draft {
                return 0;
            }
            let recorded =
                tree.pending(cell).and_then(|(_, r)| r.tree.get(&location.path)).and_then(|r| r.current_working);
            recorded.unwrap_or(location.stored_capacity().working)
        })
    }

    /// Own-status working capacity: stored working of the counted cells that are own-active.
    pub fn own_status_working_capacity(&self, i: Index) -> i32 {
        self.sum_of_cells(
            i,
            |tree, cell| {
                if tree.is_own_active(cell) { tree.get(cell).stored_capacity().working } else { 0 }
            },
        )
    }

    /// Held working capacity: stored working whatever the status.
    pub fn held_working_capacity(&self, i: Index) -> i32 {
        self.sum_of_cells(i, |tree, cell| tree.get(cell).stored_capacity().working)
    }

    /// Certificate working capacity: stored working of cells that are active or temporarily off the certificate;
    /// drafts are left out.
    pub fn certificate_working_capacity(&self, i: Index) -> i32 {
        self.sum_of_cells(i, |tree, cell| {
            let location = tree.get(cell);
            let counts = location.status != LocationStatus::Draft
                && (tree.is_active(cell) || location.temporarily_off_cell_cert == Some(true));
            if counts { location.stored_capacity().working } else { 0 }
        })
    }

    fn sum_of_cells(&self, i: Index, value: impl Fn(&Self, Index) -> i32) -> i32 {
        self.counted_cells(i).into_iter().map(|cell| value(self, cell)).sum()
    }

    /// Certified: a cell's own flag when it counts, else whether any counted cell is certified (01 section 6.4).
    pub fn is_certified(&self, i: Index) -> bool {
        self.counted_cells(i).into_iter().any(|c| self.get(c).certified_cell == Some(true))
    }
}

/// Whether cells of this accommodation type with these specialist types must have a capacity (01 section 6.5 rule 5).
pub fn capacity_is_required<'a>(
    accommodation_type: Option<AccommodationType>,
    specialist_types: impl IntoIterator<Item = &'a SpecialistCellType>,
) -> bool {
    let mut types = specialist_types.into_iter().peekable();
    let excused = types.peek().is_some() && types.all(|t| t.affects_capacity());
    accommodation_type == Some(AccommodationType::NormalAccommodation) && !excused
}

/// The capacity rules for a location in its present state (01 section 6.5), in their order.
///
/// # Errors
/// 112, 113, 114, 115 or 106, the first that is broken.
pub fn check_capacity(tree: &Tree, i: Index, capacity: Capacity) -> Result<(), Refusal> {
    let location = tree.get(i);
    check_numbers(capacity, tree.is_archived(i))?;
    let exempt = tree.is_archived(i) || tree.is_temporarily_inactive(i) || location.kind == Kind::Virtual;
    if !exempt {
        check_zero(capacity, location.accommodation_type, &location.specialist_cell_types)?;
    }
    Ok(())
}

/// The capacity rules for a cell that is active, with these types.
///
/// # Errors
/// 112, 113, 114, 115 or 106, the first that is broken.
pub fn check_capacity_of_cell<'a>(
    capacity: Capacity,
    accommodation_type: Option<AccommodationType>,
    specialist_types: impl IntoIterator<Item = &'a SpecialistCellType>,
) -> Result<(), Refusal> {
    check_numbers(capacity, false)?;
    check_zero(capacity, accommodation_type, specialist_types)
}

fn check_numbers(capacity: Capacity, archived: bool) -> Result<(), Refusal> {
    let Capacity { max, working, .. } = capacity;
    let broken = if working > HIGHEST_CAPACITY {
        CapacityRule::WorkingTooHigh
    } else if max > HIGHEST_CAPACITY {
        CapacityRule::MaxTooHigh
    } else if working > max {
        CapacityRule::WorkingAboveMax { working, max }
    } else if max == 0 && !archived {
        CapacityRule::MaxIsZero
    } else {
        return Ok(());
    };
    Err(Refusal::Capacity(broken))
}

fn check_zero<'a>(
    capacity: Capacity,
    accommodation_type: Option<AccommodationType>,
    specialist_types: impl IntoIterator<Item = &'a SpecialistCellType>,
) -> Result<(), Refusal> {
    let zero = capacity.working == 0 || capacity.certified_normal_accommodation == 0;
    if zero && capacity_is_required(accommodation_type, specialist_types) {
        return Err(Refusal::Capacity(CapacityRule::ZeroInNormalAccommodation));
    }
    Ok(())
}
