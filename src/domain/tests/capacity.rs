//! 01 section 6: sums and rules.

use super::fixture::{id, pending, small_prison};
use crate::domain::approval::RequestedCapacity;
use crate::domain::capacity::{capacity_is_required, check_capacity};
use crate::domain::location::{Capacity, Kind};
use crate::domain::reference::{AccommodationType, ApprovalType, LocationStatus, LocationType, SpecialistCellType};

fn capacity(max: i32, working: i32, certified_normal_accommodation: i32) -> Capacity {
    Capacity { max, working, certified_normal_accommodation }
}

#[test]
fn a_wing_sums_its_cells() {
    let p = small_prison(|_| {});
    assert_eq!(p.tree.capacity(p.wing), capacity(3, 2, 2));
    assert!(p.tree.is_certified(p.wing));
}

#[test]
fn deactivating_keeps_max_and_cna_and_takes_the_working_capacity() {
    let p = small_prison(|l| {
        if l.id == id(1) {
            l.status = LocationStatus::Inactive;
        }
    });
    assert_eq!(p.tree.capacity(p.wing), capacity(3, 0, 2));
    assert_eq!(p.tree.own_status_working_capacity(p.wing), 2);
    assert_eq!(p.tree.held_working_capacity(p.wing), 2);
    assert_eq!(p.tree.certificate_working_capacity(p.wing), 0);
}

#[test]
fn drafts_count_for_what_is_planned_only() {
    let p = small_prison(|l| {
        if l.id == id(3) {
            l.status = LocationStatus::Draft;
        }
    });
    assert_eq!(p.tree.capacity(p.wing), capacity(1, 1, 1));
    assert_eq!(p.tree.pending_capacity(p.wing), capacity(3, 2, 2));
    assert_eq!(p.tree.old_working_capacity(p.wing), 1);
}

#[test]
fn a_pending_request_says_what_is_planned_for_its_paths() {
    let p = small_prison(|l| {
        if l.id == id(1) {
            let mut request = pending(ApprovalType::CapacityChange);
            let requested = RequestedCapacity { max: Some(5), current_working: Some(9), ..Default::default() };
            request.tree.insert("A-1-001".into(), requested);
            l.requests = vec![request];
        }
    });
    assert_eq!(p.tree.planned_capacity(p.cell), capacity(5, 1, 1));
    assert_eq!(p.tree.pending_capacity(p.wing), capacity(6, 2, 2));
    assert_eq!(p.tree.old_working_capacity(p.cell), 9);
    assert_eq!(p.tree.capacity(p.wing), capacity(3, 2, 2));
}

#[test]
fn a_virtual_location_shows_its_own_capacity_while_it_is_active() {
    let of_status = |status| {
        small_prison(move |l| {
            if l.id == id(2) {
                l.kind = Kind::Virtual;
                l.capacity = Some(capacity(10, 5, 3));
                l.status = status;
            }
        })
    };
    let p = of_status(LocationStatus::Active);
    assert_eq!(p.tree.capacity(p.landing), capacity(10, 5, 3));
    let p = of_status(LocationStatus::Inactive);
    assert_eq!(p.tree.capacity(p.landing), capacity(10, 0, 0));
    let p = of_status(LocationStatus::Archived);
    assert_eq!(p.tree.capacity(p.landing), capacity(0, 0, 0));
}

#[test]
fn the_rules_are_checked_in_their_order() {
    let p = small_prison(|_| {});
    for (given, code) in [
        (capacity(100, 100, 1), Some(112)),
        (capacity(100, 99, 1), Some(113)),
        (capacity(1, 2, 1), Some(114)),
        (capacity(0, 0, 0), Some(115)),
        (capacity(1, 0, 1), Some(106)),
        (capacity(1, 1, 0), Some(106)),
        (capacity(99, 99, 1), None),
    ] {
        let refused = check_capacity(&p.tree, p.cell, given).err().and_then(|r| r.error_code());
        assert_eq!(refused, code, "{given:?}");
    }
}

#[test]
fn an_inactive_cell_may_have_no_working_capacity() {
    let p = small_prison(|l| {
        if l.id == id(3) {
            l.status = LocationStatus::Inactive;
        }
    });
    assert_eq!(check_capacity(&p.tree, p.cell, capacity(2, 0, 0)), Ok(()));
}

#[test]
fn capacity_is_required_unless_every_specialist_type_affects_it() {
    let normal = Some(AccommodationType::NormalAccommodation);
    let required = |types: &[SpecialistCellType]| capacity_is_required(normal, types);
    assert!(required(&[]));
    assert!(required(&[SpecialistCellType::Csu, SpecialistCellType::SafeCell]));
    assert!(!required(&[SpecialistCellType::Csu, SpecialistCellType::Dry]));
    assert!(!capacity_is_required(Some(AccommodationType::CareAndSeparation), &[]));
    assert!(!LocationType::Cell.is_structural());
}
