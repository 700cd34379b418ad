//! What NOMIS may do to a location: the algorithms of 02 sections 9 and 10.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{NaiveDate, NaiveDateTime};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::change::capacity::store_capacity;
use super::change::cell::{add_used_for, replace_attributes, set_accommodation_type};
use super::change::conversion::convert_to_room;
use super::change::deactivation::{Deactivation, deactivate, reactivate};
use super::change::fields::{set_code, set_comments, set_local_name, set_order};
use super::change::kind::convert_in_place;
use super::change::non_residential::{replace_services, replace_usages, set_internal_movement_allowed};
use super::journal::Journal;
use super::location::{Capacity, Kind, Location, NewLocation, Usage};
use super::reference::{
    AccommodationType, ConvertedCellType, LocationAttribute, LocationStatus, LocationType, NomisDeactivatedReason,
    NonResidentialUsageType, ResidentialAttributeValue, ResidentialHousingType, ServiceType, TransactionType,
    UsedForType,
};
use super::refusal::Refusal;
use super::tree::{Index, Tree};

/// What NOMIS says of a location. Missing means what 02 section 8 says for each field.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields are those of the request, described in 02 section 8")]
pub struct NomisLocation {
    pub prison_id: String,
    pub code: String,
    pub location_type: LocationType,
    pub local_name: Option<String>,
    pub housing_type: Option<ResidentialHousingType>,
    pub comments: Option<String>,
    pub order_within_parent: Option<i32>,
    pub deactivation: Option<NomisDeactivation>,
    pub capacity: Option<NomisCapacity>,
    pub certified_cell: Option<bool>,
    pub attributes: Option<BTreeSet<ResidentialAttributeValue>>,
    pub usages: Option<BTreeMap<NonResidentialUsageType, Usage>>,
    pub internal_movement_allowed: Option<bool>,
    pub create_date: Option<NaiveDateTime>,
    pub last_updated_by: String,
}

/// "Deactivated in NOMIS": a reason is given (02 section 8).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NomisDeactivation {
    /// The reason as NOMIS has it.
    pub reason: NomisDeactivatedReason,
    /// When, if NOMIS says.
    pub date: Option<NaiveDate>,
    /// When it is expected back.
    pub proposed_reactivation_date: Option<NaiveDate>,
}

/// What becomes of a reason that DPS gave and NOMIS sends back in its own, coarser words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReturnedReason {
    /// It is overwritten by what the word of NOMIS means here, as in the live service: DAMP comes back as OTHER.
    #[default]
    Overwrites,
    /// It stays while NOMIS sends the word that stands for it (08 section 15.8, the rest of W3).
    Keeps,
}

/// Capacity as NOMIS sends it; never checked (02 section 8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NomisCapacity {
    /// Max capacity, persons.
    pub max: i32,
    /// Working capacity, persons.
    pub working: i32,
    /// Certified normal accommodation; missing keeps what is stored.
    pub certified_normal_accommodation: Option<i32>,
}

/// The transaction type of a sync create: swapped in the live service, and visible in history (02 section 10.9).
pub fn create_transaction_type(request: &NomisLocation) -> TransactionType {
    match request.housing_type {
        Some(_) => TransactionType::SyncNonResidential,
        None => TransactionType::Sync,
    }
}

/// The transaction type of a sync update, judged by the kind before the change (02 section 10.9).
pub fn update_transaction_type(kind: Kind) -> TransactionType {
    if kind.is_residential() { TransactionType::Sync } else { TransactionType::SyncNonResidential }
}

fn at_midnight(date: NaiveDate) -> NaiveDateTime {
    date.and_time(chrono::NaiveTime::MIN)
}

/// Services that a non-residential location has by its usages and its type (02 section 10.7).
fn implied_services<'a>(
    usages: impl IntoIterator<Item = &'a NonResidentialUsageType>,
    location_type: LocationType,
) -> BTreeSet<ServiceType> {
    let mut services: BTreeSet<ServiceType> = usages.into_iter().flat_map(|u| u.services()).collect();
    services.extend(location_type.implied_services());
    services
}

/// Creates the location (02 section 9) and puts it below `parent`. The path is not checked here.
pub fn create(
    tree: &mut Tree,
    journal: &mut Journal,
    request: &NomisLocation,
    parent: Option<Index>,
    id: Uuid,
) -> Index {
    let location = new_location(request, journal.now, id);
    let normal_cell =
        location.kind == Kind::Cell && location.accommodation_type == Some(AccommodationType::NormalAccommodation);
    let holding_cell = location.kind == Kind::Cell && request.housing_type == Some(ResidentialHousingType::HoldingCell);
    let i = tree.add(location);
    if normal_cell {
        add_used_for(tree, i, journal, UsedForType::StandardAccommodation);
    }
    if holding_cell {
        convert_to_room(tree, i, journal, ConvertedCellType::HoldingRoom, None);
    }
    tree.set_parent(i, parent);
    i
}

