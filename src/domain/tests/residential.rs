//! Chapter 04: the steps of residential writes, and what every sequence of them leaves whole.

use std::collections::{BTreeSet, HashMap};

use proptest::prelude::*;

use super::fixture::{SmallPrison, id, journal, now, pending, rows, small_prison};
use crate::domain::certificate::CertificateLocation;
use crate::domain::certification::request::{Asked, NewRequest, raise};
use crate::domain::change::archive::{archive, unarchive};
use crate::domain::change::capacity::set_capacity;
use crate::domain::change::cell::{replace_specialist_types, replace_used_for, replace_used_for_below};
use crate::domain::change::conversion::{NewCell, convert_to_cell, convert_to_room};
use crate::domain::change::deactivation::{Deactivation, deactivate};
use crate::domain::change::reactivation::{NewCapacity, NewValues, Reactivated, reactivate_with};
use crate::domain::journal::Journal;
use crate::domain::location::{Capacity, Kind};
use crate::domain::reference::{
    AccommodationType, ApprovalType, ConvertedCellType, DeactivatedReason, LocationStatus, LocationType, ShownStatus,
    SpecialistCellType, StructuralType, UsedForType,
};
use crate::domain::refusal::Refusal;
use crate::domain::residential::capacity::{CapacityChange, Context, Outcome, change_capacity, compare};
use crate::domain::residential::create::{DraftCell, DraftCells, add_draft_cell, check_level};
use crate::domain::residential::deactivation::request_deactivation;
use crate::domain::residential::patch::{Patch, apply, move_below};
use crate::domain::tree::{Index, Tree};

fn capacity(max: i32, working: i32, certified_normal_accommodation: i32) -> Capacity {
    Capacity { max, working, certified_normal_accommodation }
}

fn code_of(result: Result<impl std::fmt::Debug, Refusal>) -> Option<u16> {
    result.unwrap_err().error_code()
}

fn details(short_term: bool) -> Deactivation {
    Deactivation {
        reason: DeactivatedReason::Damp,
        description: None,
        proposed_reactivation_date: None,
        planet_fm_reference: None,
        at: now(),
        short_term,
    }
}

#[test]
fn a_replaced_set_is_recorded_as_gone_and_there_again() {
    let mut p = small_prison(|l| {
        if l.id == id(3) {
            l.used_for = BTreeSet::from([UsedForType::FirstNightCentre, UsedForType::Remand]);
        }
    });
    let mut journal = journal();
    let new = BTreeSet::from([UsedForType::Remand, UsedForType::YoungPersons]);
    replace_used_for(&mut p.tree, p.cell, &mut journal, &new);
    assert_eq!(
        rows(&journal),
        [
            "USED_FOR First night centre / Induction -> -",
            "USED_FOR Remand -> -",
            "USED_FOR - -> Remand",
            "USED_FOR - -> Young persons"
        ]
    );
    assert_eq!(p.tree.get(p.cell).used_for, new);
    assert_eq!(p.tree.get(p.cell).updated_by, "CREATOR", "used-for types do not touch");
    replace_used_for(&mut p.tree, p.cell, &mut journal, &new);
    assert_eq!(journal.entries().len(), 4, "an equal set leaves nothing");
}

#[test]
fn used_for_of_a_branch_is_recorded_above_the_cells_too() {
    let mut p = small_prison(|l| {
        if l.id == id(4) {
            l.accommodation_type = Some(AccommodationType::CareAndSeparation);
        }
    });
    let mut journal = journal();
    let new = BTreeSet::from([UsedForType::StandardAccommodation]);
    let cells = replace_used_for_below(&mut p.tree, p.wing, &mut journal, &new);
    assert_eq!(cells, [p.cell], "cells of other accommodation are left alone");
    // The set is what it was: the cell has no row, wing and landing have one all the same.
    assert_eq!(rows(&journal), ["USED_FOR - -> Standard accommodation"; 2]);
}

