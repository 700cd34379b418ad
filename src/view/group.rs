//! Location groups (03 section 12.2).

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::groups::FileGroup;
use crate::domain::naming::{format_local_name, sort_naturally};
use crate::domain::tree::{Index, Tree};
use crate::view::location::shown_local_name;

/// A group of locations with the groups in it
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = LocationGroupDto)]
pub struct GroupView {
    /// Group name
    #[schema(example = "Block A")]
    pub name: String,
    /// Group key
    #[schema(example = "A")]
    pub key: String,
    /// The child groups of this group
    #[schema(no_recursion)]
    pub children: Vec<GroupView>,
}

/// The groups of a prison that has them in a file: names are keys.
pub fn groups_of_file(groups: &[FileGroup<'_>]) -> Vec<GroupView> {
    let group = |name: &str, children| GroupView { name: name.to_owned(), key: name.to_owned(), children };
    let with_sub_groups =
        |g: &FileGroup<'_>| group(g.name, g.sub_groups.iter().map(|name| group(name, Vec::new())).collect());
    groups.iter().map(with_sub_groups).collect()
}

/// The groups of a prison that has no file: what of its wings, spurs and landings is active.
pub fn groups_of_tree(tree: &Tree, prison_id: &str) -> Vec<GroupView> {
    let top = tree.indexes().filter(|i| tree.get(*i).parent_id.is_none() && tree.get(*i).prison_id == prison_id);
    groups_among(tree, top)
}

fn groups_among(tree: &Tree, locations: impl Iterator<Item = Index>) -> Vec<GroupView> {
    let is_group = |i: &Index| {
        let location = tree.get(*i);
        location.kind.is_residential() && location.location_type.is_structural() && tree.is_active(*i)
    };
    let mut groups: Vec<GroupView> = locations.filter(is_group).map(|i| group(tree, i)).collect();
    sort_naturally(&mut groups, |group| group.name.clone());
    groups
}

fn group(tree: &Tree, i: Index) -> GroupView {
    let location = tree.get(i);
    GroupView {
        name: shown_local_name(location).map_or_else(|| location.code.clone(), format_local_name),
        key: location.code.clone(),
        children: groups_among(tree, tree.children(i).iter().copied()),
    }
}
