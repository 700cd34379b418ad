//! 02 sections 9 and 10: what NOMIS may do.

use std::collections::{BTreeMap, BTreeSet};

use super::fixture::{id, journal, now, rows, small_prison};
use crate::domain::location::{Capacity, Kind, Usage};
use crate::domain::reference::{
    AccommodationType, ConvertedCellType, DeactivatedReason, LocationStatus, LocationType, NomisDeactivatedReason,
    NonResidentialUsageType, ResidentialAttributeValue, ResidentialHousingType, ServiceType, SpecialistCellType,
    UsedForType,
};
use crate::domain::sync::{self, NomisCapacity, NomisDeactivation, NomisLocation, ReturnedReason};
use crate::domain::tree::Tree;

/// What NOMIS says of cell LEI-A-1-001 when nothing is different.
fn cell_request() -> NomisLocation {
    NomisLocation {
        prison_id: "LEI".into(),
        code: "001".into(),
        location_type: LocationType::Cell,
        local_name: None,
        housing_type: Some(ResidentialHousingType::NormalAccommodation),
        comments: None,
        order_within_parent: None,
        deactivation: None,
        capacity: Some(NomisCapacity { max: 2, working: 1, certified_normal_accommodation: None }),
        certified_cell: Some(true),
        attributes: Some(BTreeSet::new()),
        usages: None,
        internal_movement_allowed: None,
        create_date: None,
        last_updated_by: "NOMIS_USER".into(),
    }
}

fn room_request() -> NomisLocation {
    NomisLocation {
        code: "VISIT".into(),
        location_type: LocationType::Visits,
        housing_type: None,
        capacity: None,
        certified_cell: None,
        attributes: None,
        ..cell_request()
    }
}

#[test]
fn the_worked_example_of_the_contract() {
    // 02 section 10.10.
    let mut p = small_prison(|l| {
        if l.id == id(3) {
            l.capacity = Some(Capacity { max: 2, working: 2, certified_normal_accommodation: 1 });
        }
    });
    let request = NomisLocation {
        comments: Some("leak".into()),
        deactivation: Some(NomisDeactivation {
            reason: NomisDeactivatedReason::LocalWork,
            date: chrono::NaiveDate::from_ymd_opt(2024, 6, 1),
            proposed_reactivation_date: None,
        }),
        ..cell_request()
    };
    let mut journal = journal();
    assert!(!sync::update(&mut p.tree, p.cell, &mut journal, &request, None, ReturnedReason::Overwrites));
    assert_eq!(
        rows(&journal),
        [
            "COMMENTS - -> leak",
            "STATUS Active -> Inactive",
            "WORKING_CAPACITY 2 -> 0",
            "DEACTIVATION_REASON - -> Maintenance - leak",
            "WORKING_CAPACITY 2 -> 1",
        ]
    );
    let cell = p.tree.get(p.cell);
    let midnight = chrono::NaiveDate::from_ymd_opt(2024, 6, 1).unwrap().and_hms_opt(0, 0, 0).unwrap();
    assert_eq!(cell.deactivated_reason, Some(DeactivatedReason::Maintenance));
    assert_eq!((cell.when_updated, cell.deactivated_date), (midnight, Some(midnight)));
    assert_eq!(cell.stored_capacity(), Capacity { max: 2, working: 1, certified_normal_accommodation: 1 });
}

#[test]
fn an_update_that_changes_nothing_only_touches() {
    let mut p = small_prison(|_| {});
    let mut journal = journal();
    sync::update(&mut p.tree, p.cell, &mut journal, &cell_request(), Some(p.landing), ReturnedReason::Overwrites);
    assert!(rows(&journal).is_empty());
    let changed = p.tree.changed();
    assert_eq!(changed.len(), 1);
    let (before, after) = changed[0];
    let mut touched = before.clone();
    touched.touch("NOMIS_USER", now());
    assert_eq!(&touched, after);
}

#[test]
fn the_same_mapped_reason_changes_nothing_whatever_else_is_said() {
    let mut p = small_prison(|l| {
        if l.id == id(3) {
            l.status = LocationStatus::Inactive;
            l.deactivated_reason = Some(DeactivatedReason::Other);
            l.deactivated_date = Some(now());
        }
    });
    let request = NomisLocation {
        deactivation: Some(NomisDeactivation {
            reason: NomisDeactivatedReason::Closure,
            date: chrono::NaiveDate::from_ymd_opt(2020, 1, 1),
            proposed_reactivation_date: chrono::NaiveDate::from_ymd_opt(2030, 1, 1),
        }),
        ..cell_request()
    };
    let mut journal = journal();
    sync::update(&mut p.tree, p.cell, &mut journal, &request, None, ReturnedReason::Overwrites);
    assert!(rows(&journal).is_empty());
    assert_eq!(p.tree.get(p.cell).deactivated_date, Some(now()));
    assert_eq!(p.tree.get(p.cell).proposed_reactivation_date, None);
}

