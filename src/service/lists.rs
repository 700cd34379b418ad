//! Lists of locations (03 sections 6.2, 8, 9 and 12.4): flat, without children and history.

use std::collections::HashSet;

use uuid::Uuid;

use super::{ServiceError, Services};
use crate::domain::Refusal;
use crate::domain::naming::sort_naturally;
use crate::domain::reference::{LocationStatus, LocationType};
use crate::domain::tree::{Index, Tree};
use crate::store::{load, select, snapshot};
use crate::view::json::Rendered;
use crate::view::location::{LocationView, ShowOptions, location_view};
use crate::view::summary::sort_name;

/// The locations with these keys, by key; unknown keys are ignored, and repeated ones count once (03 section 6.2).
///
/// # Errors
/// Whatever the database says.
pub async fn with_keys(services: &Services, keys: &[String]) -> Result<Rendered, ServiceError> {
    let mut conn = snapshot(&services.store.pool).await?;
    let ids = select::with_keys(&mut conn, keys).await?;
    let tree = load::list(&mut conn, &ids).await?;
    drop(conn);
    by_key(&tree, among(&tree, &ids))
}

/// All locations of a prison that are not archived, by key.
///
/// # Errors
/// Whatever the database says.
pub async fn of_prison(services: &Services, prison_id: &str) -> Result<Rendered, ServiceError> {
    let mut conn = snapshot(&services.store.pool).await?;
    let tree = load::prison(&mut conn, prison_id).await?;
    drop(conn);
    by_key(&tree, tree.indexes().filter(|i| tree.get(*i).prison_id == prison_id && !tree.is_archived(*i)))
}

/// The residential locations of a prison that are archived themselves, in natural order.
///
/// # Errors
/// Whatever the database says.
pub async fn archived(services: &Services, prison_id: &str) -> Result<Rendered, ServiceError> {
    let mut conn = snapshot(&services.store.pool).await?;
    let ids = select::archived(&mut conn, prison_id).await?;
    let tree = load::list(&mut conn, &ids).await?;
    drop(conn);
    naturally(&tree, among(&tree, &ids))
}

/// The inactive cells of a prison or, with a parent, those below that location, in natural order. Only the latter shows
/// cells that are closed by what is above them (03 Q2).
///
/// # Errors
/// 101 when the parent is no residential location.
pub async fn inactive_cells(
    services: &Services,
    prison_id: &str,
    parent_id: Option<Uuid>,
) -> Result<Rendered, ServiceError> {
    let mut conn = snapshot(&services.store.pool).await?;
    let Some(parent_id) = parent_id else {
        let cells = select::cells_with_status(&mut conn, prison_id, LocationStatus::Inactive).await?;
        let ids: Vec<Uuid> = cells.into_iter().map(|cell| cell.id).collect();
        let tree = load::list(&mut conn, &ids).await?;
        drop(conn);
        return naturally(&tree, among(&tree, &ids).filter(|i| tree.is_temporarily_inactive(*i)));
    };
    let tree = load::family(&mut conn, &[parent_id]).await?;
    drop(conn);
    let parent = residential(&tree, parent_id).ok_or_else(|| Refusal::no_location(parent_id))?;
    naturally(&tree, tree.counted_cells(parent).into_iter().filter(|i| tree.is_temporarily_inactive(*i)))
}

/// How the locations of a type are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TypeListOptions {
    /// Local names formatted.
    pub formatted_local_names: bool,
    /// By local name as shown, those without one first, instead of by key.
    pub sorted_by_local_name: bool,
}

/// The locations of a prison with this stored type that are active themselves and not archived.
///
/// # Errors
/// Whatever the database says.
pub async fn of_type(
    services: &Services,
    prison_id: &str,
    location_type: LocationType,
    options: TypeListOptions,
) -> Result<Rendered, ServiceError> {
    let mut conn = snapshot(&services.store.pool).await?;
    let ids = select::active_of_type(&mut conn, prison_id, location_type).await?;
    let tree = load::list(&mut conn, &ids).await?;
    drop(conn);
    let show = ShowOptions { format_local_name: options.formatted_local_names, ..ShowOptions::default() };
    // The order of the ids is that of the database, which decides between equal names.
    let listed = ids.iter().filter_map(|id| tree.find(*id)).filter(|i| tree.is_own_active(*i));
    let mut views: Vec<LocationView<'_>> = listed.map(|i| location_view(&tree, i, &show)).collect();
    if options.sorted_by_local_name {
        views.sort_by(|a, b| a.local_name.cmp(&b.local_name));
    } else {
        views.sort_by(|a, b| a.path_hierarchy.cmp(b.path_hierarchy));
    }
    Ok(Rendered::of(&views)?)
}

