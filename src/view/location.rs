//! The Location view (01 section 8.1 to 8.4, 03 section 4.3).

use std::borrow::Cow;

use chrono::{NaiveDate, NaiveDateTime};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::certificate::{CertificateLocationView, certificate_location};
use super::history::{ChangeView, TransactionView, change_history, transaction_history};
use super::shared::{CapacityView, ServiceView, UsageView, services, usages};
use crate::domain::approval::ApprovalRequest;
use crate::domain::certificate::CertificateLocation;
use crate::domain::history::History;
use crate::domain::location::{Kind, Location};
use crate::domain::naming::format_local_name;
use crate::domain::reference::{
    AccommodationType, ApprovalStatus, ApprovalType, ConvertedCellType, DeactivatedReason, InactiveStatus,
    LocationStatus, LocationType, ShownStatus, SpecialistCellType, StructuralType, UsedForType,
};
use crate::domain::tree::{Index, Tree};

/// What of a location is shown (01 section 8.1). Everything is off by default, but non-residential children.
#[derive(Clone, Copy, Debug)]
pub struct ShowOptions<'a> {
    /// Adds `childLocations`, at all depths.
    pub children: bool,
    /// Adds `parentLocation`, up to the top.
    pub parents: bool,
    /// Leaves non-residential children out when off.
    pub non_residential_children: bool,
    /// Adds `changeHistory` and `transactionHistory`.
    pub history: Option<&'a History>,
    /// Takes `lastModified*` from this history.
    pub last_modified_from: Option<&'a History>,
    /// Formats `localName` of the outermost object.
    pub format_local_name: bool,
    /// Adds `inactiveCells` to the outermost object.
    pub count_inactive_cells: bool,
    /// Adds `numberOfCellLocations` to the outermost object.
    pub count_cells: bool,
    /// The location's row of the current cell certificate.
    pub certificate: Option<&'a CertificateLocation>,
}

impl Default for ShowOptions<'_> {
    fn default() -> Self {
        Self {
            children: false,
            parents: false,
            non_residential_children: true,
            history: None,
            last_modified_from: None,
            format_local_name: false,
            count_inactive_cells: false,
            count_cells: false,
            certificate: None,
        }
    }
}

/// A location as clients see it. Fields without a value are left out.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Location)]
#[expect(missing_docs, reason = "the fields are described one by one in 01 section 8 and 03 section 4.3")]
pub struct LocationView<'a> {
    pub id: Uuid,
    pub prison_id: &'a str,
    pub code: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cell_mark: Option<&'a str>,
    pub path_hierarchy: &'a str,
    pub location_type: LocationType,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub local_name: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<StructuralType>>)]
    pub wing_structure: Option<Vec<&'a str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comments: Option<&'a str>,
    pub permanently_inactive: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permanently_inactive_reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub capacity: Option<CapacityView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pending_changes: Option<PendingChangesView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old_working_capacity: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certified_cell: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usage: Option<Vec<UsageView>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub services_using_location: Option<Vec<ServiceView>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub internal_movement_allowed: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accommodation_types: Option<Vec<AccommodationType>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub specialist_cell_types: Option<Vec<SpecialistCellType>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub used_for: Option<Vec<UsedForType>>,
    pub status: ShownStatus,
    pub locked: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub converted_cell_type: Option<ConvertedCellType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other_converted_cell_type: Option<&'a str>,
    pub active: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inactive_status: Option<InactiveStatus>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_cell_sanitation: Option<bool>,
    pub deactivated_by_parent: bool,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "super::time::option::serialize")]
    pub deactivated_date: Option<NaiveDateTime>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deactivated_reason: Option<DeactivatedReason>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deactivation_reason_description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deactivated_by: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proposed_reactivation_date: Option<NaiveDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub planet_fm_reference: Option<&'a str>,
    pub top_level_id: Uuid,
    #[schema(value_type = i32)]
    pub level: usize,
    pub leaf_level: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_level_approval_location_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pending_approval_request_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_deactivation_reason_for_change: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current_cell_certificate: Option<CertificateLocationView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(no_recursion)]
    pub parent_location: Option<Box<LocationView<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i32>)]
    pub inactive_cells: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i32>)]
    pub number_of_cell_locations: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(no_recursion)]
    pub child_locations: Option<Vec<LocationView<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change_history: Option<Vec<ChangeView<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transaction_history: Option<Vec<TransactionView<'a>>>,
    pub last_modified_by: &'a str,
    #[serde(serialize_with = "super::time::serialize")]
    pub last_modified_date: NaiveDateTime,
    pub key: String,
    pub is_residential: bool,
}

