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

use crate::clients::Clients;
use crate::common::aws::Aws;
use crate::common::consumer::{Consumer, QueueSettings};
use crate::common::database::MIGRATION_SCHEMA;
use crate::common::endpoints;
use crate::common::error::{ApiError, Path, Query};
use crate::common::role::{RoleError, Running, Start};
use crate::common::settings::{AwsSettings, RemoteSettings, RoleSettings, TokenSettings};
use crate::common::switches::Switches;
use crate::sync::lock::Locks;
use crate::sync::queue_admin;
use migration::Migrations;

pub use sync::FromNomis;

/// Settings of the role.
#[derive(Args, Clone, Debug)]
pub struct FromNomisSettings {
    /// What every role has.
    #[command(flatten)]
    pub role: RoleSettings,
    /// How it gets tokens.
    #[command(flatten)]
    pub token: TokenSettings,
    /// Where SQS is.
    #[command(flatten)]
    pub aws: AwsSettings,
    /// Whom it calls.
    #[command(flatten)]
    pub remote: RemoteSettings,
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
    let start = Start::begin("from-nomis", &settings.role, MIGRATION_SCHEMA).await?;
    let context = &start.context;
    let switches = Switches::load(context.role, context.pool.clone(), context.profile).await?;
    let queue = QueueSettings { queue: settings.queue, delays: settings.delays, at_once: settings.messages };
    let consumer = Consumer::new(context, Aws::new(&settings.aws).await, switches.clone(), queue).await?;
    let clients = Clients::new(context, &settings.remote, &settings.token);
    let locks = Locks::new(context.role, &settings.role.database_url)?;
    let from_nomis = FromNomis::new(context, clients, locks, consumer.clone());
    let migrations = Migrations::new(context, from_nomis.clone(), settings.migration_calls.max(1));
    migrations.resume().await?;
    let handler = from_nomis.clone();
    let handle = move |received| {
        let handler = handler.clone();
        async move { handler.handle(received).await }
    };
    context.tasks.spawn(consumer.clone().run(handle, context.stop.clone()));
    let repair = Router::new().route("/locations/id/{id}/repair", post(repair)).with_state(from_nomis);
    let routes = Router::new()
        .merge(context.tokens.protect(repair, &["PRISONER_FROM_NOMIS__UPDATE__RW"]))
        .merge(migration::routes(migrations, &context.tokens))
        .merge(queue_admin::routes(vec![consumer.clone()], &context.tokens))
        .merge(endpoints::of_sync_role(context, switches, vec![consumer]));
    Ok(start.serve(routes))
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
