//! 01 sections 10.6 and 10.7: deactivation and reactivation.

use chrono::NaiveDate;

use super::fixture::{id, journal, now, rows, small_prison};
use crate::domain::change::deactivation::{Deactivation, deactivate, reactivate};
use crate::domain::reference::{ConvertedCellType, DeactivatedReason, LocationStatus, ResidentialHousingType};

fn details() -> Deactivation {
    Deactivation {
        reason: DeactivatedReason::Maintenance,
        description: Some("leak".into()),
        proposed_reactivation_date: NaiveDate::from_ymd_opt(2024, 12, 24),
        planet_fm_reference: Some("FM1".into()),
        at: NaiveDate::from_ymd_opt(2024, 6, 1).unwrap().and_hms_opt(0, 0, 0).unwrap(),
        short_term: true,
    }
}

#[test]
fn a_wing_takes_its_landings_and_cells_with_it_but_no_rooms() {
    let mut p = small_prison(|l| {
        if l.id == id(4) {
            l.converted_cell_type = Some(ConvertedCellType::Office);
        }
    });
    let mut journal = journal();
    let outcome = deactivate(&mut p.tree, p.wing, &mut journal, &details());
    assert_eq!(outcome.deactivated, [p.wing, p.landing, p.cell]);
    for i in [p.wing, p.landing, p.cell] {
        let location = p.tree.get(i);
        assert_eq!(location.status, LocationStatus::Inactive);
        assert_eq!(location.deactivated_date, Some(details().at));
        assert_eq!(location.when_updated, details().at);
        assert_eq!(location.deactivated_by.as_deref(), Some("NOMIS_USER"));
        assert_eq!(location.planet_fm_reference.as_deref(), Some("FM1"));
    }
    assert_eq!(p.tree.get(p.second_cell).status, LocationStatus::Active);
    // The short-term flag goes to all counted cells, rooms included (01 section 12 quirk 14).
    assert_eq!(p.tree.get(p.cell).temporarily_off_cell_cert, Some(true));
    assert_eq!(p.tree.get(p.second_cell).temporarily_off_cell_cert, Some(true));
    assert_eq!(p.tree.get(p.visits).status, LocationStatus::Active);
    let of_cell: Vec<String> = rows(&journal)
        .into_iter()
        .zip(journal.entries())
        .filter(|(_, e)| e.location_id == id(3))
        .map(|(row, e)| {
            assert_eq!(e.amended_date, details().at);
            row
        })
        .collect();
    assert_eq!(
        of_cell,
        [
            "STATUS Active -> Inactive",
            "WORKING_CAPACITY 1 -> 0",
            "DEACTIVATION_REASON - -> Maintenance - leak",
            "PROPOSED_REACTIVATION_DATE - -> 24/12/2024",
            "PLANET_FM_NUMBER - -> FM1",
        ]
    );
}

#[test]
fn an_inactive_descendant_keeps_its_date_and_gets_the_new_reason() {
    let mut p = small_prison(|l| {
        if l.id == id(3) {
            l.status = LocationStatus::Inactive;
            l.deactivated_date = Some(now());
            l.deactivated_by = Some("SOMEBODY".into());
            l.deactivated_reason = Some(DeactivatedReason::Damp);
        }
    });
    let mut journal = journal();
    let outcome = deactivate(&mut p.tree, p.wing, &mut journal, &details());
    assert!(!outcome.deactivated.contains(&p.cell));
    assert!(outcome.updated.contains(&p.cell));
    let cell = p.tree.get(p.cell);
    assert_eq!(cell.deactivated_date, Some(now()));
    assert_eq!(cell.deactivated_by.as_deref(), Some("SOMEBODY"));
    assert_eq!(cell.deactivated_reason, Some(DeactivatedReason::Maintenance));
}

#[test]
fn nothing_happens_to_an_archived_location() {
    let mut p = small_prison(|l| {
        if l.id == id(1) {
            l.status = LocationStatus::Archived;
        }
    });
    let mut journal = journal();
    deactivate(&mut p.tree, p.wing, &mut journal, &details());
    assert!(journal.entries().is_empty());
    assert!(p.tree.changed().is_empty());
}

#[test]
fn reactivating_a_cell_opens_the_line_above_it_and_certifies_it() {
    let mut p = small_prison(|l| {
        if l.id != id(4) {
            l.status = LocationStatus::Inactive;
        }
        if l.id == id(3) {
            l.certified_cell = Some(false);
            l.temporarily_off_cell_cert = Some(true);
            l.housing_type = Some(ResidentialHousingType::Reception);
        }
    });
    let mut journal = journal();
    let opened = reactivate(&mut p.tree, p.cell, &mut journal);
    assert_eq!(opened, [p.wing, p.landing, p.cell]);
    let cell = p.tree.get(p.cell);
    assert_eq!(cell.status, LocationStatus::Active);
    assert_eq!(cell.certified_cell, Some(true));
    assert_eq!(cell.temporarily_off_cell_cert, Some(false));
    assert_eq!(cell.housing_type, Some(ResidentialHousingType::NormalAccommodation));
    assert_eq!(
        rows(&journal),
        [
            "STATUS Inactive -> Active",
            "STATUS Inactive -> Active",
            "STATUS Inactive -> Active",
            "CERTIFICATION Uncertified -> Certified",
        ]
    );
    assert_eq!(p.tree.get(p.visits).status, LocationStatus::Inactive);
}
