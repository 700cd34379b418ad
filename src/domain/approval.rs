//! Approval requests as far as a location's status and pending values depend on them (01 sections 5.3 and 6.3).

use std::collections::HashMap;

use chrono::{NaiveDate, NaiveDateTime};
use uuid::Uuid;

use super::reference::{ApprovalStatus, ApprovalType, SpecialistCellType};

/// A certification approval request on a location.
#[derive(Clone, Debug, PartialEq)]
pub struct ApprovalRequest {
    /// Id of the request.
    pub id: Uuid,
    /// What is asked for.
    pub approval_type: ApprovalType,
    /// Whether it is decided.
    pub status: ApprovalStatus,
    /// When it was made, London time.
    pub requested_date: NaiveDateTime,
    /// Why the change is asked for.
    pub reason_for_change: Option<String>,
    /// Proposed cell mark (type `CELL_MARK`).
    pub cell_mark: Option<String>,
    /// Proposed sanitation (type `CELL_SANITATION`).
    pub in_cell_sanitation: Option<bool>,
    /// Proposed specialist cell types in the order of the request (type `SPECIALIST_CELL_TYPE`).
    pub specialist_cell_types: Vec<SpecialistCellType>,
    /// Proposed reactivation date (type `DEACTIVATION`).
    pub proposed_reactivation_date: Option<NaiveDate>,
    /// Numbers of the location tree saved with a PENDING request, by path; empty for decided ones.
    pub tree: HashMap<String, RequestedCapacity>,
}

/// The numbers that a request's saved location tree holds for one path; missing ones are not decided by it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RequestedCapacity {
    /// Proposed max capacity.
    pub max: Option<i32>,
    /// Proposed working capacity.
    pub working: Option<i32>,
    /// Proposed certified normal accommodation.
    pub certified_normal_accommodation: Option<i32>,
    /// Working capacity at the time of the request.
    pub current_working: Option<i32>,
}

impl ApprovalRequest {
    /// Waiting for a decision.
    pub fn is_pending(&self) -> bool {
        self.status == ApprovalStatus::Pending
    }

    /// Order of requests on one location: latest first, then status, then type (01 section 5.3 rule 2).
    pub fn order(a: &Self, b: &Self) -> std::cmp::Ordering {
        b.requested_date
            .cmp(&a.requested_date)
            .then(a.status.cmp(&b.status))
            .then(a.approval_type.cmp(&b.approval_type))
    }
}
