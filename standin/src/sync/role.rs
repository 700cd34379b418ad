//! What both sync roles are made of, and how they start: settings, clients, locks, a queue that is listened to, and the endpoints over it.

use std::future::Future;
use std::sync::Arc;

use axum::Router;
use clap::Args;

use super::lock::Locks;
use super::mapping::MappingCreator;
use super::queue_admin;
use crate::clients::Clients;
use crate::common::aws::Aws;
use crate::common::consumer::{Consumer, Failed, QueueSettings};
use crate::common::database::Schema;
use crate::common::endpoints;
use crate::common::envelope::Received;
use crate::common::role::{Context, RoleError, Running, Start};
use crate::common::settings::{AwsSettings, Profile, RemoteSettings, RoleSettings, TokenSettings};
use crate::common::switches::Switches;
use crate::common::telemetry::Telemetry;
use crate::translate::Rules;

/// Settings of a sync role, whichever its direction.
#[derive(Args, Clone, Debug)]
pub struct SyncSettings {
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
}

/// What sets one sync role apart from the other.
pub struct Direction {
    /// Name of the role.
    pub role: &'static str,
    /// Its schema.
    pub schema: Schema,
    /// `Type` of the message that creates a mapping again.
    pub retry_type: &'static str,
    /// Telemetry when one of a pair has another partner.
    pub duplicate_event: &'static str,
}

/// What a sync role works with. Copies share everything.
#[derive(Clone)]
pub struct Tools {
    /// Whom it calls.
    pub clients: Clients,
    /// Events.
    pub telemetry: Telemetry,
    /// Which behaviour.
    pub profile: Profile,
    /// How it translates.
    pub rules: Rules,
    /// Locks on locations.
    pub locks: Locks,
    /// Creates mappings.
    pub creator: MappingCreator,
}

/// A sync role that does not listen yet.
pub struct SyncStart {
    /// What it will work with.
    pub tools: Tools,
    start: Start,
    consumer: Arc<Consumer>,
    switches: Switches,
}

impl SyncStart {
    /// Opens port, database and queue.
    ///
    /// # Errors
    /// When one of them can't be had.
    pub async fn begin(
        direction: &Direction,
        settings: &SyncSettings,
        queue: QueueSettings,
    ) -> Result<Self, RoleError> {
        let start = Start::begin(direction.role, &settings.role, direction.schema).await?;
        let context = &start.context;
        let switches = Switches::load(context.role, context.pool.clone(), context.profile).await?;
        let consumer = Consumer::new(context, Aws::new(&settings.aws).await, switches.clone(), queue).await?;
        let clients = Clients::new(context, &settings.remote, &settings.token);
        let creator = MappingCreator {
            mappings: clients.mappings.clone(),
            telemetry: context.telemetry.clone(),
            queue: consumer.clone(),
            retry_type: direction.retry_type,
            duplicate_event: direction.duplicate_event,
        };
        let tools = Tools {
            clients,
            telemetry: context.telemetry.clone(),
            profile: context.profile,
            rules: Rules::of(context.profile),
            locks: Locks::new(context.role, &settings.role.database_url)?,
            creator,
        };
        Ok(Self { tools, start, consumer, switches })
    }

    /// What every role has.
    pub fn context(&self) -> &Context {
        &self.start.context
    }

    /// Has `handle` work on the messages, and serves these routes with those of every sync role.
    pub fn serve<F, A>(self, handle: F, routes: Router) -> Running
    where
        F: Fn(Received) -> A + Send + Sync + 'static,
        A: Future<Output = Result<(), Failed>> + Send + 'static,
    {
        let context = &self.start.context;
        context.tasks.spawn(self.consumer.clone().run(handle, context.stop.clone()));
        let consumers = vec![self.consumer];
        let routes = routes
            .merge(queue_admin::routes(consumers.clone(), &context.tokens))
            .merge(endpoints::of_sync_role(context, self.switches, consumers));
        self.start.serve(routes)
    }
}
