//! 01 section 9.1: when a history row is added.

use super::fixture::{cell, journal, now, rows};
use crate::domain::reference::{LocationAttribute, LocationStatus};

#[test]
fn nothing_is_recorded_of_a_draft() {
    let mut draft = cell(1, "001", 1, 1, 1);
    draft.status = LocationStatus::Draft;
    let mut journal = journal();
    assert!(!journal.record(&draft, LocationAttribute::Comments, None, Some("leak")));
    assert!(journal.entries().is_empty());
}

#[test]
fn a_blank_text_counts_as_none_and_equal_texts_leave_no_row() {
    let cell = cell(1, "001", 1, 1, 1);
    let mut journal = journal();
    journal.record(&cell, LocationAttribute::Comments, Some("  "), None);
    journal.record(&cell, LocationAttribute::Comments, Some("leak"), Some("leak"));
    journal.record(&cell, LocationAttribute::Comments, Some(""), Some("leak"));
    assert_eq!(rows(&journal), ["COMMENTS - -> leak"]);
}

#[test]
fn the_very_same_row_is_kept_once() {
    let cell = cell(1, "001", 1, 1, 1);
    let mut journal = journal();
    assert!(journal.record(&cell, LocationAttribute::Comments, None, Some("leak")));
    assert!(journal.record(&cell, LocationAttribute::Comments, None, Some("leak")));
    journal.record_at(&cell, LocationAttribute::Comments, None, Some("leak"), now() - chrono::Duration::seconds(1));
    assert_eq!(journal.entries().len(), 2);
}