/// The cell is closed for one of our reasons, NOMIS sends one of its own: what is stored then, and how many rows tell of it.
fn returned(stored: DeactivatedReason, sent: NomisDeactivatedReason) -> (Option<DeactivatedReason>, usize) {
    let mut p = small_prison(|l| {
        if l.id == id(3) {
            l.status = LocationStatus::Inactive;
            l.deactivated_reason = Some(stored);
            l.deactivated_date = Some(now());
        }
    });
    let given = NomisDeactivation { reason: sent, date: None, proposed_reactivation_date: None };
    let request = NomisLocation { deactivation: Some(given), ..cell_request() };
    let mut journal = journal();
    sync::update(&mut p.tree, p.cell, &mut journal, &request, None, ReturnedReason::Keeps);
    (p.tree.get(p.cell).deactivated_reason, rows(&journal).len())
}

#[test]
fn a_reason_given_here_stays_while_nomis_sends_the_word_that_stands_for_it() {
    use DeactivatedReason::{ConvertCellToRoom, Damaged, Damp, Maintenance, NewBuild, Other, Pest};
    use NomisDeactivatedReason as Nomis;
    for (stored, sent) in
        [(Damp, Nomis::OutOfUse), (Pest, Nomis::OutOfUse), (NewBuild, Nomis::NewBuilding), (Damaged, Nomis::Damaged)]
    {
        assert_eq!(returned(stored, sent), (Some(stored), 0));
    }
    assert_eq!(returned(ConvertCellToRoom, Nomis::ChangeOfUse), (Some(ConvertCellToRoom), 0));
    // Somebody chose another one in NOMIS.
    for (stored, sent, expected) in
        [(Damp, Nomis::Closure, Other), (Damp, Nomis::LocalWork, Maintenance), (Damaged, Nomis::OutOfUse, Other)]
    {
        let (now_stored, rows) = returned(stored, sent);
        assert_eq!(now_stored, Some(expected));
        assert!(rows > 0);
    }
    assert_eq!(returned(Other, Nomis::Closure), (Some(Other), 0), "the same class, as ever");
}

#[test]
fn moving_a_landing_rebuilds_the_paths_below_without_rows_for_it() {
    let mut p = small_prison(|l| {
        if l.id == id(5) {
            l.kind = Kind::Residential;
        }
    });
    let request = NomisLocation {
        code: "X".into(),
        location_type: LocationType::Landing,
        capacity: None,
        certified_cell: None,
        ..cell_request()
    };
    let mut journal = journal();
    sync::update(&mut p.tree, p.landing, &mut journal, &request, Some(p.visits), ReturnedReason::Overwrites);
    assert_eq!(p.tree.get(p.landing).path, "VISIT-X");
    assert_eq!(p.tree.get(p.cell).path, "VISIT-X-001");
    assert_eq!(p.tree.get(p.cell).when_updated, now());
    assert_eq!(p.tree.get(p.cell).updated_by, "CREATOR");
    assert_eq!(rows(&journal), ["CODE 1 -> X"]);
}

#[test]
fn a_location_cannot_be_put_below_itself() {
    let p = small_prison(|_| {});
    for parent in [p.wing, p.landing, p.cell] {
        let refusal = sync::check_parent(&p.tree, p.wing, parent).unwrap_err();
        assert_eq!((refusal.status(), refusal.error_code()), (400, None));
    }
    assert!(sync::check_parent(&p.tree, p.cell, p.wing).is_ok());
}

#[test]
fn archived_locations_and_converted_cells_are_not_updated() {
    let p = small_prison(|l| {
        if l.id == id(2) {
            l.status = LocationStatus::Archived;
        }
        if l.id == id(5) {
            l.kind = Kind::Cell;
            l.converted_cell_type = Some(ConvertedCellType::Store);
        }
    });
    let code = |i| sync::check_updatable(&p.tree, i).err().and_then(|r| r.error_code());
    assert_eq!(code(p.cell), Some(107));
    assert_eq!(code(p.landing), Some(107));
    assert_eq!(code(p.visits), Some(120));
    assert_eq!(code(p.wing), None);
}

#[test]
fn a_cell_without_a_housing_type_becomes_non_residential() {
    let mut p = small_prison(|_| {});
    let request = NomisLocation { housing_type: None, ..cell_request() };
    let mut journal = journal();
    assert!(sync::update(&mut p.tree, p.cell, &mut journal, &request, None, ReturnedReason::Overwrites));
    let location = p.tree.get(p.cell);
    assert_eq!(location.kind, Kind::NonResidential);
    assert_eq!((location.housing_type, location.accommodation_type), (None, None));
    assert_eq!(location.certified_cell, None);
    assert!(location.capacity.is_none() && location.used_for.is_empty());
    assert!(rows(&journal).is_empty());
}

