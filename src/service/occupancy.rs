//! Cells with room for more prisoners (03 section 13), and what marks a cell (03 section 14).

use std::collections::HashMap;

use uuid::Uuid;

use super::lists::residential;
use super::{ServiceError, Services};
use crate::domain::Refusal;
use crate::domain::location::{Kind, Location};
use crate::domain::prisoner::Prisoner;
use crate::domain::reference::{LocationStatus, SpecialistCellType};
use crate::domain::tree::{Index, Tree};
use crate::store::{load, prison, select, snapshot};
use crate::view::json::Rendered;
use crate::view::occupancy::{CellView, cell_view, has_room, legacy_attributes, specialist_attributes};

/// Which cells are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CellFilter {
    /// Below this location of the prison.
    pub location_id: Option<Uuid>,
    /// Of this group.
    pub group: Option<String>,
    /// Of this type.
    pub specialist_cell_type: Option<SpecialistCellType>,
    /// Shows who is in the cells.
    pub with_prisoners: bool,
}

/// The active and certified cells of a prison that hold fewer prisoners than they may, by path.
///
/// # Errors
/// 101 when the location is no residential one of the prison; Prisoner Search.
pub async fn cells_with_capacity(
    services: &Services,
    prison_id: &str,
    filter: &CellFilter,
) -> Result<Rendered, ServiceError> {
    let mut conn = snapshot(&services.store.pool).await?;
    let (tree, candidates) = match filter.location_id {
        Some(id) => {
            let tree = load::family(&mut conn, &[id]).await?;
            let below = residential(&tree, id).filter(|i| tree.get(*i).prison_id == prison_id);
            let below = below.ok_or_else(|| Refusal::no_location(id))?;
            let cells = tree.counted_cells(below);
            (tree, cells)
        }
        None => {
            let tree = load::prison(&mut conn, prison_id).await?;
            let cells = tree.indexes().filter(|i| is_active_cell(tree.get(*i), prison_id)).collect();
            (tree, cells)
        }
    };
    let cells = usable(services, prison_id, &tree, candidates, filter);
    let ids: Vec<Uuid> = cells.iter().map(|cell| cell.id).collect();
    let attributes = select::location_attributes(&mut conn, &ids).await?;
    // The connection is given back before anyone else is asked (decisions B5).
    drop(conn);
    let paths: Vec<String> = cells.iter().map(|cell| cell.path.clone()).collect();
    let prisoners = services.clients.prisoner_search.prisoners_in_cells(prison_id, &paths).await?;
    let in_cells = by_cell(&prisoners);
    let views: Vec<CellView<'_>> = cells
        .iter()
        .map(|cell| (*cell, in_cells.get(cell.path.as_str()).map_or(&[][..], Vec::as_slice)))
        .filter(|(cell, occupants)| has_room(cell, occupants.len()))
        .map(|(cell, occupants)| cell_view(cell, attributes.get(&cell.id), occupants, filter.with_prisoners))
        .collect();
    Ok(Rendered::of(&views)?)
}

fn is_active_cell(location: &Location, prison_id: &str) -> bool {
    location.kind == Kind::Cell && location.status == LocationStatus::Active && location.prison_id == prison_id
}

/// The candidates that pass the filter, are active and certified, by path.
fn usable<'t>(
    services: &Services,
    prison_id: &str,
    tree: &'t Tree,
    candidates: Vec<Index>,
    filter: &CellFilter,
) -> Vec<&'t Location> {
    let group = filter.group.as_deref().map(|name| services.groups.filter(prison_id, name));
    let passes = |i: &Index| {
        let cell = tree.get(*i);
        group.as_ref().is_none_or(|group| group.holds(&cell.path))
            && cell.certified_cell == Some(true)
            && filter.specialist_cell_type.is_none_or(|t| cell.specialist_cell_types.contains(&t))
            && tree.is_active(*i)
    };
    let mut cells: Vec<&Location> = candidates.into_iter().filter(passes).map(|i| tree.get(i)).collect();
    cells.sort_by(|a, b| a.path.cmp(&b.path));
    cells
}

/// The prisoners by the path of their cell, in the order in which they came.
fn by_cell(prisoners: &[Prisoner]) -> HashMap<&str, Vec<&Prisoner>> {
    let mut by_cell: HashMap<&str, Vec<&Prisoner>> = HashMap::new();
    for prisoner in prisoners {
        if let Some(path) = prisoner.cell_location.as_deref() {
            by_cell.entry(path).or_default().push(prisoner);
        }
    }
    by_cell
}

/// What marks a cell of any status: its specialist types in an active prison, attributes from NOMIS in another one.
///
/// # Errors
/// 101 when it is no cell.
pub async fn cell_attributes(services: &Services, id: Uuid) -> Result<Rendered, ServiceError> {
    let mut conn = services.store.pool.acquire().await?;
    let tree = load::family(&mut conn, &[id]).await?;
    let i = tree.find(id).filter(|i| tree.get(*i).kind == Kind::Cell).ok_or_else(|| Refusal::no_location(id))?;
    let cell = tree.get(i);
    let active = if services.activated_per_prison {
        prison::configuration(&mut conn, &cell.prison_id).await?.is_some_and(|c| c.is_active())
    } else {
        true
    };
    if active {
        return Ok(Rendered::of(&specialist_attributes(cell))?);
    }
    let attributes = select::location_attributes(&mut conn, &[id]).await?.remove(&id).unwrap_or_default();
    Ok(Rendered::of(&legacy_attributes(&attributes))?)
}
