//! Requests for approval as clients see them (06 section 2.4).

use chrono::{NaiveDate, NaiveDateTime};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::domain::certification::snapshot::Snapshot;
use crate::domain::certification::stored::StoredRequest;
use crate::domain::reference::{
    AccommodationType, ApprovalStatus, ApprovalType, ConvertedCellType, DeactivatedReason, LocationType,
    SpecialistCellType, UsedForType,
};
use crate::domain::tree::{Index, Tree};

/// A request for approval, and what became of it. Fields without a value are left out.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CertificationApprovalRequestDto)]
#[expect(missing_docs, reason = "the fields are described one by one in 06 sections 2.2 and 2.4")]
pub struct RequestView<'a> {
    pub id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location_id: Option<Uuid>,
    pub approval_type: ApprovalType,
    pub prison_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location_key: Option<&'a str>,
    pub status: ApprovalStatus,
    pub requested_by: &'a str,
    #[serde(serialize_with = "super::time::serialize")]
    pub requested_date: NaiveDateTime,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approved_or_rejected_by: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "super::time::option::serialize")]
    pub approved_or_rejected_date: Option<NaiveDateTime>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comments: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certified_normal_accommodation_change: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub working_capacity_change: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_capacity_change: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current_signed_operation_capacity: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed_operation_capacity_change: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason_for_signed_op_change: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason_for_change: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locations: Option<Vec<RequestLocationView<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cell_mark: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current_cell_mark: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_cell_sanitation: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current_in_cell_sanitation: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deactivated_reason: Option<DeactivatedReason>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_capacity: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub working_capacity: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certified_normal_accommodation: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deactivation_reason_description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proposed_reactivation_date: Option<NaiveDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub planet_fm_reference: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub specialist_cell_types: Option<&'a [SpecialistCellType]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current_specialist_cell_types: Option<&'a [SpecialistCellType]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accommodation_type: Option<AccommodationType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub used_for_types: Option<&'a [UsedForType]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub converted_cell_type: Option<ConvertedCellType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other_converted_cell_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current_converted_cell_type: Option<ConvertedCellType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current_other_converted_cell_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current_accommodation_types: Option<&'a [AccommodationType]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current_used_for_types: Option<&'a [UsedForType]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_level_accommodation_types: Option<Vec<AccommodationType>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_level_used_for: Option<Vec<UsedForType>>,
}

/// A location of a request: what it had when the request was made, and what it is to have.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CertificationApprovalRequestLocationDto)]
#[expect(missing_docs, reason = "the fields are the columns of 06 section 2.3")]
pub struct RequestLocationView<'a> {
    pub id: Uuid,
    pub location_code: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cell_mark: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current_cell_mark: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub local_name: Option<&'a str>,
    pub path_hierarchy: &'a str,
    pub level: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certified_normal_accommodation: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub working_capacity: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_capacity: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current_certified_normal_accommodation: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current_working_capacity: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current_max_capacity: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_cell_sanitation: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current_in_cell_sanitation: Option<bool>,
    pub location_type: LocationType,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accommodation_types: Option<&'a [AccommodationType]>,
    pub current_specialist_cell_types: &'a [SpecialistCellType],
    pub specialist_cell_types: &'a [SpecialistCellType],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub used_for: Option<&'a [UsedForType]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub converted_cell_type: Option<ConvertedCellType>,
    pub reactivate_this_location: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(no_recursion)]
    pub sub_locations: Vec<RequestLocationView<'a>>,
}

/// What of a request is shown besides its own fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ShowRequest {
    /// Its location tree, if it is about a location.
    pub locations: bool,
    /// The certificate that was made by its approval.
    pub certificate_id: Option<Uuid>,
}

/// A request with its type's own fields.
pub fn request_view(request: &StoredRequest, show: ShowRequest) -> RequestView<'_> {
    let r = &request.made;
    let about_location = !request.is_about_prison();
    let for_location = |n: i32| about_location.then_some(n);
    let is = |types: &[ApprovalType]| types.contains(&r.approval_type);
    let signed = is(&[ApprovalType::SignedOpCap]);
    let to_cell = is(&[ApprovalType::ConvertRoomToCell]);
    let to_room = is(&[ApprovalType::ConvertCellToRoom]);
    let specialist = is(&[ApprovalType::SpecialistCellType]);
    RequestView {
        id: r.id,
        location_id: r.location_id,
        approval_type: r.approval_type,
        prison_id: &r.prison_id,
        location_key: r.location_key.as_deref(),
        status: r.status,
        requested_by: &r.requested_by,
        requested_date: r.requested_date,
        approved_or_rejected_by: r.approved_or_rejected_by.as_deref(),
        approved_or_rejected_date: r.approved_or_rejected_date,
        comments: request.comments.as_deref(),
        certified_normal_accommodation_change: for_location(r.capacity_change.certified_normal_accommodation),
        working_capacity_change: for_location(r.capacity_change.working),
        max_capacity_change: for_location(r.capacity_change.max),
        current_signed_operation_capacity: signed.then_some(r.current_signed_operation_capacity),
        signed_operation_capacity_change: signed.then_some(r.signed_operation_capacity_change),
        reason_for_signed_op_change: r.reason_for_change.as_deref().filter(|_| signed),
        reason_for_change: r.reason_for_change.as_deref(),
        locations: (show.locations && about_location).then(|| locations(request)),
        certificate_id: show.certificate_id,
        cell_mark: r.cell_mark.as_deref(),
        current_cell_mark: r.current_cell_mark.as_deref(),
        in_cell_sanitation: r.in_cell_sanitation,
        current_in_cell_sanitation: r.current_in_cell_sanitation,
        deactivated_reason: r.deactivated_reason,
        max_capacity: r.capacity.map(|c| c.max),
        working_capacity: r.capacity.map(|c| c.working),
        certified_normal_accommodation: r.capacity.map(|c| c.certified_normal_accommodation),
        deactivation_reason_description: r.deactivation_reason_description.as_deref(),
        proposed_reactivation_date: r.proposed_reactivation_date,
        planet_fm_reference: r.planet_fm_reference.as_deref(),
        specialist_cell_types: if specialist {
            Some(r.pending_specialist_cell_types.as_deref().unwrap_or_default())
        } else {
            filled(r.pending_specialist_cell_types.as_deref())
        },
        current_specialist_cell_types: request
            .current_specialist_cell_types
            .as_deref()
            .filter(|_| specialist || to_room),
        accommodation_type: r.accommodation_type,
        used_for_types: filled(r.used_for_types.as_deref()),
        converted_cell_type: r.converted_cell_type.filter(|_| to_room),
        other_converted_cell_type: r.other_converted_cell_type.as_deref().filter(|_| to_room),
        current_converted_cell_type: r.converted_cell_type.filter(|_| to_cell),
        current_other_converted_cell_type: r.other_converted_cell_type.as_deref().filter(|_| to_cell),
        current_accommodation_types: filled(r.current_accommodation_types.as_deref()),
        current_used_for_types: filled(r.current_used_for_types.as_deref()),
        top_level_accommodation_types: sorted(r.top_level_accommodation_types.as_deref()),
        top_level_used_for: sorted(r.top_level_used_for_types.as_deref()),
    }
}

