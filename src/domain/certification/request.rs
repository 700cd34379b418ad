//! A request for approval as it is made: its row, and how it comes to lock its location (06 section 2, 04 section 3.6).

use chrono::{NaiveDate, NaiveDateTime};
use uuid::Uuid;

use super::snapshot::{Snapshot, snapshot};
use crate::domain::approval::ApprovalRequest;
use crate::domain::location::Capacity;
use crate::domain::reference::{
    AccommodationType, ApprovalStatus, ApprovalType, ConvertedCellType, DeactivatedReason, SpecialistCellType,
    UsedForType,
};
use crate::domain::refusal::Refusal;
use crate::domain::tree::{Index, Tree};

/// A new request: the columns of `certification_approval_request` (06 section 2.2), and the location tree saved with it.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the fields are the columns of the same name, described in 06 section 2.2")]
pub struct NewRequest {
    pub id: Uuid,
    pub prison_id: String,
    /// None for a request about the prison.
    pub location_id: Option<Uuid>,
    pub location_key: Option<String>,
    pub approval_type: ApprovalType,
    pub status: ApprovalStatus,
    pub requested_by: String,
    pub requested_date: NaiveDateTime,
    pub approved_or_rejected_by: Option<String>,
    pub approved_or_rejected_date: Option<NaiveDateTime>,
    pub reason_for_change: Option<String>,
    /// New minus current sums, the three `_change` columns.
    pub capacity_change: Capacity,
    pub cell_mark: Option<String>,
    pub current_cell_mark: Option<String>,
    pub in_cell_sanitation: Option<bool>,
    pub current_in_cell_sanitation: Option<bool>,
    pub deactivated_reason: Option<DeactivatedReason>,
    pub deactivation_reason_description: Option<String>,
    pub proposed_reactivation_date: Option<NaiveDate>,
    pub planet_fm_reference: Option<String>,
    /// The three capacities asked for.
    pub capacity: Option<Capacity>,
    /// In the order of the request; an empty list is kept as an empty text.
    pub pending_specialist_cell_types: Option<Vec<SpecialistCellType>>,
    pub converted_cell_type: Option<ConvertedCellType>,
    pub other_converted_cell_type: Option<String>,
    pub accommodation_type: Option<AccommodationType>,
    pub used_for_types: Option<Vec<UsedForType>>,
    pub current_accommodation_types: Option<Vec<AccommodationType>>,
    pub current_used_for_types: Option<Vec<UsedForType>>,
    pub top_level_accommodation_types: Option<Vec<AccommodationType>>,
    pub top_level_used_for_types: Option<Vec<UsedForType>>,
    pub signed_operation_capacity_id: Option<i64>,
    pub current_signed_operation_capacity: i32,
    pub signed_operation_capacity_change: i32,
    /// The saved location tree; none for a request about the prison.
    pub snapshot: Option<Snapshot>,
}

/// Who asks for approval, and when.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// Id of the request, UUID version 7.
    pub id: Uuid,
    /// Who asks.
    pub by: String,
    /// When, London time.
    pub at: NaiveDateTime,
    /// Why.
    pub reason_for_change: Option<String>,
}

impl NewRequest {
    /// A pending request about a prison.
    pub fn about_prison(prison_id: &str, approval_type: ApprovalType, asked: Asked) -> Self {
        Self {
            id: asked.id,
            prison_id: prison_id.to_owned(),
            location_id: None,
            location_key: None,
            approval_type,
            status: ApprovalStatus::Pending,
            requested_by: asked.by,
            requested_date: asked.at,
            approved_or_rejected_by: None,
            approved_or_rejected_date: None,
            reason_for_change: asked.reason_for_change,
            capacity_change: Capacity::default(),
            cell_mark: None,
            current_cell_mark: None,
            in_cell_sanitation: None,
            current_in_cell_sanitation: None,
            deactivated_reason: None,
            deactivation_reason_description: None,
            proposed_reactivation_date: None,
            planet_fm_reference: None,
            capacity: None,
            pending_specialist_cell_types: None,
            converted_cell_type: None,
            other_converted_cell_type: None,
            accommodation_type: None,
            used_for_types: None,
            current_accommodation_types: None,
            current_used_for_types: None,
            top_level_accommodation_types: None,
            top_level_used_for_types: None,
            signed_operation_capacity_id: None,
            current_signed_operation_capacity: 0,
            signed_operation_capacity_change: 0,
            snapshot: None,
        }
    }

    /// A pending request about a location, without its tree; see [`raise`].
    pub fn about_location(tree: &Tree, i: Index, approval_type: ApprovalType, asked: Asked) -> Self {
        let location = tree.get(i);
        Self {
            location_id: Some(location.id),
            location_key: Some(location.key()),
            ..Self::about_prison(&location.prison_id, approval_type, asked)
        }
    }

    /// The request as far as the state of its location depends on it.
    fn as_seen_by_location(&self) -> ApprovalRequest {
        ApprovalRequest {
            id: self.id,
            approval_type: self.approval_type,
            status: self.status,
            requested_date: self.requested_date,
            reason_for_change: self.reason_for_change.clone(),
            cell_mark: self.cell_mark.clone(),
            in_cell_sanitation: self.in_cell_sanitation,
            specialist_cell_types: self.pending_specialist_cell_types.clone().unwrap_or_default(),
            proposed_reactivation_date: self.proposed_reactivation_date,
            tree: std::collections::HashMap::new(),
        }
    }
}

/// Raises a request on a location: locks the location with it, saves its location tree, lets `overlay` put in what the
/// type of request asks for, and tells the location of the pending numbers (06 section 2.3).
///
/// `overlay` answers whether the six numbers of each node and the three changes are then summed up from the leaves
/// ("refresh"). `new_id` makes ids of version 7 for the nodes.
///
/// # Errors
/// 123 when a pending request locks the location already.
pub fn raise(
    tree: &mut Tree,
    i: Index,
    mut request: NewRequest,
    new_id: &mut impl FnMut() -> Uuid,
    overlay: impl FnOnce(&mut NewRequest, &mut Snapshot) -> bool,
) -> Result<NewRequest, Refusal> {
    if tree.is_pending(i) {
        return Err(Refusal::AlreadyPending(tree.get(i).key()));
    }
    // The tree is built when the location has the request, but the request no numbers yet.
    let mut seen = request.as_seen_by_location();
    tree.add_request(i, seen.clone());
    let mut top = snapshot(tree, i, request.approval_type, new_id);
    if overlay(&mut request, &mut top) {
        request.capacity_change = top.refresh();
    }
    tree.take_request(i, request.id);
    seen.tree = top.pending_numbers();
    tree.add_request(i, seen);
    request.snapshot = Some(top);
    Ok(request)
}
