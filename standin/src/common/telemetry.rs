//! Telemetry events: a row of `standin.telemetry` and a JSON log line each. Rows are written in the background, in batches.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use sqlx::types::Json;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::clock;

/// Named facts: of a telemetry event, and of a call or message where a fault may be made.
pub type Fields = BTreeMap<String, String>;

/// Fields from names and values.
pub fn fields<const N: usize>(given: [(&str, &dyn ToString); N]) -> Fields {
    given.into_iter().map(|(name, value)| (name.to_owned(), value.to_string())).collect()
}

/// The most rows of one statement.
const BATCH: usize = 500;
/// Pause after a write that failed.
const AFTER_FAILURE: Duration = Duration::from_millis(500);

/// Records events of one role. Copies record to the same place.
#[derive(Clone)]
pub struct Telemetry {
    role: &'static str,
    pool: PgPool,
    sender: UnboundedSender<Event>,
    /// Events that are not in the table yet.
    unwritten: Arc<AtomicI64>,
}

/// An event, as it is kept and shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// When.
    pub at: DateTime<Utc>,
    /// What happened.
    pub name: String,
    /// To what.
    pub fields: Fields,
}

impl Telemetry {
    /// Begins to record for this role.
    pub fn begin(role: &'static str, pool: PgPool) -> Self {
        let (sender, receiver) = unbounded_channel();
        let telemetry = Self { role, pool, sender, unwritten: Arc::default() };
        tokio::spawn(write(role, telemetry.pool.clone(), receiver, telemetry.unwritten.clone()));
        telemetry
    }

    /// Records an event.
    pub fn event(&self, name: &str, fields: &Fields) {
        let shown = serde_json::to_string(fields).unwrap_or_default();
        tracing::info!(role = self.role, custom_event = name, fields = shown);
        self.unwritten.fetch_add(1, Ordering::Relaxed);
        let event = Event { at: clock::now(), name: name.to_owned(), fields: fields.clone() };
        // The writer ends only with the process.
        let _ = self.sender.send(event);
    }

    /// How many events are not in the table yet.
    pub fn unwritten(&self) -> i64 {
        self.unwritten.load(Ordering::Relaxed)
    }

    /// The events of this role, oldest first, of this name and from this time on where they are given; 10,000 at most.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn find(&self, name: Option<&str>, since: Option<DateTime<Utc>>) -> Result<Vec<Event>, sqlx::Error> {
        while self.unwritten() > 0 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        let rows: Vec<(DateTime<Utc>, String, Json<Fields>)> = sqlx::query_as(
            "select at, name, fields from standin.telemetry
             where role = $1 and ($2::text is null or name = $2) and ($3::timestamptz is null or at >= $3)
             order by id limit 10000",
        )
        .bind(self.role)
        .bind(name)
        .bind(since)
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(|(at, name, fields)| Event { at, name, fields: fields.0 }).collect())
    }
}

async fn write(role: &'static str, pool: PgPool, mut events: UnboundedReceiver<Event>, unwritten: Arc<AtomicI64>) {
    let mut batch = Vec::with_capacity(BATCH);
    while events.recv_many(&mut batch, BATCH).await > 0 {
        while let Err(error) = insert(role, &pool, &batch).await {
            tracing::warn!(%error, "telemetry could not be written");
            if pool.is_closed() {
                return;
            }
            tokio::time::sleep(AFTER_FAILURE).await;
        }
        unwritten.fetch_sub(i64::try_from(batch.len()).unwrap_or(0), Ordering::Relaxed);
        batch.clear();
    }
}

async fn insert(role: &str, pool: &PgPool, batch: &[Event]) -> Result<(), sqlx::Error> {
    let at: Vec<DateTime<Utc>> = batch.iter().map(|event| event.at).collect();
    let names: Vec<&str> = batch.iter().map(|event| event.name.as_str()).collect();
    let fields: Vec<Json<&Fields>> = batch.iter().map(|event| Json(&event.fields)).collect();
    sqlx::query(
        "insert into standin.telemetry (role, at, name, fields)
         select $1, at, name, fields from unnest($2::timestamptz[], $3::text[], $4::jsonb[]) as e (at, name, fields)",
    )
    .bind(role)
    .bind(at)
    .bind(names)
    .bind(fields)
    .execute(pool)
    .await
    .map(drop)
}
