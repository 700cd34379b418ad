//! Signed operational capacity as clients see it (06 section 9).

use chrono::NaiveDateTime;
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::certification::signed_capacity::SignedCapacity;

/// Signed Operation Capacity
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SignedOperationCapacityDto)]
pub struct SignedCapacityView<'a> {
    /// Signed Operation Capacity
    pub signed_operation_capacity: i32,
    /// The prison ID where for this signed operation capacity
    pub prison_id: &'a str,
    /// Date and time of last update
    #[serde(serialize_with = "super::time::serialize")]
    pub when_updated: NaiveDateTime,
    /// The user who updated the record
    pub updated_by: &'a str,
}

/// The view of a signed operational capacity.
pub fn signed_capacity_view(signed: &SignedCapacity) -> SignedCapacityView<'_> {
    SignedCapacityView {
        signed_operation_capacity: signed.capacity,
        prison_id: &signed.prison_id,
        when_updated: signed.when_updated,
        updated_by: &signed.updated_by,
    }
}
