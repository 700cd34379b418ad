//! What a patch of a residential location changes (04 section 8).

use std::collections::BTreeSet;

use uuid::Uuid;

use crate::domain::change::cell::{replace_used_for, set_accommodation_type, set_cell_mark, set_sanitation};
use crate::domain::change::fields::{set_code, set_comments, set_local_name};
use crate::domain::journal::Journal;
use crate::domain::location::Kind;
use crate::domain::reference::{AccommodationType, LocationAttribute, LocationStatus, LocationType, UsedForType};
use crate::domain::refusal::Refusal;
use crate::domain::sync::check_parent;
use crate::domain::tree::{Index, Tree};

/// A patch; what is not given stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Patch {
    /// Another code.
    pub code: Option<String>,
    /// Another parent, by id; wins over the key.
    pub parent_id: Option<Uuid>,
    /// Another parent, by key.
    pub parent_key: Option<String>,
    /// To the top of the prison.
    pub remove_parent: bool,
    /// Another local name; cells keep theirs.
    pub local_name: Option<String>,
    /// Other comments.
    pub comments: Option<String>,
    /// Another type.
    pub location_type: Option<LocationType>,
    /// Another accommodation type, for a cell.
    pub accommodation_type: Option<AccommodationType>,
    /// Another mark, for a cell.
    pub cell_mark: Option<String>,
    /// Another sanitation, for a cell.
    pub in_cell_sanitation: Option<bool>,
    /// Other used-for types, for a cell.
    pub used_for: Option<BTreeSet<UsedForType>>,
}

impl Patch {
    /// Whether the code changes.
    pub fn changes_code(&self, tree: &Tree, i: Index) -> bool {
        self.code.as_ref().is_some_and(|code| *code != tree.get(i).code)
    }

    /// Whether the parent changes (04 section 8 rule 4).
    pub fn changes_parent(&self, tree: &Tree, i: Index) -> bool {
        let parent = tree.parent(i).map(|p| tree.get(p));
        match (self.remove_parent, self.parent_id, &self.parent_key) {
            (true, id, key) => id.is_none() && key.is_none(),
            (false, Some(id), _) => parent.is_none_or(|p| p.id != id),
            (false, None, Some(key)) => parent.is_none_or(|p| p.key() != *key),
            (false, None, None) => false,
        }
    }
}

/// Puts a location below `target`, or at the top. Row PARENT_LOCATION where the patch counts as a change of the parent.
///
/// # Errors
/// 400 when the target is the location itself, below it, or in another prison (decisions B3).
pub fn move_below(
    tree: &mut Tree,
    i: Index,
    journal: &mut Journal,
    target: Option<Index>,
    parent_changes: bool,
) -> Result<(), Refusal> {
    if let Some(target) = target {
        check_parent(tree, i, target)?;
        let (above, prison_id) = (tree.get(target), &tree.get(i).prison_id);
        if parent_changes && above.prison_id != *prison_id {
            return Err(Refusal::Invalid(format!("The parent {} is not in prison {prison_id}", above.key())));
        }
    }
    let old = tree.get(i).parent_id.map(|p| p.to_string());
    tree.set_parent(i, target);
    let new = tree.get(i).parent_id.map(|p| p.to_string());
    if parent_changes {
        journal.record(tree.get(i), LocationAttribute::ParentLocation, old.as_deref(), new.as_deref());
    }
    Ok(())
}

/// Everything but the parent, in the order of the chapter.
///
/// # Errors
/// 134 when mark or sanitation are given for a cell whose prison needs approval.
pub fn apply(
    tree: &mut Tree,
    i: Index,
    journal: &mut Journal,
    patch: &Patch,
    certified_prison: bool,
) -> Result<(), Refusal> {
    let (user, now) = (journal.user.clone(), journal.now);
    if let Some(code) = patch.code.as_ref().filter(|_| patch.changes_code(tree, i)) {
        set_code(tree, i, journal, code);
        tree.edit(i).touch(&user, now);
    }
    let differs = |new: &Option<String>, old: &Option<String>| new.is_some() && new != old;
    if differs(&patch.local_name, &tree.get(i).local_name) && !tree.get(i).is_true_cell() {
        set_local_name(tree, i, journal, patch.local_name.as_deref());
        tree.edit(i).touch(&user, now);
    }
    if differs(&patch.comments, &tree.get(i).comments) {
        set_comments(tree, i, journal, patch.comments.as_deref());
        tree.edit(i).touch(&user, now);
    }
    if let Some(new) = patch.location_type {
        // The live service compares the new type with itself (01 section 12 quirk 7).
        let (label, residential) = (Some(new.label()), new.residential_label());
        journal.record(tree.get(i), LocationAttribute::LocationType, label, residential);
        tree.edit(i).location_type = new;
    }
    if tree.get(i).kind == Kind::Cell {
        apply_to_cell(tree, i, journal, patch, certified_prison)?;
    }
    Ok(())
}

fn apply_to_cell(
    tree: &mut Tree,
    i: Index,
    journal: &mut Journal,
    patch: &Patch,
    certified_prison: bool,
) -> Result<(), Refusal> {
    // Also without an accommodation type of its own: used-for follows what there is (01 section 10.4 rule 1).
    if let Some(accommodation_type) = patch.accommodation_type.or(tree.get(i).accommodation_type) {
        set_accommodation_type(tree, i, journal, accommodation_type);
    }
    let needs_approval = certified_prison && tree.get(i).status != LocationStatus::Draft;
    if needs_approval && (patch.cell_mark.is_some() || patch.in_cell_sanitation.is_some()) {
        return Err(Refusal::NeedsCertificationApproval(tree.get(i).key()));
    }
    if let Some(mark) = &patch.cell_mark {
        set_cell_mark(tree, i, journal, mark);
    }
    if let Some(sanitation) = patch.in_cell_sanitation {
        set_sanitation(tree, i, journal, sanitation);
    }
    if let Some(used_for) = &patch.used_for {
        replace_used_for(tree, i, journal, used_for);
    }
    Ok(())
}
