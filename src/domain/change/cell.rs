//! What only cells have: accommodation type, used-for types, attributes (01 section 10.4, 02 section 10.6).

use std::collections::BTreeSet;

use crate::domain::journal::Journal;
use crate::domain::reference::{AccommodationType, LocationAttribute, ResidentialAttributeValue, UsedForType};
use crate::domain::tree::{Index, Tree};

/// Sets the accommodation type, and keeps used-for STANDARD_ACCOMMODATION in step with it (01 section 10.4 rule 1).
/// Does not touch; the housing type stays.
pub fn set_accommodation_type(tree: &mut Tree, i: Index, journal: &mut Journal, new: AccommodationType) {
    let old = tree.get(i).accommodation_type.map(|a| a.label());
    journal.record(tree.get(i), LocationAttribute::AccommodationType, old, Some(new.label()));
    tree.edit(i).accommodation_type = Some(new);

    let standard = UsedForType::StandardAccommodation;
    if new == AccommodationType::NormalAccommodation {
        add_used_for(tree, i, journal, standard);
    } else if tree.get(i).used_for.contains(&standard) {
        journal.record(tree.get(i), LocationAttribute::UsedFor, Some(standard.label()), None);
        tree.edit(i).used_for.remove(&standard);
    }
}

/// Adds a used-for type if it is missing. Row USED_FOR. Does not touch.
pub fn add_used_for(tree: &mut Tree, i: Index, journal: &mut Journal, used_for: UsedForType) {
    if !tree.get(i).used_for.contains(&used_for) {
        journal.record(tree.get(i), LocationAttribute::UsedFor, None, Some(used_for.label()));
        tree.edit(i).used_for.insert(used_for);
    }
}

/// Replaces the attributes that NOMIS gave. Row ATTRIBUTES for each removed one, then for each added one.
pub fn replace_attributes(tree: &mut Tree, i: Index, journal: &mut Journal, new: &BTreeSet<ResidentialAttributeValue>) {
    let old = tree.get(i).attributes.clone();
    for removed in old.difference(new) {
        journal.record(tree.get(i), LocationAttribute::Attributes, Some(removed.label()), None);
    }
    for added in new.difference(&old) {
        journal.record(tree.get(i), LocationAttribute::Attributes, None, Some(added.label()));
    }
    if old != *new {
        tree.edit(i).attributes.clone_from(new);
    }
}
