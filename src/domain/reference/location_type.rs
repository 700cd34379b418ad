//! Location types (01 section 7.1): all of them, and the ones that each kind of request may name.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};
use utoipa::ToSchema;

/// What a location is for: `location.location_type` (01 section 7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[derive(EnumString, IntoStaticStr, VariantArray, ToSchema)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
#[allow(missing_docs, reason = "the label says what a constant means")]
pub enum LocationType {
    Wing,
    Spur,
    Landing,
    Cell,
    Room,
    HoldingArea,
    MovementArea,
    ResidentialUnit,
    ExternalGrounds,
    HoldingCell,
    Medical,
    Group,
    Office,
    AdministrationArea,
    Booth,
    Box,
    ReturnToUnit,
    Classroom,
    TrainingArea,
    TrainingRoom,
    ExerciseArea,
    Area,
    Sports,
    Workshop,
    InsideParty,
    OutsideParty,
    FaithArea,
    AdjudicationRoom,
    Appointments,
    Visits,
    VideoLink,
    Association,
    InternalGrounds,
    Interview,
    Location,
    Position,
    Shelf,
    Store,
    Table,
}

impl LocationType {
    /// The constant: as stored, and as in JSON.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// What people read: in constants, history and answers (01 section 7.1).
    pub fn label(self) -> &'static str {
        match self {
            Self::Wing => "Wing",
            Self::Spur => "Spur",
            Self::Landing => "Landing",
            Self::Cell => "Cell",
            Self::Room => "Room",
            Self::HoldingArea => "Holding area",
            Self::MovementArea => "Movement area",
            Self::ResidentialUnit => "Residential unit",
            Self::ExternalGrounds => "External grounds",
            Self::HoldingCell => "Holding cell",
            Self::Medical => "Medical",
            Self::Group => "Group",
            Self::Office => "Office",
            Self::AdministrationArea => "Administration area",
            Self::Booth => "Booth",
            Self::Box => "Box",
            Self::ReturnToUnit => "Return to unit",
            Self::Classroom => "Classroom",
            Self::TrainingArea => "Training area",
            Self::TrainingRoom => "Training room",
            Self::ExerciseArea => "Exercise area",
            Self::Area => "Area",
            Self::Sports => "Sports",
            Self::Workshop => "Workshop",
            Self::InsideParty => "Inside party",
            Self::OutsideParty => "Outside party",
            Self::FaithArea => "Faith area",
            Self::AdjudicationRoom => "Adjudication room",
            Self::Appointments => "Appointments",
            Self::Visits => "Visits",
            Self::VideoLink => "Video link",
            Self::Association => "Association",
            Self::InternalGrounds => "Internal grounds",
            Self::Interview => "Interview",
            Self::Location => "Location",
            Self::Position => "Position",
            Self::Shelf => "Shelf",
            Self::Store => "Store",
            Self::Table => "Table",
        }
    }

    /// The label with an `s`, odd ones (`Stores`, `External groundss`) included (01 section 7.1).
    pub fn plural(self) -> String {
        format!("{}s", self.label())
    }

    /// Wing, spur or landing (01 section 3.4).
    pub fn is_structural(self) -> bool {
        matches!(self, Self::Wing | Self::Spur | Self::Landing)
    }

    /// Area of the residential tree, hidden from the summary (01 section 3.4).
    pub fn is_area(self) -> bool {
        matches!(self, Self::HoldingArea | Self::MovementArea | Self::ExternalGrounds | Self::Area)
    }

    /// Room of the residential tree (01 section 3.4).
    pub fn is_room_type(self) -> bool {
        matches!(
            self,
            Self::Room
                | Self::ResidentialUnit
                | Self::HoldingCell
                | Self::Medical
                | Self::Group
                | Self::FaithArea
                | Self::AdjudicationRoom
                | Self::Store
        )
    }

    /// Shown in the residential summary: structural, a room or a cell (01 section 3.4).
    pub fn shown_on_summary(self) -> bool {
        self == Self::Cell || self.is_structural() || self.is_room_type()
    }

    /// The same type as a residential request may name it; none if it may not (01 section 7.1).
    pub fn residential(self) -> Option<ResidentialLocationType> {
        ResidentialLocationType::VARIANTS.iter().copied().find(|t| t.location_type() == self)
    }

    /// The same type as a non-residential request may name it; none if it may not (01 section 7.1).
    pub fn non_residential(self) -> Option<NonResidentialLocationType> {
        NonResidentialLocationType::VARIANTS.iter().copied().find(|t| t.location_type() == self)
    }

    /// The label in residential requests, which differs in capitals for some (01 section 7.1).
    pub fn residential_label(self) -> Option<&'static str> {
        self.residential().map(ResidentialLocationType::label)
    }

    /// The label in non-residential requests, with more capitals (01 section 7.1).
    pub fn non_residential_label(self) -> Option<&'static str> {
        self.non_residential().map(NonResidentialLocationType::label)
    }

    /// Every type in plain order of its label, as `GET /constants/location-type` lists them (03 section 17.1).
    pub fn by_label() -> Vec<Self> {
        let mut types = Self::VARIANTS.to_vec();
        types.sort_by_key(|t| t.label());
        types
    }
}

/// Location types that a residential request may name, with their labels there (01 section 7.1). In the order of the
/// OpenAPI document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[derive(EnumString, IntoStaticStr, VariantArray, ToSchema)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
#[allow(missing_docs, reason = "the label says what a constant means")]
pub enum ResidentialLocationType {
    Wing,
    Spur,
    Landing,
    Cell,
    Room,
    ResidentialUnit,
    HoldingCell,
    Medical,
    AdjudicationRoom,
    FaithArea,
    Group,
    Store,
    Area,
    HoldingArea,
    MovementArea,
    ExternalGrounds,
}

