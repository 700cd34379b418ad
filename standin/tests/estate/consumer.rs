//! How a role listens to its queue (08 section 1.3 rules 4 to 6; switches; messages at a time; faults of a delivery).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use aws_sdk_sqs::types::QueueAttributeName;
use serde_json::json;
use standin::common::aws::{Aws, depth};
use standin::common::consumer::{Consumer, Failed, QueueSettings};
use standin::common::database::STANDIN_SCHEMA;
use standin::common::envelope::Received;
use standin::common::faults::{Action, Phase, Rule, Times};
use standin::common::role::{Context, Start};
use standin::common::switches::{Setting, Switch, Switches};

use crate::support::{Database, role_settings, settings};

/// The message after this many deliveries goes to the dead letter queue.
const DELIVERIES: i32 = 2;

/// A consumer of a queue of its own, which notes what it was handed.
struct Listening {
    context: Context,
    consumer: Arc<Consumer>,
    switches: Switches,
    queue_url: String,
    dlq_url: String,
    /// Keys, in the order of delivery.
    handed: Arc<Mutex<Vec<String>>>,
    _start: Start,
    _database: Database,
}

impl Listening {
    /// What it is handed about a key in this list fails; `slow` keeps each message for a moment.
    async fn start(failing: &'static [&'static str], slow: bool) -> Self {
        let database = Database::new().await;
        let start = Start::begin("to-nomis", &role_settings(&database.url(), "http://127.0.0.1:9"), STANDIN_SCHEMA)
            .await
            .unwrap();
        let context = start.context.clone();
        let endpoint = std::env::var("TEST_AWS_ENDPOINT_URL").unwrap();
        let aws = Aws::new(&settings(&["--aws-endpoint-url", &endpoint])).await;
        let name = format!("standin-{}", uuid::Uuid::new_v4());
        let dlq = format!("{name}-dlq");
        let dlq_url = aws.sqs.create_queue().queue_name(&dlq).send().await.unwrap().queue_url.unwrap();
        let redrive = json!({ "deadLetterTargetArn": format!("arn:aws:sqs:eu-west-2:000000000000:{dlq}"), "maxReceiveCount": DELIVERIES });
        let create =
            aws.sqs.create_queue().queue_name(&name).attributes(QueueAttributeName::RedrivePolicy, redrive.to_string());
        let queue_url = create.send().await.unwrap().queue_url.unwrap();
        let switches = Switches::load(context.role, context.pool.clone(), context.profile).await.unwrap();
        let queue = QueueSettings { queue: name, delays: vec![0], at_once: 10 };
        let consumer = Consumer::new(&context, aws, switches.clone(), queue).await.unwrap();
        let handed: Arc<Mutex<Vec<String>>> = Arc::default();
        let notes = handed.clone();
        let handle = move |received: Received| {
            let event: serde_json::Value = serde_json::from_str(&received.envelope.message).unwrap();
            let key = event["additionalInformation"]["key"].as_str().unwrap().to_owned();
            notes.lock().unwrap().push(key.clone());
            async move {
                if slow {
                    tokio::time::sleep(Duration::from_millis(400)).await;
                }
                if failing.contains(&key.as_str()) { Err(Failed("on purpose".to_owned())) } else { Ok(()) }
            }
        };
        context.tasks.spawn(consumer.clone().run(handle, context.stop.clone()));
        Self { context, consumer, switches, queue_url, dlq_url, handed, _start: start, _database: database }
    }

    async fn send(&self, event_type: &str, key: &str) {
        let message = json!({ "eventType": event_type, "additionalInformation": { "key": key } }).to_string();
        let attributes = json!({ "eventType": { "Type": "String", "Value": event_type } });
        let body = json!({ "Type": "Notification", "Message": message, "MessageAttributes": attributes });
        self.consumer.send(body.to_string(), 0).await.unwrap();
    }

    fn handed(&self) -> Vec<String> {
        self.handed.lock().unwrap().clone()
    }

    async fn until(&self, what: &str, mut so: impl AsyncFnMut() -> bool) {
        let give_up = Instant::now() + Duration::from_secs(30);
        while !so().await {
            assert!(Instant::now() < give_up, "{what}; handed {:?}", self.handed());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn quiet(&self) {
        self.until("quiet", async || self.context.quiet.under_way().await.is_empty()).await;
    }

    async fn switch(&self, event_type: &str, switch: Switch) {
        let events = BTreeMap::from([(event_type.to_owned(), switch)]);
        self.switches.set(Setting { all: Switch::On, events }).await.unwrap();
    }
}

#[tokio::test]
async fn a_message_that_fails_comes_again_and_its_end_is_told() {
    let queue = Listening::start(&["bad"], false).await;
    queue.send("a.b", "bad").await;
    queue.send("a.b", "good").await;
    let dead = async || depth(&queue.consumer.aws.sqs, &queue.dlq_url).await.unwrap().visible;
    queue.until("in the dead letter queue", async || dead().await == 1).await;
    let mut handed = queue.handed();
    handed.sort();
    assert_eq!(handed, ["bad", "bad", "good"]);
    let told = queue.context.telemetry.find(Some("a.b-sent-to-dlq"), None).await.unwrap();
    assert_eq!(told.len(), 1);
    assert_eq!((&told[0].fields["key"][..], &told[0].fields["delivery"][..]), ("bad", "2"));
    queue.quiet().await;
}

#[tokio::test]
async fn a_switched_off_event_type_is_dropped_or_waits() {
    let queue = Listening::start(&[], false).await;
    queue.switch("a.drop", Switch::Drop).await;
    queue.send("a.drop", "lost").await;
    queue.send("a.other", "other").await;
    queue.until("the other one comes", async || queue.handed() == ["other"]).await;
    queue.quiet().await;
    queue.switch("a.pause", Switch::Pause).await;
    queue.send("a.pause", "waits").await;
    // It is sent anew with a delay, so that waiting uses up no delivery.
    let delayed = async || depth(&queue.consumer.aws.sqs, &queue.queue_url).await.unwrap().delayed;
    queue.until("it waits", async || delayed().await == 1).await;
    queue.switch("a.pause", Switch::On).await;
    queue.until("it comes", async || queue.handed() == ["other", "waits"]).await;
    queue.quiet().await;
}

#[tokio::test]
async fn nothing_is_taken_while_all_is_paused_and_the_setting_is_kept() {
    let queue = Listening::start(&[], false).await;
    queue.switches.set(Setting { all: Switch::Off, events: BTreeMap::new() }).await.unwrap();
    assert_eq!(queue.switches.of("a.b"), Switch::Pause, "profile fixed pauses");
    let kept = Switches::load("to-nomis", queue.context.pool.clone(), queue.context.profile).await.unwrap();
    assert!(kept.all_paused());
    queue.send("a.b", "one").await;
    // Twice for a moment, where it was just being received and goes back.
    assert!(queue.context.quiet.under_way().await.values().sum::<i64>() >= 1);
    queue.switches.set(Setting::default()).await.unwrap();
    queue.until("it comes", async || queue.handed() == ["one"]).await;
}

#[tokio::test]
async fn so_many_messages_at_a_time_and_no_more() {
    let queue = Listening::start(&[], true).await;
    queue.consumer.set_at_once(0).await.unwrap();
    for key in ["1", "2", "3", "4"] {
        queue.send("a.b", key).await;
    }
    queue.consumer.set_at_once(2).await.unwrap();
    let mut most = 0;
    queue
        .until("all are handed", async || {
            most = most.max(queue.consumer.at_work());
            queue.handed().len() >= 4
        })
        .await;
    assert_eq!(most, 2);
    queue.quiet().await;
}

#[tokio::test]
async fn deliveries_are_lost_doubled_and_delayed_on_purpose() {
    let queue = Listening::start(&[], false).await;
    queue.consumer.set_at_once(0).await.unwrap();
    for (key, action) in
        [("lost", Action::Drop), ("twice", Action::Duplicate), ("again", Action::Reset), ("late", Action::Hold(1))]
    {
        let matching = BTreeMap::from([("key".to_owned(), key.to_owned())]);
        let at = format!("{}.deliver", queue.consumer.queue);
        queue
            .context
            .faults
            .add(Rule { id: 0, at, phase: Phase::Before, action, times: Times::Number(1), matching })
            .await
            .unwrap();
        queue.send("a.b", key).await;
    }
    queue.send("a.b", "plain").await;
    queue.consumer.set_at_once(10).await.unwrap();
    queue.quiet().await;
    let mut handed = queue.handed();
    handed.sort();
    assert_eq!(handed, ["again", "late", "plain", "twice", "twice"]);
}
