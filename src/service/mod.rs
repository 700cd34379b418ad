//! What can be done: one public function for one job, one database transaction each.

pub mod announce;
pub mod certification;
pub mod error;
pub mod groups;
pub mod hierarchy;
pub mod lists;
pub mod locations;
pub mod migration;
pub mod nomis_switch;
pub mod non_residential;
pub mod occupancy;
pub mod prison;
pub mod prisoners;
pub mod reconciliation;
pub mod residential;
pub mod roll_count;
pub mod summary;
pub mod sync;
pub mod training;
pub mod transactions;

pub use error::ServiceError;

use std::sync::Arc;

use uuid::Uuid;

use crate::clients::Clients;
use crate::clock::Clock;
use crate::domain::groups::GroupTable;
use crate::domain::journal::{Journal, LinkedTransaction};
use crate::domain::reference::TransactionType;
use crate::domain::sync::ReturnedReason;
use crate::store::Store;

/// What every job needs.
#[derive(Clone)]
pub struct Services {
    /// Where locations are kept.
    pub store: Store,
    /// The contract's time.
    pub clock: Clock,
    /// The other services.
    pub clients: Clients,
    /// Groups of the prisons that have them in a file.
    pub groups: Arc<GroupTable>,
    /// Whether prisons are switched on one by one; if not, all of them are active (setting
    /// `SERVICE_RESIDENTIAL_ACTIVATED_PER_PRISON`).
    pub activated_per_prison: bool,
    /// What becomes of a reason of deactivation that NOMIS sends back (setting `NOMIS_SYNC_KEEPS_DEACTIVATION_REASON`).
    pub returned_reason: ReturnedReason,
}

/// A new id: UUID version 7, increasing within the process (01 section 1.3).
pub fn new_id() -> Uuid {
    Uuid::now_v7()
}

/// The journal of an operation that begins now and ends when it is committed.
fn journal(
    services: &Services,
    transaction_type: TransactionType,
    prison_id: &str,
    detail: String,
    user: &str,
) -> Journal {
    let now = services.clock.now().local();
    Journal::new(LinkedTransaction {
        id: new_id(),
        transaction_type,
        prison_id: prison_id.to_owned(),
        detail,
        invoked_by: user.to_owned(),
        start: now,
        end: Some(now),
    })
}
