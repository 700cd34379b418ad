//! A request for approval as it is kept.

use super::request::NewRequest;
use crate::domain::reference::{ApprovalType, SpecialistCellType};

/// A request with what became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredRequest {
    /// What was asked for. Its location tree is there only where it was loaded.
    pub made: NewRequest,
    /// What was said when it was rejected or withdrawn.
    pub comments: Option<String>,
    /// Specialist cell types of the top location when it was made; none if it had none.
    pub current_specialist_cell_types: Option<Vec<SpecialistCellType>>,
    /// Path of the location now; none for a request about a prison, or when the location is gone.
    pub location_path: Option<String>,
}

impl StoredRequest {
    /// Whether it is about a prison, and not about a location (06 section 2.1).
    pub fn is_about_prison(&self) -> bool {
        is_about_prison(self.made.approval_type)
    }
}

/// Whether requests of this type are about a prison, and not about a location (06 section 2.1).
pub fn is_about_prison(approval_type: ApprovalType) -> bool {
    matches!(
        approval_type,
        ApprovalType::SignedOpCap | ApprovalType::PrisonBaseline | ApprovalType::CellCertificateUpload
    )
}