/// What a location will have when its pending request is approved (01 section 8.3).
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PendingChangeDto)]
pub struct PendingChangesView<'a> {
    /// Max capacity, persons.
    pub max_capacity: i32,
    /// Working capacity, persons.
    pub working_capacity: i32,
    /// Certified normal accommodation, persons.
    pub certified_normal_accommodation: i32,
    /// Cell mark, cells only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cell_mark: Option<&'a str>,
    /// Sanitation in the cell, cells only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_cell_sanitation: Option<bool>,
    /// Specialist cell types, cells only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub specialist_cell_types: Option<Vec<SpecialistCellType>>,
}

/// The Location view of a location.
pub fn location_view<'a>(tree: &'a Tree, i: Index, show: &ShowOptions<'a>) -> LocationView<'a> {
    let mut view = bare_view(tree, i);
    let location = tree.get(i);
    if location.kind.is_residential() {
        add_residential(&mut view, tree, i);
        add_counts(&mut view, tree, i, show);
        view.current_cell_certificate = show.certificate.map(certificate_location);
    } else {
        view.usage = Some(usages(location));
        view.services_using_location = Some(services(location));
        view.internal_movement_allowed = location.internal_movement_allowed;
    }
    if location.kind == Kind::Cell {
        add_cell(&mut view, tree, i);
    }
    view.is_residential = view.accommodation_types.is_some() && view.converted_cell_type.is_none();
    if show.format_local_name {
        view.local_name = view.local_name.map(|n| Cow::Owned(format_local_name(&n)));
    }
    if let Some(latest) = show.last_modified_from.and_then(|h| latest_entry(h, location.id)) {
        view.last_modified_by = &latest.amended_by;
        view.last_modified_date = latest.amended_date;
    }
    if let Some(history) = show.history {
        let transactions = transaction_history(history, location.id);
        view.change_history = Some(change_history(history, &transactions, location.id));
        view.transaction_history = Some(transactions);
    }
    add_family(&mut view, tree, i, show);
    view
}

/// The row with the latest date, the first in set order on a tie (01 section 8.2).
fn latest_entry(history: &History, id: Uuid) -> Option<&crate::domain::history::StoredEntry> {
    history.of_location(id).reduce(|best, e| if e.amended_date > best.amended_date { e } else { best })
}

