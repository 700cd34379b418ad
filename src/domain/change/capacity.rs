//! The stored capacity of a cell or virtual location (01 section 10.5).

use chrono::NaiveDateTime;

use crate::domain::journal::Journal;
use crate::domain::location::{Capacity, Kind};
use crate::domain::reference::LocationAttribute;
use crate::domain::tree::{Index, Tree};

/// The text of a capacity that is not there.
const NONE: &str = "None";

/// Stores a capacity without checking it, with its three rows dated `at`. Does not touch.
pub fn store_capacity(tree: &mut Tree, i: Index, journal: &mut Journal, new: Capacity, at: NaiveDateTime) {
    let location = tree.get(i);
    let old = location.capacity;
    let text = |number: fn(&Capacity) -> i32| old.as_ref().map_or(NONE.to_owned(), |c| number(c).to_string());
    // The old CNA of a virtual location is always written as 0 (01 section 10.5 rule 3).
    let old_cna = match (location.kind, old) {
        (Kind::Virtual, Some(_)) => "0".to_owned(),
        _ => text(|c| c.certified_normal_accommodation),
    };
    for (attribute, old, new) in [
        (LocationAttribute::MaxCapacity, text(|c| c.max), new.max),
        (LocationAttribute::WorkingCapacity, text(|c| c.working), new.working),
        (LocationAttribute::CertifiedCapacity, old_cna, new.certified_normal_accommodation),
    ] {
        journal.record_at(location, attribute, Some(&old), Some(&new.to_string()), at);
    }
    tree.edit(i).capacity = Some(new);
}
