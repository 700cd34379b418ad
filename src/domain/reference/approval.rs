//! Approval requests and certificate uploads: their types and states (01 section 7.10).

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};
use utoipa::ToSchema;

/// What a certification approval request asks for (01 section 7.10).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[derive(EnumString, IntoStaticStr, VariantArray, ToSchema)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
#[allow(missing_docs, reason = "the label says what a constant means")]
pub enum ApprovalType {
    SignedOpCap,
    Draft,
    Deactivation,
    PermanentDeactivation,
    UnArchive,
    CellMark,
    CellSanitation,
    Reactivation,
    CapacityChange,
    SpecialistCellType,
    ConvertRoomToCell,
    ConvertCellToRoom,
    PrisonBaseline,
    CellCertificateUpload,
}

impl ApprovalType {
    /// The constant, as in JSON; see [`ApprovalType::stored`] for the column.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// What people read: in constants, history and answers (01 section 7.10).
    pub fn label(self) -> &'static str {
        match self {
            Self::SignedOpCap => "Change signed operational capacity",
            Self::Draft => "Add new locations to certificate",
            Self::Deactivation => "Deactivation",
            Self::PermanentDeactivation => "Archive location",
            Self::UnArchive => "Restore archived location",
            Self::CellMark => "Change cell door number",
            Self::CellSanitation => "Change cell sanitation",
            Self::Reactivation => "Activation",
            Self::CapacityChange => "Cell capacity",
            Self::SpecialistCellType => "Set special cell type",
            Self::ConvertRoomToCell => "Convert to cell",
            Self::ConvertCellToRoom => "Convert cell to non-residential room",
            Self::PrisonBaseline => "Initial certificate generation",
            Self::CellCertificateUpload => "Initial cell certificate import",
        }
    }

    /// The name in `certification_approval_request.approval_type`, which differs for one type (01 section 2.1).
    pub fn stored(self) -> &'static str {
        match self {
            Self::CellCertificateUpload => STORED_CELL_CERTIFICATE_UPLOAD,
            other => other.as_str(),
        }
    }

    /// Reads `certification_approval_request.approval_type`.
    pub fn from_stored(name: &str) -> Option<Self> {
        Self::VARIANTS.iter().copied().find(|t| t.stored() == name)
    }

    /// Whether the location tree saved with a request holds the pending sums and pending cell values (01 section 7.10).
    pub fn uses_pending_values(self) -> bool {
        matches!(
            self,
            Self::Draft | Self::CellMark | Self::CellSanitation | Self::CapacityChange | Self::SpecialistCellType
        )
    }
}

/// The column keeps an older, shorter name.
const STORED_CELL_CERTIFICATE_UPLOAD: &str = "CELL_CERT_UPLOAD";

/// How far an approval request is: `certification_approval_request.status` (01 section 7.10).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[derive(EnumString, IntoStaticStr, VariantArray, ToSchema)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
#[allow(missing_docs, reason = "the label says what a constant means")]
pub enum ApprovalStatus {
    Pending,
    Approved,
    Rejected,
    Withdrawn,
}

impl ApprovalStatus {
    /// The constant: as stored, and as in JSON.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// How far the upload of a cell certificate is: `cell_certificate_upload.status` (01 section 7.10).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[derive(EnumString, IntoStaticStr, VariantArray, ToSchema)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
#[allow(missing_docs, reason = "the label says what a constant means")]
pub enum UploadStatus {
    Pending,
    Started,
    Finished,
}

impl UploadStatus {
    /// The constant: as stored, and as in JSON.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// What people read: in constants, history and answers (01 section 7.10).
    pub fn label(self) -> &'static str {
        match self {
            Self::Pending => "Stored and waiting to be processed",
            Self::Started => "Processing has started",
            Self::Finished => "Processing has finished",
        }
    }
}

/// What has become of one row of an upload: `cell_certificate_upload_location.status` (01 section 7.10).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[derive(EnumString, IntoStaticStr, VariantArray, ToSchema)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
#[allow(missing_docs, reason = "the label says what a constant means")]
pub enum UploadRowStatus {
    Pending,
    Processed,
    Skipped,
    Failed,
}

impl UploadRowStatus {
    /// The constant: as stored, and as in JSON.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// What people read: in constants, history and answers (01 section 7.10).
    pub fn label(self) -> &'static str {
        match self {
            Self::Pending => "Not yet processed",
            Self::Processed => "Successfully processed",
            Self::Skipped => "Skipped, no change required or not applicable",
            Self::Failed => "Processing failed",
        }
    }
}
