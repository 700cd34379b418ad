//! NOMIS: its tables, the NOMIS API, the screens, the publisher of its events, the switches of Prison API.

mod api;
mod checks;
mod digest;
mod location;
mod neighbours;
mod prison_api;
mod publisher;
mod screens;
mod side_doors;
mod splash;
mod transaction;
mod write;

use axum::Router;
use clap::Args;

use crate::common::aws::Aws;
use crate::common::database::NOMIS_SCHEMA;
use crate::common::role::{RoleError, Running, Start};
use crate::common::settings::{AwsSettings, RoleSettings};

/// Settings of the role.
#[derive(Args, Clone, Debug)]
pub struct NomisSettings {
    /// What every role has.
    #[command(flatten)]
    pub role: RoleSettings,
    /// Where SNS is.
    #[command(flatten)]
    pub aws: AwsSettings,
    /// The prison events topic. Not given: events wait in the outbox.
    #[arg(long, env = "STANDIN_PRISON_EVENTS_TOPIC_ARN")]
    pub prison_events_topic_arn: Option<String>,
}

/// Starts the role.
///
/// # Errors
/// When port or database can't be had.
pub async fn start(settings: NomisSettings) -> Result<Running, RoleError> {
    let start = Start::begin("nomis", &settings.role, NOMIS_SCHEMA).await?;
    let context = &start.context;
    publisher::watch_outbox(context);
    if let Some(topic) = settings.prison_events_topic_arn {
        let aws = Aws::new(&settings.aws).await;
        context.tasks.spawn(publisher::run(context.clone(), aws.sns, topic));
    }
    let routes = Router::new()
        .merge(api::routes(context))
        .merge(screens::routes(context))
        .merge(side_doors::routes(context))
        .merge(prison_api::routes(context))
        .merge(neighbours::routes(context))
        .merge(digest::routes(context.pool.clone(), &context.tokens));
    Ok(start.serve(routes))
}
