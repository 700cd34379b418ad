//! What only cells have: accommodation type, used-for types, attributes (01 section 10.4, 02 section 10.6).

use std::collections::BTreeSet;

use crate::domain::journal::Journal;
use crate::domain::location::Kind;
use crate::domain::reference::{
    AccommodationType, LocationAttribute, ResidentialAttributeValue, SpecialistCellType, UsedForType,
};
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

/// Replaces the used-for types of a cell (01 section 10.4 rule 2). Does not touch.
pub fn replace_used_for(tree: &mut Tree, i: Index, journal: &mut Journal, new: &BTreeSet<UsedForType>) {
    if tree.get(i).used_for != *new {
        record_replaced(tree, i, journal, LocationAttribute::UsedFor, &tree.get(i).used_for, new, UsedForType::label);
        tree.edit(i).used_for.clone_from(new);
    }
}

/// Replaces the specialist cell types of a cell (01 section 10.4 rule 4). Does not touch.
pub fn replace_specialist_types(tree: &mut Tree, i: Index, journal: &mut Journal, new: &BTreeSet<SpecialistCellType>) {
    if tree.get(i).specialist_cell_types != *new {
        let old = &tree.get(i).specialist_cell_types;
        let attribute = LocationAttribute::SpecialistCellType;
        record_replaced(tree, i, journal, attribute, old, new, SpecialistCellType::label);
        tree.edit(i).specialist_cell_types.clone_from(new);
    }
}

/// The rows of a replaced set: each old value as gone, each kept one as there again, then each new one.
fn record_replaced<T: Ord + Copy>(
    tree: &Tree,
    i: Index,
    journal: &mut Journal,
    attribute: LocationAttribute,
    old: &BTreeSet<T>,
    new: &BTreeSet<T>,
    label: fn(T) -> &'static str,
) {
    for gone in old {
        journal.record(tree.get(i), attribute, Some(label(*gone)), None);
    }
    for there in old.intersection(new).chain(new.difference(old)) {
        journal.record(tree.get(i), attribute, None, Some(label(*there)));
    }
}

/// Sets the used-for types of all normal accommodation cells of a branch (01 section 10.4 rule 3). Does not touch.
/// Answers the cells that were visited, for the certificate.
pub fn replace_used_for_below(
    tree: &mut Tree,
    i: Index,
    journal: &mut Journal,
    new: &BTreeSet<UsedForType>,
) -> Vec<Index> {
    let normal = |tree: &Tree, c: Index| tree.get(c).accommodation_type == Some(AccommodationType::NormalAccommodation);
    let mut cells = Vec::new();
    for l in std::iter::once(i).chain(tree.descendants(i)) {
        let counted = tree.counted_cells(l);
        match tree.get(l).kind {
            Kind::NonResidential => {}
            _ if counted.is_empty() => {}
            Kind::Cell if normal(tree, l) => {
                replace_used_for(tree, l, journal, new);
                cells.push(l);
            }
            Kind::Cell => {}
            Kind::Residential | Kind::Virtual => {
                let of_normal = counted.into_iter().filter(|c| normal(tree, *c));
                let old: BTreeSet<UsedForType> = of_normal.flat_map(|c| tree.get(c).used_for.iter().copied()).collect();
                record_used_for_of_branch(tree, l, journal, &old, new);
            }
        }
    }
    cells
}

/// A location above cells has no used-for types of its own, only rows: every new value gets one, also when it was there.
fn record_used_for_of_branch(
    tree: &Tree,
    i: Index,
    journal: &mut Journal,
    old: &BTreeSet<UsedForType>,
    new: &BTreeSet<UsedForType>,
) {
    if old != new {
        for gone in old {
            journal.record(tree.get(i), LocationAttribute::UsedFor, Some(gone.label()), None);
        }
    }
    for there in new {
        journal.record(tree.get(i), LocationAttribute::UsedFor, None, Some(there.label()));
    }
}

/// Sets the cell mark. Row CELL_MARK. Does not touch.
pub fn set_cell_mark(tree: &mut Tree, i: Index, journal: &mut Journal, mark: &str) {
    journal.record(tree.get(i), LocationAttribute::CellMark, tree.get(i).cell_mark.as_deref(), Some(mark));
    if tree.get(i).cell_mark.as_deref() != Some(mark) {
        tree.edit(i).cell_mark = Some(mark.to_owned());
    }
}

/// Sets the sanitation of a cell. Row IN_CELL_SANITATION, in which a missing value is the text `null` (01 section 12
/// quirk 9). Does not touch.
pub fn set_sanitation(tree: &mut Tree, i: Index, journal: &mut Journal, sanitation: bool) {
    let old = tree.get(i).in_cell_sanitation;
    let old_text = old.map_or_else(|| "null".to_owned(), |s| s.to_string());
    let new_text = sanitation.to_string();
    journal.record(tree.get(i), LocationAttribute::InCellSanitation, Some(&old_text), Some(&new_text));
    if old != Some(sanitation) {
        tree.edit(i).in_cell_sanitation = Some(sanitation);
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
