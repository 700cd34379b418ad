//! What is sent to ask for approvals and to decide on them (06 sections 4 and 5).

use std::collections::BTreeSet;

use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::check::{Check, Violation};
use crate::api::reading;
use crate::domain::certification::reactivation::CellChange;
use crate::domain::certification::snapshot::Numbers;
use crate::domain::location::Capacity;
use crate::domain::reference::SpecialistCellType;
use crate::service::certification::request::{ReactivationRequest, SignedCapacityRequest, SpecialistTypeRequest};
use crate::view::shared::CapacityView;

/// Request to approve the certification of a draft location
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = LocationApprovalRequest)]
pub struct DraftBody {
    /// Location Id of location requiring approval for being certified
    #[serde(deserialize_with = "reading::id")]
    pub location_id: Uuid,
}

impl Check for DraftBody {}

/// Request to reactivate locations below a location
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ReactivationLocationsApprovalRequest)]
pub struct ReactivationBody {
    /// The top level location Id of location for reactivation and requiring approval
    #[serde(deserialize_with = "reading::id")]
    top_level_location_id: Uuid,
    /// Cascade the reactivation from the top level, cells will be reactivated in their previous state, if this is true
    /// `cellReactivationChanges` should be null
    #[serde(default, deserialize_with = "reading::boolean")]
    cascade_reactivation: bool,
    /// List of cells below the locationId to reactivate, with capacity and type details, missing cells will not be
    /// reactivated
    #[serde(default, deserialize_with = "reading::map::optional_entries")]
    #[schema(value_type = Option<std::collections::HashMap<String, CellReactivationBody>>)]
    cell_reactivation_changes: Option<Vec<(CellId, CellReactivationBody)>>,
}

type CellId = String;

/// Cell reactivation details
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CellReactivationDetail)]
pub struct CellReactivationBody {
    /// New capacity of the location, if null the old values are used
    #[serde(default)]
    #[schema(value_type = Option<CapacityView>)]
    capacity: Option<CapacityBody>,
    /// Specialist Cell Types
    #[serde(default, deserialize_with = "reading::optional_constants")]
    specialist_cell_types: Option<Vec<SpecialistCellType>>,
}

/// Capacity; in the document it is that of an answer.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CapacityBody {
    /// Max capacity of the cell
    #[serde(deserialize_with = "reading::integer")]
    max_capacity: i32,
    /// Working capacity of the cell
    #[serde(deserialize_with = "reading::integer")]
    working_capacity: i32,
    /// CNA of the cell
    #[serde(default, deserialize_with = "reading::optional_integer")]
    certified_normal_accommodation: Option<i32>,
}

impl Check for ReactivationBody {}

impl ReactivationBody {
    /// What is asked for; none when the id of a cell can't be read.
    pub fn into_request(self) -> Option<ReactivationRequest> {
        let cells = self.cell_reactivation_changes.map(|cells| {
            cells.into_iter().map(|(id, change)| Some((read_id(&id)?, change.into()))).collect::<Option<Vec<_>>>()
        });
        let cells = match cells {
            Some(read) => Some(read?),
            None => None,
        };
        Some(ReactivationRequest {
            top_level_location_id: self.top_level_location_id,
            cascade: self.cascade_reactivation,
            cells,
        })
    }
}

/// An id of 36 characters.
fn read_id(text: &str) -> Option<Uuid> {
    Some(text).filter(|t| t.len() == 36).and_then(|t| Uuid::try_parse(t).ok())
}

impl From<CellReactivationBody> for CellChange {
    fn from(body: CellReactivationBody) -> Self {
        Self {
            capacity: body.capacity.map(|c| Numbers {
                max: Some(c.max_capacity),
                working: Some(c.working_capacity),
                certified_normal_accommodation: c.certified_normal_accommodation,
            }),
            specialist_cell_types: body.specialist_cell_types.map(each_once),
        }
    }
}

/// A set is kept by sequence, whatever the order in which it is sent: so the recorded exchanges, against 06 section 2.2.
fn each_once(types: Vec<SpecialistCellType>) -> Vec<SpecialistCellType> {
    types.into_iter().collect::<BTreeSet<_>>().into_iter().collect()
}

/// Request to approve a change of specialist cell types
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SpecialistCellTypeApprovalRequest)]
pub struct SpecialistTypesBody {
    /// The cell location Id requiring approval for specialist cell type change
    #[serde(deserialize_with = "reading::id")]
    location_id: Uuid,
    /// The new set of specialist cell types for the cell
    #[serde(deserialize_with = "reading::constants")]
    specialist_cell_types: Vec<SpecialistCellType>,
    /// New working capacity for the cell (0 is valid for specialist cells)
    #[serde(deserialize_with = "reading::integer")]
    working_capacity: i32,
    /// New maximum capacity for the cell
    #[serde(deserialize_with = "reading::integer")]
    max_capacity: i32,
    /// New certified normal accommodation value
    #[serde(deserialize_with = "reading::integer")]
    certified_normal_accommodation: i32,
    /// Explanation of why the specialist cell type is changing
    #[serde(default, deserialize_with = "reading::optional_text")]
    reason_for_change: Option<String>,
}

impl Check for SpecialistTypesBody {}

impl From<SpecialistTypesBody> for SpecialistTypeRequest {
    fn from(body: SpecialistTypesBody) -> Self {
        Self {
            location_id: body.location_id,
            types: each_once(body.specialist_cell_types),
            capacity: Capacity {
                max: body.max_capacity,
                working: body.working_capacity,
                certified_normal_accommodation: body.certified_normal_accommodation,
            },
            reason_for_change: body.reason_for_change,
        }
    }
}