/// A residential location with this local name that is not archived, directly below the parent or at the top of the
/// prison; one of them if there are several.
///
/// # Errors
/// 101 when there is none.
pub async fn with_local_name(
    services: &Services,
    prison_id: &str,
    local_name: &str,
    parent_id: Option<Uuid>,
) -> Result<Rendered, ServiceError> {
    let mut conn = snapshot(&services.store.pool).await?;
    let ids = select::with_local_name(&mut conn, prison_id, local_name, parent_id).await?;
    let tree = load::list(&mut conn, &ids).await?;
    drop(conn);
    let found = among(&tree, &ids).find(|i| !tree.is_archived(*i));
    let i = found.ok_or_else(|| no_match(prison_id, parent_id, local_name))?;
    Ok(Rendered::of(&location_view(&tree, i, &ShowOptions::default()))?)
}

/// The cells with this mark that are not archived, of the whole prison or directly below the parent.
///
/// # Errors
/// 101 when there is none.
pub async fn with_cell_mark(
    services: &Services,
    prison_id: &str,
    cell_mark: &str,
    parent_id: Option<Uuid>,
) -> Result<Rendered, ServiceError> {
    let mut conn = snapshot(&services.store.pool).await?;
    let ids = select::with_cell_mark(&mut conn, prison_id, cell_mark, parent_id).await?;
    let tree = load::list(&mut conn, &ids).await?;
    drop(conn);
    let mut found = among(&tree, &ids).filter(|i| !tree.is_archived(*i)).peekable();
    if found.peek().is_none() {
        return Err(no_match(prison_id, parent_id, cell_mark).into());
    }
    by_key(&tree, found)
}

/// The cells of a group, in natural order: those that are active themselves, whatever is above them (03 Q5).
///
/// # Errors
/// Whatever the database says.
pub async fn cells_of_group(services: &Services, prison_id: &str, name: &str) -> Result<Rendered, ServiceError> {
    let mut conn = snapshot(&services.store.pool).await?;
    let cells = select::cells_with_status(&mut conn, prison_id, LocationStatus::Active).await?;
    let group = services.groups.filter(prison_id, name);
    let ids: Vec<Uuid> = cells.iter().filter(|cell| group.holds(&cell.path)).map(|cell| cell.id).collect();
    let tree = load::list(&mut conn, &ids).await?;
    drop(conn);
    naturally(&tree, among(&tree, &ids))
}

/// A residential location of a tree.
pub(super) fn residential(tree: &Tree, id: Uuid) -> Option<Index> {
    tree.find(id).filter(|i| tree.get(*i).kind.is_residential())
}

/// The locations with these ids, by key.
fn among<'t>(tree: &'t Tree, ids: &[Uuid]) -> impl Iterator<Item = Index> + 't {
    let wanted: HashSet<Uuid> = ids.iter().copied().collect();
    tree.indexes().filter(move |i| wanted.contains(&tree.get(*i).id))
}

fn by_key(tree: &Tree, locations: impl Iterator<Item = Index>) -> Result<Rendered, ServiceError> {
    Ok(Rendered::of_each(locations.map(|i| location_view(tree, i, &ShowOptions::default())))?)
}

fn naturally(tree: &Tree, locations: impl Iterator<Item = Index>) -> Result<Rendered, ServiceError> {
    let mut views: Vec<LocationView<'_>> = locations.map(|i| location_view(tree, i, &ShowOptions::default())).collect();
    sort_naturally(&mut views, sort_name);
    Ok(Rendered::of(&views)?)
}

/// Nothing was found under a name below a parent; without a parent the words say `null`.
fn no_match(prison_id: &str, parent_id: Option<Uuid>, name: &str) -> Refusal {
    let parent = parent_id.map_or_else(|| "null".to_owned(), |id| id.to_string());
    Refusal::LocationNotFound(format!("{prison_id}-{parent}-{name}"))
}
