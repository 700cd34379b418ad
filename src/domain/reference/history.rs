//! What of a location can change, as history names it (01 section 9.3).

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};
use utoipa::ToSchema;

/// What of a location changed: `location_history.attribute_name` (01 section 9.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[derive(EnumString, IntoStaticStr, VariantArray, ToSchema)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
#[allow(missing_docs, reason = "the label says what a constant means")]
pub enum LocationAttribute {
    Status,
    LocationCreated,
    Certification,
    AccommodationType,
    UsedFor,
    SpecialistCellType,
    ConvertedCellType,
    WorkingCapacity,
    MaxCapacity,
    CertifiedCapacity,
    DeactivationReason,
    ProposedReactivationDate,
    PlanetFmNumber,
    LocalName,
    CellMark,
    InCellSanitation,
    Usage,
    NonResidentialCapacity,
    InternalMovementAllowed,
    UsedByService,
    HiddenFromList,
    Code,
    LocationType,
    ResidentialHousingType,
    ParentLocation,
    OrderWithinParentLocation,
    Comments,
    Attributes,
    PermanentDeactivation,
    Active,
    DeactivatedDate,
    DeactivatedReason,
    DeactivatedReasonDescription,
}

impl LocationAttribute {
    /// The constant: as stored, and as in JSON.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// What people read: in constants, history and answers (01 section 9.3).
    pub fn label(self) -> &'static str {
        match self {
            Self::Status => "Status",
            Self::LocationCreated => "Location created",
            Self::Certification => "Certification",
            Self::AccommodationType => "Accommodation type",
            Self::UsedFor => "Used for",
            Self::SpecialistCellType => "Cell type",
            Self::ConvertedCellType => "Non-residential room",
            Self::WorkingCapacity => "Working capacity",
            Self::MaxCapacity => "Maximum capacity",
            Self::CertifiedCapacity => "Certified normal accommodation",
            Self::DeactivationReason => "Deactivation reason",
            Self::ProposedReactivationDate => "Estimated reactivation date",
            Self::PlanetFmNumber => "Planet FM reference number",
            Self::LocalName => "Local name",
            Self::CellMark => "Cell mark",
            Self::InCellSanitation => "In-cell sanitation",
            Self::Usage => "Usage",
            Self::NonResidentialCapacity => "Non residential capacity",
            Self::InternalMovementAllowed => "Internal movement allowed",
            Self::UsedByService => "Use by service",
            Self::HiddenFromList => "Hidden from list",
            Self::Code => "Code",
            Self::LocationType => "Location type",
            Self::ResidentialHousingType => "Residential housing type",
            Self::ParentLocation => "Parent location",
            Self::OrderWithinParentLocation => "Order within parent location",
            Self::Comments => "Comments",
            Self::Attributes => "Attributes",
            Self::PermanentDeactivation => "Permanent deactivation",
            Self::Active => "Active",
            Self::DeactivatedDate => "Deactivated date",
            Self::DeactivatedReason => "Deactivated reason",
            Self::DeactivatedReasonDescription => "Deactivated reason description",
        }
    }

    /// Whether clients see it; the legacy view shows all (01 section 9.3). The hidden ones stand last.
    pub fn shown(self) -> bool {
        self < Self::Code
    }

    /// Position among the changes of one transaction; many share the last one (01 section 9.3).
    pub fn display_order(self) -> i32 {
        match self {
            Self::Status => 0,
            Self::LocationCreated => 1,
            Self::Certification => 5,
            Self::AccommodationType => 10,
            Self::UsedFor => 15,
            Self::SpecialistCellType => 20,
            Self::ConvertedCellType => 25,
            Self::WorkingCapacity => 30,
            Self::MaxCapacity => 35,
            Self::CertifiedCapacity => 36,
            Self::DeactivationReason => 40,
            Self::ProposedReactivationDate => 45,
            Self::PlanetFmNumber => 50,
            Self::LocalName => 55,
            Self::CellMark => 60,
            Self::InCellSanitation => 65,
            _ => 99,
        }
    }

    /// The attribute of a migrated history entry: today's code, or one of the four that were renamed (02 section 12.2).
    pub fn from_migrated(code: &str) -> Option<Self> {
        match code {
            "CERTIFIED" => Some(Self::Certification),
            "DESCRIPTION" => Some(Self::LocalName),
            "OPERATIONAL_CAPACITY" => Some(Self::WorkingCapacity),
            "CAPACITY" => Some(Self::MaxCapacity),
            _ => Self::from_str(code).ok(),
        }
    }
}