#[test]
fn a_visits_room_with_a_housing_type_loses_its_usages_and_becomes_a_room_of_the_wing() {
    let mut p = small_prison(|l| {
        if l.id == id(5) {
            l.usages.insert(NonResidentialUsageType::Visit, Usage { capacity: Some(3), sequence: 1 });
        }
    });
    let request = NomisLocation { housing_type: Some(ResidentialHousingType::OtherUse), ..room_request() };
    let mut journal = journal();
    sync::update(&mut p.tree, p.visits, &mut journal, &request, None, ReturnedReason::Overwrites);
    let location = p.tree.get(p.visits);
    assert_eq!(location.kind, Kind::Residential);
    assert_eq!(location.accommodation_type, Some(AccommodationType::OtherNonResidential));
    assert!(location.usages.is_empty());
    assert_eq!(rows(&journal), ["USAGE Visit -> -"]);
}

#[test]
fn a_type_change_strips_a_cell_and_leaves_no_row() {
    let mut p = small_prison(|_| {});
    let request =
        NomisLocation { location_type: LocationType::Room, capacity: None, certified_cell: None, ..cell_request() };
    let mut journal = journal();
    assert!(sync::update(&mut p.tree, p.cell, &mut journal, &request, None, ReturnedReason::Overwrites));
    let location = p.tree.get(p.cell);
    assert_eq!((location.kind, location.location_type), (Kind::Residential, LocationType::Room));
    assert_eq!(location.temporarily_off_cell_cert, None);
    assert!(location.capacity.is_none() && location.used_for.is_empty());
    assert!(rows(&journal).is_empty());
}

#[test]
fn a_landing_that_becomes_a_cell_keeps_its_stored_housing_type() {
    let mut p = small_prison(|l| {
        if l.id == id(2) {
            l.housing_type = Some(ResidentialHousingType::Segregation);
        }
    });
    // 02 section 18 quirk 19: no housing type in the request.
    let request = NomisLocation { code: "1".into(), housing_type: None, capacity: None, ..cell_request() };
    let mut journal = journal();
    sync::update(&mut p.tree, p.landing, &mut journal, &request, None, ReturnedReason::Overwrites);
    let location = p.tree.get(p.landing);
    assert_eq!(location.kind, Kind::Cell);
    assert_eq!(location.housing_type, Some(ResidentialHousingType::Segregation));
    assert_eq!(rows(&journal), ["RESIDENTIAL_HOUSING_TYPE Segregation -> -"]);
}

#[test]
fn the_housing_type_of_a_cell_brings_its_accommodation_and_standard_use() {
    let mut p = small_prison(|_| {});
    let request = NomisLocation { housing_type: Some(ResidentialHousingType::Healthcare), ..cell_request() };
    let mut journal = journal();
    sync::update(&mut p.tree, p.cell, &mut journal, &request, None, ReturnedReason::Overwrites);
    assert_eq!(
        rows(&journal),
        [
            "RESIDENTIAL_HOUSING_TYPE Normal Accommodation -> Healthcare",
            "ACCOMMODATION_TYPE Normal accommodation -> Healthcare inpatients",
            "USED_FOR Standard accommodation -> -",
        ]
    );
    assert!(p.tree.get(p.cell).used_for.is_empty());
}

#[test]
fn usages_bring_services_and_video_enabled_stays() {
    let mut p = small_prison(|l| {
        if l.id == id(5) {
            l.services = [ServiceType::VideoEnabled, ServiceType::UseOfForce].into();
            l.usages.insert(NonResidentialUsageType::Occurrence, Usage { capacity: None, sequence: 1 });
        }
    });
    let usages = BTreeMap::from([
        (NonResidentialUsageType::Appointment, Usage { capacity: Some(5), sequence: 2 }),
        (NonResidentialUsageType::Occurrence, Usage { capacity: Some(2), sequence: 1 }),
    ]);
    let request = NomisLocation { usages: Some(usages), internal_movement_allowed: Some(true), ..room_request() };
    let mut journal = journal();
    sync::update(&mut p.tree, p.visits, &mut journal, &request, None, ReturnedReason::Overwrites);
    assert_eq!(
        rows(&journal),
        [
            "USAGE - -> Appointment",
            "NON_RESIDENTIAL_CAPACITY - -> 5",
            "NON_RESIDENTIAL_CAPACITY null -> 2",
            "USED_BY_SERVICE - -> Appointments",
            "USED_BY_SERVICE - -> Adjudications - location of incident",
            "INTERNAL_MOVEMENT_ALLOWED null -> true",
        ]
    );
    let services: Vec<ServiceType> = p.tree.get(p.visits).services.iter().copied().collect();
    assert_eq!(
        services,
        [ServiceType::Appointment, ServiceType::LocationOfIncident, ServiceType::UseOfForce, ServiceType::VideoEnabled]
    );
}

