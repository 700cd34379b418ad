//! New wings, levels, cells and single residential locations (04 sections 4, 5 and 7).

use std::collections::BTreeSet;

use uuid::Uuid;

use super::name::{Place, check_name_is_free};
use super::{Scene, conclude, is_certified_prison, tell, with_parents, with_residential_children};
use crate::domain::Refusal;
use crate::domain::event::EventType;
use crate::domain::location::Kind;
use crate::domain::reference::TransactionType;
use crate::domain::residential::create::{
    DraftCell, DraftCells, NewLevel, NewResidential, NewWing, add_draft_cell, add_level, add_residential, add_wing,
    check_level, path_below,
};
use crate::domain::tree::{Index, Tree};
use crate::service::{ServiceError, Services, journal, new_id};
use crate::store::{Changes, UnitOfWork, find, load};
use crate::view::json::Rendered;
use crate::view::location::{ShowOptions, location_view};

/// Creates a wing as a draft, without anything below it (04 section 4). No event, no audit.
///
/// # Errors
/// 103 when its code is taken at the top of the prison, 400 without levels.
pub async fn create_wing(services: &Services, caller: &str, wing: &NewWing) -> Result<Rendered, ServiceError> {
    let mut work = UnitOfWork::begin(&services.store, &[&wing.prison_id]).await?;
    check_path_is_free(&mut work, &wing.prison_id, &wing.code).await?;
    let detail = format!("Create wing {} in prison {}", wing.code, wing.prison_id);
    let journal = journal(services, TransactionType::LocationCreate, &wing.prison_id, detail, caller);
    let mut tree = Tree::default();
    let i = add_wing(&mut tree, &journal, wing, new_id())?;
    let show = ShowOptions { children: true, ..ShowOptions::default() };
    let answer = Rendered::of(&location_view(&tree, i, &show))?;
    work.commit(&tree, &Changes { journals: vec![journal], ..Changes::default() }).await?;
    tell("Created Residential Location", tree.get(i));
    Ok(answer)
}

async fn check_path_is_free(work: &mut UnitOfWork, prison_id: &str, path: &str) -> Result<(), ServiceError> {
    match find::by_path(work.connection(), prison_id, path).await? {
        Some(_) => Err(Refusal::LocationExists(format!("{prison_id}-{path}")).into()),
        None => Ok(()),
    }
}

/// Cells to create, and the level above them if that is new.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CellsRequest {
    /// The prison.
    pub prison_id: String,
    /// Below which location.
    pub parent: Option<Uuid>,
    /// The level to create between the parent and the cells.
    pub level: Option<NewLevel>,
    /// The cells, if any were sent.
    pub cells: Option<DraftCells>,
}

/// Creates a level, cells, or both, as drafts (04 section 5). No event, no audit.
///
/// # Errors
/// 101, 103, 400, 119, 131, 132 and the capacity rules, in the order of the chapter.
pub async fn create_cells(services: &Services, caller: &str, request: &CellsRequest) -> Result<Rendered, ServiceError> {
    let prison_id = &request.prison_id;
    let mut work = UnitOfWork::begin(&services.store, &[prison_id]).await?;
    let mut tree = load::family(work.connection(), request.parent.as_slice()).await?;
    let parent = residential_parent(&tree, request.parent)?;
    check_same_prison(&tree, parent, prison_id)?;
    if let Some(level) = &request.level {
        check_new_level(&mut work, &tree, parent, prison_id, level).await?;
    }
    if parent.is_none() && request.level.is_none() {
        return Err(Refusal::Invalid("Either a parent location or a new level above the cells is needed".into()).into());
    }
    if let Some(locked) = parent.filter(|p| tree.is_pending(*p)) {
        return Err(Refusal::CreationWhilePending(tree.get(locked).key()).into());
    }
    if request.level.is_none() && request.cells.is_none() {
        return Err(Refusal::Invalid("Either a new level or cells are needed".into()).into());
    }
    let common = request.cells.as_ref().map(without_repeats);
    let detail = match &request.level {
        Some(level) => format!("Creating locations {} {} in prison {prison_id}", level.level.as_str(), level.code),
        None => format!("Creating cells {} in prison {prison_id}", codes(request.cells.as_ref())),
    };
    let journal = journal(services, TransactionType::LocationCreate, prison_id, detail, caller);
    let above = match &request.level {
        Some(level) => Some(add_level(&mut tree, &journal, prison_id, level, parent, new_id())),
        None => parent,
    };
    if let Some(common) = &common {
        check_cells(&mut work, &tree, above, prison_id, common).await?;
        for cell in &common.cells {
            add_draft_cell(&mut tree, &journal, (prison_id, above), common, cell, new_id())?;
        }
    }
    let shown = above.unwrap_or_default();
    let answer = Rendered::of(&location_view(&tree, shown, &with_residential_children()))?;
    work.commit(&tree, &Changes { journals: vec![journal], ..Changes::default() }).await?;
    for created in tree.added() {
        tell("Created Residential Location", created);
    }
    Ok(answer)
}

fn residential_parent(tree: &Tree, parent: Option<Uuid>) -> Result<Option<Index>, Refusal> {
    let residential = |i: &Index| tree.get(*i).kind.is_residential();
    parent.map(|id| tree.find(id).filter(residential).ok_or_else(|| Refusal::no_location(id))).transpose()
}