impl ResidentialLocationType {
    /// The constant: as stored, and as in JSON.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// What history says about a type that a residential request asked for (01 section 10.3).
    pub fn label(self) -> &'static str {
        match self {
            Self::Wing => "Wing",
            Self::Spur => "Spur",
            Self::Landing => "Landing",
            Self::Cell => "Cell",
            Self::Room => "Room",
            Self::ResidentialUnit => "Residential unit",
            Self::HoldingCell => "Holding cell",
            Self::Medical => "Medical",
            Self::AdjudicationRoom => "Adjudication room",
            Self::FaithArea => "Faith area",
            Self::Group => "Group",
            Self::Store => "Store",
            Self::Area => "Area",
            Self::HoldingArea => "Holding Area",
            Self::MovementArea => "Movement Area",
            Self::ExternalGrounds => "External Grounds",
        }
    }

    /// The type that is stored.
    pub fn location_type(self) -> LocationType {
        match self {
            Self::Wing => LocationType::Wing,
            Self::Spur => LocationType::Spur,
            Self::Landing => LocationType::Landing,
            Self::Cell => LocationType::Cell,
            Self::Room => LocationType::Room,
            Self::ResidentialUnit => LocationType::ResidentialUnit,
            Self::HoldingCell => LocationType::HoldingCell,
            Self::Medical => LocationType::Medical,
            Self::AdjudicationRoom => LocationType::AdjudicationRoom,
            Self::FaithArea => LocationType::FaithArea,
            Self::Group => LocationType::Group,
            Self::Store => LocationType::Store,
            Self::Area => LocationType::Area,
            Self::HoldingArea => LocationType::HoldingArea,
            Self::MovementArea => LocationType::MovementArea,
            Self::ExternalGrounds => LocationType::ExternalGrounds,
        }
    }
}

/// Location types that a non-residential request may name, with their labels there (01 section 7.1; 05 section 4.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[derive(EnumString, IntoStaticStr, VariantArray, ToSchema)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
#[allow(missing_docs, reason = "the label says what a constant means")]
pub enum NonResidentialLocationType {
    Group,
    Office,
    AdministrationArea,
    Booth,
    Box,
    ReturnToUnit,
    Classroom,
    TrainingArea,
    TrainingRoom,
    ExerciseArea,
    Sports,
    Workshop,
    InsideParty,
    OutsideParty,
    FaithArea,
    AdjudicationRoom,
    Appointments,
    Visits,
    VideoLink,
    Association,
    InternalGrounds,
    Interview,
    Location,
    Position,
    Shelf,
    Store,
    Table,
}

impl NonResidentialLocationType {
    /// The constant: as stored, and as in JSON.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// What history says about a type that a non-residential request asked for (05 section 4.5).
    pub fn label(self) -> &'static str {
        match self {
            Self::Group => "Group",
            Self::Office => "Office",
            Self::AdministrationArea => "Administration Area",
            Self::Booth => "Booth",
            Self::Box => "Box",
            Self::ReturnToUnit => "Return to Unit",
            Self::Classroom => "Classroom",
            Self::TrainingArea => "Training Area",
            Self::TrainingRoom => "Training Room",
            Self::ExerciseArea => "Exercise Area",
            Self::Sports => "Sports",
            Self::Workshop => "Workshop",
            Self::InsideParty => "Inside Party",
            Self::OutsideParty => "Outside Party",
            Self::FaithArea => "Faith Area",
            Self::AdjudicationRoom => "Adjudication Room",
            Self::Appointments => "Appointments",
            Self::Visits => "Visits",
            Self::VideoLink => "Video Link",
            Self::Association => "Association",
            Self::InternalGrounds => "Internal Grounds",
            Self::Interview => "Interview",
            Self::Location => "Location",
            Self::Position => "Position",
            Self::Shelf => "Shelf",
            Self::Store => "Store",
            Self::Table => "Table",
        }
    }

    /// The type that is stored.
    pub fn location_type(self) -> LocationType {
        match self {
            Self::Group => LocationType::Group,
            Self::Office => LocationType::Office,
            Self::AdministrationArea => LocationType::AdministrationArea,
            Self::Booth => LocationType::Booth,
            Self::Box => LocationType::Box,
            Self::ReturnToUnit => LocationType::ReturnToUnit,
            Self::Classroom => LocationType::Classroom,
            Self::TrainingArea => LocationType::TrainingArea,
            Self::TrainingRoom => LocationType::TrainingRoom,
            Self::ExerciseArea => LocationType::ExerciseArea,
            Self::Sports => LocationType::Sports,
            Self::Workshop => LocationType::Workshop,
            Self::InsideParty => LocationType::InsideParty,
            Self::OutsideParty => LocationType::OutsideParty,
            Self::FaithArea => LocationType::FaithArea,
            Self::AdjudicationRoom => LocationType::AdjudicationRoom,
            Self::Appointments => LocationType::Appointments,
            Self::Visits => LocationType::Visits,
            Self::VideoLink => LocationType::VideoLink,
            Self::Association => LocationType::Association,
            Self::InternalGrounds => LocationType::InternalGrounds,
            Self::Interview => LocationType::Interview,
            Self::Location => LocationType::Location,
            Self::Position => LocationType::Position,
            Self::Shelf => LocationType::Shelf,
            Self::Store => LocationType::Store,
            Self::Table => LocationType::Table,
        }
    }
}
