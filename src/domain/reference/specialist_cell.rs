//! Specialist cell types (01 section 7.5).

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};
use utoipa::ToSchema;

/// What is special about a cell: `specialist_cell.specialist_cell_type` (01 section 7.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[derive(EnumString, IntoStaticStr, VariantArray, ToSchema)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
#[allow(missing_docs, reason = "the label says what a constant means")]
pub enum SpecialistCellType {
    AccessibleCell,
    BiohazardDirtyProtest,
    Csu,
    CatA,
    ConstantSupervision,
    Dry,
    EscapeList,
    IsolationDiseases,
    ListenerCrisis,
    LocateFlatCell,
    Medical,
    MotherAndBaby,
    SafeCell,
    Unfurnished,
}

impl SpecialistCellType {
    /// The constant: as stored, and as in JSON.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// What people read: in constants, history and answers (01 section 7.5).
    pub fn label(self) -> &'static str {
        match self {
            Self::AccessibleCell => "Accessible cell",
            Self::BiohazardDirtyProtest => "Biohazard cell",
            Self::Csu => "Care and separation cell",
            Self::CatA => "Cat A cell",
            Self::ConstantSupervision => "Constant supervision cell",
            Self::Dry => "Dry cell",
            Self::EscapeList => "Escape list cell",
            Self::IsolationDiseases => "Isolation cell for communicable diseases",
            Self::ListenerCrisis => "Listener / crisis cell",
            Self::LocateFlatCell => "Locate flat",
            Self::Medical => "Medical cell",
            Self::MotherAndBaby => "Mother and baby cell",
            Self::SafeCell => "Safe cell",
            Self::Unfurnished => "Unfurnished cell",
        }
    }

    /// Position in lists that are "sorted by sequence" (01 section 7.5).
    pub fn sequence(self) -> i32 {
        match self {
            Self::AccessibleCell => 1,
            Self::BiohazardDirtyProtest => 2,
            Self::Csu => 3,
            Self::CatA => 4,
            Self::ConstantSupervision => 5,
            Self::Dry => 6,
            Self::EscapeList => 7,
            Self::IsolationDiseases => 8,
            Self::ListenerCrisis => 9,
            Self::LocateFlatCell => 10,
            Self::Medical => 11,
            Self::MotherAndBaby => 12,
            Self::SafeCell => 13,
            Self::Unfurnished => 14,
        }
    }

    /// Whether a normal-accommodation cell with only such types may have a capacity of 0 (01 section 6.5 rule 5).
    pub fn affects_capacity(self) -> bool {
        matches!(
            self,
            Self::BiohazardDirtyProtest | Self::Csu | Self::ConstantSupervision | Self::Dry | Self::Unfurnished
        )
    }

    /// A line of explanation below the label (03 section 17.10).
    pub fn additional_information(self) -> Option<&'static str> {
        match self {
            Self::AccessibleCell => {
                Some("Also known as wheelchair accessible or Disability and Discrimination Act (DDA) compliant")
            }
            Self::BiohazardDirtyProtest => Some("Previously known as a dirty protest cell"),
            _ => None,
        }
    }
}
