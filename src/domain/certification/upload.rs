//! The upload of a cell certificate: what each row does to its cell (06 section 8.4).

use std::collections::HashMap;

use chrono::NaiveDateTime;
use uuid::Uuid;

use crate::domain::capacity::check_capacity;
use crate::domain::change::capacity::store_capacity;
use crate::domain::change::cell::{set_cell_mark, set_sanitation};
use crate::domain::journal::Journal;
use crate::domain::location::{Capacity, Kind, Location};
use crate::domain::reference::{UploadRowStatus, UploadStatus};
use crate::domain::residential::capacity::check_occupancy;
use crate::domain::tree::{Index, Tree};

/// The longest message of a row, in characters.
const LONGEST_MESSAGE: usize = 255;
const NOT_FOUND: &str = "Location not found on Residential locations";
const ARCHIVED: &str = "Archived location";
const NO_CHANGES: &str = "No changes required";
const FAILED: &str = "Update failed: ";

/// An upload without its rows.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the fields are the columns of cell_certificate_upload, 01 section 2.1")]
pub struct Upload {
    pub id: Uuid,
    pub prison_id: String,
    pub status: UploadStatus,
    pub requested_by: String,
    pub requested_date: NaiveDateTime,
    pub start_time: Option<NaiveDateTime>,
    pub end_time: Option<NaiveDateTime>,
    pub total_records: i32,
    pub processed_records: i32,
    pub skipped_records: i32,
    pub failed_records: i32,
    pub reason_for_change: Option<String>,
    pub cell_certificate_id: Option<Uuid>,
}

/// What an upload asks for one cell.
#[derive(Clone, Debug, PartialEq)]
pub struct RowValues {
    /// Key of the cell.
    pub location_key: String,
    /// Max capacity, persons.
    pub max: i32,
    /// Working capacity, persons.
    pub working: i32,
    /// Certified normal accommodation, persons; none keeps what there is.
    pub certified_normal_accommodation: Option<i32>,
    /// Cell mark; none keeps what there is.
    pub cell_mark: Option<String>,
    /// Sanitation in the cell; none keeps what there is.
    pub in_cell_sanitation: Option<bool>,
}

/// A row of an upload, with what came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct UploadRow {
    /// Id, UUID version 7.
    pub id: Uuid,
    /// What is asked for.
    pub values: RowValues,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of a row.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Whether it changed its cell.
    pub status: UploadRowStatus,
    /// Why not.
    pub message: Option<String>,
    /// What the cell had before.
    pub previous: Option<Previous>,
    /// When it was processed, London time.
    pub processed_date: Option<NaiveDateTime>,
}

/// What a cell had before its row was processed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are the previous_ columns of the same name")]
pub struct Previous {
    pub max: Option<i32>,
    pub working: Option<i32>,
    pub certified_normal_accommodation: Option<i32>,
    pub cell_mark: Option<String>,
    pub in_cell_sanitation: Option<bool>,
}

impl Previous {
    fn of(cell: &Location) -> Self {
        Self {
            max: cell.capacity.map(|c| c.max),
            working: cell.capacity.map(|c| c.working),
            certified_normal_accommodation: cell.capacity.map(|c| c.certified_normal_accommodation),
            cell_mark: cell.cell_mark.clone(),
            in_cell_sanitation: cell.in_cell_sanitation,
        }
    }
}

/// How many prisoners are in the cells that were asked for, by path.
#[derive(Clone, Debug)]
pub enum Occupancy {
    /// Prisoner Search answered.
    Known(HashMap<String, i32>),
    /// It did not, with the text of the error: rows that need to know fail.
    Unknown(String),
}

/// The cell of a row: one of the upload's prison.
///
/// The live service changes cells of other prisons too (06 section 11 quirk 9); here such a key is not found.
pub fn cell_of(tree: &Tree, by_key: &HashMap<String, Index>, values: &RowValues) -> Option<Index> {
    by_key.get(&values.location_key).copied().filter(|i| tree.get(*i).kind == Kind::Cell)
}

/// Whether a row would change the capacity of its cell, so that it has to be known who is in it. A converted cell has no
/// capacity to change.
pub fn changes_capacity(tree: &Tree, i: Index, values: &RowValues) -> bool {
    let cell = tree.get(i);
    !tree.is_archived(i) && cell.is_true_cell() && cell.capacity != Some(wanted_capacity(cell, values))
}

fn wanted_capacity(cell: &Location, values: &RowValues) -> Capacity {
    Capacity {
        max: values.max,
        working: values.working,
        certified_normal_accommodation: values
            .certified_normal_accommodation
            .unwrap_or(cell.stored_capacity().certified_normal_accommodation),
    }
}