#[test]
fn without_usages_in_the_request_the_implied_services_go_though_the_usages_stay() {
    let mut p = small_prison(|l| {
        if l.id == id(5) {
            l.services = [ServiceType::OfficialVisits].into();
            l.usages.insert(NonResidentialUsageType::Visit, Usage { capacity: Some(3), sequence: 1 });
        }
    });
    let mut journal = journal();
    sync::update(&mut p.tree, p.visits, &mut journal, &room_request(), None, ReturnedReason::Overwrites);
    assert_eq!(rows(&journal), ["USED_BY_SERVICE Official visits -> -"]);
    assert_eq!(p.tree.get(p.visits).usages.len(), 1);
}

#[test]
fn a_created_cell_gets_specialist_types_from_its_attributes_and_standard_use() {
    let mut tree = Tree::default();
    let mut journal = journal();
    let attributes = [
        ResidentialAttributeValue::GatedCell,
        ResidentialAttributeValue::ObservationCell,
        ResidentialAttributeValue::SingleOccupancy,
    ];
    let request = NomisLocation { attributes: Some(attributes.into()), ..cell_request() };
    let i = sync::create(&mut tree, &mut journal, &request, None, id(9));
    let cell = tree.get(i);
    assert_eq!(cell.specialist_cell_types, [SpecialistCellType::ConstantSupervision].into());
    assert_eq!(cell.used_for, [UsedForType::StandardAccommodation].into());
    assert_eq!(cell.in_cell_sanitation, None);
    assert_eq!(rows(&journal), ["USED_FOR - -> Standard accommodation"]);
}

#[test]
fn a_holding_cell_is_a_room_from_the_start() {
    let mut tree = Tree::default();
    let mut journal = journal();
    let request = NomisLocation { housing_type: Some(ResidentialHousingType::HoldingCell), ..cell_request() };
    let i = sync::create(&mut tree, &mut journal, &request, None, id(9));
    let cell = tree.get(i);
    assert_eq!(cell.converted_cell_type, Some(ConvertedCellType::HoldingRoom));
    assert!(cell.capacity.is_none());
    assert_eq!(cell.certified_cell, Some(false));
    assert_eq!(
        rows(&journal),
        [
            "STATUS Active -> Non-residential",
            "CONVERTED_CELL_TYPE - -> Holding room",
            "LOCATION_TYPE CELL -> ROOM",
            "MAX_CAPACITY 2 -> None",
            "WORKING_CAPACITY 1 -> None",
            "CERTIFICATION Certified -> Uncertified",
        ]
    );
}

#[test]
fn a_virtual_location_drops_the_cna_when_created() {
    let mut tree = Tree::default();
    let request = NomisLocation {
        code: "RECP".into(),
        location_type: LocationType::Area,
        capacity: Some(NomisCapacity { max: 99, working: 98, certified_normal_accommodation: Some(97) }),
        ..cell_request()
    };
    let i = sync::create(&mut tree, &mut journal(), &request, None, id(9));
    assert_eq!(tree.get(i).kind, Kind::Virtual);
    let expected = Capacity { max: 99, working: 98, certified_normal_accommodation: 0 };
    assert_eq!(tree.get(i).capacity, Some(expected));
}

#[test]
fn an_inactive_create_has_no_date_unless_nomis_gives_one() {
    let mut tree = Tree::default();
    let given =
        NomisDeactivation { reason: NomisDeactivatedReason::NewBuilding, date: None, proposed_reactivation_date: None };
    let request = NomisLocation { deactivation: Some(given), ..cell_request() };
    let i = sync::create(&mut tree, &mut journal(), &request, None, id(9));
    let cell = tree.get(i);
    assert_eq!(cell.status, LocationStatus::Inactive);
    assert_eq!((cell.deactivated_date, cell.deactivated_reason), (None, Some(DeactivatedReason::Other)));
    assert_eq!(cell.temporarily_off_cell_cert, Some(false));
}

#[test]
fn a_repeat_is_recognised_by_what_it_would_write() {
    let (mut first, mut second) = (Tree::default(), Tree::default());
    let a = sync::create(&mut first, &mut journal(), &cell_request(), None, id(9));
    let later = NomisLocation { last_updated_by: "SOMEBODY_ELSE".into(), ..cell_request() };
    let b = sync::create(&mut second, &mut journal(), &later, None, id(10));
    assert!(sync::says_the_same(second.get(b), first.get(a)));
    let other = NomisLocation { comments: Some("new".into()), ..cell_request() };
    let mut third = Tree::default();
    let c = sync::create(&mut third, &mut journal(), &other, None, id(11));
    assert!(!sync::says_the_same(third.get(c), first.get(a)));
}