#[test]
fn capacity_follows_the_rules_of_the_location() {
    let mut p = small_prison(|_| {});
    let mut journal = journal();
    let mut set = |p: &mut SmallPrison, c| set_capacity(&mut p.tree, p.cell, &mut journal, c, now());
    assert_eq!(code_of(set(&mut p, capacity(1, 100, 1))), Some(112));
    assert_eq!(code_of(set(&mut p, capacity(100, 1, 1))), Some(113));
    assert_eq!(code_of(set(&mut p, capacity(1, 2, 1))), Some(114));
    assert_eq!(code_of(set(&mut p, capacity(0, 0, 0))), Some(115));
    assert_eq!(code_of(set(&mut p, capacity(2, 0, 1))), Some(106));
    assert_eq!(set(&mut p, capacity(3, 1, 1)), Ok(()));
    assert_eq!(set(&mut p, capacity(3, 1, 1)), Ok(()));
    assert_eq!(rows(&journal), ["MAX_CAPACITY 2 -> 3"]);
    assert_eq!(p.tree.get(p.cell).updated_by, "NOMIS_USER");

    set_capacity(&mut p.tree, p.wing, &mut journal, capacity(9, 9, 9), now()).unwrap();
    assert_eq!(p.tree.get(p.wing).capacity, None, "a wing has no capacity of its own");
}

#[test]
fn specialist_types_that_affect_capacity_excuse_a_zero() {
    let mut p = small_prison(|_| {});
    let mut journal = journal();
    let types = BTreeSet::from([SpecialistCellType::Dry]);
    replace_specialist_types(&mut p.tree, p.cell, &mut journal, &types);
    assert_eq!(set_capacity(&mut p.tree, p.cell, &mut journal, capacity(1, 0, 0), now()), Ok(()));
}

#[test]
fn the_structure_of_the_wing_says_what_comes_below() {
    let p = small_prison(|l| {
        if l.id == id(1) {
            l.residential_structure = Some("WING,SPUR,CELL".into());
        }
    });
    assert!(check_level(&p.tree, p.wing, StructuralType::Spur).is_ok());
    assert_eq!(check_level(&p.tree, p.wing, StructuralType::Landing).unwrap_err().status(), 400);
    // The landing is not in the structure, so it stands above its first level.
    assert!(check_level(&p.tree, p.landing, StructuralType::Wing).is_ok());
}

#[test]
fn draft_cells_get_exactly_what_is_asked_for() {
    let mut p = small_prison(|_| {});
    let journal = journal();
    let cell = DraftCell {
        id: None,
        code: "009".into(),
        cell_mark: Some("A9".into()),
        capacity: capacity(2, 2, 1),
        specialist_cell_types: BTreeSet::new(),
        in_cell_sanitation: true,
    };
    let common = DraftCells {
        accommodation_type: AccommodationType::NormalAccommodation,
        used_for: BTreeSet::from([UsedForType::Remand]),
        cells: vec![cell.clone()],
    };
    let i = add_draft_cell(&mut p.tree, &journal, ("LEI", Some(p.landing)), &common, &cell, id(9)).unwrap();
    let made = p.tree.get(i);
    assert_eq!((made.path.as_str(), made.status), ("A-1-009", LocationStatus::Draft));
    assert_eq!(made.used_for, BTreeSet::from([UsedForType::Remand]), "nothing is added to them");
    assert_eq!(made.certified_cell, Some(false));
    let without = DraftCell { capacity: capacity(0, 0, 0), ..cell };
    let refused = add_draft_cell(&mut p.tree, &journal, ("LEI", Some(p.landing)), &common, &without, id(10));
    assert_eq!(code_of(refused), Some(115));
}

