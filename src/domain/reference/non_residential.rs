//! Usages of non-residential locations, the services that use them, and how these stand for each other
//! (01 section 7.9).

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};
use utoipa::ToSchema;

use super::LocationType;

/// What a non-residential location is used for, in the words of NOMIS: `non_residential_usage.usage_type`
/// (01 section 7.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[derive(EnumString, IntoStaticStr, VariantArray, ToSchema)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
#[allow(missing_docs, reason = "the label says what a constant means")]
pub enum NonResidentialUsageType {
    AdjudicationHearing,
    Appointment,
    Movement,
    Occurrence,
    ProgrammesActivities,
    Property,
    Visit,
    Other,
}

impl NonResidentialUsageType {
    /// The constant: as stored, and as in JSON.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// What people read: in constants, history and answers (01 section 7.9).
    pub fn label(self) -> &'static str {
        match self {
            Self::AdjudicationHearing => "Adjudication hearing",
            Self::Appointment => "Appointment",
            Self::Movement => "Movement",
            Self::Occurrence => "Occurrence",
            Self::ProgrammesActivities => "Programmes/activities",
            Self::Property => "Property",
            Self::Visit => "Visit",
            Self::Other => "Other",
        }
    }

    /// Position in lists that are "sorted by sequence" (01 section 7.9).
    pub fn sequence(self) -> i32 {
        match self {
            Self::AdjudicationHearing => 1,
            Self::Appointment => 2,
            Self::Movement => 3,
            Self::Occurrence => 4,
            Self::ProgrammesActivities => 5,
            Self::Property => 6,
            Self::Visit => 7,
            Self::Other => 99,
        }
    }

    /// The services that it stands for when it comes from NOMIS, by sequence (01 section 7.9; 02 section 10.7).
    pub fn services(self) -> impl Iterator<Item = ServiceType> {
        ServiceType::VARIANTS.iter().copied().filter(move |s| s.usage() == Some(self))
    }
}

/// A family of services (01 section 7.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[derive(EnumString, IntoStaticStr, VariantArray, ToSchema)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
#[allow(missing_docs, reason = "the label says what a constant means")]
pub enum ServiceFamilyType {
    ActivitiesAppointments,
    VideoLinkAppointments,
    Adjudications,
    InternalMovements,
    OfficialVisits,
    UseOfForce,
}

impl ServiceFamilyType {
    /// The constant: as stored, and as in JSON.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// What people read: in constants, history and answers (01 section 7.9).
    pub fn label(self) -> &'static str {
        match self {
            Self::ActivitiesAppointments => "Activities and appointments",
            Self::VideoLinkAppointments => "Book a video link",
            Self::Adjudications => "Adjudications",
            Self::InternalMovements => "Internal movements",
            Self::OfficialVisits => "Official visits",
            Self::UseOfForce => "Use of force",
        }
    }

    /// Position in lists that are "sorted by sequence" (01 section 7.9).
    pub fn sequence(self) -> i32 {
        match self {
            Self::ActivitiesAppointments => 1,
            Self::VideoLinkAppointments => 2,
            Self::Adjudications => 3,
            Self::InternalMovements => 4,
            Self::OfficialVisits => 5,
            Self::UseOfForce => 6,
        }
    }

    /// Whether its services may be edited in a location that has locations below it (01 section 7.9).
    pub fn editable_in_parent(self) -> bool {
        matches!(self, Self::ActivitiesAppointments | Self::VideoLinkAppointments)
    }

    /// Its services, by sequence (03 section 17.7).
    pub fn services(self) -> impl Iterator<Item = ServiceType> {
        ServiceType::VARIANTS.iter().copied().filter(move |s| s.family() == self)
    }
}

/// A service that uses a non-residential location: `service_usage.service_type` (01 section 7.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[derive(EnumString, IntoStaticStr, VariantArray, ToSchema)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
#[allow(missing_docs, reason = "the label says what a constant means")]
pub enum ServiceType {
    Appointment,
    ProgrammesAndActivities,
    VideoLink,
    HearingLocation,
    LocationOfIncident,
    InternalMovements,
    OfficialVisits,
    UseOfForce,
    VideoEnabled,
}