/// Processes one row (06 section 8.4). A row that fails leaves its cell as it was. Answers what came of it, and whether
/// the capacity changed, in which case the cell is announced.
pub fn process_row(
    tree: &mut Tree,
    cell: Option<Index>,
    journal: &mut Journal,
    values: &RowValues,
    occupancy: &Occupancy,
) -> (Outcome, bool) {
    let now = journal.now;
    let outcome = |status, message: Option<String>, previous| Outcome {
        status,
        message: message.map(|m| m.chars().take(LONGEST_MESSAGE).collect()),
        previous,
        processed_date: Some(now),
    };
    let Some(i) = cell else {
        return (outcome(UploadRowStatus::Failed, Some(NOT_FOUND.into()), None), false);
    };
    if tree.is_archived(i) {
        return (outcome(UploadRowStatus::Skipped, Some(ARCHIVED.into()), None), false);
    }
    let capacity_changes = changes_capacity(tree, i, values);
    if capacity_changes && let Err(why) = check(tree, i, values, occupancy) {
        return (outcome(UploadRowStatus::Failed, Some(format!("{FAILED}{why}")), None), false);
    }
    let previous = Some(Previous::of(tree.get(i)));
    let done = outcome(UploadRowStatus::Processed, None, previous.clone());
    let skipped = outcome(UploadRowStatus::Skipped, Some(NO_CHANGES.into()), previous);
    let mut changed = capacity_changes;
    if capacity_changes {
        let user = journal.user.clone();
        let capacity = wanted_capacity(tree.get(i), values);
        store_capacity(tree, i, journal, capacity, now);
        tree.edit(i).touch(&user, now);
    }
    changed |= set_mark_and_sanitation(tree, i, journal, values);
    changed |= set_off_certificate(tree, i, values);
    (if changed { done } else { skipped }, capacity_changes)
}

/// The occupancy rule, then the capacity rules. The error is the text for the row.
fn check(tree: &Tree, i: Index, values: &RowValues, occupancy: &Occupancy) -> Result<(), String> {
    let cell = tree.get(i);
    let wanted = wanted_capacity(cell, values);
    let inside = match occupancy {
        Occupancy::Known(known) => known.get(&cell.path).copied().unwrap_or(0),
        Occupancy::Unknown(why) => return Err(why.clone()),
    };
    check_occupancy(tree, i, wanted, inside)
        .and_then(|()| check_capacity(tree, i, wanted))
        .map_err(|r| r.user_message())
}

/// Sets mark and sanitation where they are given and differ.
fn set_mark_and_sanitation(tree: &mut Tree, i: Index, journal: &mut Journal, values: &RowValues) -> bool {
    let mark = values.cell_mark.as_deref().filter(|m| tree.get(i).cell_mark.as_deref() != Some(*m));
    if let Some(mark) = mark {
        set_cell_mark(tree, i, journal, mark);
    }
    let sanitation = values.in_cell_sanitation.filter(|s| tree.get(i).in_cell_sanitation != Some(*s));
    if let Some(sanitation) = sanitation {
        set_sanitation(tree, i, journal, sanitation);
    }
    mark.is_some() || sanitation.is_some()
}

