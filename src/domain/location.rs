//! One location as its row and child rows say it (01 sections 2 and 3), before anything is derived.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{NaiveDate, NaiveDateTime};
use uuid::Uuid;

use super::approval::ApprovalRequest;
use super::reference::{
    AccommodationType, ConvertedCellType, DeactivatedReason, LocationStatus, LocationType, NonResidentialUsageType,
    ResidentialAttributeValue, ResidentialHousingType, ServiceType, SpecialistCellType, UsedForType,
};

/// What kind of thing a location is: `location_type_discriminator` (01 section 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, strum::EnumString, strum::IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum Kind {
    /// A cell, or a room that was a cell.
    Cell,
    /// Wing, spur, landing, room or area inside the residential tree.
    Residential,
    /// A residential pseudo-location: reception, court, temporary absence, cell swap.
    Virtual,
    /// Visits room, workshop, box, and so on.
    NonResidential,
}

/// Codes that make a residential location that is not a cell a virtual one (01 section 3.1).
const VIRTUAL_CODES: [&str; 4] = ["RECP", "COURT", "TAP", "CSWAP"];

impl Kind {
    /// The kind of a location that is created (01 section 3.1); `residential` when it has a residential housing type.
    pub fn of_new(residential: bool, location_type: LocationType, code: &str) -> Self {
        match (residential, location_type) {
            (false, _) => Self::NonResidential,
            (true, LocationType::Cell) => Self::Cell,
            (true, _) if is_virtual_code(code) => Self::Virtual,
            (true, _) => Self::Residential,
        }
    }

    /// `CELL`, `RESIDENTIAL` or `VIRTUAL`.
    pub fn is_residential(self) -> bool {
        self != Self::NonResidential
    }

    /// The constant stored in `location_type_discriminator`.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// Whether a residential location with this code is a virtual one (01 section 3.1).
pub fn is_virtual_code(code: &str) -> bool {
    VIRTUAL_CODES.contains(&code)
}

/// The stored capacity of a cell or virtual location, in persons (01 section 6.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Capacity {
    /// How many prisoners fit at most.
    pub max: i32,
    /// How many may be held in normal use.
    pub working: i32,
    /// Certified normal accommodation: how many the cell is certified for.
    pub certified_normal_accommodation: i32,
}

/// How a non-residential location is used (`non_residential_usage`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Usage {
    /// Number of persons, if known.
    pub capacity: Option<i32>,
    /// Order among the usages in NOMIS, 99 when it does not matter.
    pub sequence: i32,
}

/// One row of `location` with its child rows. What is derived from it is in [`super::tree`].
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the fields are the columns of the same name, described in 01 section 2.1")]
pub struct Location {
    pub id: Uuid,
    pub kind: Kind,
    pub prison_id: String,
    pub path: String,
    pub code: String,
    pub location_type: LocationType,
    pub parent_id: Option<Uuid>,
    pub status: LocationStatus,
    pub local_name: Option<String>,
    pub comments: Option<String>,
    pub order_within_parent: Option<i32>,
    pub housing_type: Option<ResidentialHousingType>,
    pub accommodation_type: Option<AccommodationType>,
    pub certified_cell: Option<bool>,
    pub temporarily_off_cell_cert: Option<bool>,
    pub converted_cell_type: Option<ConvertedCellType>,
    pub other_converted_cell_type: Option<String>,
    pub cell_mark: Option<String>,
    pub in_cell_sanitation: Option<bool>,
    pub residential_structure: Option<String>,
    pub internal_movement_allowed: Option<bool>,
    pub hidden_from_list: bool,
    pub deactivated_date: Option<NaiveDateTime>,
    pub deactivated_reason: Option<DeactivatedReason>,
    pub deactivation_reason_description: Option<String>,
    pub deactivated_by: Option<String>,
    pub proposed_reactivation_date: Option<NaiveDate>,
    pub planet_fm_reference: Option<String>,
    pub archived_reason: Option<String>,
    pub when_created: NaiveDateTime,
    pub when_updated: NaiveDateTime,
    pub updated_by: String,
    pub capacity_id: Option<i64>,
    pub capacity: Option<Capacity>,
    pub used_for: BTreeSet<UsedForType>,
    pub specialist_cell_types: BTreeSet<SpecialistCellType>,
    pub attributes: BTreeSet<ResidentialAttributeValue>,
    pub usages: BTreeMap<NonResidentialUsageType, Usage>,
    pub services: BTreeSet<ServiceType>,
    /// Approval requests on this location, in the order of 01 section 5.3 rule 2.
    pub requests: Vec<ApprovalRequest>,
}

