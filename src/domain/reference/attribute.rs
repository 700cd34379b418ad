//! Residential attributes, which come from NOMIS only (01 section 7.6).

use serde::{Deserialize, Serialize};
use strum::{EnumMessage, EnumString, IntoStaticStr, VariantArray};
use utoipa::ToSchema;

use super::SpecialistCellType;

/// The group that a residential attribute belongs to: `residential_attribute.attribute_type` (01 section 7.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[derive(EnumString, IntoStaticStr, VariantArray, ToSchema)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
#[allow(missing_docs, reason = "the label says what a constant means")]
pub enum ResidentialAttributeType {
    UsedFor,
    LocationAttribute,
    SanitationFittings,
    NonAssociations,
    Security,
}

impl ResidentialAttributeType {
    /// The constant: as stored, and as in JSON.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// What people read: in constants, history and answers (01 section 7.6).
    pub fn label(self) -> &'static str {
        match self {
            Self::UsedFor => "Used for",
            Self::LocationAttribute => "Location attribute",
            Self::SanitationFittings => "Sanitation and fittings",
            Self::NonAssociations => "Non-associations",
            Self::Security => "Supervision and Security",
        }
    }

    /// Every type in plain order of its label, as `GET /constants/residential-attribute-type` lists them
    /// (03 section 17.8).
    pub fn by_label() -> Vec<Self> {
        let mut types = Self::VARIANTS.to_vec();
        types.sort_by_key(|t| t.label());
        types
    }

    /// The attributes of this type in plain order of their labels (03 section 17.8).
    pub fn values_by_label(self) -> Vec<ResidentialAttributeValue> {
        let all = ResidentialAttributeValue::VARIANTS.iter().copied();
        let mut values: Vec<_> = all.filter(|v| v.attribute_type() == self).collect();
        values.sort_by_key(|v| v.label());
        values
    }
}

