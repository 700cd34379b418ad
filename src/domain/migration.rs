//! What a migration sends: a location as NOMIS has it, with its history (02 section 12).

use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::journal::{HistoryEntry, Journal};
use super::reference::LocationAttribute;
use super::sync::{self, NomisLocation};
use super::tree::{Index, Tree};

/// The longest path that fits its column.
pub const LONGEST_PATH: usize = 150;

/// A location to be migrated, and where it belongs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MigratedLocation {
    /// What NOMIS says of it.
    pub location: NomisLocation,
    /// Its parent by id; wins over the path.
    pub parent_id: Option<Uuid>,
    /// Its parent by path in the same prison.
    pub parent_path: Option<String>,
    /// What happened to it in NOMIS.
    pub history: Vec<MigratedHistory>,
}

/// One change that NOMIS remembers; it is recorded, not applied.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MigratedHistory {
    /// What changed.
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

impl MigratedHistory {
    /// The history row of a location.
    pub fn entry(&self, location_id: Uuid) -> HistoryEntry {
        HistoryEntry {
            location_id,
            attribute: self.attribute,
            old: self.old.clone(),
            new: self.new.clone(),
            amended_by: self.amended_by.clone(),
            amended_date: self.amended_date,
        }
    }
}

/// Creates the location as a sync does, with its history (02 sections 9 and 12.2).
pub fn create(
    tree: &mut Tree,
    journal: &mut Journal,
    migrated: &MigratedLocation,
    parent: Option<Index>,
    id: Uuid,
) -> Index {
    let i = sync::create(tree, journal, &migrated.location, parent, id);
    for change in &migrated.history {
        journal.record_foreign(change.entry(id));
    }
    i
}