fn new_location(request: &NomisLocation, now: NaiveDateTime, id: Uuid) -> Location {
    let kind = Kind::of_new(request.housing_type.is_some(), request.location_type, &request.code);
    let inactive = request.deactivation.as_ref();
    let mut location = Location::new(NewLocation {
        id,
        kind,
        prison_id: request.prison_id.clone(),
        code: request.code.clone(),
        location_type: request.location_type,
        status: if inactive.is_some() { LocationStatus::Inactive } else { LocationStatus::Active },
        user: request.last_updated_by.clone(),
        at: request.create_date.unwrap_or(now),
    });
    location.local_name.clone_from(&request.local_name);
    location.comments.clone_from(&request.comments);
    location.order_within_parent = request.order_within_parent;
    location.deactivated_reason = inactive.map(|d| d.reason.mapped());
    location.deactivated_date = inactive.and_then(|d| d.date).map(at_midnight);
    location.proposed_reactivation_date = inactive.and_then(|d| d.proposed_reactivation_date);
    location.housing_type = request.housing_type;
    match kind {
        Kind::Cell => fill_cell(&mut location, request),
        Kind::Virtual => {
            location.capacity = request.capacity.map(|c| Capacity {
                max: c.max,
                working: c.working,
                certified_normal_accommodation: 0,
            });
        }
        Kind::Residential => {}
        Kind::NonResidential => {
            location.usages = request.usages.clone().unwrap_or_default();
            location.services = implied_services(location.usages.keys(), request.location_type);
            location.internal_movement_allowed = request.internal_movement_allowed;
        }
    }
    location
}

fn fill_cell(location: &mut Location, request: &NomisLocation) {
    location.accommodation_type = request.housing_type.map(ResidentialHousingType::accommodation_type);
    location.capacity = request.capacity.map(|c| Capacity {
        max: c.max,
        working: c.working,
        certified_normal_accommodation: c.certified_normal_accommodation.unwrap_or(0),
    });
    location.certified_cell = Some(request.certified_cell == Some(true));
    location.attributes = request.attributes.clone().unwrap_or_default();
    location.specialist_cell_types = location.attributes.iter().filter_map(|a| a.specialist_cell_type()).collect();
}

/// Whether NOMIS may change this location at all (02 section 8).
///
/// # Errors
/// 107 when it is archived, 120 when it is a converted cell.
pub fn check_updatable(tree: &Tree, i: Index) -> Result<(), Refusal> {
    let location = tree.get(i);
    if tree.is_archived(i) {
        return Err(Refusal::Archived(location.key()));
    }
    if location.is_converted() {
        return Err(Refusal::ConvertedCell(location.key()));
    }
    Ok(())
}

/// Whether a location can be put below `parent`.
///
/// # Errors
/// 400 when the parent is the location itself or below it (decisions B3).
pub fn check_parent(tree: &Tree, i: Index, parent: Index) -> Result<(), Refusal> {
    if tree.is_at_or_below(parent, i) {
        return Err(Refusal::Invalid(format!("{} cannot be below itself", tree.get(i).key())));
    }
    Ok(())
}

/// Changes the location (02 section 10); `parent` is where it is put, none leaves it where it is. Answers whether the
/// row changed its kind or type in place. Call [`check_updatable`] and [`check_parent`] before.
pub fn update(
    tree: &mut Tree,
    i: Index,
    journal: &mut Journal,
    request: &NomisLocation,
    parent: Option<Index>,
    returned_reason: ReturnedReason,
) -> bool {
    let converted = convert_in_place(tree, i, journal, request.housing_type, request.location_type);
    if parent.is_some() {
        tree.set_parent(i, parent);
    }
    set_code(tree, i, journal, &request.code);
    set_local_name(tree, i, journal, request.local_name.as_deref());
    set_comments(tree, i, journal, request.comments.as_deref());
    set_order(tree, i, journal, request.order_within_parent);
    let (user, now) = (journal.user.clone(), journal.now);
    tree.edit(i).touch(&user, now);
    update_activation(tree, i, journal, request, returned_reason);
    match tree.get(i).kind {
        Kind::NonResidential => update_non_residential(tree, i, journal, request),
        Kind::Residential => update_housing_type(tree, i, journal, request),
        Kind::Virtual => {
            update_housing_type(tree, i, journal, request);
            update_capacity(tree, i, journal, request);
        }
        Kind::Cell => {
            update_housing_type(tree, i, journal, request);
            update_cell(tree, i, journal, request);
        }
    }
    converted
}

