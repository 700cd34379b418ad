//! The stored capacity of a cell or virtual location (01 section 10.5).

use chrono::NaiveDateTime;

use crate::domain::capacity::check_capacity;
use crate::domain::journal::Journal;
use crate::domain::location::{Capacity, Kind};
use crate::domain::reference::LocationAttribute;
use crate::domain::refusal::Refusal;
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

/// Sets the capacity under the rules of the location's own state (01 section 10.5, 04 section 3.4): rows and touch dated
/// `at`, nothing when no number differs. Only a cell that is not converted and a virtual location have a capacity; for
/// other residential locations nothing is checked or stored.
///
/// # Errors
/// 112, 113, 114, 115 or 106, the first rule that is broken.
pub fn set_capacity(
    tree: &mut Tree,
    i: Index,
    journal: &mut Journal,
    new: Capacity,
    at: NaiveDateTime,
) -> Result<(), Refusal> {
    let location = tree.get(i);
    if matches!(location.kind, Kind::Cell | Kind::Virtual) {
        check_capacity(tree, i, new)?;
    }
    let holds_capacity = location.is_true_cell() || location.kind == Kind::Virtual;
    if holds_capacity && location.stored_capacity() != new {
        store_capacity(tree, i, journal, new, at);
        let user = journal.user.clone();
        tree.edit(i).touch(&user, at);
    }
    Ok(())
}
