//! Locations in memory as a tree: a flat vector with parent and child indexes.
//!
//! A tree holds as much of a prison as a job needs: a location with its ancestors and descendants, a branch, or a whole
//! prison. It remembers every location as it was before its first change, so that the store can write the difference.

use std::collections::{BTreeSet, HashMap};

use uuid::Uuid;

use super::approval::ApprovalRequest;
use super::location::Location;

/// Position of a location in its tree; stays valid as long as the tree lives.
pub type Index = usize;

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    locations: Vec<Location>,
    parents: Vec<Option<Index>>,
    children: Vec<Vec<Index>>,
    by_id: HashMap<Uuid, Index>,
    before: HashMap<Index, Location>,
    added: BTreeSet<Index>,
    removed: BTreeSet<Index>,
    removed_with_capacity: BTreeSet<Index>,
}

impl Tree {
    /// A tree of these rows, in any order. A row whose parent is not among them stands at the top.
    pub fn new(locations: Vec<Location>) -> Self {
        let locations = by_key(locations);
        let by_id: HashMap<Uuid, Index> = locations.iter().enumerate().map(|(i, l)| (l.id, i)).collect();
        let parents: Vec<Option<Index>> =
            locations.iter().map(|l| l.parent_id.and_then(|p| by_id.get(&p).copied())).collect();
        let mut children = vec![Vec::new(); locations.len()];
        for (child, parent) in parents.iter().enumerate() {
            if let Some(parent) = parent {
                // Rows come sorted by key, so children are in key order too (01 section 4 rule 8).
                children[*parent].push(child);
            }
        }
        Self { locations, parents, children, by_id, ..Self::default() }
    }

    /// Number of locations, removed ones included.
    pub fn len(&self) -> usize {
        self.locations.len()
    }

    /// Whether there is no location at all.
    pub fn is_empty(&self) -> bool {
        self.locations.is_empty()
    }

