//! Location groups of a prison (03 section 12).

use super::{ServiceError, Services};
use crate::domain::Refusal;
use crate::store::load;
use crate::view::group::{groups_of_file, groups_of_tree};
use crate::view::json::Rendered;

/// The groups of a prison: those of its file if it has one, else its active wings, spurs and landings.
///
/// # Errors
/// Whatever the database says.
pub async fn of_prison(services: &Services, prison_id: &str) -> Result<Rendered, ServiceError> {
    let of_file = services.groups.of_prison(prison_id);
    if !of_file.is_empty() {
        return Ok(Rendered::of(&groups_of_file(&of_file))?);
    }
    let mut conn = services.store.pool.acquire().await?;
    let tree = load::outline(&mut conn, prison_id).await?;
    drop(conn);
    Ok(Rendered::of(&groups_of_tree(&tree, prison_id))?)
}

/// What the keys of a group begin with, as far as its patterns tell.
///
/// # Errors
/// 111 when the prison has no file, or its file has no such group.
pub fn location_prefix(services: &Services, prison_id: &str, group: &str) -> Result<String, ServiceError> {
    let patterns = services.groups.find(prison_id, group);
    let patterns = patterns.ok_or_else(|| Refusal::LocationPrefixNotFound(format!("{prison_id}_{group}")))?;
    Ok(patterns.location_prefix())
}
