//! How the relays of this process are doing, for health and for operators.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Map, Value, json};
use sqlx::PgPool;
use utoipa::ToSchema;

use crate::store::outbox::control::{Belonging, Control, Identity};
use crate::store::outbox::{Backlog, audit, control, events};

/// Part of the relay of domain events that this process plays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schema(as = EventRelayRole)]
pub enum Role {
    /// No connection to the database, or not started yet.
    #[default]
    NotConnected,
    /// Another process publishes; this one takes over when that one goes.
    StandingBy,
    /// This process publishes.
    AtWork,
}

/// Why nothing is published, though a relay is at work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schema(as = EventStandStill)]
pub enum StandStill {
    /// An operator has paused it (decisions C7).
    Paused,
    /// The outbox belongs to another environment or topic (decisions C6).
    Foreign,
}

/// What the outbox says of a process with this identity: whether it has to stand still.
pub fn stand_still(control: &Control, settings: &Identity) -> Option<StandStill> {
    if control.identity.belonging(settings) == Belonging::Foreign {
        Some(StandStill::Foreign)
    } else {
        control.paused.then_some(StandStill::Paused)
    }
}

/// What the relay of events knows of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RelayReport {
    /// Its part.
    pub role: Role,
    /// How many prisons wait after a failure.
    pub waiting_prisons: usize,
    /// What SNS or the database said when something failed last, until something works again.
    pub last_failure: Option<String>,
}

/// Where the relay of events reports. Shared, cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Reports(Arc<Mutex<RelayReport>>);

impl Reports {
    /// The latest report.
    pub fn latest(&self) -> RelayReport {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Changes the report.
    pub(super) fn change(&self, change: impl FnOnce(&mut RelayReport)) {
        // A panic elsewhere can't leave it half changed in a way that matters.
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// The state of the outbox and of this process's relay.
#[derive(Clone, Debug, PartialEq)]
pub struct OutboxStatus {
    /// Events.
    pub events: Backlog,
    /// Audit messages.
    pub audit: Backlog,
    /// Whom the outbox speaks for.
    pub identity: Identity,
    /// Whether an operator has paused the publishing of events.
    pub paused: bool,
    /// Who paused, resumed, adopted or discarded last.
    pub changed_by: Option<String>,
    /// When.
    pub changed_at: DateTime<Utc>,
    /// Why nothing is published, if so.
    pub stand_still: Option<StandStill>,
    /// This process's relay.
    pub relay: RelayReport,
}

/// Reads the state of the outbox.
///
/// # Errors
/// Whatever the database says.
pub async fn read(pool: &PgPool, settings: &Identity, reports: &Reports) -> Result<OutboxStatus, sqlx::Error> {
    let control = control::read(pool).await?;
    Ok(OutboxStatus {
        events: events::backlog(pool).await?,
        audit: audit::backlog(pool).await?,
        stand_still: stand_still(&control, settings),
        changed_at: control.changed_at(),
        identity: control.identity,
        paused: control.paused,
        changed_by: control.changed_by,
        relay: reports.latest(),
    })
}

/// The state as named values, for health and for administrators.
pub fn details(status: &OutboxStatus) -> Map<String, Value> {
    let mut details = Map::new();
    let mut add = |name: &str, value: Value| _ = details.insert(name.to_owned(), value);
    add("publishing", status.stand_still.is_none().into());
    if let Some(reason) = status.stand_still {
        add("standingStill", json!(reason));
    }
    add("relay", json!(status.relay.role));
    for (outbox, backlog) in [("events", &status.events), ("audit", &status.audit)] {
        add(&format!("{outbox}Unsent"), backlog.unsent.into());
        add(&format!("{outbox}LagSeconds"), backlog.lag.as_secs().into());
        add(&format!("{outbox}SetAside"), backlog.set_aside.into());
    }
    if status.relay.waiting_prisons > 0 {
        add("waitingPrisons", status.relay.waiting_prisons.into());
    }
    if let Some(failure) = &status.relay.last_failure {
        add("lastFailure", failure.as_str().into());
    }
    details
}
