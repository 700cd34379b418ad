//! Locations as property stores: the PROPERTY usage and its capacity, in containers (05 section 14).

use uuid::Uuid;

use super::create::{NewNonResidential, create};
use super::update::touch;
use crate::domain::Refusal;
use crate::domain::change::fields;
use crate::domain::journal::Journal;
use crate::domain::location::{Location, Usage};
use crate::domain::reference::{LocationAttribute, LocationStatus, LocationType, NonResidentialUsageType};
use crate::domain::tree::{Index, Tree};

/// The order of the PROPERTY usage among the usages, whatever it was before (05 section 18 quirk 13).
const SEQUENCE: i32 = 99;

/// What is said of a property location; whatever is none stays as it is.
#[derive(Clone, Debug, Default)]
pub struct PropertyUpdate {
    /// Local name.
    pub local_name: Option<String>,
    /// How many property containers it can hold.
    pub capacity: Option<i32>,
}

/// The PROPERTY usage of a location, if it is a property location.
pub fn usage(location: &Location) -> Option<&Usage> {
    location.usages.get(&NonResidentialUsageType::Property)
}

/// Adds a box at the top of the prison that holds so many containers. Rows LOCATION_CREATED, USAGE and
/// NON_RESIDENTIAL_CAPACITY (05 section 14.1).
pub fn create_box(
    tree: &mut Tree,
    journal: &mut Journal,
    (id, code): (Uuid, String),
    local_name: &str,
    capacity: i32,
) -> Index {
    let new = NewNonResidential {
        id,
        prison_id: journal.transaction.prison_id.clone(),
        code,
        location_type: Some(LocationType::Box),
        local_name: Some(local_name.to_owned()),
        services: Default::default(),
        status: LocationStatus::Active,
    };
    let i = create(tree, journal, new, None);
    set_capacity(tree, i, journal, capacity);
    i
}

/// Name and capacity. A capacity makes any non-residential location a property location; the name is touched even when
/// it is the same (05 section 14.2).
pub fn update(tree: &mut Tree, i: Index, journal: &mut Journal, update: &PropertyUpdate) {
    if let Some(name) = update.local_name.as_deref() {
        fields::set_local_name(tree, i, journal, Some(name));
        touch(tree, i, journal);
    }
    if let Some(capacity) = update.capacity {
        set_capacity(tree, i, journal, capacity);
        touch(tree, i, journal);
    }
}

fn set_capacity(tree: &mut Tree, i: Index, journal: &mut Journal, capacity: i32) {
    let location = tree.get(i);
    let old = usage(location).copied();
    if old.is_none() {
        let label = NonResidentialUsageType::Property.label();
        journal.record(location, LocationAttribute::Usage, None, Some(label));
    }
    let before = old.and_then(|usage| usage.capacity).map(|number| number.to_string());
    let after = capacity.to_string();
    journal.record(location, LocationAttribute::NonResidentialCapacity, before.as_deref(), Some(&after));
    let usage = Usage { capacity: Some(capacity), sequence: SEQUENCE };
    tree.edit(i).usages.insert(NonResidentialUsageType::Property, usage);
}

/// Takes the designation away: rows NON_RESIDENTIAL_CAPACITY, if it had one, and USAGE; touch (05 section 14.3).
///
/// # Errors
/// 400 when it is not a property location.
pub fn remove(tree: &mut Tree, i: Index, journal: &mut Journal) -> Result<(), Refusal> {
    let location = tree.get(i);
    let Some(old) = usage(location) else {
        return Err(Refusal::Invalid(format!("{} is not a property location", location.key())));
    };
    let capacity = old.capacity.map(|number| number.to_string());
    journal.record(location, LocationAttribute::NonResidentialCapacity, capacity.as_deref(), None);
    let label = NonResidentialUsageType::Property.label();
    journal.record(location, LocationAttribute::Usage, Some(label), None);
    tree.edit(i).usages.remove(&NonResidentialUsageType::Property);
    touch(tree, i, journal);
    Ok(())
}
