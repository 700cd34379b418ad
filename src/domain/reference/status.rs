//! Statuses: stored, shown, of a certificate, and of a prison's switches (01 section 5 and 7.10).

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};
use utoipa::ToSchema;

/// The status that is stored: `location.status` (01 section 5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[derive(EnumString, IntoStaticStr, VariantArray, ToSchema)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
#[allow(missing_docs, reason = "the label says what a constant means")]
pub enum LocationStatus {
    Active,
    Inactive,
    Archived,
    Draft,
}

impl LocationStatus {
    /// The constant: as stored, and as in JSON.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// What people read: in constants, history and answers (01 section 5.2).
    pub fn label(self) -> &'static str {
        match self {
            Self::Active => "Active",
            Self::Inactive => "Inactive",
            Self::Archived => "Archived",
            Self::Draft => "Draft",
        }
    }
}

/// The status that clients see; how it comes about is in 01 section 5.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[derive(EnumString, IntoStaticStr, VariantArray, ToSchema)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
#[allow(missing_docs, reason = "the label says what a constant means")]
pub enum ShownStatus {
    Active,
    Inactive,
    Archived,
    Draft,
    NonResidential,
    LockedActive,
    LockedInactive,
    LockedDraft,
    LockedNonResidential,
}

impl ShownStatus {
    /// The constant: as stored, and as in JSON.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// What people read: in constants, history and answers (01 section 5.2).
    pub fn label(self) -> &'static str {
        match self {
            Self::Active => "Active",
            Self::Inactive => "Inactive",
            Self::Archived => "Archived",
            Self::Draft => "Draft",
            Self::NonResidential => "Non-residential",
            Self::LockedActive => "Active (Change requested)",
            Self::LockedInactive => "Inactive (Change requested)",
            Self::LockedDraft => "Draft (Change requested)",
            Self::LockedNonResidential => "Non-residential (Change requested)",
        }
    }
}

/// How the cell certificate counts a location that is out of use (01 section 5.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[derive(EnumString, IntoStaticStr, VariantArray, ToSchema)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
#[allow(missing_docs, reason = "the label says what a constant means")]
pub enum InactiveStatus {
    InactiveTemp,
    InactivePendChangeReq,
    InactiveMatchingCellCert,
}

impl InactiveStatus {
    /// The constant: as stored, and as in JSON.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// What people read: in constants, history and answers (01 section 5.5).
    pub fn label(self) -> &'static str {
        match self {
            Self::InactiveTemp => "Temporary inactive cell",
            Self::InactivePendChangeReq => "Inactive cell with certificate change requests",
            Self::InactiveMatchingCellCert => "Inactive cell with capacity decreased on cell certificate",
        }
    }
}

/// A switch of the prison configuration (01 section 7.10).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[derive(EnumString, IntoStaticStr, VariantArray, ToSchema)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
#[allow(missing_docs, reason = "on and off")]
pub enum PrisonSwitch {
    Active,
    Inactive,
}

impl PrisonSwitch {
    /// The constant: as stored, and as in JSON.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// On.
    pub fn is_active(self) -> bool {
        self == Self::Active
    }
}

impl From<bool> for PrisonSwitch {
    fn from(on: bool) -> Self {
        if on { Self::Active } else { Self::Inactive }
    }
}
