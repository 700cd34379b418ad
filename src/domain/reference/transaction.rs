//! Types of linked transactions (01 section 9.5).

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};
use utoipa::ToSchema;

/// What was done: `linked_transaction.transaction_type` (01 section 9.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[derive(EnumString, IntoStaticStr, VariantArray, ToSchema)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
#[allow(missing_docs, reason = "the label says what a constant means")]
pub enum TransactionType {
    LocationCreate,
    LocationCreateNonResi,
    LocationUpdate,
    LocationUpdateNonResi,
    Sync,
    SyncNonResidential,
    Delete,
    CapacityChange,
    CellTypeChanges,
    Deactivation,
    PermanentDeactivation,
    Reactivation,
    CellConvertionToRoom,
    RoomConvertionToCell,
    SignedOpCap,
    ResiServiceActivation,
    NonResiServiceActivation,
    IncludeSegInRollCountActivation,
    ApprovalProcessActivation,
    RequestCertificationApproval,
    ApproveCertificationRequest,
    RejectCertificationRequest,
    WithdrawCertificationRequest,
    CertificateBaseline,
}

impl TransactionType {
    /// The constant: as stored, and as in JSON.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// What people read: in constants, history and answers (01 section 9.5).
    pub fn label(self) -> &'static str {
        match self {
            Self::LocationCreate => "Created residential location",
            Self::LocationCreateNonResi => "Created non-residential location",
            Self::LocationUpdate => "Updated residential location",
            Self::LocationUpdateNonResi => "Updated non-residential location",
            Self::Sync => "NOMIS sync (Residential)",
            Self::SyncNonResidential => "NOMIS sync (Non-Residential)",
            Self::Delete => "Locations deleted",
            Self::CapacityChange => "Capacity change",
            Self::CellTypeChanges => "Cell type change",
            Self::Deactivation => "Deactivation",
            Self::PermanentDeactivation => "Permanent deactivation",
            Self::Reactivation => "Reactivation",
            Self::CellConvertionToRoom => "Cell conversion to room",
            Self::RoomConvertionToCell => "Room conversion to cell",
            Self::SignedOpCap => "Signed operational capacity",
            Self::ResiServiceActivation => "Residential service activation",
            Self::NonResiServiceActivation => "Non-residential service activation",
            Self::IncludeSegInRollCountActivation => "Include segregation in roll count activation",
            Self::ApprovalProcessActivation => "Certification approval activation",
            Self::RequestCertificationApproval => "Request certification approval",
            Self::ApproveCertificationRequest => "Approve request",
            Self::RejectCertificationRequest => "Reject request",
            Self::WithdrawCertificationRequest => "Withdraw request",
            Self::CertificateBaseline => "Certificate baseline",
        }
    }

    /// `constant_transaction_type.sequence`: counts from 0 in the order of declaration (01 section 2.1).
    pub fn sequence(self) -> i32 {
        self as i32
    }
}
