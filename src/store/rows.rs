//! From rows to locations and back.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use chrono::{NaiveDate, NaiveDateTime};
use serde::{Deserialize, Serialize};
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgHasArrayType, PgTypeInfo, PgValueRef};
use sqlx::types::Json;
use sqlx::{Decode, Postgres, Type};
use uuid::Uuid;

use crate::domain::approval::ApprovalRequest;
use crate::domain::location::{Capacity, Kind, Location, NewLocation, Usage};
use crate::domain::reference::{
    AccommodationType, ApprovalStatus, ApprovalType, ConvertedCellType, DeactivatedReason, LocationStatus,
    LocationType, NonResidentialUsageType, ResidentialAttributeValue, ResidentialHousingType, ServiceType,
    SpecialistCellType, UsedForType, parse_constants,
};

/// A constant in a column, read without making a text of it first: a prison has tens of thousands. One that is not known is an error of
/// the data, not of the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stored<T>(pub T);

impl<T> Type<Postgres> for Stored<T> {
    fn type_info() -> PgTypeInfo {
        <str as Type<Postgres>>::type_info()
    }

    /// What is read so is a text in every statement; to ask again for each value takes longer than to read it.
    fn compatible(_: &PgTypeInfo) -> bool {
        true
    }
}

impl<T> PgHasArrayType for Stored<T> {
    fn array_type_info() -> PgTypeInfo {
        <&str as PgHasArrayType>::array_type_info()
    }
}

impl<'r, T: FromStr> Decode<'r, Postgres> for Stored<T> {
    fn decode(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
        let text = <&str>::decode(value)?;
        text.parse().map(Self).map_err(|_| format!("holds the unknown constant {text}").into())
    }
}

/// A row of `location` with its capacity and child rows, as the loading statements give it. No list is an empty one.
#[derive(Debug)]
pub struct LocationRow {
    pub id: Uuid,
    pub prison_id: String,
    pub path_hierarchy: String,
    pub code: String,
    pub location_type: Stored<LocationType>,
    pub parent_id: Option<Uuid>,
    pub local_name: Option<String>,
    pub comments: Option<String>,
    pub order_within_parent_location: Option<i32>,
    pub residential_housing_type: Option<Stored<ResidentialHousingType>>,
    pub capacity_id: Option<i64>,
    pub deactivated_date: Option<NaiveDateTime>,
    pub deactivated_reason: Option<Stored<DeactivatedReason>>,
    pub proposed_reactivation_date: Option<NaiveDate>,
    pub when_created: NaiveDateTime,
    pub when_updated: NaiveDateTime,
    pub updated_by: String,
    pub accommodation_type: Option<Stored<AccommodationType>>,
    pub planet_fm_reference: Option<String>,
    pub converted_cell_type: Option<Stored<ConvertedCellType>>,
    pub other_converted_cell_type: Option<String>,
    pub archived_reason: Option<String>,
    pub deactivated_by: Option<String>,
    pub deactivation_reason_description: Option<String>,
    pub location_type_discriminator: Stored<Kind>,
    pub status: Stored<LocationStatus>,
    pub in_cell_sanitation: Option<bool>,
    pub cell_mark: Option<String>,
    pub residential_structure: Option<String>,
    pub internal_movement_allowed: Option<bool>,
    pub certified_cell: Option<bool>,
    pub temporarily_off_cell_cert: Option<bool>,
    pub hidden_from_list: bool,
    pub max_capacity: Option<i32>,
    pub working_capacity: Option<i32>,
    pub certified_normal_accommodation: Option<i32>,
    pub used_for: Option<Vec<Stored<UsedForType>>>,
    pub specialist_cell_types: Option<Vec<Stored<SpecialistCellType>>>,
    pub attributes: Option<Vec<Stored<ResidentialAttributeValue>>>,
    pub services: Option<Vec<Stored<ServiceType>>>,
    pub usages: Option<Json<Vec<UsageRow>>>,
    pub requests: Option<Json<Vec<RequestRow>>>,
}

