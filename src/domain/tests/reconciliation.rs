//! The digest of a prison: the test vector of docs/reconciliation.md, what changes it and what does not.

use proptest::prelude::*;

use super::fixture::{location, small_prison};
use super::properties::random_tree;
use crate::domain::location::{Kind, Location, Usage};
use crate::domain::reconciliation::{canonical, digest};
use crate::domain::reference::{
    DeactivatedReason, LocationStatus, LocationType, NonResidentialUsageType, ResidentialAttributeValue,
    ResidentialHousingType,
};
use crate::domain::tree::Tree;

/// The prison of the test vector.
fn vector() -> Tree {
    let prison = small_prison(|l| match l.path.as_str() {
        "A" => l.local_name = Some("A wing".into()),
        "A-1" => l.order_within_parent = Some(3),
        "A-1-001" => {
            l.attributes.insert(ResidentialAttributeValue::SafeCell);
            l.attributes.insert(ResidentialAttributeValue::CatA);
            l.attributes.insert(ResidentialAttributeValue::Wing);
            l.comments = Some("near the caf\u{e9}".into());
        }
        "A-1-002" => {
            l.status = LocationStatus::Inactive;
            l.deactivated_reason = Some(DeactivatedReason::Damp);
            l.certified_cell = None;
        }
        _ => {
            l.usages.insert(NonResidentialUsageType::Visit, Usage { capacity: Some(12), sequence: 1 });
            l.usages.insert(NonResidentialUsageType::Appointment, Usage { capacity: None, sequence: 99 });
        }
    });
    prison.tree
}

fn lines(tree: &Tree) -> Vec<String> {
    tree.indexes().filter_map(|i| canonical(tree, i)).map(|line| line.replace('\u{1f}', "|")).collect()
}

#[test]
fn the_test_vector_of_the_documentation_holds() {
    let tree = vector();
    let document = include_str!("../../../docs/reconciliation.md");
    assert_eq!(
        lines(&tree),
        [
            "LEI-A|WING|NORMAL_ACCOMMODATION|A wing|||||||||Y||",
            "LEI-A-1|LANDING|NORMAL_ACCOMMODATION|||3|||||||Y||",
            "LEI-A-1-001|CELL|NORMAL_ACCOMMODATION||near the caf\u{e9}||2|1|1|Y|CAT_A,SAFE_CELL||Y||",
            "LEI-A-1-002|CELL|NORMAL_ACCOMMODATION||||1|1|1|N|||N|OTHER|",
            "LEI-VISIT|VISITS||||||||||APPOINTMENT::99,VISIT:12:1|Y||Y",
        ]
    );
    for line in lines(&tree) {
        assert!(document.contains(&line), "{line}");
    }
    let digests = digest(&tree, "LEI");
    let shown = |hash: u128| format!("{hash:032x}");
    let subtrees: Vec<(&str, u64, String)> = digests
        .subtrees
        .iter()
        .map(|s| (tree.get(s.top).path.as_str(), s.digest.count, shown(s.digest.hash)))
        .collect();
    let expected = [("A", 4), ("A-1", 3), ("VISIT", 1)];
    assert_eq!(subtrees.iter().map(|s| (s.0, s.1)).collect::<Vec<_>>(), expected);
    for (path, count, hash) in subtrees.iter().chain(&[("", digests.whole.count, shown(digests.whole.hash))]) {
        let row = format!("| `{path}` | {count} | `{hash}` |").replace("| `` |", "| the prison |");
        assert!(document.contains(&row), "{row}");
    }
}

#[test]
fn what_nomis_can_not_hold_does_not_count() {
    let plain = digest(&vector(), "LEI");
    let (long, cut) = ("x".repeat(60), "x".repeat(40));
    let named = |name: &str| digest(&small_prison(|l| l.local_name = Some(name.into())).tree, "LEI");
    assert_eq!(named(&long), named(&cut));
    assert_eq!(named(" "), digest(&small_prison(|_| ()).tree, "LEI"));

    let mut tree = vector();
    for i in tree.indexes().collect::<Vec<_>>() {
        let row = tree.edit(i);
        row.planet_fm_reference = Some("123".into());
        row.cell_mark = Some("A1".into());
        row.updated_by = "SOMEBODY".into();
        row.attributes.remove(&ResidentialAttributeValue::Wing);
        if row.deactivated_reason.is_some() {
            row.deactivated_reason = Some(DeactivatedReason::Pest);
        }
    }
    assert_eq!(digest(&tree, "LEI"), plain);
}

