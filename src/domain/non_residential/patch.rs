//! Partial updates (05 section 11.4).

use std::collections::BTreeSet;

use uuid::Uuid;

use super::update::{rename, set_services, touch};
use crate::domain::Refusal;
use crate::domain::change::fields;
use crate::domain::journal::Journal;
use crate::domain::location::Location;
use crate::domain::reference::{LocationAttribute, NonResidentialLocationType, ServiceType};
use crate::domain::tree::{Index, Tree};

/// What a partial update says; whatever is none stays as it is.
#[derive(Clone, Debug, Default)]
pub struct Patch {
    /// Last element of the path.
    pub code: Option<String>,
    /// Local name.
    pub local_name: Option<String>,
    /// Comments.
    pub comments: Option<String>,
    /// Location type; wins over the one that follows from the services.
    pub location_type: Option<NonResidentialLocationType>,
    /// Where it belongs.
    pub parent: ParentPatch,
    /// All services that use it.
    pub services: Option<BTreeSet<ServiceType>>,
}

/// What a partial update says of the parent.
#[derive(Clone, Debug, Default)]
pub struct ParentPatch {
    /// It is to move to the top.
    pub remove: bool,
    /// Id of the new parent.
    pub id: Option<Uuid>,
    /// Key of the new parent.
    pub key: Option<String>,
}

/// A location named in one of two ways.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named<'a> {
    /// By its id.
    Id(Uuid),
    /// By its key.
    Key(&'a str),
}

/// Where a location goes if its code or its parent changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination<'a> {
    /// To the top of the prison.
    Top,
    /// It stays below its parent.
    Stay,
    /// Below this one.
    Below(Named<'a>),
}

/// A move that a partial update asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move<'a> {
    /// Whether it counts as a change of the parent, with its row and its events.
    pub parent_changes: bool,
    /// Where to.
    pub destination: Destination<'a>,
}

impl ParentPatch {
    /// What is asked for, the first matching line of the table in 05 section 11.4 step 2; `current` is the parent now.
    pub fn asked(&self, current: Option<&Location>) -> Move<'_> {
        match (self.remove, self.id, self.key.as_deref()) {
            (true, None, None) => Move { parent_changes: true, destination: Destination::Top },
            // The parent that is named beside `removeParent` is ignored (05 section 18 quirk 9).
            (true, _, _) => Move { parent_changes: false, destination: Destination::Top },
            (false, Some(id), _) => Move {
                parent_changes: current.map(|c| c.id) != Some(id),
                destination: Destination::Below(Named::Id(id)),
            },
            (false, None, Some(key)) => Move {
                parent_changes: current.map(Location::key).as_deref() != Some(key),
                destination: Destination::Below(Named::Key(key)),
            },
            (false, None, None) => Move { parent_changes: false, destination: Destination::Stay },
        }
    }
}

impl Patch {
    /// Whether it gives the location another code.
    pub fn changes_code_of(&self, location: &Location) -> bool {
        self.code.as_ref().is_some_and(|code| *code != location.code)
    }
}

/// The path of a location with this code below a parent, or at the top.
pub fn path_below(tree: &Tree, parent: Option<Index>, code: &str) -> String {
    match parent {
        Some(parent) => format!("{}-{code}", tree.get(parent).path),
        None => code.to_owned(),
    }
}

/// Whether a location may go below this one.
///
/// # Errors
/// 400 when it is the location itself or below it, or in another prison (decisions B3).
pub fn check_parent(tree: &Tree, i: Index, parent: Index) -> Result<(), Refusal> {
    if tree.is_at_or_below(parent, i) {
        return Err(Refusal::Invalid(format!("{} cannot be its own parent", tree.get(i).key())));
    }
    check_same_prison(tree, &tree.get(i).prison_id, parent)
}

/// Whether a location of this prison may go below this one.
///
/// # Errors
/// 400 when it is in another prison (decisions B3).
pub fn check_same_prison(tree: &Tree, prison_id: &str, parent: Index) -> Result<(), Refusal> {
    let parent = tree.get(parent);
    if parent.prison_id == prison_id {
        Ok(())
    } else {
        Err(Refusal::Invalid(format!("parent {} is not in prison {prison_id}", parent.key())))
    }
}

/// Puts a location below another one, or at the top. Row PARENT_LOCATION if it counts as a change. Does not touch.
pub fn reparent(tree: &mut Tree, i: Index, journal: &mut Journal, parent: Option<Index>, recorded: bool) {
    if recorded {
        let id = |id: Option<Uuid>| id.map(|id| id.to_string());
        let (old, new) = (id(tree.get(i).parent_id), id(parent.map(|p| tree.get(p).id)));
        journal.record(tree.get(i), LocationAttribute::ParentLocation, old.as_deref(), new.as_deref());
    }
    tree.set_parent(i, parent);
}

/// Everything of a partial update but the parent: code, name, comments, services, type (05 section 11.4 steps 4 to 7).
pub fn apply(tree: &mut Tree, i: Index, journal: &mut Journal, patch: &Patch) {
    if let Some(code) = patch.code.as_deref().filter(|_| patch.changes_code_of(tree.get(i))) {
        fields::set_code(tree, i, journal, code);
        touch(tree, i, journal);
    }
    if let Some(name) = patch.local_name.as_deref() {
        rename(tree, i, journal, name);
    }
    if patch.comments.is_some() && patch.comments != tree.get(i).comments {
        fields::set_comments(tree, i, journal, patch.comments.as_deref());
        touch(tree, i, journal);
    }
    set_services(tree, i, journal, patch.services.as_ref());
    if let Some(asked) = patch.location_type {
        // The labels differ in capitals, so the same type can leave a row (05 section 4.5).
        let old = tree.get(i).location_type.label();
        journal.record(tree.get(i), LocationAttribute::LocationType, Some(old), Some(asked.label()));
        tree.edit(i).location_type = asked.location_type();
    }
}

#[cfg(test)]
mod tests {
    use super::{Destination, Move, Named, ParentPatch};
    use crate::domain::location::Kind;
    use crate::domain::reference::LocationType;
    use crate::domain::tests::fixture::{id, location};

    /// The table of 05 section 11.4 step 2, for a location below LEI-A.
    #[test]
    fn the_first_matching_line_says_what_is_asked() {
        let current = location(1, Kind::NonResidential, "A", LocationType::Location);
        let below = |n| Destination::Below(Named::Id(id(n)));
        let key = |key| Destination::Below(Named::Key(key));
        for (remove, parent_id, parent_key, parent_changes, destination) in [
            (true, None, None, true, Destination::Top),
            (true, Some(id(2)), None, false, Destination::Top),
            (true, None, Some("LEI-B"), false, Destination::Top),
            (false, Some(id(1)), None, false, below(1)),
            (false, Some(id(2)), Some("LEI-A"), true, below(2)),
            (false, None, Some("LEI-A"), false, key("LEI-A")),
            (false, None, Some("LEI-B"), true, key("LEI-B")),
            (false, None, None, false, Destination::Stay),
        ] {
            let patch = ParentPatch { remove, id: parent_id, key: parent_key.map(str::to_owned) };
            assert_eq!(patch.asked(Some(&current)), Move { parent_changes, destination }, "{patch:?}");
        }
        let to_parent = ParentPatch { remove: false, id: Some(id(1)), key: None };
        assert!(to_parent.asked(None).parent_changes, "from the top");
    }
}
