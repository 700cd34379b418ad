//! From rows to locations and back.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use chrono::{NaiveDate, NaiveDateTime};
use serde::{Deserialize, Serialize};
use sqlx::types::Json;
use uuid::Uuid;

use crate::domain::approval::ApprovalRequest;
use crate::domain::location::{Capacity, Kind, Location, NewLocation, Usage};
use crate::domain::reference::{ApprovalStatus, ApprovalType, parse_constants};

/// A row of `location` with its capacity and child rows, as the loading statements give it.
#[derive(Debug)]
pub struct LocationRow {
    pub id: Uuid,
    pub prison_id: String,
    pub path_hierarchy: String,
    pub code: String,
    pub location_type: String,
    pub parent_id: Option<Uuid>,
    pub local_name: Option<String>,
    pub comments: Option<String>,
    pub order_within_parent_location: Option<i32>,
    pub residential_housing_type: Option<String>,
    pub capacity_id: Option<i64>,
    pub deactivated_date: Option<NaiveDateTime>,
    pub deactivated_reason: Option<String>,
    pub proposed_reactivation_date: Option<NaiveDate>,
    pub when_created: NaiveDateTime,
    pub when_updated: NaiveDateTime,
    pub updated_by: String,
    pub accommodation_type: Option<String>,
    pub planet_fm_reference: Option<String>,
    pub converted_cell_type: Option<String>,
    pub other_converted_cell_type: Option<String>,
    pub archived_reason: Option<String>,
    pub deactivated_by: Option<String>,
    pub deactivation_reason_description: Option<String>,
    pub location_type_discriminator: String,
    pub status: String,
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
    pub used_for: Vec<String>,
    pub specialist_cell_types: Vec<String>,
    pub attributes: Vec<String>,
    pub services: Vec<String>,
    pub usages: Option<Json<Vec<UsageRow>>>,
    pub requests: Option<Json<Vec<RequestRow>>>,
}

/// What an outline shows of a row of `location`.
#[derive(Debug)]
pub struct OutlineRow {
    pub id: Uuid,
    pub path_hierarchy: String,
    pub code: String,
    pub location_type: String,
    pub parent_id: Option<Uuid>,
    pub local_name: Option<String>,
    pub converted_cell_type: Option<String>,
    pub status: String,
    pub location_type_discriminator: String,
}

impl OutlineRow {
    /// The location of this prison that it belongs to, as far as it says.
    pub fn location(self, prison_id: &str) -> Result<Location, sqlx::Error> {
        let new = NewLocation {
            id: self.id,
            kind: constant("location_type_discriminator", &self.location_type_discriminator)?,
            prison_id: prison_id.to_owned(),
            code: self.code,
            location_type: constant("location_type", &self.location_type)?,
            status: constant("status", &self.status)?,
            user: String::new(),
            at: NaiveDateTime::default(),
        };
        Ok(Location {
            path: self.path_hierarchy,
            parent_id: self.parent_id,
            local_name: self.local_name,
            converted_cell_type: optional_constant("converted_cell_type", self.converted_cell_type.as_deref())?,
            ..Location::new(new)
        })
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

/// A set of constants, one in each row or element.
pub fn constants<T: FromStr + Ord>(column: &str, texts: &[String]) -> Result<BTreeSet<T>, sqlx::Error> {
    texts.iter().map(|t| constant(column, t)).collect()
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
            kind: constant::<Kind>("location_type_discriminator", &row.location_type_discriminator)?,
            path: row.path_hierarchy,
            location_type: constant("location_type", &row.location_type)?,
            parent_id: row.parent_id,
            status: constant("status", &row.status)?,
            local_name: row.local_name,
            comments: row.comments,
            order_within_parent: row.order_within_parent_location,
            housing_type: optional_constant("residential_housing_type", row.residential_housing_type.as_deref())?,
            accommodation_type: optional_constant("accommodation_type", row.accommodation_type.as_deref())?,
            certified_cell: row.certified_cell,
            temporarily_off_cell_cert: row.temporarily_off_cell_cert,
            converted_cell_type: optional_constant("converted_cell_type", row.converted_cell_type.as_deref())?,
            other_converted_cell_type: row.other_converted_cell_type,
            cell_mark: row.cell_mark,
            in_cell_sanitation: row.in_cell_sanitation,
            residential_structure: row.residential_structure,
            internal_movement_allowed: row.internal_movement_allowed,
            hidden_from_list: row.hidden_from_list,
            deactivated_date: row.deactivated_date,
            deactivated_reason: optional_constant("deactivated_reason", row.deactivated_reason.as_deref())?,
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
            used_for: constants("used_for", &row.used_for)?,
            specialist_cell_types: constants("specialist_cell_type", &row.specialist_cell_types)?,
            attributes: constants("attribute_value", &row.attributes)?,
            usages: usages(row.usages.map(|u| u.0).unwrap_or_default())?,
            services: constants("service_type", &row.services)?,
            requests: requests(row.requests.map(|r| r.0).unwrap_or_default())?,
            prison_id: row.prison_id,
            code: row.code,
        })
    }
}

fn usages(
    rows: Vec<UsageRow>,
) -> Result<BTreeMap<crate::domain::reference::NonResidentialUsageType, Usage>, sqlx::Error> {
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
