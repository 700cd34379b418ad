//! What cells are used for (01 section 7.4).

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};
use utoipa::ToSchema;

/// Which prisons a used-for type is offered to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Estate {
    /// Every prison.
    Any,
    /// Prisons of the long-term high security estate.
    Secure,
    /// Prisons for women.
    Female,
}

/// What a cell is used for: `cell_used_for.used_for` (01 section 7.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[derive(EnumString, IntoStaticStr, VariantArray, ToSchema)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
#[allow(missing_docs, reason = "the label says what a constant means")]
pub enum UsedForType {
    CloseSupervisionCentre,
    SubMisuseDrugRecovery,
    FirstNightCentre,
    HighSecurity,
    IppLongTermSentences,
    MotherAndBaby,
    OpenUnit,
    PathwayToProg,
    PerinatalUnit,
    PersonalityDisorder,
    Pipe,
    Remand,
    SeparationCentre,
    StandardAccommodation,
    TherapeuticCommunity,
    VulnerablePrisoners,
    YoungPersons,
}

impl UsedForType {
    /// The constant: as stored, and as in JSON.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// What people read: in constants, history and answers (01 section 7.4).
    pub fn label(self) -> &'static str {
        match self {
            Self::CloseSupervisionCentre => "Close Supervision Centre (CSC)",
            Self::SubMisuseDrugRecovery => "Drug recovery / Incentivised substance free living (ISFL)",
            Self::FirstNightCentre => "First night centre / Induction",
            Self::HighSecurity => "High security unit",
            Self::IppLongTermSentences => "Long-term sentences / Imprisonment for public protection (IPP)",
            Self::MotherAndBaby => "Mother and baby",
            Self::OpenUnit => "Open unit in a closed establishment",
            Self::PathwayToProg => "Pathway to progression",
            Self::PerinatalUnit => "Perinatal unit",
            Self::PersonalityDisorder => "Personality disorder unit",
            Self::Pipe => "Psychologically informed planned environment (PIPE)",
            Self::Remand => "Remand",
            Self::SeparationCentre => "Separation centre",
            Self::StandardAccommodation => "Standard accommodation",
            Self::TherapeuticCommunity => "Therapeutic community",
            Self::VulnerablePrisoners => "Vulnerable prisoners",
            Self::YoungPersons => "Young persons",
        }
    }

    /// Position in lists that are "sorted by sequence" (01 section 7.4).
    pub fn sequence(self) -> i32 {
        match self {
            Self::CloseSupervisionCentre => 1,
            Self::SubMisuseDrugRecovery => 2,
            Self::FirstNightCentre => 3,
            Self::HighSecurity => 4,
            Self::IppLongTermSentences => 5,
            Self::MotherAndBaby => 6,
            Self::OpenUnit => 7,
            Self::PathwayToProg => 8,
            Self::PerinatalUnit => 9,
            Self::PersonalityDisorder => 10,
            Self::Pipe => 11,
            Self::Remand => 12,
            Self::SeparationCentre => 13,
            Self::StandardAccommodation => 14,
            Self::TherapeuticCommunity => 15,
            Self::VulnerablePrisoners => 16,
            Self::YoungPersons => 17,
        }
    }

    /// Which prisons it is offered to.
    pub fn estate(self) -> Estate {
        match self {
            Self::CloseSupervisionCentre | Self::HighSecurity | Self::PathwayToProg | Self::SeparationCentre => {
                Estate::Secure
            }
            Self::MotherAndBaby | Self::PerinatalUnit => Estate::Female,
            _ => Estate::Any,
        }
    }

    /// Whether a prison may choose it; it may be both a prison for women and one of the long-term high security estate
    /// (03 section 17.11).
    pub fn is_offered(self, female: bool, secure: bool) -> bool {
        match self.estate() {
            Estate::Any => true,
            Estate::Secure => secure,
            Estate::Female => female,
        }
    }
}
