//! 01 section 5: every line of the tables of statuses.

use super::fixture::{id, pending, small_prison};
use crate::domain::location::Location;
use crate::domain::reference::{
    ApprovalType, ConvertedCellType, InactiveStatus, LocationStatus, LocationType, ShownStatus,
};

fn with_status(n: u128, status: LocationStatus) -> impl Fn(&mut Location) {
    move |l: &mut Location| {
        if l.id == id(n) {
            l.status = status;
        }
    }
}

#[test]
fn a_cell_is_closed_by_an_inactive_wing_and_says_so() {
    let p = small_prison(with_status(1, LocationStatus::Inactive));
    assert!(p.tree.is_own_active(p.cell));
    assert!(p.tree.is_blocked_by_parent(p.cell));
    assert!(!p.tree.is_active(p.cell));
    assert!(p.tree.is_temporarily_inactive(p.cell));
    assert_eq!(p.tree.shown_status(p.cell), ShownStatus::Inactive);
    assert_eq!(p.tree.shown_status_ignoring_parents(p.cell), ShownStatus::Active);
    assert_eq!(p.tree.deactivation_source(p.cell), Some(p.wing));
    assert!(p.tree.is_active(p.visits));
}

#[test]
fn a_draft_parent_closes_too_but_a_room_is_never_closed() {
    let p = small_prison(|l| {
        with_status(1, LocationStatus::Draft)(l);
        if l.id == id(4) {
            l.converted_cell_type = Some(ConvertedCellType::Office);
        }
    });
    assert!(p.tree.is_blocked_by_parent(p.cell));
    assert!(!p.tree.is_blocked_by_parent(p.second_cell));
    assert_eq!(p.tree.shown_status(p.second_cell), ShownStatus::NonResidential);
    assert_eq!(p.tree.deactivation_source(p.second_cell), None);
    assert_eq!(p.tree.shown_status(p.wing), ShownStatus::Draft);
}

#[test]
fn an_archived_ancestor_archives_everything_below() {
    let p = small_prison(with_status(2, LocationStatus::Archived));
    assert!(!p.tree.is_archived(p.wing));
    for below in [p.landing, p.cell, p.second_cell] {
        assert_eq!(p.tree.shown_status(below), ShownStatus::Archived);
        assert!(!p.tree.is_temporarily_inactive(below));
    }
    assert!(p.tree.counted_cells(p.wing).is_empty());
}

#[test]
fn a_request_on_a_wing_locks_what_is_below_and_the_highest_wins() {
    let p = small_prison(|l| {
        if l.id == id(1) || l.id == id(3) {
            l.requests = vec![pending(ApprovalType::Draft)];
        }
    });
    let (at, _) = p.tree.pending(p.cell).unwrap();
    assert_eq!(at, p.wing);
    assert_eq!(p.tree.shown_status(p.landing), ShownStatus::LockedActive);
    assert_eq!(p.tree.approval_level(p.cell), Some(p.wing));
    assert!(!p.tree.is_pending(p.visits));
}

#[test]
fn a_request_on_a_cell_does_not_lock_the_landing() {
    let p = small_prison(|l| {
        if l.id == id(3) {
            l.requests = vec![pending(ApprovalType::CapacityChange)];
        }
    });
    assert!(p.tree.is_pending(p.cell));
    assert!(!p.tree.is_pending(p.landing));
    assert!(!p.tree.is_pending(p.second_cell));
}

#[test]
fn inactive_status_follows_request_flag_and_certificate_in_this_order() {
    let inactive = |l: &mut Location| {
        if l.id == id(3) {
            l.status = LocationStatus::Inactive;
        }
    };
    let p = small_prison(inactive);
    assert_eq!(p.tree.inactive_status(p.cell), Some(InactiveStatus::InactiveMatchingCellCert));
    assert_eq!(p.tree.inactive_status(p.second_cell), None);
    let p = small_prison(|l| {
        inactive(l);
        l.temporarily_off_cell_cert = l.temporarily_off_cell_cert.map(|_| true);
    });
    assert_eq!(p.tree.inactive_status(p.cell), Some(InactiveStatus::InactiveTemp));
    let p = small_prison(|l| {
        inactive(l);
        if l.id == id(3) {
            l.requests = vec![pending(ApprovalType::Deactivation)];
        }
    });
    assert_eq!(p.tree.inactive_status(p.cell), Some(InactiveStatus::InactivePendChangeReq));
}

#[test]
fn an_inactive_non_residential_location_never_says_why() {
    let p = small_prison(with_status(5, LocationStatus::Inactive));
    assert_eq!(p.tree.deactivation_source(p.visits), None);
    assert_eq!(p.tree.inactive_status(p.visits), None);
    let p = small_prison(|_| {});
    assert_eq!(p.tree.deactivation_source(p.visits), Some(p.visits));
}

#[test]
fn a_leaf_is_neither_structural_nor_an_area_and_has_no_children() {
    let p = small_prison(|_| {});
    assert!(p.tree.is_leaf(p.cell));
    assert!(p.tree.is_leaf(p.visits));
    assert!(!p.tree.is_leaf(p.landing));
    let p = small_prison(|l| {
        if l.id == id(4) {
            l.location_type = LocationType::HoldingArea;
        }
    });
    assert!(!p.tree.is_leaf(p.second_cell));
}
