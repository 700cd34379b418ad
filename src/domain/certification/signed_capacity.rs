//! The signed operational capacity of a prison (06 section 9).

use chrono::NaiveDateTime;

use crate::domain::location::Kind;
use crate::domain::reference::LocationStatus;
use crate::domain::refusal::{CapacityRule, Refusal};
use crate::domain::tree::Tree;

/// How many prisoners a prison may hold in all: a row of `signed_operation_capacity`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedCapacity {
    /// Id of the row.
    pub id: i32,
    /// The prison.
    pub prison_id: String,
    /// Persons.
    pub capacity: i32,
    /// When it was last changed directly, London time.
    pub when_updated: NaiveDateTime,
    /// Who changed it then.
    pub updated_by: String,
}

/// The most that the prison can hold: the sum over its top-level residential locations that are neither archived nor
/// areas nor virtual; with `pending`, drafts and what is asked for count too (06 section 9.4). `tree` holds the prison.
pub fn maximum_capacity(tree: &Tree, prison_id: &str, pending: bool) -> i32 {
    tree.roots()
        .filter(|i| {
            let location = tree.get(*i);
            location.prison_id == prison_id
                && location.parent_id.is_none()
                && location.status != LocationStatus::Archived
                && matches!(location.kind, Kind::Cell | Kind::Residential)
                && !location.location_type.is_area()
        })
        .map(|i| if pending { tree.pending_capacity(i).max } else { tree.capacity(i).max })
        .sum()
}

/// Refuses a signed capacity above the most that the prison can hold.
///
/// # Errors
/// 116.
pub fn check_signed_capacity(capacity: i32, maximum: i32) -> Result<(), Refusal> {
    if capacity > maximum { Err(Refusal::Capacity(CapacityRule::SignedAboveMax(maximum))) } else { Ok(()) }
}
