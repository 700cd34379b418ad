//! What both sync roles do alike: their start, the lock on a location, the ignored prisons, errors, the creation of mappings.

pub mod lock;
pub mod mapping;
pub mod queue_admin;
pub mod role;

use crate::clients::locations::{LegacyLocation, Node};
use crate::common::consumer::Failed;
use crate::common::remote::RemoteError;
use crate::translate::Untranslatable;

/// Prisons that the profile `fixed` leaves alone in every direction (08 section 15.8, X10).
pub const IGNORED_PRISONS: [&str; 6] = ["ZZGHI", "UNKNWN", "TRN", "LT3", "LT4", "ALI"];

/// Whether a prison is left alone.
pub fn is_ignored(prison: &str) -> bool {
    IGNORED_PRISONS.contains(&prison)
}

/// Why a location could not be brought over.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// A call failed.
    #[error("{0}")]
    Remote(#[from] RemoteError),
    /// Something has no translation.
    #[error("{0}")]
    Untranslatable(#[from] Untranslatable),
    /// The lock could not be had.
    #[error("lock: {0}")]
    Lock(#[from] sqlx::Error),
    /// What else is in the way, in words.
    #[error("{0}")]
    Other(String),
}

impl SyncError {
    /// An error with these words.
    pub fn other(words: impl Into<String>) -> Self {
        Self::Other(words.into())
    }
}

impl From<SyncError> for Failed {
    fn from(error: SyncError) -> Self {
        Self(error.to_string())
    }
}

/// Whether a location of DPS is a draft, which NOMIS never sees.
pub fn is_draft(node: &Node) -> bool {
    node.status == "DRAFT" || node.status == "LOCKED_DRAFT"
}

/// Whether DPS's location is of a residential kind.
pub fn is_residential(dps: &LegacyLocation) -> bool {
    dps.residential_housing_type.is_some()
}
