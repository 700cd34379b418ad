//! What the reconciliation with NOMIS asks for (docs/reconciliation.md).

use super::{ServiceError, Services};
use crate::domain::reconciliation::digest;
use crate::store::{load, snapshot};
use crate::view::json::Rendered;
use crate::view::reconciliation::reconciliation;

/// The digests of a prison, with its locations if they are wanted; of one without locations, no subtrees and a count of 0.
///
/// # Errors
/// Whatever the database says.
pub async fn of_prison(services: &Services, prison_id: &str, with_locations: bool) -> Result<Rendered, ServiceError> {
    let mut conn = snapshot(&services.store.pool).await?;
    let tree = load::prison(&mut conn, prison_id).await?;
    drop(conn);
    let digests = digest(&tree, prison_id);
    Ok(Rendered::of(&reconciliation(&tree, prison_id, &digests, with_locations))?)
}
