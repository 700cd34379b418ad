//! How others hear of it: the relays from the outbox to SNS and SQS.
//!
//! A change writes its domain events and audit messages into the outbox tables, in its own transaction, and rings a bell after the
//! commit. [`relay`] publishes the events: one relay of all replicas is at work, in the order of each location. [`audit`] sends
//! the audit messages: every replica does, in no order. [`housekeeping`] prunes what was published and measures.

pub mod asyncapi;
pub mod audit;
pub mod aws;
mod backoff;
pub mod housekeeping;
mod line_up;
pub mod queue_admin;
pub mod relay;
pub mod replay;
pub mod status;
mod topic;

use sqlx::PgPool;
use sqlx::postgres::PgConnectOptions;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::EventsSettings;
use crate::store::Wake;
use crate::store::outbox::control::Identity;
use aws::Aws;
use status::Reports;

/// Whom the outbox has to speak for, by these settings.
pub fn identity(settings: &EventsSettings) -> Identity {
    Identity { environment: settings.environment.clone(), topic_arn: settings.queues.topic_arn.clone() }
}

/// What the relays of a process work with.
#[derive(Debug)]
pub struct Relays<'a> {
    /// Their settings.
    pub settings: EventsSettings,
    /// SNS and SQS.
    pub aws: Aws,
    /// Connections for short statements.
    pub pool: PgPool,
    /// How the event relay connects to the database: outside the pool, with two connections at most.
    pub options: PgConnectOptions,
    /// The bell of this process.
    pub wake: Wake,
    /// Where the event relay says how it is doing.
    pub reports: Reports,
    /// Where they run.
    pub tasks: &'a TaskTracker,
    /// Ends them: what is on its way is finished and written down first.
    pub stop: CancellationToken,
}

impl Relays<'_> {
    /// Starts the relays and the housekeeping in the background. Nothing is waited for.
    pub fn start(self) {
        let Self { settings, aws, pool, options, wake, reports, tasks, stop } = self;
        let identity = identity(&settings);
        let audit_queue = settings.queues.audit.clone();
        let events = relay::EventRelay::new(options, aws.sns.clone(), identity.clone(), wake.clone(), reports);
        let audit = audit::AuditRelay::new(pool.clone(), aws.sqs.clone(), audit_queue, identity.clone(), wake);
        tasks.spawn(events.run(stop.clone()));
        tasks.spawn(audit.run(stop.clone()));
        tasks.spawn(housekeeping::run(pool, identity, settings.retention, stop.clone()));
        if settings.queues.localstack_url.is_some() {
            tasks.spawn(make_local_queues(aws, settings, stop));
        }
    }
}

/// Makes topic and queues on a local stand-in, as soon as it is there.
async fn make_local_queues(aws: Aws, settings: EventsSettings, stop: CancellationToken) {
    let mut failures = 0;
    while let Some(made) = stop.run_until_cancelled(aws::make_topic_and_queues(&aws, &settings.queues)).await {
        let Err(error) = made else { return };
        failures += 1;
        tracing::warn!(error, "topic and queues of the local server could not be made");
        let _ = stop.run_until_cancelled(tokio::time::sleep(backoff::wait(failures, backoff::chance()))).await;
    }
}
