//! One job, one transaction: the prison's lock first, everything written at the end, the relays woken after the commit.

use sqlx::{Postgres, Transaction};
use tokio::sync::OwnedMutexGuard;
use uuid::Uuid;

use super::changes::Changes;
use super::{Store, lock, save};
use crate::domain::tree::Tree;

/// A transaction that holds the write locks of its prisons. Dropped without a commit it leaves nothing.
pub struct UnitOfWork {
    tx: Transaction<'static, Postgres>,
    prisons: Vec<String>,
    store: Store,
    _turns: Vec<OwnedMutexGuard<()>>,
}

impl UnitOfWork {
    /// Waits for the turns of these prisons, opens a transaction and takes their locks, before anything is read.
    ///
    /// # Errors
    /// Whatever the database says; a lock that is not to be had in time is an error of the database too.
    pub async fn begin(store: &Store, prisons: &[&str]) -> Result<Self, sqlx::Error> {
        let mut prisons: Vec<String> = prisons.iter().map(|p| (*p).to_owned()).collect();
        prisons.sort();
        prisons.dedup();
        let turns = store.queues.turns(&prisons).await;
        // One round trip; each lock is a statement of its own, so what follows sees what the writer before has done.
        let mut begin = String::from("BEGIN ISOLATION LEVEL READ COMMITTED");
        for prison in &prisons {
            begin.push_str(&format!("; SELECT pg_advisory_xact_lock({})", lock::advisory_lock_key(prison)));
        }
        let tx = store.pool.begin_with(sqlx::AssertSqlSafe(begin)).await?;
        Ok(Self { tx, prisons, store: store.clone(), _turns: turns })
    }

    /// Whether the lock of this prison is held.
    pub fn holds(&self, prison_id: &str) -> bool {
        self.prisons.iter().any(|p| p == prison_id)
    }

    /// The connection of the transaction, for reading.
    pub fn connection(&mut self) -> &mut sqlx::PgConnection {
        &mut self.tx
    }

    /// Detaches the approval requests of a location that is about to be deleted, so that neither they nor the cell
    /// certificates made from them go with it (decisions B13).
    ///
    /// # Errors
    /// Whatever the database says.
    pub async fn detach_requests(&mut self, location_id: Uuid) -> Result<(), sqlx::Error> {
        sqlx::query!(
            "UPDATE certification_approval_request SET location_id = NULL WHERE location_id = $1",
            location_id
        )
        .execute(&mut *self.tx)
        .await?;
        Ok(())
    }

    /// Writes the difference of the tree and what the job leaves behind, commits, and wakes the relays.
    ///
    /// # Errors
    /// Whatever the database says; nothing is kept then.
    pub async fn commit(mut self, tree: &Tree, changes: &Changes) -> Result<(), sqlx::Error> {
        save::save(&mut self.tx, tree).await?;
        save_traces(&mut self.tx, changes).await?;
        self.tx.commit().await?;
        if !changes.events.is_empty() || !changes.audit.is_empty() {
            self.store.wake.notify();
        }
        Ok(())
    }
}

/// Linked transactions, history, events and audit messages: one statement.
async fn save_traces(conn: &mut sqlx::PgConnection, changes: &Changes) -> Result<(), sqlx::Error> {
    if changes.journals.is_empty() && changes.events.is_empty() && changes.audit.is_empty() {
        return Ok(());
    }
    let traces = Traces::of(changes);
    let traceparent = crate::telemetry::current_traceparent();
    sqlx::query!(
        r#"
        WITH transactions AS (
            INSERT INTO linked_transaction (id, transaction_type, transaction_detail, transaction_invoked_by,
                tx_start_time, tx_end_time, prison_id)
            SELECT * FROM UNNEST($1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamp[], $6::timestamp[],
                $7::text[])
        ), history AS (
            INSERT INTO location_history (location_id, attribute_name, old_value, new_value, amended_by, amended_date,
                linked_transaction_id)
            SELECT * FROM UNNEST($8::uuid[], $9::text[], $10::text[], $11::text[], $12::text[], $13::timestamp[],
                $14::uuid[])
        ), events AS (
            INSERT INTO locations_service.domain_event (event_id, prison_id, location_id, location_key, event_type,
                message, traceparent)
            SELECT e.id, e.prison, e.location, e.key, e.type, e.message, $21
            FROM UNNEST($15::uuid[], $16::text[], $17::uuid[], $18::text[], $19::text[], $20::text[])
                WITH ORDINALITY AS e (id, prison, location, key, type, message, position)
            ORDER BY e.position
        )
        INSERT INTO locations_service.audit_message (message, traceparent)
        SELECT a, $21 FROM UNNEST($22::text[]) a
        "#,
        &traces.ids,
        &traces.types as _,
        &traces.details as _,
        &traces.invoked_by as _,
        &traces.starts,
        &traces.ends as _,
        &traces.prisons as _,
        &traces.locations,
        &traces.attributes as _,
        &traces.old as _,
        &traces.new as _,
        &traces.amended_by as _,
        &traces.amended,
        &traces.linked,
        &traces.event_ids,
        &traces.event_prisons as _,
        &traces.event_locations as _,
        &traces.event_keys as _,
        &traces.event_types as _,
        &traces.event_messages,
        traceparent,
        &changes.audit
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The columns of [`save_traces`].
#[derive(Default)]
struct Traces<'a> {
    ids: Vec<Uuid>,
    types: Vec<&'static str>,
    details: Vec<&'a str>,
    invoked_by: Vec<&'a str>,
    starts: Vec<chrono::NaiveDateTime>,
    ends: Vec<Option<chrono::NaiveDateTime>>,
    prisons: Vec<&'a str>,
    locations: Vec<Uuid>,
    attributes: Vec<&'static str>,
    old: Vec<Option<&'a str>>,
    new: Vec<Option<&'a str>>,
    amended_by: Vec<&'a str>,
    amended: Vec<chrono::NaiveDateTime>,
    linked: Vec<Uuid>,
    event_ids: Vec<Uuid>,
    event_prisons: Vec<&'a str>,
    event_locations: Vec<Option<Uuid>>,
    event_keys: Vec<&'a str>,
    event_types: Vec<&'static str>,
    event_messages: Vec<String>,
}

impl<'a> Traces<'a> {
    fn of(changes: &'a Changes) -> Self {
        let mut traces = Self::default();
        for journal in &changes.journals {
            let transaction = &journal.transaction;
            traces.ids.push(transaction.id);
            traces.types.push(transaction.transaction_type.as_str());
            traces.details.push(&transaction.detail);
            traces.invoked_by.push(&transaction.invoked_by);
            traces.starts.push(transaction.start);
            traces.ends.push(transaction.end);
            traces.prisons.push(&transaction.prison_id);
            for entry in journal.entries() {
                traces.locations.push(entry.location_id);
                traces.attributes.push(entry.attribute.as_str());
                traces.old.push(entry.old.as_deref());
                traces.new.push(entry.new.as_deref());
                traces.amended_by.push(&entry.amended_by);
                traces.amended.push(entry.amended_date);
                traces.linked.push(transaction.id);
            }
        }
        for outgoing in &changes.events {
            traces.event_ids.push(outgoing.event_id);
            traces.event_prisons.push(&outgoing.prison_id);
            traces.event_locations.push(outgoing.event.id);
            traces.event_keys.push(&outgoing.event.key);
            traces.event_types.push(outgoing.event.event_type.as_str());
            traces.event_messages.push(outgoing.event.message());
        }
        traces
    }
}
