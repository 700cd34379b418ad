//! HMPPS Prisoner from NOMIS Migration: NOMIS events to the Locations API, repair, migration (08 sections 8 and 9).

pub mod migration;
mod over;
mod sync;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use clap::Args;
use serde::Deserialize;

use crate::common::consumer::QueueSettings;
use crate::common::database::MIGRATION_SCHEMA;
use crate::common::error::{ApiError, Path, Query};
use crate::common::role::{RoleError, Running};
use crate::sync::role::{Direction, SyncSettings, SyncStart};
use migration::Migrations;

pub use sync::FromNomis;

/// Settings of the role.
#[derive(Args, Clone, Debug)]
pub struct FromNomisSettings {
    /// What every sync role has.
    #[command(flatten)]
    pub sync: SyncSettings,
    /// The queue of NOMIS events.
    #[arg(long, env = "STANDIN_PRISON_EVENTS_QUEUE", default_value = "prisoner_from_nomis_locations_queue")]
    pub queue: String,
    /// Seconds until a message that failed comes again, by delivery.
    #[arg(long, env = "STANDIN_PRISON_EVENTS_QUEUE_DELAYS", value_delimiter = ',', default_value = "1,10,60,600")]
    pub delays: Vec<i32>,
    /// Messages at a time.
    #[arg(long, env = "STANDIN_PRISON_EVENTS_QUEUE_MESSAGES", default_value_t = 10)]
    pub messages: usize,
    /// Calls that the migration makes at a time.
    #[arg(long, env = "STANDIN_MIGRATION_CALLS", default_value_t = 16)]
    pub migration_calls: usize,
}

/// Starts the role.
///
/// # Errors
/// When port or database can't be had.
pub async fn start(settings: FromNomisSettings) -> Result<Running, RoleError> {
    let direction = Direction {
        role: "from-nomis",
        schema: MIGRATION_SCHEMA,
        retry_type: sync::RETRY_TYPE,
        duplicate_event: "from-nomis-synch-location-duplicate",
    };
    let queue = QueueSettings { queue: settings.queue, delays: settings.delays, at_once: settings.messages };
    let start = SyncStart::begin(&direction, &settings.sync, queue).await?;
    let context = start.context();
    let from_nomis = FromNomis { tools: start.tools.clone() };
    let migrations = Migrations::new(context, from_nomis.clone(), settings.migration_calls.max(1));
    migrations.resume().await?;
    let repair = Router::new().route("/locations/id/{id}/repair", post(repair)).with_state(from_nomis.clone());
    let routes = Router::new()
        .merge(context.tokens.protect(repair, &["PRISONER_FROM_NOMIS__UPDATE__RW"]))
        .merge(migration::routes(migrations, &context.tokens));
    let handle = move |received| {
        let from_nomis = from_nomis.clone();
        async move { from_nomis.handle(received).await }
    };
    Ok(start.serve(handle, routes))
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RepairQuery {
    record_deleted: bool,
}

async fn repair(
    State(from_nomis): State<FromNomis>,
    Path(id): Path<i64>,
    Query(query): Query<RepairQuery>,
) -> Result<StatusCode, ApiError> {
    let repaired = from_nomis.repair(id, query.record_deleted).await;
    repaired.map_err(|e| ApiError::internal(e.to_string()))?;
    Ok(StatusCode::OK)
}