/// Request to approve the permanent deactivation of a location
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PermanentDeactivationApprovalRequestDto)]
pub struct PermanentDeactivationBody {
    /// The location Id to permanently deactivate, must already be temporarily deactivated
    #[serde(deserialize_with = "reading::id")]
    pub location_id: Uuid,
    /// Reason for permanent deactivation
    #[serde(deserialize_with = "reading::text")]
    pub reason: String,
}

impl Check for PermanentDeactivationBody {}

/// Request to approve a change of the signed operational capacity
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SignedOpCapApprovalRequest)]
pub struct SignedCapacityApprovalBody {
    /// The prison where the signed op cap is to be approved
    #[serde(deserialize_with = "reading::text")]
    prison_id: String,
    /// The new value of the signed operational capacity
    #[serde(deserialize_with = "reading::integer")]
    signed_operational_capacity: i32,
    /// Explanation of why the signed op cap is changing
    #[serde(deserialize_with = "reading::text")]
    reason_for_change: String,
}

impl Check for SignedCapacityApprovalBody {}

impl From<SignedCapacityApprovalBody> for SignedCapacityRequest {
    fn from(body: SignedCapacityApprovalBody) -> Self {
        Self {
            prison_id: body.prison_id,
            capacity: body.signed_operational_capacity,
            reason_for_change: body.reason_for_change,
        }
    }
}

/// Request to approve a certification request
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ApproveCertificationRequestDto)]
pub struct ApproveBody {
    /// Approval request reference
    #[serde(deserialize_with = "reading::id")]
    pub approval_request_reference: Uuid,
}

impl Check for ApproveBody {}

/// Request to reject a certification request
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = RejectCertificationRequestDto)]
pub struct RejectBody {
    /// Approval request reference
    #[serde(deserialize_with = "reading::id")]
    pub approval_request_reference: Uuid,
    /// Comments about the rejection
    #[serde(deserialize_with = "reading::text")]
    pub comments: String,
}

impl Check for RejectBody {}

/// Request to withdraw a certification request
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = WithdrawCertificationRequestDto)]
pub struct WithdrawBody {
    /// Approval request reference
    #[serde(deserialize_with = "reading::id")]
    pub approval_request_reference: Uuid,
    /// Comments about the withdrawal
    #[serde(deserialize_with = "reading::text")]
    pub comments: String,
}

impl Check for WithdrawBody {}

/// Change of the signed operational capacity of a prison
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SignedOperationCapacityValidRequest)]
pub struct SignedCapacityBody {
    /// Signed Operation Capacity value
    #[serde(deserialize_with = "reading::integer")]
    #[schema(minimum = 0)]
    pub signed_operation_capacity: i32,
    /// Prison ID where the location is situated
    #[serde(deserialize_with = "reading::text")]
    #[schema(min_length = 3, max_length = 3, pattern = "^[A-Z]{2}I|ZZZ$")]
    pub prison_id: String,
    /// The user who updated the record
    #[serde(deserialize_with = "reading::text")]
    #[schema(min_length = 1, max_length = 255)]
    pub updated_by: String,
}

impl Check for SignedCapacityBody {
    fn violations(&self) -> Vec<Violation> {
        let mut broken = Vec::new();
        if self.signed_operation_capacity < 0 {
            broken.push(Violation::new("signedOperationCapacity", "must be greater than or equal to 0"));
        }
        if !is_prison_of_signed_capacity(&self.prison_id) {
            broken.push(Violation::new("prisonId", "must be 3 characters ending in an I, or ZZZ"));
        }
        broken.extend(crate::api::check::length("updatedBy", &self.updated_by, 1..=255));
        broken
    }
}

/// `[A-Z]{2}I` or `ZZZ` (06 section 1.2 rule 5).
fn is_prison_of_signed_capacity(text: &str) -> bool {
    text == "ZZZ" || matches!(text.as_bytes(), [a, b, b'I'] if a.is_ascii_uppercase() && b.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed(json: serde_json::Value) -> Vec<String> {
        let body: SignedCapacityBody = serde_json::from_value(json).unwrap();
        body.violations().into_iter().map(|v| v.field).collect()
    }

    #[test]
    fn constraints_of_the_signed_capacity() {
        let good = serde_json::json!({"signedOperationCapacity": "0", "prisonId": "ZZZ", "updatedBy": "U"});
        assert!(signed(good).is_empty());
        let bad = serde_json::json!({"signedOperationCapacity": -1, "prisonId": "ZZGHI", "updatedBy": ""});
        assert_eq!(signed(bad), ["signedOperationCapacity", "prisonId", "updatedBy"]);
    }

    #[test]
    fn a_reactivation_names_its_cells_by_id() {
        let read = |json: serde_json::Value| serde_json::from_value::<ReactivationBody>(json).unwrap().into_request();
        let top = Uuid::from_u128(1);
        let cell = Uuid::from_u128(2);
        let with = |key: &str| {
            serde_json::json!({
                "topLevelLocationId": top,
                "cellReactivationChanges": {key: {"capacity": {"maxCapacity": 2, "workingCapacity": 1}}}
            })
        };
        let request = read(with(&cell.to_string())).unwrap();
        let cells = request.cells.unwrap();
        assert_eq!(cells.len(), 1);
        assert_eq!(cells[0].0, cell);
        assert_eq!(cells[0].1.capacity.unwrap().certified_normal_accommodation, None);
        assert!(read(with("x")).is_none());
        assert_eq!(read(serde_json::json!({"topLevelLocationId": top})).unwrap().cells, None);
    }
}