    /// All locations that have not been removed, in no promised order after changes; by key on a fresh tree.
    pub fn indexes(&self) -> impl Iterator<Item = Index> + '_ {
        (0..self.locations.len()).filter(|i| !self.removed.contains(i))
    }

    /// Where the location with this id is.
    pub fn find(&self, id: Uuid) -> Option<Index> {
        self.by_id.get(&id).copied().filter(|i| !self.removed.contains(i))
    }

    /// Where the location with this prison and path is.
    pub fn find_path(&self, prison_id: &str, path: &str) -> Option<Index> {
        self.indexes().find(|i| self.locations[*i].path == path && self.locations[*i].prison_id == prison_id)
    }

    /// A location.
    pub fn get(&self, i: Index) -> &Location {
        &self.locations[i]
    }

    /// A location that is about to change: remembers what it was.
    pub fn edit(&mut self, i: Index) -> &mut Location {
        if !self.added.contains(&i) {
            self.before.entry(i).or_insert_with(|| self.locations[i].clone());
        }
        &mut self.locations[i]
    }

    /// The parent, if it has one and it is here.
    pub fn parent(&self, i: Index) -> Option<Index> {
        self.parents[i]
    }

    /// Direct children of any kind and status, by key (01 section 4 rule 8).
    pub fn children(&self, i: Index) -> &[Index] {
        &self.children[i]
    }

    /// Locations without a parent here, by key on a fresh tree.
    pub fn roots(&self) -> impl Iterator<Item = Index> + '_ {
        self.indexes().filter(|i| self.parents[*i].is_none())
    }

    /// The parent, its parent, and so on up to the top.
    pub fn ancestors(&self, i: Index) -> impl Iterator<Item = Index> + '_ {
        std::iter::successors(self.parents[i], |p| self.parents[*p])
    }

    /// The location itself, then its ancestors.
    pub fn self_and_ancestors(&self, i: Index) -> impl Iterator<Item = Index> + '_ {
        std::iter::successors(Some(i), |p| self.parents[*p])
    }

    /// Number of ancestors + 1 (01 section 4 rule 6).
    pub fn level(&self, i: Index) -> usize {
        self.ancestors(i).count() + 1
    }

    /// The highest ancestor, or the location itself.
    pub fn top(&self, i: Index) -> Index {
        self.ancestors(i).last().unwrap_or(i)
    }

    /// All descendants, parents before children, siblings by key.
    pub fn descendants(&self, i: Index) -> Vec<Index> {
        let mut out = Vec::new();
        self.collect_descendants(i, &mut out);
        out
    }

    fn collect_descendants(&self, i: Index, out: &mut Vec<Index>) {
        for &child in &self.children[i] {
            out.push(child);
            self.collect_descendants(child, out);
        }
    }

    /// Leaf list: all descendants without children (of any status), depth first; a location without children is its own
    /// only leaf (01 section 4 rule 10).
    pub fn leaves(&self, i: Index) -> Vec<Index> {
        let mut out = Vec::new();
        self.collect_leaves(i, &mut out);
        out
    }

    fn collect_leaves(&self, i: Index, out: &mut Vec<Index>) {
        if self.children[i].is_empty() {
            out.push(i);
        }
        for &child in &self.children[i] {
            self.collect_leaves(child, out);
        }
    }

    /// Whether `below` is `above` or one of its descendants.
    pub fn is_at_or_below(&self, below: Index, above: Index) -> bool {
        self.self_and_ancestors(below).any(|i| i == above)
    }

    /// Puts an approval request on a location. Its row does not change by that.
    pub fn add_request(&mut self, i: Index, request: ApprovalRequest) {
        let mut located = vec![&mut self.locations[i]];
        located.extend(self.before.get_mut(&i));
        for location in located {
            location.requests.push(request.clone());
            location.requests.sort_by(ApprovalRequest::order);
        }
    }

    /// Takes an approval request off a location again.
    pub fn take_request(&mut self, i: Index, id: Uuid) {
        let mut located = vec![&mut self.locations[i]];
        located.extend(self.before.get_mut(&i));
        for location in located {
            location.requests.retain(|r| r.id != id);
        }
    }

    /// Adds a new location at the top; [`Tree::set_parent`] puts it in its place.
    pub fn add(&mut self, location: Location) -> Index {
        let i = self.locations.len();
        self.by_id.insert(location.id, i);
        self.locations.push(location);
        self.parents.push(None);
        self.children.push(Vec::new());
        self.added.insert(i);
        i
    }

    /// Takes a location without children away.
    pub fn remove(&mut self, i: Index) {
        if let Some(parent) = self.parents[i].take() {
            self.children[parent].retain(|c| *c != i);
        }
        self.by_id.remove(&self.locations[i].id);
        self.removed.insert(i);
    }

    /// The same, and its capacity row goes too, which otherwise stays behind (01 section 2.5 rule 2).
    pub fn remove_with_capacity(&mut self, i: Index) {
        self.remove(i);
        self.removed_with_capacity.insert(i);
    }

    /// Capacity rows of removed locations that go with them.
    pub fn removed_capacities(&self) -> impl Iterator<Item = i64> + '_ {
        self.removed_with_capacity.iter().filter_map(|i| self.locations[*i].capacity_id)
    }

    /// Puts a location below another one (or at the top), and gives its subtree the paths that follow
    /// (01 section 4 rule 3).
    pub fn set_parent(&mut self, i: Index, parent: Option<Index>) {
        if let Some(old) = self.parents[i] {
            self.children[old].retain(|c| *c != i);
        }
        let parent_id = parent.map(|p| self.locations[p].id);
        if self.locations[i].parent_id != parent_id {
            self.edit(i).parent_id = parent_id;
        }
        self.parents[i] = parent;
        if let Some(p) = parent {
            self.children[p].push(i);
        }
        self.rebuild_paths(i);
    }

    /// Gives a location another code, and its subtree the paths that follow.
    pub fn set_code(&mut self, i: Index, code: &str) {
        if self.locations[i].code != code {
            self.edit(i).code = code.to_owned();
        }
        self.rebuild_paths(i);
    }

    /// Computes the path of a location and of everything below it from the codes (01 section 4 rule 2).
    fn rebuild_paths(&mut self, i: Index) {
        let path = match self.parents[i] {
            Some(p) => format!("{}-{}", self.locations[p].path, self.locations[i].code),
            None => self.locations[i].code.clone(),
        };
        if self.locations[i].path != path {
            self.edit(i).path = path;
        }
        for child in self.children[i].clone() {
            self.rebuild_paths(child);
        }
        if let Some(p) = self.parents[i] {
            let locations = &self.locations;
            self.children[p].sort_by(|a, b| {
                let (a, b) = (&locations[*a], &locations[*b]);
                (&a.prison_id, &a.path).cmp(&(&b.prison_id, &b.path))
            });
        }
    }

    /// Locations that are new and still there, in the order in which they were added (so parents added first come first).
    pub fn added(&self) -> impl Iterator<Item = &Location> + '_ {
        self.added.iter().filter(|i| !self.removed.contains(i)).map(|i| &self.locations[*i])
    }

    /// Locations that were changed and are still there, each with what it was before. Ordered by index.
    pub fn changed(&self) -> Vec<(&Location, &Location)> {
        let mut indexes: Vec<&Index> = self.before.keys().filter(|i| !self.removed.contains(i)).collect();
        indexes.sort_unstable();
        indexes
            .into_iter()
            .map(|i| (&self.before[i], &self.locations[*i]))
            .filter(|(before, after)| before != after)
            .collect()
    }

    /// Locations that were there and have been removed, as they were before any change.
    pub fn removed(&self) -> impl Iterator<Item = &Location> + '_ {
        self.removed
            .iter()
            .filter(|i| !self.added.contains(i))
            .map(|i| self.before.get(i).unwrap_or(&self.locations[*i]))
    }

    /// What a location was before this operation changed it; a new one has no before.
    pub fn before(&self, i: Index) -> Option<&Location> {
        if self.added.contains(&i) { None } else { Some(self.before.get(&i).unwrap_or(&self.locations[i])) }
    }

    /// One fresh tree of the locations of two; those that are in both are taken from this one.
    #[must_use]
    pub fn joined_with(self, other: Self) -> Self {
        let known = self.by_id;
        let mut locations = self.locations;
        locations.extend(other.locations.into_iter().filter(|l| !known.contains_key(&l.id)));
        Self::new(locations)
    }
}

/// Locations in the order of their keys. Each is moved once: they are large, and a prison has thousands.
fn by_key(locations: Vec<Location>) -> Vec<Location> {
    let key = |i: &usize| (&locations[*i].prison_id, &locations[*i].path);
    let mut order: Vec<usize> = (0..locations.len()).collect();
    order.sort_by(|a, b| key(a).cmp(&key(b)));
    let mut unordered: Vec<Option<Location>> = locations.into_iter().map(Some).collect();
    order.into_iter().filter_map(|i| unordered[i].take()).collect()
}
