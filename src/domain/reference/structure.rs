//! The levels of a wing (01 section 7.2).

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};
use utoipa::ToSchema;

use super::LocationType;

/// A level of a wing: `location.residential_structure` is a list of these (01 section 7.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[derive(EnumString, IntoStaticStr, VariantArray, ToSchema)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
#[allow(missing_docs, reason = "the label says what a constant means")]
pub enum StructuralType {
    Cell,
    Landing,
    Spur,
    Wing,
}

impl StructuralType {
    /// The constant: as stored, and as in JSON.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The location type of the same name.
    pub fn location_type(self) -> LocationType {
        match self {
            Self::Cell => LocationType::Cell,
            Self::Landing => LocationType::Landing,
            Self::Spur => LocationType::Spur,
            Self::Wing => LocationType::Wing,
        }
    }

    /// How the level is called, in the plural.
    pub fn plural(self) -> &'static str {
        match self {
            Self::Cell => "Cells",
            Self::Landing => "Landings",
            Self::Spur => "Spurs",
            Self::Wing => "Wings",
        }
    }

    /// The level below where the structure does not say; none below cells.
    pub fn default_next_level(self) -> Option<Self> {
        match self {
            Self::Cell => None,
            Self::Landing => Some(Self::Cell),
            Self::Spur | Self::Wing => Some(Self::Landing),
        }
    }

    /// The level below a location of type `own`, by the structure of its top-level location (01 section 7.2).
    ///
    /// A type that the structure lacks stands above its first level. None without a structure, and below cells.
    pub fn next_level(structure: &[Self], own: LocationType) -> Option<Self> {
        match structure.iter().position(|level| level.location_type() == own) {
            Some(i) if i + 1 < structure.len() => Some(structure[i + 1]),
            Some(i) => structure[i].default_next_level(),
            None => structure.first().copied(),
        }
    }
}
