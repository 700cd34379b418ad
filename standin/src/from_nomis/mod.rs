//! HMPPS Prisoner from NOMIS Migration: NOMIS events to the Locations API, repair, migration (08 sections 8 and 9).

use axum::Router;
use clap::Args;

use crate::common::aws::Aws;
use crate::common::consumer::{Consumer, QueueSettings};
use crate::common::database::MIGRATION_SCHEMA;
use crate::common::endpoints;
use crate::common::role::{RoleError, Running, Start};
use crate::common::settings::{AwsSettings, RemoteSettings, RoleSettings, TokenSettings};
use crate::common::switches::Switches;

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
    // The handler of messages comes with the sync itself: until then nothing is taken from the queue.
    let routes = Router::new().merge(endpoints::of_sync_role(context, switches, vec![consumer]));
    Ok(start.serve(routes))
}