/// 02 section 10.4: only a changed mapped reason changes the state.
fn update_activation(
    tree: &mut Tree,
    i: Index,
    journal: &mut Journal,
    request: &NomisLocation,
    returned_reason: ReturnedReason,
) {
    let (sent, stored) = (request.deactivation.as_ref().map(|d| d.reason), tree.get(i).deactivated_reason);
    let kept = returned_reason == ReturnedReason::Keeps && sent == stored.map(NomisDeactivatedReason::standing_for);
    if kept || sent.map(NomisDeactivatedReason::mapped) == stored {
        return;
    }
    match &request.deactivation {
        Some(given) => {
            let details = Deactivation {
                reason: given.reason.mapped(),
                description: request.comments.clone(),
                proposed_reactivation_date: given.proposed_reactivation_date,
                planet_fm_reference: None,
                at: given.date.map_or(journal.now, at_midnight),
                short_term: true,
            };
            deactivate(tree, i, journal, &details);
        }
        None => {
            reactivate(tree, i, journal);
        }
    }
}

/// 02 section 10.5.
fn update_housing_type(tree: &mut Tree, i: Index, journal: &mut Journal, request: &NomisLocation) {
    let old = tree.get(i).housing_type.map(|h| h.label());
    let new = request.housing_type.map(|h| h.label());
    journal.record(tree.get(i), LocationAttribute::ResidentialHousingType, old, new);
    // A request without a housing type leaves the column (02 section 18 quirk 19).
    if request.housing_type.is_some() {
        tree.edit(i).housing_type = request.housing_type;
    }
}

/// 02 section 10.6.
fn update_cell(tree: &mut Tree, i: Index, journal: &mut Journal, request: &NomisLocation) {
    if let Some(housing_type) = request.housing_type {
        set_accommodation_type(tree, i, journal, housing_type.accommodation_type());
    }
    update_capacity(tree, i, journal, request);
    if request.certified_cell.is_some() {
        tree.edit(i).certified_cell = request.certified_cell;
    }
    if let Some(attributes) = &request.attributes {
        replace_attributes(tree, i, journal, attributes);
    }
}

fn update_capacity(tree: &mut Tree, i: Index, journal: &mut Journal, request: &NomisLocation) {
    if let Some(given) = request.capacity {
        let stored = tree.get(i).stored_capacity();
        let new = Capacity {
            max: given.max,
            working: given.working,
            certified_normal_accommodation: given
                .certified_normal_accommodation
                .unwrap_or(stored.certified_normal_accommodation),
        };
        store_capacity(tree, i, journal, new, journal.now);
    }
}

/// 02 section 10.7.
fn update_non_residential(tree: &mut Tree, i: Index, journal: &mut Journal, request: &NomisLocation) {
    if let Some(usages) = &request.usages {
        replace_usages(tree, i, journal, usages);
    }
    // Services follow the usages of the request, not those that are stored (02 section 18 quirk 12).
    let location = tree.get(i);
    let requested = request.usages.iter().flat_map(BTreeMap::keys);
    let mut services = implied_services(requested, location.location_type);
    services.extend(location.services.iter().copied().filter(|s| s.is_cross_cutting()));
    replace_services(tree, i, journal, &services);
    if let Some(allowed) = request.internal_movement_allowed {
        set_internal_movement_allowed(tree, i, journal, allowed);
    }
}

/// Whether a create says what a row that is there already says, in every field that it would write; dates and user of
/// the last change apart (decisions D4).
pub fn says_the_same(created: &Location, existing: &Location) -> bool {
    let mut existing = existing.clone();
    existing.id = created.id;
    existing.capacity_id = created.capacity_id;
    existing.when_created = created.when_created;
    existing.when_updated = created.when_updated;
    existing.updated_by.clone_from(&created.updated_by);
    existing.requests.clone_from(&created.requests);
    *created == existing
}

/// Whether NOMIS may change a prison's locations (decisions D5).
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, strum::EnumString, strum::IntoStaticStr, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum NomisSync {
    /// Both sides may change locations.
    TwoWay,
    /// DPS is master; NOMIS changes nothing here.
    OneWay,
}

impl NomisSync {
    /// The constant.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}