#[test]
fn a_patch_of_a_normal_cell_gives_it_back_its_standard_use() {
    let mut p = small_prison(|l| l.used_for.clear());
    let mut journal = journal();
    let patch = Patch { comments: Some("leaks".into()), local_name: Some("Cell".into()), ..Patch::default() };
    apply(&mut p.tree, p.cell, &mut journal, &patch, false).unwrap();
    assert_eq!(rows(&journal), ["COMMENTS - -> leaks", "USED_FOR - -> Standard accommodation"]);
    assert_eq!(p.tree.get(p.cell).local_name, None, "cells keep their name");
    let mark = Patch { cell_mark: Some("A1".into()), ..Patch::default() };
    assert_eq!(code_of(apply(&mut p.tree, p.cell, &mut journal, &mark, true)), Some(134));
    apply(&mut p.tree, p.cell, &mut journal, &mark, false).unwrap();
    assert_eq!(p.tree.get(p.cell).cell_mark.as_deref(), Some("A1"));
}

#[test]
fn a_location_cannot_be_moved_below_itself() {
    let mut p = small_prison(|_| {});
    let mut journal = journal();
    let refused = move_below(&mut p.tree, p.wing, &mut journal, Some(p.cell), true).unwrap_err();
    assert_eq!((refused.status(), refused.error_code()), (400, None));
    move_below(&mut p.tree, p.landing, &mut journal, None, true).unwrap();
    assert_eq!(p.tree.get(p.cell).path, "1-001");
    assert_eq!(rows(&journal), [format!("PARENT_LOCATION {} -> -", id(1))]);
}

#[test]
fn a_deactivation_leaves_drafts_as_they_are() {
    let mut p = small_prison(|l| {
        if l.id == id(3) {
            l.status = LocationStatus::Draft;
        }
    });
    let mut journal = journal();
    let outcome = deactivate(&mut p.tree, p.wing, &mut journal, &details(true));
    assert_eq!(outcome.deactivated, [p.wing, p.landing, p.second_cell]);
    assert_eq!(p.tree.get(p.cell).status, LocationStatus::Draft);
    assert_eq!(p.tree.get(p.cell).temporarily_off_cell_cert, Some(false));
}

#[test]
fn a_deactivation_that_waits_for_approval_locks_the_branch() {
    let mut p = small_prison(|_| {});
    let mut journal = journal();
    let row = CertificateLocation {
        location_code: "001".into(),
        path: "A-1-001".into(),
        certified_normal_accommodation: Some(1),
        working_capacity: Some(5),
        max_capacity: Some(6),
        in_cell_sanitation: None,
        location_type: LocationType::Cell,
        accommodation_types: None,
        specialist_cell_types: None,
        used_for: None,
        local_name: None,
        cell_mark: None,
        level: 3,
        converted_cell_type: None,
        other_converted_cell_type: None,
        sub_locations: Vec::new(),
    };
    let certificate = HashMap::from([("A-1-001".to_owned(), row)]);
    let mut number = 100;
    let mut new_id = || {
        number += 1;
        id(number)
    };
    let asked = details(false);
    let request =
        request_deactivation(&mut p.tree, p.wing, &journal, &asked, "why", &certificate, &mut new_id).unwrap();
    // One cell has a row of the certificate (5 working), the other has none (1 working).
    assert_eq!(request.capacity_change, capacity(3 - 7, -6, 0));
    let top = request.snapshot.as_ref().unwrap();
    assert_eq!(top.nodes().iter().map(|n| n.path.as_str()).collect::<Vec<_>>(), ["A", "A-1", "A-1-001", "A-1-002"]);
    assert_eq!(top.current.working, Some(6));
    assert_eq!(top.asked.working, Some(0));

    deactivate(&mut p.tree, p.wing, &mut journal, &asked);
    assert_eq!(p.tree.shown_status(p.cell), ShownStatus::LockedInactive);
    assert_eq!(p.tree.get(p.cell).temporarily_off_cell_cert, Some(false));
    // Two levels down a second visit leaves a second row (01 section 12 quirk 17).
    let of_cell: Vec<_> = journal.entries().iter().filter(|e| e.location_id == id(3)).collect();
    let statuses: Vec<_> = of_cell.iter().filter_map(|e| e.old.as_deref()).filter(|o| o.contains("Change")).collect();
    assert_eq!(statuses, ["Active (Change requested)", "Inactive (Change requested)"]);
    let again = request_deactivation(&mut p.tree, p.cell, &journal, &asked, "why", &certificate, &mut new_id);
    assert_eq!(code_of(again), Some(123));
}

