//! One location as NOMIS's side sends it to `POST /migrate/location` (02 sections 8 and 12.1).

use std::collections::BTreeSet;

use chrono::{NaiveDate, NaiveDateTime};
use serde::{Deserialize, Serialize};

use crate::domain::location::Usage;
use crate::domain::migration;
use crate::domain::reference::{
    LocationAttribute, LocationType, NomisDeactivatedReason, NonResidentialUsageType, ResidentialAttributeValue,
    ResidentialHousingType,
};
use crate::domain::sync::{NomisCapacity, NomisDeactivation, NomisLocation};

/// The body of one `POST /migrate/location`, and one line of the stream to `POST /migrate/locations`.
///
/// A field that NOMIS leaves empty is not in the JSON. Texts keep to what NOMIS can hold (08 section 2.1), which is less than
/// what the service takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MigratedLocation {
    /// The prison, three letters.
    pub prison_id: String,
    /// Its own code, the last part of its path; 12 characters at most.
    pub code: String,
    /// What it is.
    pub location_type: LocationType,
    /// Its name among staff; NOMIS holds 40 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub local_name: Option<String>,
    /// What staff noted about it; NOMIS holds 240 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comments: Option<String>,
    /// Its place in NOMIS's lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_within_parent_location: Option<i32>,
    /// What kind of accommodation it is; absent: it is not residential.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub residential_housing_type: Option<ResidentialHousingType>,
    /// Path of the location above it in the same prison; absent: it is at the top.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_location_path: Option<String>,
    /// How many people it holds (cells and virtual locations).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub capacity: Option<MigratedCapacity>,
    /// Whether, and for how many, it is certified (cells).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certification: Option<MigratedCertification>,
    /// Fittings, use and security (cells).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<ResidentialAttributeValue>,
    /// What it is used for (not residential).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub usage: Vec<MigratedUsage>,
    /// Whether it is out of use in NOMIS. The service looks at the reason only.
    pub is_deactivated: bool,
    /// Why it is out of use; absent: it is in use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deactivation_reason: Option<NomisDeactivatedReason>,
    /// Since when it is out of use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deactivated_date: Option<NaiveDate>,
    /// When it is expected to be in use again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proposed_reactivation_date: Option<NaiveDate>,
    /// When it was entered in NOMIS, London time.
    pub create_date: NaiveDateTime,
    /// Who changed it last.
    pub last_updated_by: String,
    /// What was changed since, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<MigratedChange>,
}

impl MigratedLocation {
    /// The codes from the top down to it, joined with `-`.
    pub fn path(&self) -> String {
        match &self.parent_location_path {
            Some(parent) => format!("{parent}-{}", self.code),
            None => self.code.clone(),
        }
    }

    /// Whether NOMIS has it as a cell.
    pub fn is_cell(&self) -> bool {
        self.location_type == LocationType::Cell && self.residential_housing_type.is_some()
    }
}

/// As `POST /migrate/location` reads the body. What has changed since is not kept.
impl From<MigratedLocation> for migration::MigratedLocation {
    fn from(body: MigratedLocation) -> Self {
        let cna = body.certification.map(|c| c.capacity_of_certified_cell);
        let location = NomisLocation {
            prison_id: body.prison_id,
            code: body.code,
            location_type: body.location_type,
            local_name: body.local_name,
            housing_type: body.residential_housing_type,
            comments: body.comments,
            order_within_parent: body.order_within_parent_location,
            deactivation: body.deactivation_reason.map(|reason| NomisDeactivation {
                reason,
                date: body.deactivated_date,
                proposed_reactivation_date: body.proposed_reactivation_date,
            }),
            capacity: body.capacity.map(|c| NomisCapacity {
                max: c.max_capacity,
                working: c.working_capacity,
                certified_normal_accommodation: cna,
            }),
            certified_cell: body.certification.map(|c| c.certified),
            attributes: Some(body.attributes).filter(|a| !a.is_empty()).map(BTreeSet::from_iter),
            usages: Some(body.usage)
                .filter(|u| !u.is_empty())
                .map(|usages| usages.into_iter().map(|u| (u.usage_type, usage(u))).collect()),
            internal_movement_allowed: None,
            create_date: Some(body.create_date),
            last_updated_by: body.last_updated_by,
        };
        Self { location, parent_id: None, parent_path: body.parent_location_path, history: Vec::new() }
    }
}

fn usage(given: MigratedUsage) -> Usage {
    Usage { capacity: given.capacity, sequence: given.sequence }
}

/// How many people fit, and how many may be held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MigratedCapacity {
    /// People that fit at most.
    pub max_capacity: i32,
    /// People that may be held in normal use.
    pub working_capacity: i32,
}

/// What a cell is certified for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MigratedCertification {
    /// Whether it is.
    pub certified: bool,
    /// Certified normal accommodation, in people.
    pub capacity_of_certified_cell: i32,
}

/// One use of a location that is not residential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MigratedUsage {
    /// What for.
    pub usage_type: NonResidentialUsageType,
    /// For how many people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub capacity: Option<i32>,
    /// Place in NOMIS's lists.
    pub sequence: i32,
}

/// One amendment that NOMIS remembers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MigratedChange {
    /// What was changed.
    pub attribute: LocationAttribute,
    /// What it was; absent: nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub old_values: Vec<String>,
    /// What it became; absent: nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub new_values: Vec<String>,
    /// By whom.
    pub amended_by: String,
    /// When, London time.
    pub amended_date: NaiveDateTime,
}
