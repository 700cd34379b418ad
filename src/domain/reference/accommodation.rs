//! Accommodation types and NOMIS housing types, and how they stand for each other (01 section 7.3).

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};
use utoipa::ToSchema;

/// What kind of accommodation a cell is: `location.accommodation_type` (01 section 7.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[derive(EnumString, IntoStaticStr, VariantArray, ToSchema)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
#[allow(missing_docs, reason = "the label says what a constant means")]
pub enum AccommodationType {
    CareAndSeparation,
    HealthcareInpatients,
    NormalAccommodation,
    OtherNonResidential,
}

impl AccommodationType {
    /// The constant: as stored, and as in JSON.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// What people read: in constants, history and answers (01 section 7.3).
    pub fn label(self) -> &'static str {
        match self {
            Self::CareAndSeparation => "Care and separation",
            Self::HealthcareInpatients => "Healthcare inpatients",
            Self::NormalAccommodation => "Normal accommodation",
            Self::OtherNonResidential => "Other",
        }
    }

    /// Position in lists that are "sorted by sequence" (01 section 7.3).
    pub fn sequence(self) -> i32 {
        match self {
            Self::CareAndSeparation => 1,
            Self::HealthcareInpatients => 2,
            Self::NormalAccommodation => 3,
            Self::OtherNonResidential => 99,
        }
    }

    /// The NOMIS housing type that stands for it.
    pub fn housing_type(self) -> ResidentialHousingType {
        match self {
            Self::CareAndSeparation => ResidentialHousingType::Segregation,
            Self::HealthcareInpatients => ResidentialHousingType::Healthcare,
            Self::NormalAccommodation => ResidentialHousingType::NormalAccommodation,
            Self::OtherNonResidential => ResidentialHousingType::OtherUse,
        }
    }
}

/// NOMIS's word for accommodation: `location.residential_housing_type`; a non-residential location has none
/// (01 section 7.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[derive(EnumString, IntoStaticStr, VariantArray, ToSchema)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
#[allow(missing_docs, reason = "the label says what a constant means")]
pub enum ResidentialHousingType {
    Healthcare,
    HoldingCell,
    NormalAccommodation,
    Reception,
    Segregation,
    SpecialistCell,
    OtherUse,
}

impl ResidentialHousingType {
    /// The constant: as stored, and as in JSON.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// What people read: in constants, history and answers (01 section 7.3).
    pub fn label(self) -> &'static str {
        match self {
            Self::Healthcare => "Healthcare",
            Self::HoldingCell => "Holding Cell",
            Self::NormalAccommodation => "Normal Accommodation",
            Self::Reception => "Reception",
            Self::Segregation => "Segregation",
            Self::SpecialistCell => "Specialist Cell",
            Self::OtherUse => "Other Use",
        }
    }

    /// Position in lists that are "sorted by sequence" (01 section 7.3).
    pub fn sequence(self) -> i32 {
        match self {
            Self::Healthcare => 1,
            Self::HoldingCell => 2,
            Self::NormalAccommodation => 3,
            Self::Reception => 4,
            Self::Segregation => 5,
            Self::SpecialistCell => 6,
            Self::OtherUse => 99,
        }
    }

    /// The accommodation type of a cell with this housing type.
    pub fn accommodation_type(self) -> AccommodationType {
        match self {
            Self::Healthcare => AccommodationType::HealthcareInpatients,
            Self::HoldingCell | Self::Reception | Self::SpecialistCell | Self::OtherUse => {
                AccommodationType::OtherNonResidential
            }
            Self::NormalAccommodation => AccommodationType::NormalAccommodation,
            Self::Segregation => AccommodationType::CareAndSeparation,
        }
    }
}

/// Accommodation types that a room may become when it is converted back to a cell (01 section 7.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[derive(EnumString, IntoStaticStr, VariantArray, ToSchema)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
#[allow(missing_docs, reason = "the label says what a constant means")]
pub enum ConversionAccommodationType {
    NormalAccommodation,
    HealthcareInpatients,
    CareAndSeparation,
}

impl ConversionAccommodationType {
    /// The constant: as stored, and as in JSON.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The accommodation type of the same name.
    pub fn accommodation_type(self) -> AccommodationType {
        match self {
            Self::NormalAccommodation => AccommodationType::NormalAccommodation,
            Self::HealthcareInpatients => AccommodationType::HealthcareInpatients,
            Self::CareAndSeparation => AccommodationType::CareAndSeparation,
        }
    }
}
