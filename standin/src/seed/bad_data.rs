//! What is wrong in old data (08 section 15.9).

use super::dice::Dice;
use super::rows::{Batch, Ids, ProfileRow, UsageRow};

/// Codes that are in no list, by list.
const UNKNOWN_CODES: [(&str, &str); 9] = [
    ("HOU_USED_FOR", "S"),
    ("HOU_USED_FOR", "BM"),
    ("HOU_USED_FOR", "MB"),
    ("HOU_USED_FOR", "0"),
    ("HOU_SANI_FIT", "ABC"),
    ("HOU_SANI_FIT", "TVP"),
    ("HOU_SANI_FIT", "ST"),
    ("HOU_UNIT_ATT", "LISTENER"),
    ("NON_ASSO_TYP", "TNA"),
];
/// A usage row for a location that never was: ids this far away.
const NOBODY: i64 = 9_000_000;

/// Spoils so many of 100 locations, one kind of fault after the other.
pub(super) struct BadData {
    percent: f64,
    dice: Dice,
    kind: usize,
    spoilt: usize,
}

impl BadData {
    pub fn new(percent: f64, dice: Dice) -> Self {
        Self { percent, dice, kind: 0, spoilt: 0 }
    }

    /// How many were spoilt since it was last asked.
    pub fn taken(&mut self) -> usize {
        std::mem::take(&mut self.spoilt)
    }

    /// Spoils a batch.
    pub fn spoil(&mut self, batch: &mut Batch, ids: &mut Ids) {
        for index in 0..batch.locations.len() {
            if self.dice.percent(self.percent) {
                self.kind += 1;
                self.spoilt += 1;
                self.spoil_one(batch, index, ids);
            }
        }
    }

    fn spoil_one(&mut self, batch: &mut Batch, index: usize, ids: &mut Ids) {
        let row = &mut batch.locations[index];
        let (id, prison) = (row.internal_location_id, row.agy_loc_id.clone());
        match (self.kind % 6, row.internal_location_type.as_str()) {
            // A type that is in no list.
            (0, "WING") => row.internal_location_type = self.dice.pick(&["BLK", "HBLK"]).to_owned(),
            (0, "LAND") => row.internal_location_type = self.dice.pick(&["TIER", "LAN"]).to_owned(),
            (1, "CELL") => {
                row.capacity = Some(0);
                row.operation_capacity = Some(0);
                row.cna_no = Some(0);
            }
            // A description at odds with parent and code.
            (2, _) => row.description = format!("{prison}-OLD-{id}"),
            // A usage of a location that never was.
            (3, _) => batch.usages.push(usage(&prison, "VISIT", NOBODY + id, ids)),
            (4, _) => swap_with_parent(batch, index),
            (5, "CELL" | "WING" | "LAND") | (0 | 1, _) => {
                let (list, code) = self.dice.pick(&UNKNOWN_CODES);
                batch.profiles.push(ProfileRow {
                    internal_location_id: id,
                    int_loc_profile_type: list.to_owned(),
                    int_loc_profile_code: code.to_owned(),
                });
            }
            // The usage that is not in the list; kept in prisons that have it.
            _ => batch.usages.push(usage(&prison, "OTH", id, ids)),
        }
    }
}

fn usage(prison: &str, code: &str, location: i64, ids: &mut Ids) -> UsageRow {
    let usage_location_id = ids.usage;
    ids.usage += 1;
    UsageRow {
        usage_location_id,
        agy_loc_id: prison.to_owned(),
        internal_location_usage: code.to_owned(),
        internal_location_id: location,
        capacity: None,
        list_seq: None,
    }
}

/// The child gets the lower id of the two: a migration in the order of ids meets it first.
fn swap_with_parent(batch: &mut Batch, index: usize) {
    let child = batch.locations[index].internal_location_id;
    let Some(parent) = batch.locations[index].parent_internal_location_id else { return };
    let swapped = |id: i64| match id {
        id if id == child => parent,
        id if id == parent => child,
        id => id,
    };
    for row in &mut batch.locations {
        row.internal_location_id = swapped(row.internal_location_id);
        row.parent_internal_location_id = row.parent_internal_location_id.map(swapped);
    }
    for row in &mut batch.profiles {
        row.internal_location_id = swapped(row.internal_location_id);
    }
    for row in &mut batch.usages {
        row.internal_location_id = swapped(row.internal_location_id);
    }
    for row in &mut batch.amendments {
        row.internal_location_id = swapped(row.internal_location_id);
    }
}
