//! How non-residential and property locations are shown (05 section 5).

use std::borrow::Cow;
use std::collections::BTreeSet;

use chrono::NaiveDateTime;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::breadcrumb::{BreadcrumbView, breadcrumbs};
use super::page::Page;
use crate::domain::naming::format_local_name;
use crate::domain::non_residential::property;
use crate::domain::reference::{DeactivatedReason, LocationType, ServiceFamilyType, ServiceType, ShownStatus};
use crate::domain::tree::{Index, Tree};

/// Non-residential location
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = NonResidentialLocationDTO)]
pub struct NonResidentialView<'a> {
    /// Location Id
    pub id: Uuid,
    /// Prison ID
    pub prison_id: &'a str,
    /// Description to display for location
    pub local_name: Cow<'a, str>,
    /// Location Code
    pub code: &'a str,
    /// Full path of the location within the prison
    pub path_hierarchy: &'a str,
    /// Indicates this is the lowest level, and not a parent
    pub is_leaf_level: bool,
    /// Location Type
    pub location_type: LocationType,
    /// Indicates if the location is permanently inactive
    pub permanently_inactive: bool,
    /// Reason for permanently deactivating: known in the contract, never shown
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permanently_inactive_reason: Option<&'a str>,
    /// Collections of services that use this location
    pub used_by_grouped_services: BTreeSet<ServiceFamilyType>,
    /// Services that use this location
    pub used_by_services: BTreeSet<ServiceType>,
    /// Status of the location
    pub status: ShownStatus,
    /// Date the location was deactivated
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "super::time::option::serialize")]
    pub deactivated_date: Option<NaiveDateTime>,
    /// Reason for deactivation
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deactivated_reason: Option<DeactivatedReason>,
    /// For OTHER deactivation reason, a free text comment is provided
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deactivation_reason_description: Option<&'a str>,
    /// Staff username who deactivated the location
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deactivated_by: Option<&'a str>,
    /// Current Level within hierarchy, starts at 1, e.g Wing = 1
    pub level: usize,
    /// Parent Location Id
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<Uuid>,
    /// Location hierarchy (ancestors and self), top to bottom
    pub location_hierarchy: Vec<BreadcrumbView<'a>>,
    /// Indicates a user has removed this location from the non-residential locations list. Display only - the location is
    /// not deactivated and remains available to any service using it.
    pub hidden_from_list: bool,
    /// Indicates this location can be removed from the non-residential locations list, i.e. it is a parent location that
    /// no service uses
    pub can_be_hidden_from_list: bool,
    /// Key for a location
    pub key: String,
}

/// The view of a non-residential location (05 section 5.1).
pub fn non_residential_view(tree: &Tree, i: Index) -> NonResidentialView<'_> {
    let location = tree.get(i);
    let leaf = tree.is_leaf(i);
    // Filled for an active location only, from columns that are normally empty then (05 section 18 quirk 1).
    let deactivated = tree.deactivation_source(i).map(|s| tree.get(s));
    let shown = |service: &&ServiceType| leaf || service.family().editable_in_parent();
    let used_by_services: BTreeSet<ServiceType> = location.services.iter().filter(shown).copied().collect();
    let location_hierarchy = breadcrumbs(tree, i, true);
    NonResidentialView {
        id: location.id,
        prison_id: &location.prison_id,
        local_name: formatted_name(location.local_name.as_deref()).unwrap_or(Cow::Borrowed(&location.path)),
        code: &location.code,
        path_hierarchy: &location.path,
        is_leaf_level: leaf,
        location_type: location.location_type,
        permanently_inactive: tree.is_archived(i),
        permanently_inactive_reason: None,
        used_by_grouped_services: used_by_services.iter().map(|service| service.family()).collect(),
        used_by_services,
        status: tree.shown_status(i),
        deactivated_date: deactivated.and_then(|d| d.deactivated_date),
        deactivated_reason: deactivated.and_then(|d| d.deactivated_reason),
        deactivation_reason_description: deactivated.and_then(|d| d.deactivation_reason_description.as_deref()),
        deactivated_by: location.deactivated_by.as_deref(),
        level: location_hierarchy.len(),
        parent_id: location.parent_id,
        location_hierarchy,
        hidden_from_list: location.hidden_from_list,
        can_be_hidden_from_list: !leaf && location.services.is_empty() && !location.hidden_from_list,
        key: location.key(),
    }
}

fn formatted_name(name: Option<&str>) -> Option<Cow<'_, str>> {
    name.map(|name| Cow::Owned(format_local_name(name)))
}

/// Non-residential locations of a prison
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = NonResidentialSummary)]
pub struct NonResidentialSummaryView<'a> {
    /// Prison Id
    pub prison_id: &'a str,
    /// All non-residential locations for this prison
    pub locations: Page<NonResidentialView<'a>>,
}

/// Property storage location
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PropertyLocationDto)]
pub struct PropertyView<'a> {
    /// Location Id
    pub id: Uuid,
    /// Prison ID
    pub prison_id: &'a str,
    /// Location Code
    pub code: &'a str,
    /// Full path of the location within the prison
    pub path_hierarchy: &'a str,
    /// Description to display for the location
    #[serde(skip_serializing_if = "Option::is_none")]
    pub local_name: Option<Cow<'a, str>>,
    /// Location Type
    pub location_type: LocationType,
    /// Capacity of this location's PROPERTY usage - how many property containers it can hold. May be null if not
    /// configured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub capacity: Option<i32>,
}

/// The view of a property location (05 section 5.3). Its name has no stand-in.
pub fn property_view(tree: &Tree, i: Index) -> PropertyView<'_> {
    let location = tree.get(i);
    PropertyView {
        id: location.id,
        prison_id: &location.prison_id,
        code: &location.code,
        path_hierarchy: &location.path,
        local_name: formatted_name(location.local_name.as_deref()),
        location_type: location.location_type,
        capacity: property::usage(location).and_then(|usage| usage.capacity),
    }
}
