//! Editing the draft cells of a location: those that are not sent go, those without an id come, the others change
//! (04 section 6).

use std::collections::{BTreeSet, HashMap};

use uuid::Uuid;

use super::create::{check_same_prison, codes};
use super::{tell, with_residential_children};
use crate::domain::Refusal;
use crate::domain::journal::Journal;
use crate::domain::reference::TransactionType;
use crate::domain::residential::create::{DraftCells, add_draft_cell, path_below};
use crate::domain::residential::edit::{find_editable, remove_others, update_draft};
use crate::domain::tree::{Index, Tree};
use crate::service::{ServiceError, Services, journal, new_id};
use crate::store::{Changes, UnitOfWork, find, load};
use crate::view::json::Rendered;
use crate::view::location::location_view;

/// Edits the draft cells of a location. No event, no audit.
///
/// # Errors
/// 101, 131, 103, 400 for a cell that is no editable draft, the capacity rules.
pub async fn edit_cells(
    services: &Services,
    caller: &str,
    prison_id: &str,
    parent_id: Uuid,
    request: &DraftCells,
) -> Result<Rendered, ServiceError> {
    let mut work = UnitOfWork::begin(&services.store, &[prison_id]).await?;
    let kept: BTreeSet<Uuid> = request.cells.iter().filter_map(|c| c.id).collect();
    let ids: Vec<Uuid> = std::iter::once(parent_id).chain(kept.iter().copied()).collect();
    let mut tree = load::families(work.connection(), &ids).await?;
    let residential = |i: &Index| tree.get(*i).kind.is_residential();
    let parent = tree.find(parent_id).filter(residential).ok_or_else(|| Refusal::no_location(parent_id))?;
    if tree.is_pending(parent) {
        return Err(Refusal::CreationWhilePending(tree.get(parent).key()).into());
    }
    let detail = format!("Updating cells {} in prison {prison_id}", codes(Some(request)));
    let mut journal = journal(services, TransactionType::LocationUpdate, prison_id, detail, caller);
    let paths = wanted_paths(&tree, parent, request);
    let taken = find::taken_paths(work.connection(), prison_id, &paths).await?.into_iter().collect();
    let removed = remove_others(&mut tree, parent, &kept);
    let mut edit = Edit { tree: &mut tree, prison_id, parent, taken, removed };
    let created = edit.create(&journal, request)?;
    let updated = edit.update(&mut journal, request)?;
    check_same_prison(edit.tree, Some(parent), prison_id)?;
    journal.transaction.detail = format!(
        "Created {created}, updated {updated} and deleted {} cells under location {}",
        edit.removed.len(),
        edit.tree.get(parent).key()
    );
    let answer = Rendered::of(&location_view(&tree, parent, &with_residential_children()))?;
    work.commit(&tree, &Changes { journals: vec![journal], ..Changes::default() }).await?;
    for created in tree.added() {
        tell("Created Residential Location", created);
    }
    Ok(answer)
}

/// The paths that cells of the request may get.
fn wanted_paths(tree: &Tree, parent: Index, request: &DraftCells) -> Vec<String> {
    let above = |cell: Uuid| tree.find(cell).map(|i| tree.parent(i));
    let path_of = |i: Index| tree.get(i).path.as_str();
    let cells = request.cells.iter().filter_map(|c| match c.id {
        None => Some(path_below(Some(path_of(parent)), &c.code)),
        Some(id) => above(id).map(|parent| path_below(parent.map(path_of), &c.code)),
    });
    cells.collect()
}

/// An edit that is under way.
struct Edit<'a> {
    tree: &'a mut Tree,
    prison_id: &'a str,
    parent: Index,
    /// Paths that were taken before, and by whom.
    taken: HashMap<String, Uuid>,
    removed: BTreeSet<Uuid>,
}

impl Edit<'_> {
    fn create(&mut self, journal: &Journal, request: &DraftCells) -> Result<usize, Refusal> {
        let mut created = 0;
        for cell in request.cells.iter().filter(|c| c.id.is_none()) {
            let path = path_below(Some(&self.tree.get(self.parent).path), &cell.code);
            self.check_free(&path, None)?;
            let place = (self.prison_id, Some(self.parent));
            add_draft_cell(self.tree, journal, place, request, cell, new_id())?;
            created += 1;
        }
        Ok(created)
    }

    fn update(&mut self, journal: &mut Journal, request: &DraftCells) -> Result<usize, Refusal> {
        let mut updated = 0;
        for cell in &request.cells {
            let Some(id) = cell.id else { continue };
            let i = find_editable(self.tree, id)?;
            check_same_prison(self.tree, Some(i), self.prison_id)?;
            if self.tree.get(i).code != cell.code {
                let above = self.tree.parent(i).map(|p| self.tree.get(p).path.as_str());
                self.check_free(&path_below(above, &cell.code), Some(i))?;
            }
            update_draft(self.tree, i, journal, request, cell)?;
            updated += 1;
        }
        Ok(updated)
    }

    /// # Errors
    /// 103 when another location has the path, as things stand in the middle of the edit.
    fn check_free(&self, path: &str, own: Option<Index>) -> Result<(), Refusal> {
        let here = self.tree.find_path(self.prison_id, path).filter(|i| Some(*i) != own);
        let elsewhere = self.taken.get(path).filter(|id| !self.removed.contains(id) && self.tree.find(**id).is_none());
        if here.is_some() || elsewhere.is_some() {
            return Err(Refusal::LocationExists(format!("{}-{path}", self.prison_id)));
        }
        Ok(())
    }
}
