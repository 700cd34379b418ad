//! What a change leaves behind: the linked transaction and the history rows (01 section 9).

use std::collections::HashSet;

use chrono::NaiveDateTime;
use uuid::Uuid;

use super::location::Location;
use super::reference::{LocationAttribute, LocationStatus, TransactionType};

/// The row that ties together all that one operation changed (01 section 9.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkedTransaction {
    /// UUID version 7, made by the caller.
    pub id: Uuid,
    /// What was done.
    pub transaction_type: TransactionType,
    /// The prison of the operation.
    pub prison_id: String,
    /// Text that clients show.
    pub detail: String,
    /// Who did it.
    pub invoked_by: String,
    /// When it began.
    pub start: NaiveDateTime,
    /// When it ended; a few operations leave it open.
    pub end: Option<NaiveDateTime>,
}

/// One row of `location_history`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HistoryEntry {
    /// The location that changed.
    pub location_id: Uuid,
    /// What of it changed.
    pub attribute: LocationAttribute,
    /// Text before, never blank.
    pub old: Option<String>,
    /// Text after, never blank.
    pub new: Option<String>,
    /// Who changed it.
    pub amended_by: String,
    /// When, London time.
    pub amended_date: NaiveDateTime,
}

/// Collects the history rows of one linked transaction under the rules of 01 section 9.1.
#[derive(Clone, Debug)]
pub struct Journal {
    /// The transaction that the rows belong to.
    pub transaction: LinkedTransaction,
    /// The acting user of the rows.
    pub user: String,
    /// "now" of the whole operation, London time.
    pub now: NaiveDateTime,
    entries: Vec<HistoryEntry>,
    seen: HashSet<HistoryEntry>,
}

impl Journal {
    /// An empty journal. `now` is the time of the operation, also its start.
    pub fn new(transaction: LinkedTransaction) -> Self {
        Self {
            user: transaction.invoked_by.clone(),
            now: transaction.start,
            transaction,
            entries: Vec::new(),
            seen: HashSet::new(),
        }
    }

    /// Adds a row dated now; see [`Journal::record_at`].
    pub fn record(
        &mut self,
        location: &Location,
        attribute: LocationAttribute,
        old: Option<&str>,
        new: Option<&str>,
    ) -> bool {
        self.record_at(location, attribute, old, new, self.now)
    }

    /// Adds a row, unless the location is a draft, old and new are the same (blank counts as none), or the very row is
    /// there already (01 section 9.1). Answers whether old and new differ in a location that is not a draft.
    pub fn record_at(
        &mut self,
        location: &Location,
        attribute: LocationAttribute,
        old: Option<&str>,
        new: Option<&str>,
        at: NaiveDateTime,
    ) -> bool {
        let (old, new) = (filled(old), filled(new));
        if location.status == LocationStatus::Draft || old == new {
            return false;
        }
        let entry = HistoryEntry {
            location_id: location.id,
            attribute,
            old: old.map(str::to_owned),
            new: new.map(str::to_owned),
            amended_by: self.user.clone(),
            amended_date: at,
        };
        if self.seen.insert(entry.clone()) {
            self.entries.push(entry);
        }
        true
    }

    /// Adds a row that comes from outside, with its own user and date (migrated history, 02 section 12.2).
    pub fn record_foreign(&mut self, entry: HistoryEntry) {
        let entry = HistoryEntry {
            old: filled(entry.old.as_deref()).map(str::to_owned),
            new: filled(entry.new.as_deref()).map(str::to_owned),
            ..entry
        };
        if entry.old != entry.new && self.seen.insert(entry.clone()) {
            self.entries.push(entry);
        }
    }

    /// The rows, in the order in which they were added.
    pub fn entries(&self) -> &[HistoryEntry] {
        &self.entries
    }

    /// Removes the rows of a location that goes away in the same operation.
    pub fn forget(&mut self, location_id: Uuid) {
        self.entries.retain(|e| e.location_id != location_id);
    }
}

fn filled(text: Option<&str>) -> Option<&str> {
    text.filter(|t| !t.trim().is_empty())
}
