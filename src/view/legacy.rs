//! The legacy (NOMIS) form of a location (01 section 8.7, 02 section 5).

use chrono::{NaiveDate, NaiveDateTime};
use serde::Serialize;
use std::collections::BTreeSet;
use utoipa::ToSchema;
use uuid::Uuid;

use super::history::{ChangeView, legacy_change_history};
use super::shared::{CapacityView, UsageView, usages};
use crate::domain::history::History;
use crate::domain::location::Kind;
use crate::domain::reference::{DeactivatedReason, LocationType, ResidentialAttributeValue, ResidentialHousingType};
use crate::domain::tree::{Index, Tree};

/// A location as NOMIS knows it. Fields without a value are left out.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = LegacyLocation)]
pub struct LegacyLocationView<'a> {
    /// Id of the location.
    pub id: Uuid,
    /// Prison.
    pub prison_id: &'a str,
    /// Last element of the path.
    pub code: &'a str,
    /// Codes from the top down.
    pub path_hierarchy: &'a str,
    /// Type; `ROOM` for a converted cell.
    pub location_type: LocationType,
    /// Housing type, residential locations only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub residential_housing_type: Option<ResidentialHousingType>,
    /// Local name as stored, cells included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub local_name: Option<&'a str>,
    /// Comments.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comments: Option<&'a str>,
    /// Tells NOMIS not to store the working capacity, which is a sum here.
    pub ignore_working_capacity: bool,
    /// Capacity, residential locations only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub capacity: Option<CapacityView>,
    /// Whether the cell, or any cell below, is certified.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certified_cell: Option<bool>,
    /// Attributes of the cells, by name; residential locations only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attributes: Option<Vec<ResidentialAttributeValue>>,
    /// Usages, non-residential locations only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usage: Option<Vec<UsageView>>,
    /// Whether it is for internal movements, non-residential locations only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub internal_movement_allowed: Option<bool>,
    /// Legacy order among its siblings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_within_parent_location: Option<i32>,
    /// Fully active.
    pub active: bool,
    /// Date of the deactivation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deactivated_date: Option<NaiveDate>,
    /// Reason of the deactivation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deactivated_reason: Option<DeactivatedReason>,
    /// When it is expected back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proposed_reactivation_date: Option<NaiveDate>,
    /// Archived, itself or by an ancestor.
    pub permanently_deactivated: bool,
    /// Id of the parent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<Uuid>,
    /// Every history row, when asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change_history: Option<Vec<ChangeView<'a>>>,
    /// Who changed it last.
    pub last_modified_by: &'a str,
    /// When it was changed last.
    #[serde(serialize_with = "super::time::serialize")]
    pub last_modified_date: NaiveDateTime,
    /// Prison and path.
    pub key: String,
}

/// The legacy view of a location; `history` when it was asked for.
pub fn legacy_location<'a>(tree: &'a Tree, i: Index, history: Option<&'a History>) -> LegacyLocationView<'a> {
    let location = tree.get(i);
    let residential = location.kind.is_residential();
    let source = tree.deactivation_source(i).map(|s| tree.get(s));
    LegacyLocationView {
        id: location.id,
        prison_id: &location.prison_id,
        code: &location.code,
        path_hierarchy: &location.path,
        location_type: location.displayed_type(),
        residential_housing_type: location.housing_type.filter(|_| residential),
        local_name: location.local_name.as_deref(),
        comments: location.comments.as_deref(),
        ignore_working_capacity: location.kind == Kind::Residential,
        capacity: match location.kind {
            Kind::Cell => location.capacity.map(CapacityView::from),
            Kind::Residential | Kind::Virtual => Some(tree.capacity(i).into()),
            Kind::NonResidential => None,
        },
        certified_cell: match location.kind {
            Kind::Cell => location.certified_cell,
            Kind::Residential | Kind::Virtual => Some(tree.is_certified(i)),
            Kind::NonResidential => None,
        },
        attributes: residential.then(|| attributes(tree, i)),
        usage: (!residential).then(|| usages(location)),
        internal_movement_allowed: location.internal_movement_allowed.filter(|_| !residential),
        order_within_parent_location: location.order_within_parent,
        active: tree.is_active(i),
        deactivated_date: source.and_then(|s| s.deactivated_date).map(|d| d.date()),
        deactivated_reason: source.and_then(|s| s.deactivated_reason),
        proposed_reactivation_date: source.and_then(|s| s.proposed_reactivation_date),
        permanently_deactivated: tree.is_archived(i),
        parent_id: location.parent_id,
        change_history: history.map(|h| legacy_change_history(h, location.id)),
        last_modified_by: &location.updated_by,
        last_modified_date: location.when_updated,
        key: location.key(),
    }
}

/// Distinct attribute values of the counted cells, by constant name.
fn attributes(tree: &Tree, i: Index) -> Vec<ResidentialAttributeValue> {
    let distinct: BTreeSet<ResidentialAttributeValue> =
        tree.counted_cells(i).into_iter().flat_map(|c| tree.get(c).attributes.iter().copied()).collect();
    let mut values: Vec<_> = distinct.into_iter().collect();
    values.sort_by_key(|v| v.as_str());
    values
}
