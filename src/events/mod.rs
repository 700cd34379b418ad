//! How others hear of it: the relays from the outbox to SNS and SQS.
//!
//! A change writes its domain events and audit messages into the outbox tables, in its own transaction, and rings a bell after the
//! commit. [`relay`] publishes the events: one relay of all replicas is at work, in the order of each location. [`audit`] sends
//! the audit messages: every replica does, in no order. [`housekeeping`] prunes what was published and measures.

pub mod audit;
pub mod aws;
mod backoff;
pub mod housekeeping;
mod line_up;
pub mod relay;
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

/// The relays of this process, at work in the background.
#[derive(Debug)]
pub struct Relays {
    /// How the relay of events is doing.
    pub reports: Reports,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Relays {
    /// Starts the relays and the housekeeping. Nothing remote is waited for. The event relay connects to the database by
    /// `options`, outside the pool, with two connections at most.
    pub fn start(settings: &EventsSettings, aws: &Aws, pool: &PgPool, options: PgConnectOptions, wake: &Wake) -> Self {
        let relays = Self { reports: Reports::default(), stop: CancellationToken::new(), tasks: TaskTracker::new() };
        let identity = identity(settings);
        let stop = &relays.stop;
        let events =
            relay::EventRelay::new(options, aws.sns.clone(), identity.clone(), wake.clone(), relays.reports.clone());
        let audit_queue = settings.queues.audit.clone();
        let audit = audit::AuditRelay::new(pool.clone(), aws.sqs.clone(), audit_queue, identity.clone(), wake.clone());
        relays.tasks.spawn(events.run(stop.clone()));
        relays.tasks.spawn(audit.run(stop.clone()));
        relays.tasks.spawn(housekeeping::run(pool.clone(), identity, settings.retention, stop.clone()));
        if settings.queues.localstack_url.is_some() {
            relays.tasks.spawn(make_local_queues(aws.clone(), settings.clone(), stop.clone()));
        }
        relays.tasks.close();
        relays
    }

    /// Lets the relays finish what is on its way, and write it down.
    pub async fn stop(self) {
        self.stop.cancel();
        self.tasks.wait().await;
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