/// A parent in another prison is refused (decisions B3).
pub(super) fn check_same_prison(tree: &Tree, parent: Option<Index>, prison_id: &str) -> Result<(), Refusal> {
    match parent.map(|p| tree.get(p)).filter(|p| p.prison_id != prison_id) {
        Some(parent) => Err(Refusal::Invalid(format!("The parent {} is not in prison {prison_id}", parent.key()))),
        None => Ok(()),
    }
}

async fn check_new_level(
    work: &mut UnitOfWork,
    tree: &Tree,
    parent: Option<Index>,
    prison_id: &str,
    level: &NewLevel,
) -> Result<(), ServiceError> {
    let path = path_below(parent.map(|p| tree.get(p).path.as_str()), &level.code);
    check_path_is_free(work, prison_id, &path).await?;
    if let Some(parent) = parent {
        check_level(tree, parent, level.level)?;
    }
    if let Some(name) = &level.local_name {
        let parent_key = parent.map(|p| tree.get(p).key());
        let parent_id = parent.map(|p| tree.get(p).id);
        let at = Place { prison_id, parent_id, parent_key: parent_key.as_deref() };
        check_name_is_free(work.connection(), at, None, name).await?;
    }
    Ok(())
}

pub(super) fn codes(cells: Option<&DraftCells>) -> String {
    let codes: Vec<&str> = cells.iter().flat_map(|c| &c.cells).map(|c| c.code.as_str()).collect();
    codes.join(", ")
}

/// Of cells with the same code the first one counts (04 section 25 Q20).
fn without_repeats(given: &DraftCells) -> DraftCells {
    let mut seen = BTreeSet::new();
    let first = |c: &&DraftCell| seen.insert(c.code.clone());
    DraftCells { cells: given.cells.iter().filter(first).cloned().collect(), ..given.clone() }
}

async fn check_cells(
    work: &mut UnitOfWork,
    tree: &Tree,
    above: Option<Index>,
    prison_id: &str,
    common: &DraftCells,
) -> Result<(), ServiceError> {
    let above_path = above.map(|a| tree.get(a).path.as_str());
    let paths: Vec<String> = common.cells.iter().map(|c| path_below(above_path, &c.code)).collect();
    if let Some((path, _)) = find::taken_paths(work.connection(), prison_id, &paths).await?.first() {
        return Err(Refusal::LocationExists(format!("{prison_id}-{path}")).into());
    }
    let mut marks = BTreeSet::new();
    for mark in common.cells.iter().filter_map(|c| c.cell_mark.as_ref()) {
        if !marks.insert(mark) {
            let under = above.map_or_else(|| prison_id.to_owned(), |a| tree.get(a).key());
            return Err(Refusal::CellMarkTaken { mark: mark.clone(), under }.into());
        }
    }
    Ok(())
}

/// Where a single location is put.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parent {
    /// By its id.
    Id(Uuid),
    /// By its key.
    Key(String),
}

/// Creates a single residential location (04 section 7).
///
/// # Errors
/// 101 when the parent is not there, 400 when it is in another prison, 103.
pub async fn create_residential(
    services: &Services,
    caller: &str,
    new: &NewResidential,
    parent: Option<&Parent>,
) -> Result<Rendered, ServiceError> {
    let mut work = UnitOfWork::begin(&services.store, &[&new.prison_id]).await?;
    let parent_id = parent_id(&mut work, parent).await?;
    let certified = is_certified_prison(work.connection(), &new.prison_id).await?;
    let show_parents =
        Kind::of_new(true, new.location_type, &new.code) == Kind::Cell && new.capacity.is_some() && !certified;
    let mut tree = match parent_id {
        Some(id) if show_parents => load::branches(work.connection(), &[id]).await?,
        _ => load::family_and_line(work.connection(), &[], parent_id.as_slice()).await?,
    };
    let parent = parent_id.map(|id| tree.find(id).ok_or_else(|| Refusal::no_location(id))).transpose()?;
    check_same_prison(&tree, parent, &new.prison_id)?;
    let path = path_below(parent.map(|p| tree.get(p).path.as_str()), &new.code);
    check_path_is_free(&mut work, &new.prison_id, &path).await?;
    let under = parent.map_or_else(|| "top level".to_owned(), |p| tree.get(p).key());
    let detail = format!("Create residential location {} in prison {} under {under}", new.code, new.prison_id);
    let mut journal = journal(services, TransactionType::LocationCreate, &new.prison_id, detail, caller);
    let i = add_residential(&mut tree, &mut journal, new, parent, certified, new_id());
    let scene = Scene { tree, i, certified };
    let show = if show_parents { with_parents() } else { ShowOptions::default() };
    let answer = conclude(services, caller, work, &scene, vec![journal], (EventType::Created, show)).await?;
    tell("Created Residential Location", scene.location());
    Ok(answer)
}

async fn parent_id(work: &mut UnitOfWork, parent: Option<&Parent>) -> Result<Option<Uuid>, ServiceError> {
    match parent {
        None => Ok(None),
        Some(Parent::Id(id)) => Ok(Some(*id)),
        Some(Parent::Key(key)) => match find::by_key(work.connection(), key).await? {
            Some(id) => Ok(Some(id)),
            None => Err(Refusal::LocationNotFound(key.clone()).into()),
        },
    }
}
