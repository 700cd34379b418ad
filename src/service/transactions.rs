//! Linked transactions (03 section 15).

use uuid::Uuid;

use super::{ServiceError, Services};
use crate::domain::Refusal;
use crate::store::{history, snapshot};
use crate::view::history::transaction_view;
use crate::view::json::Rendered;

/// A transaction with all that it changed.
///
/// # Errors
/// 108 when there is none with this id.
pub async fn by_id(services: &Services, id: Uuid) -> Result<Rendered, ServiceError> {
    let mut conn = snapshot(&services.store.pool).await?;
    let history = history::of_transaction(&mut conn, id).await?;
    drop(conn);
    let transaction = history.transaction(id).ok_or(Refusal::TransactionNotFound(id))?;
    Ok(Rendered::of(&transaction_view(transaction, history.entries().iter()))?)
}