#[test]
fn a_raised_request_does_not_change_the_row_of_its_location() {
    let mut p = small_prison(|_| {});
    let asked = Asked { id: id(50), by: "A".into(), at: now(), reason_for_change: None };
    let mut request = NewRequest::about_location(&p.tree, p.cell, ApprovalType::CellMark, asked);
    request.cell_mark = Some("X".into());
    let raised = raise(&mut p.tree, p.cell, request, &mut || id(51), |_, _| false).unwrap();
    assert_eq!(raised.snapshot.unwrap().cell_mark.as_deref(), Some("X"));
    assert!(p.tree.changed().is_empty());
    assert!(p.tree.is_pending(p.cell));
    assert!(!p.tree.is_pending(p.landing));
}

#[test]
fn a_temporary_working_capacity_needs_no_approval() {
    let change =
        |working, temporary| CapacityChange { max: 2, working, certified_normal_accommodation: None, temporary };
    let none = HashMap::new();
    for (temporary, applied) in [(true, true), (false, false)] {
        let mut p = small_prison(|_| {});
        let mut journal = journal();
        let compared = compare(&p.tree, p.cell, None, change(2, temporary));
        assert!(compared.differs());
        let context = Context { certified_prison: true, temporary, certificate: &none };
        let outcome = change_capacity(&mut p.tree, p.cell, &mut journal, &compared, context, &mut || id(60)).unwrap();
        assert_eq!(matches!(outcome, Outcome::Applied), applied);
        assert_eq!(p.tree.get(p.cell).stored_capacity().working, if applied { 2 } else { 1 });
        if let Outcome::Requested(request) = outcome {
            assert_eq!(request.capacity_change, capacity(0, 1, 0));
        }
    }
}

#[test]
fn an_archived_location_comes_back_inactive_with_what_it_had() {
    let mut p = small_prison(|_| {});
    let mut journal = journal();
    assert_eq!(code_of(archive(&mut p.tree, p.wing, &mut journal, "gone", false)), Some(105));
    assert_eq!(archive(&mut p.tree, p.wing, &mut journal, "gone", true), Ok(true));
    assert_eq!(archive(&mut p.tree, p.cell, &mut journal, "gone", true), Ok(false), "archived with the wing");
    assert_eq!(code_of(unarchive(&mut p.tree, p.cell, &mut journal, DeactivatedReason::Damp, None)), Some(143));
    unarchive(&mut p.tree, p.wing, &mut journal, DeactivatedReason::Damp, Some("wet")).unwrap();
    assert_eq!(
        rows(&journal),
        [
            "STATUS Active -> Archived",
            "PERMANENT_DEACTIVATION - -> gone",
            "STATUS Archived -> Inactive",
            "PERMANENT_DEACTIVATION gone -> -",
            "DEACTIVATION_REASON - -> Damp / mould - wet"
        ]
    );
    assert_eq!(p.tree.get(p.cell).stored_capacity(), capacity(2, 1, 1));
    assert_eq!(p.tree.get(p.cell).certified_cell, Some(true));
}

#[test]
fn a_locked_location_is_not_archived() {
    let mut p = small_prison(|l| {
        if l.id == id(1) {
            l.requests = vec![pending(ApprovalType::Deactivation)];
        }
    });
    assert_eq!(code_of(archive(&mut p.tree, p.cell, &mut journal(), "gone", true)), Some(122));
}

