//! Signed operational capacity: read, and changed directly where no approval is needed (06 section 9).

use crate::domain::Refusal;
use crate::domain::certification::signed_capacity::{check_signed_capacity, maximum_capacity};
use crate::domain::event::{DomainEvent, EventType};
use crate::domain::reference::TransactionType;
use crate::domain::tree::Tree;
use crate::service::{ServiceError, Services, journal, new_id};
use crate::store::changes::OutgoingEvent;
use crate::store::prison_configuration::approval_required;
use crate::store::{Changes, UnitOfWork, load, signed_capacity as store};
use crate::view::json::Rendered;
use crate::view::signed_capacity::{SignedCapacityView, signed_capacity_view};

/// The signed operational capacity of a prison.
///
/// # Errors
/// 110 when it has none.
pub async fn read(services: &Services, prison_id: &str) -> Result<Rendered, ServiceError> {
    let mut conn = services.store.pool.acquire().await?;
    let found = store::of_prison(&mut conn, prison_id).await?;
    let signed = found.ok_or_else(|| Refusal::SignedOperationalCapacityNotFound(prison_id.to_owned()))?;
    Ok(Rendered::of(&signed_capacity_view(&signed))?)
}

/// A direct change of the signed operational capacity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectChange {
    /// The prison.
    pub prison_id: String,
    /// The new value, persons.
    pub capacity: i32,
    /// Who changes it, as the request says.
    pub updated_by: String,
}

/// Whether the prison had a signed operational capacity before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stored {
    /// It is its first one.
    Created(Rendered),
    /// It had one.
    Updated(Rendered),
}

/// Sets the signed operational capacity of a prison. `caller` is the user of the token, for the audit.
///
/// # Errors
/// 101 when the prison has no configuration, 128 when it needs approval, 116 above its maximum capacity.
pub async fn change(services: &Services, caller: &str, change: &DirectChange) -> Result<Stored, ServiceError> {
    let DirectChange { prison_id, capacity, updated_by } = change;
    let mut work = UnitOfWork::begin(&services.store, &[prison_id]).await?;
    match approval_required(work.connection(), prison_id).await? {
        None => return Err(Refusal::PrisonNotFound(prison_id.clone()).into()),
        Some(true) => return Err(Refusal::SignedOperationalCapacityNeedsApproval(prison_id.clone()).into()),
        Some(false) => {}
    }
    let detail = format!("Signed op cap for prison {prison_id} set to {capacity}");
    let journal = journal(services, TransactionType::SignedOpCap, prison_id, detail, updated_by);
    let tree = load::prison(work.connection(), prison_id).await?;
    check_signed_capacity(*capacity, maximum_capacity(&tree, prison_id, false))?;
    let at = journal.now;
    let new = store::set(work.connection(), prison_id, *capacity, updated_by, at).await?;
    let view = SignedCapacityView { signed_operation_capacity: *capacity, prison_id, when_updated: at, updated_by };
    let answer = Rendered::of(&view)?;
    let now = services.clock.now();
    let mut changes = Changes { journals: vec![journal], ..Changes::default() };
    changes.events.push(OutgoingEvent {
        prison_id: prison_id.clone(),
        event_id: new_id(),
        event: DomainEvent::about_signed_operational_capacity(prison_id.clone(), *capacity, now.with_offset()),
    });
    changes.audit(EventType::SignedOperationalCapacityAmended, caller, now, answer.as_str());
    work.commit(&Tree::default(), &changes).await?;
    let name = if new { "Created operational capacity" } else { "Updated operational capacity" };
    crate::telemetry::custom_event(
        name,
        &[
            ("prisonId", prison_id.clone()),
            ("signedOperationCapacity", capacity.to_string()),
            ("updatedBy", updated_by.clone()),
        ],
    );
    Ok(if new { Stored::Created(answer) } else { Stored::Updated(answer) })
}
