//! Editing the draft cells of a location (04 section 6).

use std::collections::BTreeSet;

use uuid::Uuid;

use super::create::{DraftCell, DraftCells};
use crate::domain::change::capacity::set_capacity;
use crate::domain::change::cell::{
    replace_specialist_types, replace_used_for, set_accommodation_type, set_cell_mark, set_sanitation,
};
use crate::domain::change::fields::set_code;
use crate::domain::journal::Journal;
use crate::domain::location::Kind;
use crate::domain::reference::LocationStatus;
use crate::domain::refusal::Refusal;
use crate::domain::tree::{Index, Tree};

/// An editable draft: a draft that no pending request locks.
pub fn is_editable(tree: &Tree, i: Index) -> bool {
    tree.get(i).status == LocationStatus::Draft && !tree.is_pending(i)
}

/// Removes the editable draft cells at any depth below the parent that are not among those to keep, with their capacity.
/// Answers their ids.
pub fn remove_others(tree: &mut Tree, parent: Index, keep: &BTreeSet<Uuid>) -> BTreeSet<Uuid> {
    let mut removed = BTreeSet::new();
    for cell in tree.counted_cells(parent) {
        let id = tree.get(cell).id;
        if cell != parent && is_editable(tree, cell) && !keep.contains(&id) {
            tree.remove_with_capacity(cell);
            removed.insert(id);
        }
    }
    removed
}

/// Finds a cell that is to be changed.
///
/// # Errors
/// 101 when it is not of kind CELL, 400 when it is not an editable draft.
pub fn find_editable(tree: &Tree, id: Uuid) -> Result<Index, Refusal> {
    let cell = tree.find(id).filter(|i| tree.get(*i).kind == Kind::Cell).ok_or_else(|| Refusal::no_location(id))?;
    if !is_editable(tree, cell) {
        return Err(Refusal::Invalid(format!("{} is not a draft that can be edited", tree.get(cell).key())));
    }
    Ok(cell)
}

/// Changes a draft cell to what is asked for; used-for and specialist types that are not sent are removed.
///
/// # Errors
/// The capacity rules.
pub fn update_draft(
    tree: &mut Tree,
    i: Index,
    journal: &mut Journal,
    common: &DraftCells,
    cell: &DraftCell,
) -> Result<(), Refusal> {
    if tree.get(i).code != cell.code {
        set_code(tree, i, journal, &cell.code);
        let (user, now) = (journal.user.clone(), journal.now);
        tree.edit(i).touch(&user, now);
    }
    set_accommodation_type(tree, i, journal, common.accommodation_type);
    if let Some(mark) = &cell.cell_mark {
        set_cell_mark(tree, i, journal, mark);
    }
    set_sanitation(tree, i, journal, cell.in_cell_sanitation);
    replace_used_for(tree, i, journal, &common.used_for);
    replace_specialist_types(tree, i, journal, &cell.specialist_cell_types);
    set_capacity(tree, i, journal, cell.capacity, journal.now)
}