#[test]
fn a_reactivation_opens_what_is_above_and_may_set_a_capacity() {
    let mut p = small_prison(|_| {});
    let mut journal = journal();
    deactivate(&mut p.tree, p.wing, &mut journal, &details(true));
    let mut outcome = Reactivated::default();
    let new = NewCapacity { max: 3, working: 3, certified_normal_accommodation: None };
    let values = NewValues { capacity: Some(new), specialist_cell_types: None };
    reactivate_with(&mut p.tree, p.cell, &mut journal, &values, &mut outcome).unwrap();
    assert_eq!(outcome.reactivated, [p.wing, p.landing, p.cell]);
    assert_eq!(outcome.amended, [p.wing, p.cell, p.landing], "each once, in the order in which it was met");
    assert_eq!(p.tree.get(p.cell).stored_capacity(), capacity(3, 3, 1));
    assert_eq!(p.tree.get(p.cell).temporarily_off_cell_cert, Some(false));
    assert_eq!(p.tree.get(p.second_cell).status, LocationStatus::Inactive);
    let working: Vec<String> = rows(&journal).into_iter().filter(|r| r.starts_with("WORKING")).collect();
    assert_eq!(working, ["WORKING_CAPACITY 1 -> 0", "WORKING_CAPACITY 1 -> 0", "WORKING_CAPACITY 1 -> 3"]);
}

#[test]
fn a_room_that_becomes_a_cell_again_opens_what_is_above() {
    let mut p = small_prison(|l| {
        if l.id == id(1) {
            l.status = LocationStatus::Inactive;
        }
    });
    let mut journal = journal();
    convert_to_room(&mut p.tree, p.cell, &mut journal, ConvertedCellType::Office, Some("spare"));
    assert_eq!(p.tree.shown_status(p.cell), ShownStatus::NonResidential);
    assert_eq!(p.tree.get(p.cell).other_converted_cell_type, None, "other words are for OTHER only");
    let cell = NewCell {
        accommodation_type: AccommodationType::CareAndSeparation,
        specialist_cell_types: None,
        used_for: BTreeSet::new(),
        capacity: capacity(1, 1, 0),
        cell_mark: None,
        in_cell_sanitation: Some(true),
    };
    convert_to_cell(&mut p.tree, p.cell, &mut journal, &cell).unwrap();
    assert!(p.tree.is_active(p.cell));
    assert_eq!(p.tree.get(p.wing).status, LocationStatus::Active);
    assert_eq!(p.tree.get(p.cell).certified_cell, Some(true));
}

/// A step of a random sequence; the numbers choose the location and the values.
#[derive(Clone, Debug)]
enum Step {
    Deactivate { short_term: bool },
    Reactivate { cascade: bool },
    Archive,
    Unarchive,
    Capacity(i32, i32, i32),
    Room,
    Cell,
    Code(u8),
    Move(usize),
    UsedFor(bool),
}

fn step() -> impl Strategy<Value = (usize, Step)> {
    let kind = prop_oneof![
        any::<bool>().prop_map(|short_term| Step::Deactivate { short_term }),
        any::<bool>().prop_map(|cascade| Step::Reactivate { cascade }),
        Just(Step::Archive),
        Just(Step::Unarchive),
        (0..4i32, 0..4i32, 0..4i32).prop_map(|(a, b, c)| Step::Capacity(a, b, c)),
        Just(Step::Room),
        Just(Step::Cell),
        any::<u8>().prop_map(Step::Code),
        (0..5usize).prop_map(Step::Move),
        any::<bool>().prop_map(Step::UsedFor),
    ];
    (0..4usize, kind)
}

