//! Changes that concern all non-residential locations: services, name, activity, hiding (05 sections 7, 11 and 12).

use std::collections::BTreeSet;

use super::create::USAGE_OF_SERVICE;
use crate::domain::Refusal;
use crate::domain::change::deactivation::{Deactivation, deactivate, reactivate_one};
use crate::domain::change::fields;
use crate::domain::change::non_residential::{replace_services, replace_usages, set_internal_movement_allowed};
use crate::domain::journal::Journal;
use crate::domain::reference::{
    DeactivatedReason, LocationAttribute, LocationStatus, ServiceType, location_type_for_services,
};
use crate::domain::tree::{Index, Tree};

/// What a full update says of a location (05 section 11.1).
#[derive(Clone, Debug, Default)]
pub struct Update {
    /// Its new name; none leaves it as it is.
    pub local_name: Option<String>,
    /// All services that use it: the others go.
    pub services: BTreeSet<ServiceType>,
    /// Whether it is to be active; none leaves it as it is.
    pub active: Option<bool>,
}

/// Whether an update made a location active or inactive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActivityChange {
    /// It was to become active and was not (a draft stays one, 05 section 11.2).
    Reactivated,
    /// It was active and is not any more.
    Deactivated,
}

/// The description of a deactivation, which has no words of its own (05 section 11.3).
const DEACTIVATED: &str = "Non residential location - deactivated";

/// Name, services and activity of a location (05 section 11.1).
pub fn update(tree: &mut Tree, i: Index, journal: &mut Journal, update: &Update) -> Option<ActivityChange> {
    if let Some(name) = update.local_name.as_deref() {
        rename(tree, i, journal, name);
    }
    set_services(tree, i, journal, Some(&update.services));
    match (update.active, tree.is_active(i)) {
        (Some(true), false) => {
            reactivate_line(tree, i, journal);
            Some(ActivityChange::Reactivated)
        }
        (Some(false), true) => {
            let details = Deactivation {
                reason: DeactivatedReason::Other,
                description: Some(DEACTIVATED.to_owned()),
                proposed_reactivation_date: None,
                planet_fm_reference: None,
                at: journal.now,
                short_term: false,
            };
            deactivate(tree, i, journal, &details);
            Some(ActivityChange::Deactivated)
        }
        _ => None,
    }
}

/// Reactivates the inactive ones of a location and its ancestors, of any kind, from the top down (05 section 11.2).
fn reactivate_line(tree: &mut Tree, i: Index, journal: &mut Journal) {
    let mut line: Vec<Index> = tree.self_and_ancestors(i).collect();
    line.reverse();
    for l in line {
        if tree.get(l).status == LocationStatus::Inactive {
            reactivate_one(tree, l, journal);
        }
    }
}

/// Gives a location another name: row LOCAL_NAME, touch. Nothing for the name that it has (05 section 11.1 step 2).
pub fn rename(tree: &mut Tree, i: Index, journal: &mut Journal, name: &str) {
    if tree.get(i).local_name.as_deref() != Some(name) {
        fields::set_local_name(tree, i, journal, Some(name));
        touch(tree, i, journal);
    }
}

/// Replaces the services if they are given, with the usages and the type that follow from them; then whether internal
/// movement is allowed, always (05 section 7). Does not touch.
pub fn set_services(tree: &mut Tree, i: Index, journal: &mut Journal, services: Option<&BTreeSet<ServiceType>>) {
    if let Some(services) = services {
        replace_services(tree, i, journal, services);
        if tree.is_leaf(i) {
            follow_services(tree, i, journal, services);
        }
        if let Some(location_type) = location_type_for_services(services.iter().copied()) {
            tree.edit(i).location_type = location_type;
        }
    }
    let allowed = tree.get(i).services.contains(&ServiceType::InternalMovements);
    set_internal_movement_allowed(tree, i, journal, allowed);
}

/// The usages of a leaf: those of its services, kept as they are where they are there, and those that no service stands
/// for, PROPERTY and OTHER (05 section 7 step 3).
fn follow_services(tree: &mut Tree, i: Index, journal: &mut Journal, services: &BTreeSet<ServiceType>) {
    let present = &tree.get(i).usages;
    let mut usages: std::collections::BTreeMap<_, _> = present
        .iter()
        .filter(|(usage_type, _)| usage_type.services().next().is_none())
        .map(|(usage_type, usage)| (*usage_type, *usage))
        .collect();
    for usage_type in services.iter().filter_map(|service| service.usage()) {
        usages.insert(usage_type, present.get(&usage_type).copied().unwrap_or(USAGE_OF_SERVICE));
    }
    replace_usages(tree, i, journal, &usages);
}

/// Whether a parent can be taken off the list, in this order (05 section 12).
///
/// # Errors
/// 144 for a leaf, one that is hidden already, or one that a service uses.
pub fn check_hideable(tree: &Tree, i: Index) -> Result<(), Refusal> {
    let location = tree.get(i);
    let refuse = |why: String| Err(Refusal::CannotBeHidden { key: location.key(), why });
    if tree.is_leaf(i) {
        return refuse("it is not a parent location, archive it instead".into());
    }
    if location.hidden_from_list {
        return refuse("it is already hidden".into());
    }
    if !location.services.is_empty() {
        let labels: Vec<&str> = location.services.iter().map(|service| service.label()).collect();
        return refuse(format!("it is still used by {}", labels.join(", ")));
    }
    Ok(())
}

/// Takes a location off the list: row HIDDEN_FROM_LIST, touch (01 section 10.9 rule 5).
pub fn hide(tree: &mut Tree, i: Index, journal: &mut Journal) {
    let (old, new) = (tree.get(i).hidden_from_list.to_string(), "true");
    journal.record(tree.get(i), LocationAttribute::HiddenFromList, Some(&old), Some(new));
    tree.edit(i).hidden_from_list = true;
    touch(tree, i, journal);
}

/// Sets who changed a location and when, to the user and the time of the operation.
pub(super) fn touch(tree: &mut Tree, i: Index, journal: &Journal) {
    tree.edit(i).touch(&journal.user, journal.now);
}
