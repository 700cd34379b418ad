//! Made-up locations for tests of the rules.

use chrono::{NaiveDate, NaiveDateTime};
use uuid::Uuid;

use crate::domain::approval::ApprovalRequest;
use crate::domain::journal::{Journal, LinkedTransaction};
use crate::domain::location::{Capacity, Kind, Location, NewLocation};
use crate::domain::reference::{
    AccommodationType, ApprovalStatus, ApprovalType, LocationStatus, LocationType, ResidentialHousingType,
    TransactionType, UsedForType,
};
use crate::domain::tree::{Index, Tree};

/// The "now" of all tests.
pub fn now() -> NaiveDateTime {
    NaiveDate::from_ymd_opt(2024, 6, 5).unwrap().and_hms_opt(12, 34, 56).unwrap()
}

/// An id that is told by a number.
pub fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

/// A journal of a sync by user NOMIS_USER.
pub fn journal() -> Journal {
    Journal::new(LinkedTransaction {
        id: id(0xff),
        transaction_type: TransactionType::Sync,
        prison_id: "LEI".into(),
        detail: "test".into(),
        invoked_by: "NOMIS_USER".into(),
        start: now(),
        end: Some(now()),
    })
}

/// A location of the prison LEI that is active and has nothing else.
pub fn location(n: u128, kind: Kind, code: &str, location_type: LocationType) -> Location {
    let mut location = Location::new(NewLocation {
        id: id(n),
        kind,
        prison_id: "LEI".into(),
        code: code.into(),
        location_type,
        status: LocationStatus::Active,
        user: "CREATOR".into(),
        at: now(),
    });
    if kind.is_residential() {
        location.housing_type = Some(ResidentialHousingType::NormalAccommodation);
    }
    location
}

/// A certified cell of normal accommodation with this capacity.
pub fn cell(n: u128, code: &str, max: i32, working: i32, cna: i32) -> Location {
    let mut cell = location(n, Kind::Cell, code, LocationType::Cell);
    cell.accommodation_type = Some(AccommodationType::NormalAccommodation);
    cell.used_for.insert(UsedForType::StandardAccommodation);
    cell.certified_cell = Some(true);
    cell.capacity_id = Some(i64::try_from(n).unwrap());
    cell.capacity = Some(Capacity { max, working, certified_normal_accommodation: cna });
    cell
}

/// A pending request of this type without a saved tree.
pub fn pending(approval_type: ApprovalType) -> ApprovalRequest {
    ApprovalRequest {
        id: id(0xabc),
        approval_type,
        status: ApprovalStatus::Pending,
        requested_date: now(),
        reason_for_change: Some("because".into()),
        cell_mark: None,
        in_cell_sanitation: None,
        specialist_cell_types: Vec::new(),
        proposed_reactivation_date: None,
        tree: Default::default(),
    }
}

/// Wing A (1) with landing 1 (2) and cells 001 (3; 2/1/1) and 002 (4; 1/1/1), and a visits room at the top (5).
pub struct SmallPrison {
    /// The tree.
    pub tree: Tree,
    /// Wing A.
    pub wing: Index,
    /// Landing A-1.
    pub landing: Index,
    /// Cell A-1-001.
    pub cell: Index,
    /// Cell A-1-002.
    pub second_cell: Index,
    /// Visits room VISIT.
    pub visits: Index,
}

/// See [`SmallPrison`]; `change` may alter the rows first.
pub fn small_prison(change: impl Fn(&mut Location)) -> SmallPrison {
    let mut rows = vec![
        location(1, Kind::Residential, "A", LocationType::Wing),
        location(2, Kind::Residential, "1", LocationType::Landing),
        cell(3, "001", 2, 1, 1),
        cell(4, "002", 1, 1, 1),
        location(5, Kind::NonResidential, "VISIT", LocationType::Visits),
    ];
    rows[1].parent_id = Some(id(1));
    rows[2].parent_id = Some(id(2));
    rows[3].parent_id = Some(id(2));
    for (row, path) in rows.iter_mut().zip(["A", "A-1", "A-1-001", "A-1-002", "VISIT"]) {
        row.path = path.into();
        change(row);
    }
    let tree = Tree::new(rows);
    let find = |n| tree.find(id(n)).unwrap();
    SmallPrison { wing: find(1), landing: find(2), cell: find(3), second_cell: find(4), visits: find(5), tree }
}

/// The rows of a journal as short texts: `ATTRIBUTE old -> new`, `-` for none.
pub fn rows(journal: &Journal) -> Vec<String> {
    let text = |t: &Option<String>| t.clone().unwrap_or_else(|| "-".into());
    journal.entries().iter().map(|e| format!("{} {} -> {}", e.attribute.as_str(), text(&e.old), text(&e.new))).collect()
}