impl ServiceType {
    /// The constant: as stored, and as in JSON.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// What people read: in constants, history and answers (01 section 7.9).
    pub fn label(self) -> &'static str {
        match self {
            Self::Appointment => "Appointments",
            Self::ProgrammesAndActivities => "Programmes and activities",
            Self::VideoLink => "Book a video link",
            Self::HearingLocation => "Adjudications - hearing location",
            Self::LocationOfIncident => "Adjudications - location of incident",
            Self::InternalMovements => "Internal movements",
            Self::OfficialVisits => "Official visits",
            Self::UseOfForce => "Use of force",
            Self::VideoEnabled => "Video enabled",
        }
    }

    /// Position in lists that are "sorted by sequence" (01 section 7.9).
    pub fn sequence(self) -> i32 {
        match self {
            Self::Appointment => 1,
            Self::ProgrammesAndActivities => 2,
            Self::VideoLink => 3,
            Self::HearingLocation => 4,
            Self::LocationOfIncident => 5,
            Self::InternalMovements => 6,
            Self::OfficialVisits => 7,
            Self::UseOfForce => 8,
            Self::VideoEnabled => 9,
        }
    }

    /// The family that it belongs to.
    pub fn family(self) -> ServiceFamilyType {
        match self {
            Self::Appointment | Self::ProgrammesAndActivities => ServiceFamilyType::ActivitiesAppointments,
            Self::VideoLink | Self::VideoEnabled => ServiceFamilyType::VideoLinkAppointments,
            Self::HearingLocation | Self::LocationOfIncident => ServiceFamilyType::Adjudications,
            Self::InternalMovements => ServiceFamilyType::InternalMovements,
            Self::OfficialVisits => ServiceFamilyType::OfficialVisits,
            Self::UseOfForce => ServiceFamilyType::UseOfForce,
        }
    }

    /// A line of explanation below the label (03 section 17.6).
    pub fn additional_information(self) -> &'static str {
        match self {
            Self::Appointment => "For example, a counselling session.",
            Self::ProgrammesAndActivities => "For example, a workshop or lesson.",
            Self::VideoLink => "For example, managing a court hearing or probation meeting via video link.",
            Self::HearingLocation => "For adjudication hearings.",
            Self::LocationOfIncident => "For example, a location where an occurrence led to an adjudication hearing.",
            Self::InternalMovements => "To record the location of unlocked prisoners within this establishment.",
            Self::OfficialVisits => "For example, arranging a face to face visit with a solicitor.",
            Self::UseOfForce => "To report where a use of force incident took place.",
            Self::VideoEnabled => "For rooms that can host any type of video meeting.",
        }
    }

    /// The usage that a location gets with this service (01 section 7.9 rule 1).
    pub fn usage(self) -> Option<NonResidentialUsageType> {
        match self {
            Self::Appointment => Some(NonResidentialUsageType::Appointment),
            Self::ProgrammesAndActivities => Some(NonResidentialUsageType::ProgrammesActivities),
            Self::VideoLink | Self::VideoEnabled => None,
            Self::HearingLocation => Some(NonResidentialUsageType::AdjudicationHearing),
            Self::LocationOfIncident | Self::UseOfForce => Some(NonResidentialUsageType::Occurrence),
            Self::InternalMovements => Some(NonResidentialUsageType::Movement),
            Self::OfficialVisits => Some(NonResidentialUsageType::Visit),
        }
    }

    /// The location type that this service asks for, and its precedence: the lowest of a set wins
    /// (01 section 7.9 rule 2).
    pub fn location_type(self) -> Option<(u8, LocationType)> {
        match self {
            Self::HearingLocation => Some((1, LocationType::AdjudicationRoom)),
            Self::VideoLink => Some((2, LocationType::VideoLink)),
            _ => None,
        }
    }

    /// Neither a usage nor a location type says it, so NOMIS does not know it and sync keeps it (01 section 7.9 rule 4).
    pub fn is_cross_cutting(self) -> bool {
        self.usage().is_none() && self.location_type().is_none()
    }
}

/// The location type that a set of services asks for: none means `LOCATION` for a new location, and no change for one
/// that exists (01 section 7.9 rule 2).
pub fn location_type_for_services(services: impl IntoIterator<Item = ServiceType>) -> Option<LocationType> {
    let wanted = services.into_iter().filter_map(ServiceType::location_type);
    wanted.min_by_key(|(precedence, _)| *precedence).map(|(_, location_type)| location_type)
}

impl LocationType {
    /// The services that this location type stands for when it comes from NOMIS (01 section 7.9 rule 3).
    pub fn implied_services(self) -> impl Iterator<Item = ServiceType> {
        ServiceType::VARIANTS.iter().copied().filter(move |s| s.location_type().is_some_and(|(_, t)| t == self))
    }
}