/// Takes one step, as far as its own checks let it.
fn take(tree: &mut Tree, i: Index, journal: &mut Journal, step: &Step, others: &[Index]) {
    let kind = tree.get(i).kind;
    let refused = match step {
        Step::Deactivate { short_term } => {
            deactivate(tree, i, journal, &details(*short_term));
            Ok(())
        }
        Step::Reactivate { cascade } => {
            let below = if *cascade { tree.descendants(i) } else { Vec::new() };
            let mut outcome = Reactivated::default();
            std::iter::once(i)
                .chain(below)
                .try_for_each(|l| reactivate_with(tree, l, journal, &NewValues::default(), &mut outcome))
        }
        Step::Archive => archive(tree, i, journal, "gone", true).map(|_| ()),
        Step::Unarchive => unarchive(tree, i, journal, DeactivatedReason::Damp, None),
        Step::Capacity(max, working, cna) => set_capacity(tree, i, journal, capacity(*max, *working, *cna), now()),
        Step::Room if kind == Kind::Cell => {
            convert_to_room(tree, i, journal, ConvertedCellType::Store, None);
            Ok(())
        }
        Step::Cell if tree.get(i).is_converted() => {
            let cell = NewCell {
                accommodation_type: AccommodationType::NormalAccommodation,
                specialist_cell_types: None,
                used_for: BTreeSet::new(),
                capacity: capacity(2, 2, 2),
                cell_mark: None,
                in_cell_sanitation: None,
            };
            convert_to_cell(tree, i, journal, &cell)
        }
        Step::Room | Step::Cell => Ok(()),
        Step::Code(n) => {
            let patch = Patch { code: Some(format!("N{n}")), ..Patch::default() };
            apply(tree, i, journal, &patch, false)
        }
        Step::Move(target) => move_below(tree, i, journal, others.get(*target).copied(), true),
        Step::UsedFor(remand) => {
            let types = if *remand { BTreeSet::from([UsedForType::Remand]) } else { BTreeSet::new() };
            replace_used_for_below(tree, i, journal, &types);
            Ok(())
        }
    };
    // A refused step rolls back outside; here it must not have been refused half-way.
    if let Err(refusal) = refused {
        assert!((400..500).contains(&refusal.status()));
    }
}

fn expected_path(tree: &Tree, i: Index) -> String {
    let mut codes: Vec<&str> = tree.self_and_ancestors(i).map(|a| tree.get(a).code.as_str()).collect();
    codes.reverse();
    codes.join("-")
}

proptest! {
    #[test]
    fn any_sequence_of_writes_leaves_a_whole_tree(steps in prop::collection::vec(step(), 1..30)) {
        let mut p = small_prison(|_| {});
        let mut journal = journal();
        let all = [p.wing, p.landing, p.cell, p.second_cell];
        for (place, step) in &steps {
            take(&mut p.tree, all[*place], &mut journal, step, &all);
            for i in all {
                let (tree, location) = (&p.tree, p.tree.get(i));
                prop_assert_eq!(&location.path, &expected_path(tree, i));
                prop_assert_eq!(location.parent_id, tree.parent(i).map(|a| tree.get(a).id));
                prop_assert!(tree.self_and_ancestors(i).count() <= all.len(), "no circle");
                if location.is_converted() {
                    prop_assert_eq!(location.capacity, None);
                    prop_assert_eq!(location.certified_cell, Some(false));
                }
                if location.status == LocationStatus::Active {
                    prop_assert_eq!(location.deactivated_reason, None);
                }
                prop_assert_eq!(location.archived_reason.is_some(), location.status == LocationStatus::Archived);
                let below: i32 = tree.counted_cells(i).into_iter().map(|c| tree.capacity(c).max).sum();
                prop_assert_eq!(tree.capacity(i).max, below);
                prop_assert!(tree.capacity(i).working <= tree.capacity(i).max);
            }
        }
        // Whatever changed in a shown number or state has left a row.
        let recorded: BTreeSet<_> = journal.entries().iter().map(|e| e.location_id).collect();
        for (before, after) in p.tree.changed() {
            if before.status != after.status || before.stored_capacity().max != after.stored_capacity().max {
                prop_assert!(recorded.contains(&after.id));
            }
        }
    }
}