/// What every new row starts from (01 section 3.3).
pub struct NewLocation {
    /// UUID version 7, made by the caller.
    pub id: Uuid,
    /// The kind, see [`Kind::of_new`].
    pub kind: Kind,
    /// The prison.
    pub prison_id: String,
    /// Last element of the path.
    pub code: String,
    /// Location type.
    pub location_type: LocationType,
    /// Stored status.
    pub status: LocationStatus,
    /// Who creates it.
    pub user: String,
    /// When it is created: both `when_created` and `when_updated`.
    pub at: NaiveDateTime,
}

impl Location {
    /// A new row with nothing but what every kind has; its path is its code until it gets a parent.
    pub fn new(new: NewLocation) -> Self {
        let cell = new.kind == Kind::Cell;
        Self {
            id: new.id,
            kind: new.kind,
            prison_id: new.prison_id,
            path: new.code.clone(),
            code: new.code,
            location_type: new.location_type,
            parent_id: None,
            status: new.status,
            local_name: None,
            comments: None,
            order_within_parent: None,
            housing_type: None,
            accommodation_type: None,
            certified_cell: cell.then_some(false),
            temporarily_off_cell_cert: cell.then_some(false),
            converted_cell_type: None,
            other_converted_cell_type: None,
            cell_mark: None,
            in_cell_sanitation: (!cell).then_some(false),
            residential_structure: None,
            internal_movement_allowed: None,
            hidden_from_list: false,
            deactivated_date: None,
            deactivated_reason: None,
            deactivation_reason_description: None,
            deactivated_by: None,
            proposed_reactivation_date: None,
            planet_fm_reference: None,
            archived_reason: None,
            when_created: new.at,
            when_updated: new.at,
            updated_by: new.user,
            capacity_id: None,
            capacity: None,
            used_for: BTreeSet::new(),
            specialist_cell_types: BTreeSet::new(),
            attributes: BTreeSet::new(),
            usages: BTreeMap::new(),
            services: BTreeSet::new(),
            requests: Vec::new(),
        }
    }

    /// `<prison>-<path>` (01 section 4 rule 1).
    pub fn key(&self) -> String {
        format!("{}-{}", self.prison_id, self.path)
    }

    /// A cell that has become a room (01 section 3.1).
    pub fn is_converted(&self) -> bool {
        self.kind == Kind::Cell && self.converted_cell_type.is_some()
    }

    /// A cell that is not converted (01 section 3.4).
    pub fn is_true_cell(&self) -> bool {
        self.kind == Kind::Cell && self.converted_cell_type.is_none()
    }

    /// "room": residential, and of a room type or converted (01 section 3.4).
    pub fn is_room(&self) -> bool {
        self.kind.is_residential() && (self.is_converted() || self.location_type.is_room_type())
    }

    /// The type that clients see: a converted cell shows `ROOM` (01 section 3.4).
    pub fn displayed_type(&self) -> LocationType {
        if self.is_converted() { LocationType::Room } else { self.location_type }
    }

    /// Stored capacity, 0 where there is no row.
    pub fn stored_capacity(&self) -> Capacity {
        self.capacity.unwrap_or_default()
    }

    /// The wing structure as stored, in order (01 section 7.2).
    pub fn structure(&self) -> Option<Vec<&str>> {
        self.residential_structure.as_deref().map(|s| s.split(',').map(str::trim).filter(|s| !s.is_empty()).collect())
    }

    /// Sets `updated_by` and `when_updated` ("touch", 01 section 10).
    pub fn touch(&mut self, user: &str, at: NaiveDateTime) {
        self.updated_by = user.to_owned();
        self.when_updated = at;
    }
}