/// An inactive cell with a working capacity on the certificate is off it for a short time only (06 section 8.4 rule 6).
fn set_off_certificate(tree: &mut Tree, i: Index, values: &RowValues) -> bool {
    let off = tree.get(i).temporarily_off_cell_cert == Some(true);
    let wanted = match values.working {
        0 => false,
        n if n > 0 => true,
        _ => return false,
    };
    if !tree.is_temporarily_inactive(i) || off == wanted {
        return false;
    }
    tree.edit(i).temporarily_off_cell_cert = Some(wanted);
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::reference::LocationStatus;
    use crate::domain::tests::fixture::{SmallPrison, cell, journal, now, rows, small_prison};

    fn row(max: i32, working: i32, cna: Option<i32>) -> RowValues {
        RowValues {
            location_key: "LEI-A-1-001".into(),
            max,
            working,
            certified_normal_accommodation: cna,
            cell_mark: None,
            in_cell_sanitation: None,
        }
    }

    fn empty() -> Occupancy {
        Occupancy::Known(HashMap::new())
    }

    fn process(prison: &mut SmallPrison, values: &RowValues, occupancy: &Occupancy) -> (Outcome, bool, Vec<String>) {
        let mut journal = journal();
        let (outcome, announced) = process_row(&mut prison.tree, Some(prison.cell), &mut journal, values, occupancy);
        (outcome, announced, rows(&journal))
    }

    #[test]
    fn a_capacity_that_differs_is_set_and_announced() {
        let mut prison = small_prison(|_| {});
        let (outcome, announced, history) = process(&mut prison, &row(3, 2, None), &empty());
        assert_eq!(outcome.status, UploadRowStatus::Processed);
        assert_eq!(outcome.previous.unwrap().max, Some(2));
        assert!(announced);
        assert_eq!(history, ["MAX_CAPACITY 2 -> 3", "WORKING_CAPACITY 1 -> 2"]);
        let wanted = Capacity { max: 3, working: 2, certified_normal_accommodation: 1 };
        assert_eq!(prison.tree.get(prison.cell).capacity, Some(wanted));
        assert_eq!(prison.tree.get(prison.cell).when_updated, now());
    }

    #[test]
    fn nothing_to_change_is_skipped() {
        let mut prison = small_prison(|_| {});
        let (outcome, announced, history) = process(&mut prison, &row(2, 1, Some(1)), &empty());
        assert_eq!((outcome.status, outcome.message.as_deref()), (UploadRowStatus::Skipped, Some(NO_CHANGES)));
        assert!(!announced && history.is_empty() && prison.tree.changed().is_empty());
    }

    #[test]
    fn a_row_that_fails_leaves_its_cell_and_says_why() {
        let mut prison = small_prison(|_| {});
        let inside = Occupancy::Known(HashMap::from([("A-1-001".to_owned(), 2)]));
        let with_mark = RowValues { cell_mark: Some("X".into()), ..row(1, 1, None) };
        let (outcome, _, history) = process(&mut prison, &with_mark, &inside);
        assert_eq!(outcome.status, UploadRowStatus::Failed);
        assert_eq!(outcome.previous, None);
        let message = outcome.message.unwrap();
        assert_eq!(message, "Update failed: Max capacity (1) cannot be decreased below current cell occupancy (2)");
        let (outcome, ..) = process(&mut prison, &row(3, 1, None), &inside);
        assert!(outcome.message.unwrap().starts_with("Update failed: Working capacity (1)"));
        let (outcome, ..) = process(&mut prison, &row(100, 1, None), &empty());
        assert_eq!(outcome.message.as_deref(), Some("Update failed: Max capacity must be less than 100"));
        let (outcome, ..) = process(&mut prison, &row(3, 1, None), &Occupancy::Unknown("x".repeat(300)));
        assert_eq!(outcome.message.unwrap().len(), LONGEST_MESSAGE);
        assert!(history.is_empty() && prison.tree.changed().is_empty());
    }

    #[test]
    fn mark_and_sanitation_are_set_without_an_event() {
        let mut prison = small_prison(|_| {});
        let values = RowValues { cell_mark: Some("A1".into()), in_cell_sanitation: Some(true), ..row(2, 1, None) };
        let (outcome, announced, history) = process(&mut prison, &values, &Occupancy::Unknown("away".into()));
        assert_eq!(outcome.status, UploadRowStatus::Processed);
        assert!(!announced);
        assert_eq!(history, ["CELL_MARK - -> A1", "IN_CELL_SANITATION null -> true"]);
    }

    #[test]
    fn an_inactive_cell_with_a_working_capacity_is_off_the_certificate_for_a_time() {
        let mut prison = small_prison(|l| {
            if l.code == "001" {
                l.status = LocationStatus::Inactive;
            }
        });
        let (outcome, announced, _) = process(&mut prison, &row(2, 1, None), &empty());
        assert_eq!(outcome.status, UploadRowStatus::Processed);
        assert!(!announced);
        assert_eq!(prison.tree.get(prison.cell).temporarily_off_cell_cert, Some(true));
        let (_, announced, _) = process(&mut prison, &row(2, 0, None), &empty());
        assert!(announced);
        assert_eq!(prison.tree.get(prison.cell).temporarily_off_cell_cert, Some(false));
    }

    #[test]
    fn cells_that_are_gone_archived_or_converted() {
        let mut prison = small_prison(|l| {
            if l.code == "1" {
                l.status = LocationStatus::Archived;
            }
        });
        let (outcome, _) = process_row(&mut prison.tree, None, &mut journal(), &row(2, 1, None), &empty());
        assert_eq!((outcome.status, outcome.message.as_deref()), (UploadRowStatus::Failed, Some(NOT_FOUND)));
        let (outcome, ..) = process(&mut prison, &row(9, 9, None), &empty());
        assert_eq!((outcome.status, outcome.message.as_deref()), (UploadRowStatus::Skipped, Some(ARCHIVED)));

        let mut room = cell(3, "001", 0, 0, 0);
        room.converted_cell_type = Some(crate::domain::reference::ConvertedCellType::Office);
        room.capacity = None;
        let tree = Tree::new(vec![room]);
        assert!(!changes_capacity(&tree, 0, &row(2, 1, None)));
    }
}