/// What an outline shows of a row of `location`.
#[derive(Debug)]
pub struct OutlineRow {
    pub id: Uuid,
    pub path_hierarchy: String,
    pub code: String,
    pub location_type: Stored<LocationType>,
    pub parent_id: Option<Uuid>,
    pub local_name: Option<String>,
    pub converted_cell_type: Option<Stored<ConvertedCellType>>,
    pub status: Stored<LocationStatus>,
    pub location_type_discriminator: Stored<Kind>,
}

impl OutlineRow {
    /// The location of this prison that it belongs to, as far as it says.
    pub fn location(self, prison_id: &str) -> Location {
        let new = NewLocation {
            id: self.id,
            kind: self.location_type_discriminator.0,
            prison_id: prison_id.to_owned(),
            code: self.code,
            location_type: self.location_type.0,
            status: self.status.0,
            user: String::new(),
            at: NaiveDateTime::default(),
        };
        Location {
            path: self.path_hierarchy,
            parent_id: self.parent_id,
            local_name: self.local_name,
            converted_cell_type: self.converted_cell_type.map(|t| t.0),
            ..Location::new(new)
        }
    }
}

/// What the sums of the locations above it need of a row of `location`.
#[derive(Debug)]
pub struct SummandRow {
    pub id: Uuid,
    pub path_hierarchy: String,
    pub code: String,
    pub location_type: Stored<LocationType>,
    pub parent_id: Option<Uuid>,
    pub status: Stored<LocationStatus>,
    pub location_type_discriminator: Stored<Kind>,
    pub converted_cell_type: Option<Stored<ConvertedCellType>>,
    pub accommodation_type: Option<Stored<AccommodationType>>,
    pub certified_cell: Option<bool>,
    pub temporarily_off_cell_cert: Option<bool>,
    pub capacity_id: Option<i64>,
}

impl SummandRow {
    /// The location of this prison that it belongs to, as far as it says.
    pub fn location(self, prison_id: &str) -> Location {
        let outline = OutlineRow {
            id: self.id,
            path_hierarchy: self.path_hierarchy,
            code: self.code,
            location_type: self.location_type,
            parent_id: self.parent_id,
            local_name: None,
            converted_cell_type: self.converted_cell_type,
            status: self.status,
            location_type_discriminator: self.location_type_discriminator,
        };
        Location {
            accommodation_type: self.accommodation_type.map(|t| t.0),
            certified_cell: self.certified_cell,
            temporarily_off_cell_cert: self.temporarily_off_cell_cert,
            capacity_id: self.capacity_id,
            ..outline.location(prison_id)
        }
    }
}

/// A row of `non_residential_usage`.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct UsageRow {
    pub usage_type: String,
    pub capacity: Option<i32>,
    pub sequence: i32,
}

/// A row of `certification_approval_request`, as far as the state of a location depends on it.
#[derive(Debug, Clone, Deserialize)]
pub struct RequestRow {
    pub id: Uuid,
    pub approval_type: String,
    pub status: String,
    pub requested_date: NaiveDateTime,
    pub reason_for_change: Option<String>,
    pub cell_mark: Option<String>,
    pub in_cell_sanitation: Option<bool>,
    pub specialist_cell_types: Option<String>,
    pub proposed_reactivation_date: Option<NaiveDate>,
}

/// A constant in a column; one that is not known is an error of the data, not of the caller.
pub fn constant<T: FromStr>(column: &str, text: &str) -> Result<T, sqlx::Error> {
    text.parse().map_err(|_| sqlx::Error::Decode(format!("{column} holds the unknown constant {text}").into()))
}

/// The same for a column that may be null.
pub fn optional_constant<T: FromStr>(column: &str, text: Option<&str>) -> Result<Option<T>, sqlx::Error> {
    text.map(|t| constant(column, t)).transpose()
}

/// The set of the constants of a list.
fn set<T: Ord>(stored: Option<Vec<Stored<T>>>) -> BTreeSet<T> {
    stored.into_iter().flatten().map(|c| c.0).collect()
}

