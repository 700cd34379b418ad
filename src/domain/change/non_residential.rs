//! What only non-residential locations have: usages, services, internal movement (01 section 10.9, 02 section 10.7).

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::journal::Journal;
use crate::domain::location::Usage;
use crate::domain::reference::{LocationAttribute, NonResidentialUsageType, ServiceType};
use crate::domain::tree::{Index, Tree};

/// A missing number or boolean is the text `null` in these rows (01 section 12 quirk 9).
fn or_null<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(|| "null".to_owned(), |v| v.to_string())
}

/// Replaces the usages (01 section 10.9 rule 2): rows for added, removed and kept types, in that order. Does not touch.
pub fn replace_usages(
    tree: &mut Tree,
    i: Index,
    journal: &mut Journal,
    new: &BTreeMap<NonResidentialUsageType, Usage>,
) {
    let old = tree.get(i).usages.clone();
    let location = tree.get(i);
    for (usage_type, usage) in new.iter().filter(|(t, _)| !old.contains_key(t)) {
        journal.record(location, LocationAttribute::Usage, None, Some(usage_type.label()));
        if let Some(capacity) = usage.capacity {
            let capacity = capacity.to_string();
            journal.record(location, LocationAttribute::NonResidentialCapacity, None, Some(&capacity));
        }
    }
    for usage_type in old.keys().filter(|t| !new.contains_key(t)) {
        journal.record(location, LocationAttribute::Usage, Some(usage_type.label()), None);
    }
    for (before, after) in old.iter().filter_map(|(t, before)| new.get(t).map(|after| (before, after))) {
        let (before, after) = (or_null(before.capacity), or_null(after.capacity));
        journal.record(location, LocationAttribute::NonResidentialCapacity, Some(&before), Some(&after));
    }
    if old != *new {
        tree.edit(i).usages.clone_from(new);
    }
}

/// Replaces the services (01 section 10.9 rule 1): rows for added, then for removed ones. Does not touch.
pub fn replace_services(tree: &mut Tree, i: Index, journal: &mut Journal, new: &BTreeSet<ServiceType>) {
    let old = tree.get(i).services.clone();
    for added in new.difference(&old) {
        journal.record(tree.get(i), LocationAttribute::UsedByService, None, Some(added.label()));
    }
    for removed in old.difference(new) {
        journal.record(tree.get(i), LocationAttribute::UsedByService, Some(removed.label()), None);
    }
    if old != *new {
        tree.edit(i).services.clone_from(new);
    }
}

/// Sets whether the location is for internal movements. Row INTERNAL_MOVEMENT_ALLOWED. Does not touch.
pub fn set_internal_movement_allowed(tree: &mut Tree, i: Index, journal: &mut Journal, allowed: bool) {
    let old = or_null(tree.get(i).internal_movement_allowed);
    journal.record(tree.get(i), LocationAttribute::InternalMovementAllowed, Some(&old), Some(&allowed.to_string()));
    tree.edit(i).internal_movement_allowed = Some(allowed);
}
