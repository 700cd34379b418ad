//! Certification: requests for approval and decisions on them, cell certificates, uploads, signed operational capacity
//! (06).

pub mod certificate;
pub mod decide;
pub mod read;
pub mod request;
pub mod signed_capacity;
pub mod upload;

use super::{ServiceError, Services};
use crate::domain::Refusal;
use crate::store::UnitOfWork;
use crate::store::prison_configuration::approval_required;

/// Refuses what only prisons that need approval can do.
///
/// # Errors
/// 126 when certification of the prison does not go through approvals; `what` is named in the
/// text.
async fn require_approvals(work: &mut UnitOfWork, prison_id: &str, what: &str) -> Result<(), ServiceError> {
    match approval_required(work.connection(), prison_id).await? {
        Some(true) => Ok(()),
        _ => Err(Refusal::ApprovalNotNeeded(format!("Certification approval not required for {what}")).into()),
    }
}

/// The prison of a location, for its lock.
///
/// # Errors
/// 101 when the location is not there.
async fn prison_of_location(services: &Services, id: uuid::Uuid) -> Result<String, ServiceError> {
    let found = crate::store::find::prison_of(&services.store.pool, id).await?;
    Ok(found.ok_or_else(|| Refusal::no_location(id))?)
}
