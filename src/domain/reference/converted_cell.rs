//! Rooms that cells are converted to (01 section 7.7).

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};
use utoipa::ToSchema;

/// What room a cell has become: `location.converted_cell_type` (01 section 7.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[derive(EnumString, IntoStaticStr, VariantArray, ToSchema)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
#[allow(missing_docs, reason = "the label says what a constant means")]
pub enum ConvertedCellType {
    HoldingRoom,
    InterviewRoom,
    KitchenServery,
    ListenersRoom,
    Office,
    Shower,
    StaffRoom,
    Store,
    TreatmentRoom,
    UtilityRoom,
    Other,
}

impl ConvertedCellType {
    /// The constant: as stored, and as in JSON.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// What people read: in constants, history and answers (01 section 7.7).
    pub fn label(self) -> &'static str {
        match self {
            Self::HoldingRoom => "Holding room",
            Self::InterviewRoom => "Interview room",
            Self::KitchenServery => "Kitchen / Servery",
            Self::ListenersRoom => "Listener's room",
            Self::Office => "Office",
            Self::Shower => "Shower",
            Self::StaffRoom => "Staff room",
            Self::Store => "Store room",
            Self::TreatmentRoom => "Treatment room",
            Self::UtilityRoom => "Utility room",
            Self::Other => "Other",
        }
    }

    /// Position in lists that are "sorted by sequence" (01 section 7.7).
    pub fn sequence(self) -> i32 {
        match self {
            Self::HoldingRoom => 1,
            Self::InterviewRoom => 2,
            Self::KitchenServery => 3,
            Self::ListenersRoom => 4,
            Self::Office => 5,
            Self::Shower => 6,
            Self::StaffRoom => 7,
            Self::Store => 8,
            Self::TreatmentRoom => 9,
            Self::UtilityRoom => 10,
            Self::Other => 99,
        }
    }

    /// Position of the constant, counting from 0: what `certification_approval_request.converted_cell_type` holds for a
    /// `CONVERT_CELL_TO_ROOM` request (01 section 2.1).
    pub fn position(self) -> usize {
        self as usize
    }

    /// The constant at a position, counting from 0.
    pub fn from_position(position: usize) -> Option<Self> {
        Self::VARIANTS.get(position).copied()
    }

    /// Reads the column of an approval request, which holds a position or a name (01 section 2.1).
    pub fn from_position_or_name(text: &str) -> Option<Self> {
        match text.parse() {
            Ok(position) => Self::from_position(position),
            Err(_) => Self::from_str(text).ok(),
        }
    }
}
