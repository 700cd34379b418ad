//! Properties of every tree: sums, paths after moves, statuses.

use proptest::prelude::*;

use super::fixture::{cell, id, location};
use crate::domain::location::{Capacity, Kind, Location};
use crate::domain::reference::{LocationStatus, LocationType};
use crate::domain::tree::{Index, Tree};

/// A random forest: the parent of each location is one before it, or none; the last levels hold cells.
pub fn random_tree() -> impl Strategy<Value = Tree> {
    let node = (any::<prop::sample::Index>(), 0..4u8, any::<bool>(), 0..5i32, any::<bool>());
    prop::collection::vec(node, 1..40).prop_map(|nodes| {
        let mut rows: Vec<Location> = Vec::new();
        for (n, (parent, status, is_cell, capacity, top)) in nodes.into_iter().enumerate() {
            let number = u128::try_from(n).unwrap() + 1;
            let code = format!("{n:02}");
            let mut row = if is_cell {
                cell(number, &code, capacity, capacity, capacity)
            } else {
                location(number, Kind::Residential, &code, LocationType::Landing)
            };
            row.status =
                [LocationStatus::Active, LocationStatus::Inactive, LocationStatus::Archived, LocationStatus::Draft]
                    [usize::from(status)];
            if n > 0 && !top {
                let above = &rows[parent.index(n)];
                row.parent_id = Some(above.id);
                row.path = format!("{}-{code}", above.path);
            }
            rows.push(row);
        }
        Tree::new(rows)
    })
}

fn expected_path(tree: &Tree, i: Index) -> String {
    let mut codes: Vec<&str> = tree.self_and_ancestors(i).map(|a| tree.get(a).code.as_str()).collect();
    codes.reverse();
    codes.join("-")
}

fn sum(tree: &Tree, parts: impl Iterator<Item = Index>) -> Capacity {
    parts.fold(Capacity::default(), |a, i| {
        let b = tree.capacity(i);
        Capacity {
            max: a.max + b.max,
            working: a.working + b.working,
            certified_normal_accommodation: a.certified_normal_accommodation + b.certified_normal_accommodation,
        }
    })
}

proptest! {
    #[test]
    fn a_parent_has_what_its_children_have(tree in random_tree()) {
        for i in tree.indexes().filter(|i| !tree.children(*i).is_empty()) {
            prop_assert_eq!(tree.capacity(i), sum(&tree, tree.children(i).iter().copied()));
        }
    }

    #[test]
    fn working_capacity_is_never_above_what_is_held(tree in random_tree()) {
        for i in tree.indexes() {
            prop_assert!(tree.capacity(i).working <= tree.held_working_capacity(i));
            prop_assert!(tree.own_status_working_capacity(i) <= tree.held_working_capacity(i));
        }
    }

    #[test]
    fn every_location_is_exactly_one_of_active_inactive_archived_or_draft(tree in random_tree()) {
        for i in tree.indexes() {
            let draft = tree.get(i).status == LocationStatus::Draft && !tree.is_archived(i);
            let states = [tree.is_active(i), tree.is_temporarily_inactive(i), tree.is_archived(i), draft];
            prop_assert_eq!(states.iter().filter(|s| **s).count(), 1, "{:?}", states);
        }
    }

    #[test]
    fn paths_follow_the_codes_after_any_move(
        mut tree in random_tree(),
        moved in any::<prop::sample::Index>(),
        to in any::<prop::sample::Index>(),
        code in "[A-Z]{1,4}",
    ) {
        let (moved, to) = (moved.index(tree.len()), to.index(tree.len()));
        if !tree.is_at_or_below(to, moved) {
            tree.set_parent(moved, Some(to));
        }
        tree.set_code(moved, &code);
        for i in tree.indexes() {
            prop_assert_eq!(&tree.get(i).path, &expected_path(&tree, i));
            let parent = tree.parent(i).map(|p| tree.get(p).id);
            prop_assert_eq!(tree.get(i).parent_id, parent);
        }
        for (before, after) in tree.changed() {
            prop_assert_eq!(before.id, after.id);
            prop_assert_eq!(&before.status, &after.status);
        }
    }

    #[test]
    fn children_stand_in_key_order(tree in random_tree()) {
        for i in tree.indexes() {
            let keys: Vec<String> = tree.children(i).iter().map(|c| tree.get(*c).key()).collect();
            let mut sorted = keys.clone();
            sorted.sort();
            prop_assert_eq!(keys, sorted);
        }
    }

    #[test]
    fn what_is_removed_is_gone_and_what_is_added_is_new(tree in random_tree(), at in any::<prop::sample::Index>()) {
        let mut tree = tree;
        let parent = at.index(tree.len());
        let added = tree.add(cell(1000, "NEW", 1, 1, 1));
        tree.set_parent(added, Some(parent));
        prop_assert_eq!(tree.added().count(), 1);
        prop_assert!(tree.changed().is_empty());
        tree.remove(added);
        prop_assert_eq!(tree.added().count(), 0);
        prop_assert_eq!(tree.removed().count(), 0);
        prop_assert!(tree.find(id(1000)).is_none());
        prop_assert!(!tree.children(parent).contains(&added));
    }
}