#[test]
fn a_change_of_any_field_that_survives_shows_in_its_subtrees_only() {
    type Change = fn(&mut Location);
    let changes: [Change; 9] = [
        |l| l.local_name = Some("Other".into()),
        |l| l.comments = Some("other".into()),
        |l| l.order_within_parent = Some(9),
        |l| l.housing_type = Some(ResidentialHousingType::Healthcare),
        |l| l.status = LocationStatus::Inactive,
        |l| l.certified_cell = Some(false),
        |l| l.capacity = None,
        |l| l.attributes.clear(),
        |l| l.location_type = LocationType::Room,
    ];
    let before = digest(&vector(), "LEI");
    for (n, change) in changes.into_iter().enumerate() {
        let mut tree = vector();
        let cell = tree.find_path("LEI", "A-1-001").unwrap();
        change(tree.edit(cell));
        let after = digest(&tree, "LEI");
        let changed: Vec<bool> = before.subtrees.iter().zip(&after.subtrees).map(|(a, b)| a != b).collect();
        assert_eq!(changed, [true, true, false], "change {n}");
        assert_ne!(before.whole, after.whole, "change {n}");
    }
}

#[test]
fn drafts_and_other_prisons_are_left_out() {
    let draft = small_prison(|l| {
        if l.path == "A-1-002" {
            l.status = LocationStatus::Draft;
        }
        if l.path == "VISIT" {
            l.prison_id = "MDI".into();
        }
    });
    let digests = digest(&draft.tree, "LEI");
    assert_eq!((digests.whole.count, digests.subtrees.len()), (3, 2));
    assert_eq!(digest(&draft.tree, "MDI").whole.count, 1);
    assert_eq!(digest(&draft.tree, "BXI"), Default::default());
}

#[test]
fn a_holding_cell_is_a_room_on_both_sides() {
    let of = |location_type| {
        let mut row = location(1, Kind::Residential, "H", location_type);
        row.housing_type = Some(ResidentialHousingType::HoldingCell);
        digest(&Tree::new(vec![row]), "LEI")
    };
    assert_eq!(of(LocationType::Cell), of(LocationType::Room));
}

proptest! {
    #[test]
    fn the_order_of_the_rows_does_not_matter_and_tops_sum_up(tree in random_tree(), turn in 0..40_usize) {
        let mut rows: Vec<Location> = tree.indexes().map(|i| tree.get(i).clone()).collect();
        let turn = turn % rows.len();
        rows.rotate_left(turn);
        rows.reverse();
        let other = Tree::new(rows);
        let (one, two) = (digest(&tree, "LEI"), digest(&other, "LEI"));
        prop_assert_eq!(one.whole, two.whole);
        prop_assert_eq!(one.subtrees, two.subtrees);
        let drafts = tree.indexes().filter(|i| tree.get(*i).status == LocationStatus::Draft).count();
        prop_assert_eq!(usize::try_from(one.whole.count).unwrap(), tree.len() - drafts);
    }

    #[test]
    fn a_parent_without_drafts_is_its_children_and_itself(tree in random_tree()) {
        let digests = digest(&tree, "LEI");
        let of = |i| digests.subtrees.iter().find(|s| s.top == i).map(|s| s.digest);
        for subtree in &digests.subtrees {
            let below = tree.descendants(subtree.top);
            let counted = below.iter().filter(|i| tree.get(**i).status != LocationStatus::Draft).count();
            prop_assert_eq!(usize::try_from(subtree.digest.count).unwrap(), counted + 1);
            for child in tree.children(subtree.top) {
                if let Some(child) = of(*child) {
                    prop_assert!(child.count < subtree.digest.count);
                }
            }
        }
    }
}
