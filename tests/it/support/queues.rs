//! Queues of a test's own on the shared SNS/SQS server.

use std::time::{Duration, Instant};

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::QueueAttributeName;
use locations_inside_prison_api::config::{Config, QueueSettings};
use locations_inside_prison_api::events::aws::{Aws, make_topic_and_queues, queue_depth, queue_url};
use uuid::Uuid;

/// Address of the server.
pub fn server() -> String {
    std::env::var("TEST_AWS_ENDPOINT_URL")
        .expect("TEST_AWS_ENDPOINT_URL is to name an SNS/SQS server: `make test` sets it")
}

/// The queues that the service listens to, their dead-letter queues, and that of the audit messages.
pub struct TestQueues {
    /// Their names.
    pub settings: QueueSettings,
    /// The client.
    pub sqs: Client,
    environment: Vec<(&'static str, String)>,
}

impl TestQueues {
    /// Makes them. A message that fails comes again at once, and is a dead letter after five receives.
    pub async fn make() -> Self {
        Self::at(&server()).await
    }

    /// The same on another server; nothing is made there.
    pub async fn on(url: &str) -> Self {
        let environment = environment(url);
        let settings = read(&environment);
        let sqs = Aws::new(&settings).await.sqs;
        Self { settings, sqs, environment }
    }

    async fn at(url: &str) -> Self {
        let queues = Self::on(url).await;
        let aws = Aws::new(&queues.settings).await;
        make_topic_and_queues(&aws, &queues.settings).await.unwrap();
        queues
    }

    /// The settings of a service that uses them.
    pub fn environment(&self) -> Vec<(&'static str, &str)> {
        self.environment.iter().map(|(name, value)| (*name, value.as_str())).collect()
    }

    /// Name of the queue of other systems.
    pub fn external(&self) -> &str {
        &self.settings.update_from_external_system_events.as_ref().unwrap().name
    }

    /// Name of its dead-letter queue.
    pub fn external_dlq(&self) -> &str {
        self.settings.update_from_external_system_events.as_ref().unwrap().dlq.as_deref().unwrap()
    }

    /// Name of the queue of uploads.
    pub fn uploads(&self) -> &str {
        &self.settings.update_cell_certificate.as_ref().unwrap().name
    }

    /// Name of its dead-letter queue.
    pub fn uploads_dlq(&self) -> &str {
        self.settings.update_cell_certificate.as_ref().unwrap().dlq.as_deref().unwrap()
    }

    /// Messages of this queue that are received and not deleted become visible again after this time.
    pub async fn set_visibility(&self, queue: &str, seconds: u32) {
        let set = self.sqs.set_queue_attributes().queue_url(self.url(queue).await);
        set.attributes(QueueAttributeName::VisibilityTimeout, seconds.to_string()).send().await.unwrap();
    }

    /// Puts a message into a queue.
    pub async fn send(&self, queue: &str, body: &str) {
        self.sqs.send_message().queue_url(self.url(queue).await).message_body(body).send().await.unwrap();
    }

    /// Waits until so many messages wait in a queue and nobody holds another one.
    pub async fn holds(&self, queue: &str, count: usize) {
        let begin = Instant::now();
        loop {
            let depth = queue_depth(&self.sqs, queue).await.unwrap();
            if (depth.visible.as_str(), depth.in_flight.as_str()) == (count.to_string().as_str(), "0") {
                return;
            }
            assert!(begin.elapsed() < Duration::from_secs(60), "{queue} does not come to hold {count}: {depth:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn url(&self, queue: &str) -> String {
        queue_url(&self.sqs, queue).await.unwrap()
    }
}

fn environment(url: &str) -> Vec<(&'static str, String)> {
    let unique = Uuid::new_v4().simple();
    let name = |name: &str| format!("{name}-{unique}");
    vec![
        ("HMPPS_SQS_PROVIDER", "localstack".into()),
        ("HMPPS_SQS_LOCALSTACK_URL", url.into()),
        ("HMPPS_SQS_QUEUES_AUDIT_QUEUE_NAME", name("audit")),
        ("HMPPS_SQS_QUEUES_UPDATEFROMEXTERNALSYSTEMEVENTS_QUEUE_NAME", name("external")),
        ("HMPPS_SQS_QUEUES_UPDATEFROMEXTERNALSYSTEMEVENTS_DLQ_NAME", name("external-dlq")),
        ("HMPPS_SQS_QUEUES_UPDATECELLCERTIFICATE_QUEUE_NAME", name("uploads")),
        ("HMPPS_SQS_QUEUES_UPDATECELLCERTIFICATE_DLQ_NAME", name("uploads-dlq")),
    ]
}

fn read(environment: &[(&'static str, String)]) -> QueueSettings {
    let nowhere = [
        ("DATABASE_URL", "postgresql://nobody@127.0.0.1:9/nothing"),
        ("API_BASE_URL_OAUTH", "http://127.0.0.1:9"),
        ("API_BASE_URL_PRISONER_SEARCH", "http://127.0.0.1:9"),
        ("API_BASE_URL_PRISON_REGISTER", "http://127.0.0.1:9"),
        ("API_BASE_URL_PRISON_API", "http://127.0.0.1:9"),
        ("LOCATIONS_INSIDE_PRISON_API_CLIENT_ID", "test"),
        ("LOCATIONS_INSIDE_PRISON_API_CLIENT_SECRET", "test"),
    ];
    let own = environment.iter().map(|(name, value)| (*name, value.as_str()));
    let all: Vec<(&str, &str)> = own.chain(nowhere).collect();
    Config::from_env(&|name| all.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned())).unwrap().queues
}
