//! The residential hierarchy of a prison (03 section 10).

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::location::shown_local_name;
use crate::domain::location::Kind;
use crate::domain::naming::{capitalise, format_local_name, sort_naturally};
use crate::domain::reference::{LocationStatus, LocationType};
use crate::domain::tree::{Index, Tree};

/// What of the hierarchy is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HierarchyOptions {
    /// The lowest level that is shown, 1 is a wing; the first level that is returned is always shown.
    pub max_level: Option<i32>,
    /// Virtual locations too, at the first level that is returned.
    pub virtual_locations: bool,
    /// Inactive and draft locations too, and archived ones below the first level that is returned (03 Q3).
    pub inactive: bool,
}

/// Prison hierarchy
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PrisonHierarchyDto)]
pub struct HierarchyView<'a> {
    /// Location Id
    #[schema(example = "2475f250-434a-4257-afe7-b911f1773a4d")]
    pub location_id: Uuid,
    /// Location Type
    #[schema(example = "WING")]
    pub location_type: LocationType,
    /// Location Code
    #[schema(example = "001")]
    pub location_code: &'a str,
    /// Full path of the location within the prison
    #[schema(example = "A-1-001")]
    pub full_location_path: &'a str,
    /// Alternative description to display for location, (Not Cells)
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Wing A")]
    pub local_name: Option<String>,
    /// Current Level within hierarchy, starts at 1, e.g Wing = 1
    #[schema(value_type = i32, examples(1, 2, 3))]
    pub level: usize,
    /// Status of the location
    #[schema(example = "ACTIVE")]
    pub status: LocationStatus,
    /// Sub residential locations
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(no_recursion)]
    pub sub_locations: Option<Vec<HierarchyView<'a>>>,
}

/// The hierarchy that begins with these residential locations: the top of a prison, or what is below one location.
pub fn hierarchy(
    tree: &Tree,
    start: impl IntoIterator<Item = Index>,
    options: HierarchyOptions,
) -> Vec<HierarchyView<'_>> {
    let shown = |i: &Index| {
        let location = tree.get(*i);
        let state = if options.inactive { !tree.is_archived(*i) } else { tree.is_active(*i) };
        state && (is_level(tree, *i) || (options.virtual_locations && location.kind == Kind::Virtual))
    };
    let mut nodes: Vec<HierarchyView<'_>> =
        start.into_iter().filter(shown).map(|i| node(tree, i, tree.level(i), options)).collect();
    sort_naturally(&mut nodes, |node| match &node.local_name {
        Some(name) => capitalise(name),
        None => node.full_location_path.to_owned(),
    });
    nodes
}

/// Structural, or a cell that is none of the converted ones.
fn is_level(tree: &Tree, i: Index) -> bool {
    tree.get(i).location_type.is_structural() || tree.get(i).is_true_cell()
}

fn node(tree: &Tree, i: Index, level: usize, options: HierarchyOptions) -> HierarchyView<'_> {
    let location = tree.get(i);
    HierarchyView {
        location_id: location.id,
        location_type: location.location_type,
        location_code: &location.code,
        full_location_path: &location.path,
        local_name: shown_local_name(location).map(format_local_name),
        level,
        status: location.status,
        sub_locations: sub_nodes(tree, i, level + 1, options),
    }
}

/// What is below a location, by path; none when there is nothing.
fn sub_nodes(tree: &Tree, i: Index, level: usize, options: HierarchyOptions) -> Option<Vec<HierarchyView<'_>>> {
    if options.max_level.is_some_and(|max| i64::from(max) < i64::try_from(level).unwrap_or(i64::MAX)) {
        return None;
    }
    let shown = |c: &&Index| (options.inactive || tree.is_active(**c)) && is_level(tree, **c);
    let nodes: Vec<HierarchyView<'_>> =
        tree.children(i).iter().filter(shown).map(|c| node(tree, *c, level, options)).collect();
    (!nodes.is_empty()).then_some(nodes)
}