/// An attribute that NOMIS gives a cell: `residential_attribute.attribute_value` (01 section 7.6). No constant is in
/// two types, so the value alone says the type. The values of a type stand together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[derive(EnumString, IntoStaticStr, VariantArray, ToSchema, EnumMessage)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
#[allow(missing_docs, reason = "the label says what a constant means")]
pub enum ResidentialAttributeValue {
    #[strum(message = "Anti Barricade Door")]
    AntiBarricadeDoor,
    #[strum(message = "Auditable Cell Bell")]
    AuditableCellBell,
    #[strum(message = "Fixed Bed")]
    FixedBed,
    #[strum(message = "Metal Door")]
    MetalDoor,
    #[strum(message = "Movable Bed")]
    MovableBed,
    #[strum(message = "Privacy Curtain")]
    PrivacyCurtain,
    #[strum(message = "Privacy Screen")]
    PrivacyScreen,
    #[strum(message = "Standard Cell Bell")]
    StandardCellBell,
    #[strum(message = "Separate Toilet")]
    SeparateToilet,
    #[strum(message = "Wooden Door")]
    WoodenDoor,
    #[strum(message = "Cat A Cell")]
    CatACell,
    #[strum(message = "Double Occupancy")]
    DoubleOccupancy,
    #[strum(message = "E List Cell")]
    EListCell,
    #[strum(message = "Gated Cell")]
    GatedCell,
    #[strum(message = "Listener Cell")]
    ListenerCell,
    #[strum(message = "Locate Flat")]
    LocateFlat,
    #[strum(message = "Multiple Occupancy")]
    MultipleOccupancy,
    #[strum(message = "Non Smoker Cell")]
    NonSmokerCell,
    #[strum(message = "Observation Cell")]
    ObservationCell,
    #[strum(message = "Safe Cell")]
    SafeCell,
    #[strum(message = "Single Occupancy")]
    SingleOccupancy,
    #[strum(message = "Special Cell")]
    SpecialCell,
    #[strum(message = "Wheelchair Access")]
    WheelchairAccess,
    #[strum(message = "Unconvicted Juveniles")]
    UnconvictedJuveniles,
    #[strum(message = "Sentenced Juveniles")]
    SentencedJuveniles,
    #[serde(rename = "UNCONVICTED_18_20")]
    #[strum(serialize = "UNCONVICTED_18_20", message = "Unconvicted 18 to 20 year olds")]
    Unconvicted18To20,
    #[serde(rename = "SENTENCED_18_20")]
    #[strum(serialize = "SENTENCED_18_20", message = "Sentenced 18 to 20 year olds")]
    Sentenced18To20,
    #[strum(message = "Unconvicted Adults")]
    UnconvictedAdults,
    #[strum(message = "Sentenced Adults")]
    SentencedAdults,
    #[strum(message = "Vulnerable Prisoner Unit")]
    VulnerablePrisonerUnit,
    #[strum(message = "Special Unit")]
    SpecialUnit,
    #[strum(message = "Resettlement Hostel")]
    ResettlementHostel,
    #[strum(message = "Healthcare Centre")]
    HealthcareCentre,
    #[strum(message = "National Resource Hospital")]
    NationalResourceHospital,
    #[strum(message = "Other (Please Specify)")]
    OtherSpecified,
    #[strum(message = "Remand Centre")]
    RemandCentre,
    #[strum(message = "Local Prison")]
    LocalPrison,
    #[strum(message = "Closed Prison")]
    ClosedPrison,
    #[strum(message = "Open Training")]
    OpenTraining,
    #[strum(message = "Hostel")]
    Hostel,
    #[strum(message = "Closed Young Offender Institute")]
    ClosedYoungOffender,
    #[strum(message = "Open Young Offender Institute")]
    OpenYoungOffender,
    #[serde(rename = "REMAND_UNDER_18")]
    #[strum(serialize = "REMAND_UNDER_18", message = "Remand Institute for Under 18s")]
    RemandUnder18,
    #[serde(rename = "SENTENCED_UNDER_18")]
    #[strum(serialize = "SENTENCED_UNDER_18", message = "Institution for Sentenced Under 18s")]
    SentencedUnder18,
    #[strum(message = "ECL Component Code")]
    EclComponent,
    #[strum(message = "Additional Special Unit")]
    AdditionalSpecialUnit,
    #[strum(message = "Second Closed Trainer/Single LIDS Site")]
    SecondClosedTrainer,
    #[strum(message = "Immigration Detainees")]
    ImmigrationDetainees,
    #[strum(message = "Do Not Locate in Same Cell")]
    Cell,
    #[strum(message = "Do Not Locate on Same Landing")]
    Landing,
    #[strum(message = "Do Not Locate on Same Wing")]
    Wing,
    #[strum(message = "Cat A")]
    CatA,
    #[strum(message = "Cat A Ex")]
    CatAEx,
    #[strum(message = "Cat A Hi")]
    CatAHi,
    #[strum(message = "Cat B")]
    CatB,
    #[strum(message = "Cat C")]
    CatC,
    #[strum(message = "Cat D")]
    CatD,
    #[strum(message = "Eligible")]
    Eligible,
    #[strum(message = "Parole Granted")]
    ParoleGranted,
    #[strum(message = "Ineligible")]
    Ineligible,
    #[strum(message = "YOI Closed")]
    YoiClosed,
    #[strum(message = "YOI Open")]
    YoiOpen,
    #[strum(message = "YOI Restricted")]
    YoiRestricted,
    #[strum(message = "YOI Short Sentence")]
    YoiShortSentence,
    #[strum(message = "YOI Long-Term Closed")]
    YoiLongTermClosed,
    #[strum(message = "Un-classified")]
    Unclassified,
    #[strum(message = "Un-categorised Sentenced Male")]
    UncategorisedSentencedMale,
    #[strum(message = "Low")]
    Low,
    #[strum(message = "Medium")]
    Medium,
    #[strum(message = "High")]
    High,
    #[strum(message = "Not Applicable")]
    NotApplicable,
    #[strum(message = "Prov A")]
    ProvA,
    #[strum(message = "Pending")]
    Pending,
    #[strum(message = "Ref / Review - Date set for Review")]
    RefReview,
    #[strum(message = "Refused - No Review possible")]
    RefusedNoReview,
    #[strum(message = "Standard")]
    Standard,
    #[strum(message = "Female Restricted")]
    FemaleRestricted,
    #[strum(message = "Female Closed")]
    FemaleClosed,
    #[strum(message = "Female Semi")]
    FemaleSemi,
    #[strum(message = "Female Open")]
    FemaleOpen,
    #[strum(message = "Un-sentenced")]
    UnSentenced,
    #[strum(message = "Yes")]
    Yes,
    #[strum(message = "No")]
    No,
}

impl ResidentialAttributeValue {
    /// The constant: as stored, and as in JSON.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// What people read: in constants, history and answers (01 section 7.6).
    pub fn label(self) -> &'static str {
        // Every variant above has a message; a test says so.
        self.get_message().unwrap_or_default()
    }

    /// The type that it belongs to: each type ends with the value named here.
    pub fn attribute_type(self) -> ResidentialAttributeType {
        if self <= Self::WoodenDoor {
            ResidentialAttributeType::SanitationFittings
        } else if self <= Self::WheelchairAccess {
            ResidentialAttributeType::LocationAttribute
        } else if self <= Self::ImmigrationDetainees {
            ResidentialAttributeType::UsedFor
        } else if self <= Self::Wing {
            ResidentialAttributeType::NonAssociations
        } else {
            ResidentialAttributeType::Security
        }
    }

    /// The specialist cell type that a new cell with this attribute gets (01 section 7.6).
    pub fn specialist_cell_type(self) -> Option<SpecialistCellType> {
        match self {
            Self::CatACell => Some(SpecialistCellType::CatA),
            Self::EListCell => Some(SpecialistCellType::EscapeList),
            Self::GatedCell | Self::ObservationCell => Some(SpecialistCellType::ConstantSupervision),
            Self::ListenerCell => Some(SpecialistCellType::ListenerCrisis),
            Self::LocateFlat => Some(SpecialistCellType::LocateFlatCell),
            Self::SafeCell => Some(SpecialistCellType::SafeCell),
            Self::WheelchairAccess => Some(SpecialistCellType::AccessibleCell),
            _ => None,
        }
    }
}
