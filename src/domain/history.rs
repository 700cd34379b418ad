//! History as stored: linked transactions and their rows, and the orders in which they are shown (01 section 9).

use std::cmp::Ordering;

use chrono::NaiveDateTime;
use uuid::Uuid;

use super::journal::LinkedTransaction;
use super::reference::LocationAttribute;

/// A stored row of `location_history`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEntry {
    /// The location that changed.
    pub location_id: Uuid,
    /// Its present key.
    pub location_key: String,
    /// The linked transaction; old rows have none.
    pub transaction_id: Option<Uuid>,
    /// What of the location changed.
    pub attribute: LocationAttribute,
    /// Text before.
    pub old: Option<String>,
    /// Text after.
    pub new: Option<String>,
    /// Who changed it.
    pub amended_by: String,
    /// When, London time.
    pub amended_date: NaiveDateTime,
}

impl StoredEntry {
    /// The base order of rows: transaction, location, time, attribute, old, new, user; nulls first (01 section 9.2).
    pub fn base_order(a: &Self, b: &Self) -> Ordering {
        optional_id_order(a.transaction_id, b.transaction_id)
            .then_with(|| id_order(a.location_id, b.location_id))
            .then_with(|| a.amended_date.cmp(&b.amended_date))
            .then_with(|| a.attribute.cmp(&b.attribute))
            .then_with(|| a.old.cmp(&b.old))
            .then_with(|| a.new.cmp(&b.new))
            .then_with(|| a.amended_by.cmp(&b.amended_by))
    }
}

/// Ids compare as two signed 64-bit halves, as on the live service's platform (03 section 5).
pub fn id_order(a: Uuid, b: Uuid) -> Ordering {
    let halves = |id: Uuid| {
        let (high, low) = id.as_u64_pair();
        (high.cast_signed(), low.cast_signed())
    };
    halves(a).cmp(&halves(b))
}

fn optional_id_order(a: Option<Uuid>, b: Option<Uuid>) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => id_order(a, b),
        (a, b) => a.is_some().cmp(&b.is_some()),
    }
}

/// The history of locations: rows in base order without repeats, and the transactions that they belong to.
#[derive(Clone, Debug, Default)]
pub struct History {
    entries: Vec<StoredEntry>,
    transactions: Vec<LinkedTransaction>,
}

impl History {
    /// Sorts the rows and drops those that are equal in everything.
    pub fn new(mut entries: Vec<StoredEntry>, mut transactions: Vec<LinkedTransaction>) -> Self {
        entries.sort_by(StoredEntry::base_order);
        entries.dedup();
        // Latest start first, ties by ascending id (01 section 9.4).
        transactions.sort_by(|a, b| b.start.cmp(&a.start).then_with(|| id_order(a.id, b.id)));
        Self { entries, transactions }
    }

    /// The rows of one location in base order.
    pub fn of_location(&self, location_id: Uuid) -> impl Iterator<Item = &StoredEntry> {
        self.entries.iter().filter(move |e| e.location_id == location_id)
    }

    /// All rows in base order.
    pub fn entries(&self) -> &[StoredEntry] {
        &self.entries
    }

    /// The transactions, latest start first.
    pub fn transactions(&self) -> &[LinkedTransaction] {
        &self.transactions
    }

    /// The transaction with this id.
    pub fn transaction(&self, id: Uuid) -> Option<&LinkedTransaction> {
        self.transactions.iter().find(|t| t.id == id)
    }
}
