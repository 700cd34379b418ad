//! The whole way: from an outbox to queues of a real SNS and SQS protocol server.

use std::collections::{BTreeSet, HashMap};
use std::time::{Duration, Instant};

use aws_sdk_sqs::Client as Sqs;
use locations_inside_prison_api::events::aws::{Aws, make_topic_and_queues, queue_depth};
use locations_inside_prison_api::health;
use serde_json::Value;
use uuid::Uuid;

use crate::support::database::TestDatabase;
use crate::support::relays::{TestRelays, eventually, settings};

/// Names of this test's own: the server is shared.
struct Names {
    topic: String,
    audit: String,
    inbound: String,
}

impl Names {
    fn new() -> Self {
        let unique = Uuid::new_v4().simple();
        Self {
            topic: format!("arn:aws:sns:eu-west-2:000000000000:events-{unique}"),
            audit: format!("audit-{unique}"),
            inbound: format!("inbound-{unique}"),
        }
    }

    fn settings(&self) -> [(&'static str, &str); 3] {
        [
            ("HMPPS_SQS_TOPICS_DOMAINEVENTS_ARN", &self.topic),
            ("HMPPS_SQS_QUEUES_AUDIT_QUEUE_NAME", &self.audit),
            ("HMPPS_SQS_QUEUES_UPDATECELLCERTIFICATE_QUEUE_NAME", &self.inbound),
        ]
    }
}

fn server() -> String {
    std::env::var("TEST_AWS_ENDPOINT_URL")
        .expect("TEST_AWS_ENDPOINT_URL is to name an SNS/SQS server: `make test` sets it")
}

/// Everything that is in a queue, until it holds that many.
async fn receive(sqs: &Sqs, url: &str, count: usize) -> Vec<String> {
    let begin = Instant::now();
    let mut bodies = Vec::new();
    while bodies.len() < count {
        assert!(begin.elapsed() < Duration::from_secs(30), "{} of {count} messages", bodies.len());
        let received = sqs.receive_message().queue_url(url).max_number_of_messages(10).send().await.unwrap();
        for message in received.messages() {
            bodies.push(message.body().unwrap().to_owned());
            sqs.delete_message().queue_url(url).receipt_handle(message.receipt_handle().unwrap()).send().await.unwrap();
        }
    }
    bodies
}

#[tokio::test]
async fn events_and_audit_messages_arrive_in_queues_with_their_attributes() {
    let (database, names) = (TestDatabase::new().await, Names::new());
    let settings = settings(&database, &server(), &names.settings());
    let aws = Aws::new(&settings.queues).await;
    make_topic_and_queues(&aws, &settings.queues).await.unwrap();
    let subscriber = aws.sqs.create_queue().queue_name(format!("sub-{}", Uuid::new_v4())).send().await.unwrap();
    let url = subscriber.queue_url().unwrap();
    let arn = format!("arn:aws:sqs:eu-west-2:000000000000:{}", url.rsplit('/').next().unwrap());
    aws.sns.subscribe().topic_arn(&names.topic).protocol("sqs").endpoint(&arn).send().await.unwrap();

    database.write_events("LEI", &[1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3]).await;
    database
        .execute(
            "UPDATE locations_service.domain_event SET traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
                replay = true WHERE message = '{\"n\":1}'",
        )
        .await;
    database.write_audit(11).await;
    let relays = TestRelays::with(&database, &server(), &names.settings());

    let mut received = HashMap::new();
    for body in receive(&aws.sqs, url, 12).await {
        let envelope: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(envelope["TopicArn"], names.topic);
        let attributes = envelope["MessageAttributes"].as_object().unwrap().clone();
        assert_eq!(attributes["eventType"]["Type"], "String");
        assert_eq!(attributes["eventType"]["Value"], "location.inside.prison.amended");
        received.insert(attributes["eventId"]["Value"].as_str().unwrap().to_owned(), (envelope, attributes));
    }
    let written: Vec<(Uuid, String)> = sqlx::query_as("SELECT event_id, message FROM locations_service.domain_event")
        .fetch_all(&database.pool)
        .await
        .unwrap();
    assert_eq!(written.len(), received.len());
    for (event_id, message) in written {
        let (envelope, attributes) = &received[&event_id.to_string()];
        assert_eq!(envelope["Message"], message);
        let names: BTreeSet<&str> = attributes.keys().map(String::as_str).collect();
        let expected: &[&str] = if message == "{\"n\":1}" {
            &["eventId", "eventType", "replay", "traceparent"]
        } else {
            &["eventId", "eventType"]
        };
        assert_eq!(names, expected.iter().copied().collect());
    }

    let audit = aws.sqs.get_queue_url().queue_name(&names.audit).send().await.unwrap();
    let bodies: BTreeSet<String> = receive(&aws.sqs, audit.queue_url().unwrap(), 11).await.into_iter().collect();
    assert_eq!(bodies.len(), 11);
    eventually("all are deleted", async || database.audit_left().await == 0).await;
    database.all_sent().await;
    relays.stop().await;
}

#[tokio::test]
async fn the_local_set_up_makes_topic_and_queues_with_dead_letters() {
    let (database, names) = (TestDatabase::new().await, Names::new());
    let dlq = format!("{}-dlq", names.inbound);
    let mut set = names.settings().to_vec();
    set.push(("HMPPS_SQS_QUEUES_UPDATECELLCERTIFICATE_DLQ_NAME", &dlq));
    let settings = settings(&database, &server(), &set);
    let aws = Aws::new(&settings.queues).await;
    assert!(queue_depth(&aws.sqs, &names.inbound).await.is_err());
    let relays = TestRelays::with(&database, &server(), &set);
    eventually("the queues are there", async || queue_depth(&aws.sqs, &names.inbound).await.is_ok()).await;
    let depth = queue_depth(&aws.sqs, &names.inbound).await.unwrap();
    assert_eq!((depth.visible.as_str(), depth.redrive_policy.is_some()), ("0", true));

    let state = health::Health::starting();
    state.set_checks(health::messaging(&settings.queues, &aws));
    let report = state.report().await;
    let component = |name: &str| serde_json::to_value(&report.components[name]).unwrap();
    assert_eq!(
        component("updatecellcertificate-health"),
        serde_json::json!({"status": "UP", "details": {
            "queueName": names.inbound, "messagesOnQueue": "0", "messagesInFlight": "0",
            "dlqStatus": "UP", "dlqName": dlq, "messagesOnDlq": "0"
        }})
    );
    assert_eq!(component("audit-health")["details"]["messagesOnQueue"], "0");
    assert_eq!(
        component("domainevents-health"),
        serde_json::json!({"status": "UP", "details": {
            "topicArn": names.topic, "subscriptionsConfirmed": "0", "subscriptionsPending": "0"
        }})
    );
    relays.stop().await;
}

#[tokio::test]
async fn a_missing_queue_is_down() {
    let (database, names) = (TestDatabase::new().await, Names::new());
    let settings = settings(&database, &server(), &names.settings());
    let aws = Aws::new(&settings.queues).await;
    let state = health::Health::starting();
    state.set_checks(health::messaging(&settings.queues, &aws));
    let report = serde_json::to_value(&*state.report().await).unwrap();
    assert_eq!(report["status"], "DOWN");
    assert_eq!(report["components"]["audit-health"]["details"]["queueName"], names.audit);
    assert!(report["components"]["audit-health"]["details"]["error"].is_string());
}
