//! The residential hierarchy of a prison (03 section 10).

use super::{ServiceError, Services};
use crate::domain::Refusal;
use crate::domain::tree::{Index, Tree};
use crate::store::load;
use crate::view::hierarchy::{HierarchyOptions, hierarchy};
use crate::view::json::Rendered;

/// The hierarchy of a whole prison.
///
/// # Errors
/// Whatever the database says.
pub async fn of_prison(
    services: &Services,
    prison_id: &str,
    options: HierarchyOptions,
) -> Result<Rendered, ServiceError> {
    let tree = outline(services, prison_id).await?;
    let top = tree.indexes().filter(|i| tree.get(*i).parent_id.is_none() && tree.get(*i).prison_id == prison_id);
    render(&tree, top, options)
}

/// The hierarchy below the residential location with this path.
///
/// # Errors
/// 101 when there is none.
pub async fn below(
    services: &Services,
    prison_id: &str,
    path: &str,
    options: HierarchyOptions,
) -> Result<Rendered, ServiceError> {
    let tree = outline(services, prison_id).await?;
    let parent = tree.find_path(prison_id, path).filter(|i| tree.get(*i).kind.is_residential());
    let parent = parent.ok_or_else(|| Refusal::LocationNotFound(format!("{prison_id}-{path}")))?;
    let children = tree.children(parent).iter().copied().filter(|i| !tree.is_archived(*i));
    render(&tree, children, options)
}

async fn outline(services: &Services, prison_id: &str) -> Result<Tree, ServiceError> {
    let mut conn = services.store.pool.acquire().await?;
    Ok(load::outline(&mut conn, prison_id).await?)
}

fn render(
    tree: &Tree,
    start: impl Iterator<Item = Index>,
    options: HierarchyOptions,
) -> Result<Rendered, ServiceError> {
    let residential = start.filter(|i| tree.get(*i).kind.is_residential());
    Ok(Rendered::of(&hierarchy(tree, residential, options))?)
}
