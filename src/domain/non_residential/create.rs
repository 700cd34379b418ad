//! New non-residential locations (05 sections 10 and 13).

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use crate::domain::journal::Journal;
use crate::domain::location::{Kind, Location, NewLocation, Usage};
use crate::domain::reference::{
    LocationAttribute, LocationStatus, LocationType, NonResidentialUsageType, ServiceType, location_type_for_services,
};
use crate::domain::tree::{Index, Tree};

/// The usage that comes with a service: capacity and sequence are both 99 (01 section 12 quirk 11).
pub const USAGE_OF_SERVICE: Usage = Usage { capacity: Some(99), sequence: 99 };

/// What is said of a new location.
#[derive(Clone, Debug)]
pub struct NewNonResidential {
    /// UUID version 7, made by the caller.
    pub id: Uuid,
    /// The prison.
    pub prison_id: String,
    /// Last element of its path.
    pub code: String,
    /// Its type; none where the services say it.
    pub location_type: Option<LocationType>,
    /// Its local name.
    pub local_name: Option<String>,
    /// The services that use it.
    pub services: BTreeSet<ServiceType>,
    /// Its stored status.
    pub status: LocationStatus,
}

/// The stored status of a location that is created active or not: no reason or date goes with being inactive
/// (05 section 18 quirk 19).
pub fn status_of(active: bool) -> LocationStatus {
    if active { LocationStatus::Active } else { LocationStatus::Inactive }
}

/// The type that services ask for, `LOCATION` where they ask for none (05 section 4.4).
pub fn type_of_services(services: &BTreeSet<ServiceType>) -> LocationType {
    location_type_for_services(services.iter().copied()).unwrap_or(LocationType::Location)
}

/// The usages that these services bring along.
pub fn usages_of_services(services: &BTreeSet<ServiceType>) -> BTreeMap<NonResidentialUsageType, Usage> {
    services.iter().filter_map(|service| Some((service.usage()?, USAGE_OF_SERVICE))).collect()
}

/// Adds a location below its parent, or at the top. Row LOCATION_CREATED only (05 section 10.1 step 6).
pub fn create(tree: &mut Tree, journal: &mut Journal, new: NewNonResidential, parent: Option<Index>) -> Index {
    let mut location = Location::new(NewLocation {
        id: new.id,
        kind: Kind::NonResidential,
        prison_id: new.prison_id,
        code: new.code,
        location_type: new.location_type.unwrap_or_else(|| type_of_services(&new.services)),
        status: new.status,
        user: journal.user.clone(),
        at: journal.now,
    });
    location.local_name = new.local_name;
    location.order_within_parent = Some(1);
    location.internal_movement_allowed = Some(new.services.contains(&ServiceType::InternalMovements));
    location.usages = usages_of_services(&new.services);
    location.services = new.services;
    let i = tree.add(location);
    tree.set_parent(i, parent);
    let created = tree.get(i);
    journal.record(created, LocationAttribute::LocationCreated, None, Some(&created.key()));
    i
}

/// The services of a parent that none of the non-residential locations below it has; empty for a location without
/// children (05 section 13 step 1).
pub fn missing_services(tree: &Tree, i: Index) -> BTreeSet<ServiceType> {
    let mut missing = tree.get(i).services.clone();
    if missing.is_empty() || tree.children(i).is_empty() {
        return BTreeSet::new();
    }
    for below in tree.descendants(i) {
        let below = tree.get(below);
        if below.kind == Kind::NonResidential {
            missing.retain(|service| !below.services.contains(service));
        }
    }
    missing
}

/// The child that takes over services of its parent: named, typed and in the state as the parent (05 section 13 step 3).
pub fn child_for_services(
    parent: &Location,
    id: Uuid,
    code: String,
    services: BTreeSet<ServiceType>,
) -> NewNonResidential {
    NewNonResidential {
        id,
        prison_id: parent.prison_id.clone(),
        code,
        location_type: Some(parent.location_type),
        local_name: parent.local_name.clone(),
        services,
        status: parent.status,
    }
}