/// None for an empty list.
fn filled<T>(list: Option<&[T]>) -> Option<&[T]> {
    list.filter(|l| !l.is_empty())
}

/// By sequence, which is the order of declaration; none for an empty list.
fn sorted<T: Copy + Ord>(list: Option<&[T]>) -> Option<Vec<T>> {
    let mut list = filled(list)?.to_vec();
    list.sort_unstable();
    Some(list)
}

/// The location tree, as long as the location has not moved since (06 section 2.4 rule 2).
fn locations(request: &StoredRequest) -> Vec<RequestLocationView<'_>> {
    let there = |top: &&Snapshot| request.location_path.as_ref() == Some(&top.path);
    request.made.snapshot.as_ref().filter(there).map(node).into_iter().collect()
}

fn node(node_of: &Snapshot) -> RequestLocationView<'_> {
    RequestLocationView {
        id: node_of.id,
        location_code: &node_of.location_code,
        cell_mark: node_of.cell_mark.as_deref(),
        current_cell_mark: node_of.current_cell_mark.as_deref(),
        local_name: node_of.local_name.as_deref(),
        path_hierarchy: &node_of.path,
        level: node_of.level,
        certified_normal_accommodation: node_of.asked.certified_normal_accommodation,
        working_capacity: node_of.asked.working,
        max_capacity: node_of.asked.max,
        current_certified_normal_accommodation: node_of.current.certified_normal_accommodation,
        current_working_capacity: node_of.current.working,
        current_max_capacity: node_of.current.max,
        in_cell_sanitation: node_of.in_cell_sanitation,
        current_in_cell_sanitation: node_of.current_in_cell_sanitation,
        location_type: node_of.location_type,
        accommodation_types: filled(Some(&node_of.accommodation_types)),
        current_specialist_cell_types: node_of.current_specialist_cell_types.as_deref().unwrap_or_default(),
        specialist_cell_types: node_of.specialist_cell_types.as_deref().unwrap_or_default(),
        used_for: filled(Some(&node_of.used_for_types)),
        converted_cell_type: node_of.converted_cell_type,
        reactivate_this_location: node_of.reactivate_this_location,
        sub_locations: node_of.children.iter().map(node).collect(),
    }
}

/// Whether a location can't be archived because something below it waits for a decision.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PendingApprovalsBelowDto)]
pub struct PendingBelowView<'a> {
    /// True if any location below the requested location has a pending certification approval request
    pub has_pending_below: bool,
    /// The locations below the requested location that have a pending certification approval request
    pub pending_locations: Vec<PendingLocationView<'a>>,
}

/// A location with a pending request, and its parent.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PendingApprovalLocationDto)]
pub struct PendingLocationView<'a> {
    /// The id of the location with the pending approval request
    pub id: Uuid,
    /// The business key of the location with the pending approval request
    pub key: String,
    /// The local name of the location with the pending approval request, if any
    #[serde(skip_serializing_if = "Option::is_none")]
    pub local_name: Option<&'a str>,
    /// The type of the location with the pending approval request
    pub location_type: LocationType,
    /// The id of the parent of the location with the pending approval request
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<Uuid>,
    /// The business key of the parent location
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_key: Option<String>,
    /// The local name of the parent location, if any
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_local_name: Option<&'a str>,
    /// The type of the parent location
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_location_type: Option<LocationType>,
}

/// The view of the locations that were found.
pub fn pending_below_view<'a>(tree: &'a Tree, found: &[Index]) -> PendingBelowView<'a> {
    let pending_locations = found
        .iter()
        .map(|i| {
            let location = tree.get(*i);
            let parent = tree.parent(*i).map(|p| tree.get(p));
            PendingLocationView {
                id: location.id,
                key: location.key(),
                local_name: location.local_name.as_deref(),
                location_type: location.location_type,
                parent_id: parent.map(|p| p.id),
                parent_key: parent.map(|p| p.key()),
                parent_local_name: parent.and_then(|p| p.local_name.as_deref()),
                parent_location_type: parent.map(|p| p.location_type),
            }
        })
        .collect();
    PendingBelowView { has_pending_below: !found.is_empty(), pending_locations }
}