/// A list of constants in one comma separated column, in stored order.
pub fn constant_list<T: FromStr>(column: &str, text: Option<&str>) -> Result<Vec<T>, sqlx::Error> {
    parse_constants(text.unwrap_or_default())
        .map_err(|_| sqlx::Error::Decode(format!("{column} holds an unknown constant").into()))
}

impl TryFrom<LocationRow> for Location {
    type Error = sqlx::Error;

    fn try_from(row: LocationRow) -> Result<Self, sqlx::Error> {
        let capacity = row.max_capacity.map(|max| Capacity {
            max,
            working: row.working_capacity.unwrap_or(0),
            certified_normal_accommodation: row.certified_normal_accommodation.unwrap_or(0),
        });
        Ok(Location {
            id: row.id,
            kind: row.location_type_discriminator.0,
            path: row.path_hierarchy,
            location_type: row.location_type.0,
            parent_id: row.parent_id,
            status: row.status.0,
            local_name: row.local_name,
            comments: row.comments,
            order_within_parent: row.order_within_parent_location,
            housing_type: row.residential_housing_type.map(|c| c.0),
            accommodation_type: row.accommodation_type.map(|c| c.0),
            certified_cell: row.certified_cell,
            temporarily_off_cell_cert: row.temporarily_off_cell_cert,
            converted_cell_type: row.converted_cell_type.map(|c| c.0),
            other_converted_cell_type: row.other_converted_cell_type,
            cell_mark: row.cell_mark,
            in_cell_sanitation: row.in_cell_sanitation,
            residential_structure: row.residential_structure,
            internal_movement_allowed: row.internal_movement_allowed,
            hidden_from_list: row.hidden_from_list,
            deactivated_date: row.deactivated_date,
            deactivated_reason: row.deactivated_reason.map(|c| c.0),
            deactivation_reason_description: row.deactivation_reason_description,
            deactivated_by: row.deactivated_by,
            proposed_reactivation_date: row.proposed_reactivation_date,
            planet_fm_reference: row.planet_fm_reference,
            archived_reason: row.archived_reason,
            when_created: row.when_created,
            when_updated: row.when_updated,
            updated_by: row.updated_by,
            capacity_id: row.capacity_id,
            capacity,
            used_for: set(row.used_for),
            specialist_cell_types: set(row.specialist_cell_types),
            attributes: set(row.attributes),
            usages: usages(row.usages.map(|u| u.0).unwrap_or_default())?,
            services: set(row.services),
            requests: requests(row.requests.map(|r| r.0).unwrap_or_default())?,
            prison_id: row.prison_id,
            code: row.code,
        })
    }
}

fn usages(rows: Vec<UsageRow>) -> Result<BTreeMap<NonResidentialUsageType, Usage>, sqlx::Error> {
    rows.into_iter()
        .map(|u| Ok((constant("usage_type", &u.usage_type)?, Usage { capacity: u.capacity, sequence: u.sequence })))
        .collect()
}

/// Approval requests of one location, in the order of 01 section 5.3 rule 2.
pub fn requests(rows: Vec<RequestRow>) -> Result<Vec<ApprovalRequest>, sqlx::Error> {
    let mut requests = rows
        .into_iter()
        .map(|r| {
            Ok(ApprovalRequest {
                id: r.id,
                approval_type: ApprovalType::from_stored(&r.approval_type).ok_or_else(|| {
                    sqlx::Error::Decode(format!("approval_type holds the unknown {}", r.approval_type).into())
                })?,
                status: constant::<ApprovalStatus>("certification_approval_request.status", &r.status)?,
                requested_date: r.requested_date,
                reason_for_change: r.reason_for_change,
                cell_mark: r.cell_mark,
                in_cell_sanitation: r.in_cell_sanitation,
                specialist_cell_types: constant_list(
                    "pending_specialist_cell_types",
                    r.specialist_cell_types.as_deref(),
                )?,
                proposed_reactivation_date: r.proposed_reactivation_date,
                tree: Default::default(),
            })
        })
        .collect::<Result<Vec<_>, sqlx::Error>>()?;
    requests.sort_by(ApprovalRequest::order);
    Ok(requests)
}
