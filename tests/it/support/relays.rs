//! The relays as a process of their own would run them, and an outbox for them.

use std::collections::{HashMap, HashSet};
use std::future::Future;
use std::time::{Duration, Instant};

use locations_inside_prison_api::config::EventsSettings;
use locations_inside_prison_api::events::Relays;
use locations_inside_prison_api::events::aws::Aws;
use locations_inside_prison_api::events::status::{RelayReport, Reports, Role};
use locations_inside_prison_api::store::Wake;
use locations_inside_prison_api::store::pool;
use sqlx::PgPool;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use super::aws::Entry;
use super::database::TestDatabase;

pub const TOPIC: &str = "arn:aws:sns:eu-west-2:000000000000:domainevents";

/// How long a test waits for what has to happen.
const PATIENCE: Duration = Duration::from_secs(30);

/// Waits until it is so.
pub async fn eventually<F: Future<Output = bool>>(what: &str, condition: impl Fn() -> F) {
    let begin = Instant::now();
    while !condition().await {
        assert!(begin.elapsed() < PATIENCE, "not within {PATIENCE:?}: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The settings of relays whose SNS and SQS are at this address.
pub fn settings(database: &TestDatabase, aws_url: &str, others: &[(&str, &str)]) -> EventsSettings {
    let url = database.url();
    let usual = [
        ("DATABASE_URL", url.as_str()),
        ("HMPPS_SQS_PROVIDER", "localstack"),
        ("HMPPS_SQS_LOCALSTACK_URL", aws_url),
        ("HMPPS_SQS_TOPICS_DOMAINEVENTS_ARN", TOPIC),
        ("HMPPS_SQS_QUEUES_AUDIT_QUEUE_NAME", "audit"),
    ];
    let read = |name: &str| others.iter().chain(&usual).find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned());
    EventsSettings::from_env(&read).unwrap().0
}

/// The relays of one replica, on a runtime of their own, which can be killed.
pub struct TestRelays {
    pub reports: Reports,
    pub wake: Wake,
    stop: CancellationToken,
    tasks: TaskTracker,
    runtime: Option<Runtime>,
}

impl TestRelays {
    pub fn start(database: &TestDatabase, aws_url: &str) -> Self {
        Self::with(database, aws_url, &[])
    }

    pub fn with(database: &TestDatabase, aws_url: &str, others: &[(&str, &str)]) -> Self {
        let settings = settings(database, aws_url, others);
        let relays = Self {
            reports: Reports::default(),
            wake: Wake::default(),
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
            runtime: Some(tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()),
        };
        let (database, tasks) = (database.settings(), relays.tasks.clone());
        let (wake, reports, stop) = (relays.wake.clone(), relays.reports.clone(), relays.stop.clone());
        relays.runtime.as_ref().unwrap().spawn(async move {
            let started = Relays {
                aws: Aws::new(&settings.queues).await,
                pool: pool::connect_lazily(&database, 2).unwrap(),
                options: database.options().unwrap(),
                settings,
                wake,
                reports,
                tasks: &tasks,
                stop,
            };
            started.start();
        });
        relays
    }

    pub fn report(&self) -> RelayReport {
        self.reports.latest()
    }

    pub async fn is_at_work(&self) {
        eventually("the relay is at work", async || self.report().role == Role::AtWork).await;
    }

    pub async fn is_standing_by(&self) {
        eventually("the relay stands by", async || self.report().role == Role::StandingBy).await;
    }

    /// As SIGTERM does.
    pub async fn stop(self) {
        self.stop.cancel();
        self.tasks.close();
        tokio::time::timeout(PATIENCE, self.tasks.wait()).await.unwrap();
    }

    /// As SIGKILL does: connections break, nothing is finished.
    pub fn kill(self) {}
}

impl Drop for TestRelays {
    fn drop(&mut self) {
        self.runtime.take().unwrap().shutdown_background();
    }
}

impl TestDatabase {
    /// Writes an event for each of these locations of a prison, in this order, in one transaction.
    pub async fn write_events(&self, prison: &str, locations: &[u128]) {
        let locations: Vec<Uuid> = locations.iter().map(|n| Uuid::from_u128(*n)).collect();
        sqlx::query(
            "INSERT INTO locations_service.domain_event (event_id, prison_id, location_id, location_key, event_type, message)
             SELECT gen_random_uuid(), $1, l.id, $1 || '-' || l.n, 'location.inside.prison.amended', '{\"n\":' || l.n || '}'
             FROM UNNEST($2::uuid[]) WITH ORDINALITY l (id, n) ORDER BY l.n",
        )
        .bind(prison)
        .bind(&locations)
        .execute(&self.pool)
        .await
        .unwrap();
    }

    pub async fn write_audit(&self, count: i32) {
        sqlx::query(
            "INSERT INTO locations_service.audit_message (message, traceparent)
             SELECT jsonb_build_object('what', 'LOCATION_AMENDED', 'n', n, 'details', '{}')::text,
                CASE WHEN n % 2 = 0 THEN '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' END
             FROM generate_series(1, $1) n",
        )
        .bind(count)
        .execute(&self.pool)
        .await
        .unwrap();
    }

    /// How many events wait.
    pub async fn unsent(&self) -> i64 {
        self.value("SELECT count(*) FROM locations_service.domain_event WHERE sent_at IS NULL AND set_aside_at IS NULL")
            .await
    }

    pub async fn all_sent(&self) {
        eventually("all events are sent", async || self.unsent().await == 0).await;
    }

    pub async fn audit_left(&self) -> i64 {
        self.value("SELECT count(*) FROM locations_service.audit_message").await
    }

    /// [`assert_published_in_order`] of this database.
    pub async fn assert_published_in_order(&self, published: &[Entry]) {
        assert_published_in_order(&self.pool, published).await;
    }
}

/// All that was written has been published, each location's in its order; an event that came again does not count.
pub async fn assert_published_in_order(pool: &PgPool, published: &[Entry]) {
    let written: Vec<(i64, Uuid, Uuid)> =
        sqlx::query_as("SELECT id, event_id, location_id FROM locations_service.domain_event ORDER BY id")
            .fetch_all(pool)
            .await
            .unwrap();
    let known: HashMap<String, (i64, Uuid)> =
        written.iter().map(|(id, event_id, location)| (event_id.to_string(), (*id, *location))).collect();
    let mut seen = HashSet::new();
    let mut last: HashMap<Uuid, i64> = HashMap::new();
    for entry in published {
        let (id, location) = known[entry.attribute("eventId")];
        if seen.insert(id) {
            let before = last.insert(location, id);
            assert!(before.is_none_or(|before| before < id), "event {id} was overtaken by {before:?}");
        }
    }
    assert_eq!(seen.len(), written.len(), "some events are missing");
}

/// Nothing came twice.
pub fn assert_nothing_twice(published: &[Entry]) {
    let ids: HashSet<&str> = published.iter().map(|entry| entry.attribute("eventId")).collect();
    assert_eq!(ids.len(), published.len(), "some events came twice");
}
