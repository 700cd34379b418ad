//! Deactivation reasons, ours and those of NOMIS (01 section 7.8).

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};
use utoipa::ToSchema;

/// Why a location is out of use: `location.deactivated_reason` (01 section 7.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[derive(EnumString, IntoStaticStr, VariantArray, ToSchema)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
#[allow(missing_docs, reason = "the label says what a constant means")]
pub enum DeactivatedReason {
    Damaged,
    Damp,
    Maintenance,
    Mothballed,
    Pest,
    Refurbishment,
    SecuritySealed,
    StaffShortage,
    NewBuild,
    ConvertCellToRoom,
    Other,
}

impl DeactivatedReason {
    /// The constant: as stored, and as in JSON.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// What people read: in constants, history and answers (01 section 7.8).
    pub fn label(self) -> &'static str {
        match self {
            Self::Damaged => "Damage",
            Self::Damp => "Damp / mould",
            Self::Maintenance => "Maintenance",
            Self::Mothballed => "Mothballed",
            Self::Pest => "Pest control",
            Self::Refurbishment => "Refurbishment",
            Self::SecuritySealed => "Security sealed",
            Self::StaffShortage => "Staff shortage",
            Self::NewBuild => "New build",
            Self::ConvertCellToRoom => "Convert cell to non-residential room",
            Self::Other => "Other",
        }
    }

    /// Position in lists that are "sorted by sequence" (01 section 7.8).
    pub fn sequence(self) -> i32 {
        match self {
            Self::Damaged => 1,
            Self::Damp => 2,
            Self::Maintenance => 3,
            Self::Mothballed => 4,
            Self::Pest => 5,
            Self::Refurbishment => 6,
            Self::SecuritySealed => 7,
            Self::StaffShortage => 8,
            Self::NewBuild => 9,
            Self::ConvertCellToRoom => 10,
            Self::Other => 99,
        }
    }

    /// Position of the constant, counting from 0: what `certification_approval_request.deactivated_reason` holds for a
    /// `DEACTIVATION` request (01 section 2.1).
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

/// Why a location is out of use, in the words of NOMIS: accepted by sync only (01 section 7.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[derive(EnumString, IntoStaticStr, VariantArray, ToSchema)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
#[allow(missing_docs, reason = "NOMIS's own words, which have no label here")]
pub enum NomisDeactivatedReason {
    Refurbishment,
    LocalWork,
    StaffShortage,
    Mothballed,
    Damaged,
    NewBuilding,
    CellReclaims,
    ChangeOfUse,
    Closure,
    OutOfUse,
    CellsReturningToUse,
    Other,
}

impl NomisDeactivatedReason {
    /// The constant: as stored, and as in JSON.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The reason by which NOMIS is told of one of ours, where the sync has a code for each of them (08 section 15.8, X9).
    pub fn standing_for(reason: DeactivatedReason) -> Self {
        match reason {
            DeactivatedReason::Damaged => Self::Damaged,
            DeactivatedReason::Maintenance => Self::LocalWork,
            DeactivatedReason::Mothballed => Self::Mothballed,
            DeactivatedReason::Refurbishment => Self::Refurbishment,
            DeactivatedReason::StaffShortage => Self::StaffShortage,
            DeactivatedReason::NewBuild => Self::NewBuilding,
            DeactivatedReason::ConvertCellToRoom => Self::ChangeOfUse,
            DeactivatedReason::Damp | DeactivatedReason::Pest | DeactivatedReason::SecuritySealed => Self::OutOfUse,
            DeactivatedReason::Other => Self::Other,
        }
    }

    /// The reason that is stored.
    pub fn mapped(self) -> DeactivatedReason {
        match self {
            Self::Refurbishment => DeactivatedReason::Refurbishment,
            Self::LocalWork => DeactivatedReason::Maintenance,
            Self::StaffShortage => DeactivatedReason::StaffShortage,
            Self::Mothballed => DeactivatedReason::Mothballed,
            Self::Damaged => DeactivatedReason::Damaged,
            Self::NewBuilding
            | Self::CellReclaims
            | Self::ChangeOfUse
            | Self::Closure
            | Self::OutOfUse
            | Self::CellsReturningToUse
            | Self::Other => DeactivatedReason::Other,
        }
    }
}