/// The fields of every kind.
fn bare_view(tree: &Tree, i: Index) -> LocationView<'_> {
    let location = tree.get(i);
    let source = tree.deactivation_source(i).map(|s| tree.get(s));
    let active = tree.is_active(i);
    LocationView {
        id: location.id,
        prison_id: &location.prison_id,
        code: &location.code,
        cell_mark: None,
        path_hierarchy: &location.path,
        location_type: location.displayed_type(),
        local_name: shown_local_name(location).map(Cow::Borrowed),
        wing_structure: None,
        comments: location.comments.as_deref(),
        permanently_inactive: tree.is_archived(i),
        permanently_inactive_reason: location.archived_reason.as_deref(),
        capacity: None,
        pending_changes: None,
        old_working_capacity: None,
        certified_cell: None,
        usage: None,
        services_using_location: None,
        internal_movement_allowed: None,
        accommodation_types: None,
        specialist_cell_types: None,
        used_for: None,
        status: tree.shown_status(i),
        locked: tree.is_pending(i),
        converted_cell_type: None,
        other_converted_cell_type: None,
        active,
        inactive_status: tree.inactive_status(i),
        in_cell_sanitation: None,
        deactivated_by_parent: !active && tree.is_own_active(i) && tree.is_blocked_by_parent(i),
        deactivated_date: source.and_then(|s| s.deactivated_date),
        deactivated_reason: source.and_then(|s| s.deactivated_reason),
        deactivation_reason_description: source.and_then(|s| s.deactivation_reason_description.as_deref()),
        deactivated_by: location.deactivated_by.as_deref(),
        proposed_reactivation_date: source.and_then(|s| s.proposed_reactivation_date),
        planet_fm_reference: location.planet_fm_reference.as_deref(),
        top_level_id: tree.get(tree.top(i)).id,
        level: tree.level(i),
        leaf_level: tree.is_leaf(i),
        top_level_approval_location_id: None,
        pending_approval_request_id: None,
        last_deactivation_reason_for_change: None,
        current_cell_certificate: None,
        parent_id: location.parent_id,
        parent_location: None,
        inactive_cells: None,
        number_of_cell_locations: None,
        child_locations: None,
        change_history: None,
        transaction_history: None,
        last_modified_by: &location.updated_by,
        last_modified_date: location.when_updated,
        key: location.key(),
        is_residential: false,
    }
}

/// The local name that clients see: none for any location of kind CELL (01 section 8.2).
pub fn shown_local_name(location: &Location) -> Option<&str> {
    location.local_name.as_deref().filter(|_| location.kind != Kind::Cell)
}

fn add_residential<'a>(view: &mut LocationView<'a>, tree: &'a Tree, i: Index) {
    let location = tree.get(i);
    view.capacity = Some(tree.capacity(i).into());
    view.certified_cell = Some(tree.is_certified(i));
    view.wing_structure = location.structure();
    view.pending_approval_request_id = tree.pending(i).map(|(_, r)| r.id);
    view.top_level_approval_location_id = tree.approval_level(i).map(|a| tree.get(a).id);
    view.last_deactivation_reason_for_change = last_deactivation_reason(tree, i, view.inactive_status);
    view.pending_changes = pending_changes(tree, i);
    if location.kind != Kind::Virtual {
        let cells = tree.counted_cells(i);
        view.accommodation_types = Some(distinct(&cells, |c| tree.get(c).accommodation_type));
        view.specialist_cell_types = Some(distinct(&cells, |c| tree.get(c).specialist_cell_types.iter().copied()));
        // A cell shows its own used-for types even when it is archived (03 section 4.3).
        let used_by = if location.kind == Kind::Cell { vec![i] } else { cells };
        view.used_for = Some(distinct(&used_by, |c| tree.get(c).used_for.iter().copied()));
    }
}

/// Distinct values over cells, in enum order, which is the order of their sequence.
fn distinct<T: Ord, V: IntoIterator<Item = T>>(cells: &[Index], values: impl Fn(Index) -> V) -> Vec<T> {
    let mut all: Vec<T> = cells.iter().flat_map(|c| values(*c)).collect();
    all.sort_unstable();
    all.dedup();
    all
}

fn add_cell<'a>(view: &mut LocationView<'a>, tree: &'a Tree, i: Index) {
    let cell = tree.get(i);
    view.converted_cell_type = cell.converted_cell_type;
    view.other_converted_cell_type = cell.other_converted_cell_type.as_deref();
    view.in_cell_sanitation = cell.in_cell_sanitation;
    view.cell_mark = cell.cell_mark.as_deref();
    if tree.is_temporarily_inactive(i) {
        view.old_working_capacity = Some(tree.old_working_capacity(i));
    }
}

fn add_counts(view: &mut LocationView<'_>, tree: &Tree, i: Index, show: &ShowOptions<'_>) {
    if tree.get(i).kind == Kind::Virtual {
        return;
    }
    if show.count_inactive_cells {
        let inactive = |c: &Index| tree.is_temporarily_inactive(*c);
        view.inactive_cells = Some(tree.counted_cells(i).into_iter().filter(inactive).count());
    }
    if show.count_cells {
        let counts = |l: &Index| {
            let leaf = tree.get(*l);
            let container = leaf.location_type.is_structural() || leaf.location_type.is_area();
            leaf.kind.is_residential() && !container && !tree.is_archived(*l)
        };
        view.number_of_cell_locations = Some(tree.leaves(i).into_iter().filter(counts).count());
    }
}

/// Children and parents, with the options that are passed on to them (01 section 8.1).
fn add_family<'a>(view: &mut LocationView<'a>, tree: &'a Tree, i: Index, show: &ShowOptions<'a>) {
    let inherited = ShowOptions {
        history: show.history,
        non_residential_children: show.non_residential_children,
        ..ShowOptions::default()
    };
    if show.children {
        let below = ShowOptions { children: true, ..inherited };
        let shown = |c: &&Index| {
            !tree.is_archived(**c) && (show.non_residential_children || tree.get(**c).kind.is_residential())
        };
        view.child_locations =
            Some(tree.children(i).iter().filter(shown).map(|c| location_view(tree, *c, &below)).collect());
    }
    if show.parents {
        let above = ShowOptions { parents: true, ..inherited };
        view.parent_location = tree.parent(i).map(|p| Box::new(location_view(tree, p, &above)));
    }
}

/// `lastDeactivationReasonForChange` (01 section 8.3).
fn last_deactivation_reason(tree: &Tree, i: Index, inactive: Option<InactiveStatus>) -> Option<&str> {
    let reason = |r: &'_ ApprovalRequest| r.approval_type == ApprovalType::Deactivation;
    if let Some((_, request)) = tree.pending(i).filter(|(_, r)| reason(r)) {
        return request.reason_for_change.as_deref();
    }
    if inactive != Some(InactiveStatus::InactiveMatchingCellCert) {
        return None;
    }
    let approved = |r: &&ApprovalRequest| r.status == ApprovalStatus::Approved;
    let highest = tree.residential_line(i).filter(|a| tree.get(*a).requests.iter().any(|r| approved(&r))).last()?;
    let request = tree.get(highest).requests.iter().filter(approved).find(|r| reason(r))?;
    request.reason_for_change.as_deref()
}

/// `pendingChanges` (01 section 8.3, 03 section 4.6).
fn pending_changes(tree: &Tree, i: Index) -> Option<PendingChangesView<'_>> {
    let location = tree.get(i);
    let changing = |l: Index| tree.get(l).status == LocationStatus::Draft || tree.is_pending(l);
    let cell = location.kind == Kind::Cell;
    let child_changing = || tree.children(i).iter().any(|c| tree.get(*c).kind == Kind::Cell && changing(*c));
    if !changing(i) && (cell || !child_changing()) {
        return None;
    }
    let planned = tree.pending_capacity(i);
    let mut view = PendingChangesView {
        max_capacity: planned.max,
        working_capacity: planned.working,
        certified_normal_accommodation: planned.certified_normal_accommodation,
        cell_mark: None,
        in_cell_sanitation: None,
        specialist_cell_types: None,
    };
    if cell {
        let request = tree.pending(i).map(|(_, r)| r);
        let of_type = |t: ApprovalType| request.filter(|r| r.approval_type == t);
        view.cell_mark = of_type(ApprovalType::CellMark).map_or(&location.cell_mark, |r| &r.cell_mark).as_deref();
        view.in_cell_sanitation =
            of_type(ApprovalType::CellSanitation).map_or(location.in_cell_sanitation, |r| r.in_cell_sanitation);
        view.specialist_cell_types = Some(of_type(ApprovalType::SpecialistCellType).map_or_else(
            || location.specialist_cell_types.iter().copied().collect(),
            |r| r.specialist_cell_types.clone(),
        ));
    }
    Some(view)
}
