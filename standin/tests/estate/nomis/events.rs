//! What the triggers put into the outbox, and what the publisher makes of it (08 section 6.2).

use std::time::{Duration, Instant};

use aws_sdk_sqs::types::QueueAttributeName;
use serde_json::{Value, json};
use standin::common::aws::Aws;

use super::Nomis;
use crate::support::settings;

#[tokio::test]
async fn one_save_raises_an_event_for_each_row_that_it_changes() {
    let nomis = Nomis::start().await;
    let new = json!({ "prisonId": "LEI", "locationCode": "A", "locationType": "WING",
                      "profiles": [{ "profileType": "HOU_UNIT_ATT", "profileCode": "SC" }],
                      "usages": [{ "internalLocationUsageType": "VISIT" }] });
    let id = nomis.operator.post("/standin/screens/OIMMHOLO/locations", new).await.body["locationId"].clone();
    let events = nomis.events().await;
    let types: Vec<&str> = events.iter().map(|e| e["eventType"].as_str().unwrap()).collect();
    assert_eq!(
        types,
        ["AGENCY_INTERNAL_LOCATIONS-UPDATED", "AGY_INT_LOC_PROFILES-UPDATED", "INT_LOC_USAGE_LOCATIONS-UPDATED"]
    );
    let mut first = events[0].as_object().unwrap().clone();
    assert!(first.remove("eventDatetime").is_some_and(|at| at.as_str().unwrap().len() == 19));
    let expected = json!({
        "eventType": "AGENCY_INTERNAL_LOCATIONS-UPDATED", "nomisEventType": "AGENCY_INTERNAL_LOCATIONS-UPDATED",
        "internalLocationId": id, "prisonId": "LEI", "description": "LEI-A", "recordDeleted": false, "auditModuleName": "OIMMHOLO",
    });
    assert_eq!(Value::Object(first), expected);
    assert!(events[2]["usageLocationId"].is_i64());
    assert_eq!(events[1].get("prisonId"), None);

    nomis.forget_events().await;
    let path = format!("/standin/screens/OIMMHOLO/locations/{id}");
    nomis.operator.patch(&path, json!({ "locationCode": "B" })).await;
    let moved = &nomis.events().await[0];
    assert_eq!((&moved["description"], &moved["oldDescription"]), (&json!("LEI-B"), &json!("LEI-A")));
    nomis.forget_events().await;
    nomis.operator.patch(&path, json!({ "locationCode": "B" })).await;
    assert_eq!(nomis.events().await, Vec::<Value>::new());
    nomis.operator.delete(&path).await;
    let deleted: Vec<bool> = nomis.events().await.iter().map(|e| e["recordDeleted"].as_bool().unwrap()).collect();
    assert_eq!(deleted, [true; 3]);
    // Somebody with SQL, whose search path is not that of NOMIS.
    let mut by_hand = nomis.pool.acquire().await.unwrap();
    for sql in [
        "set search_path to public",
        "insert into nomis.agency_internal_locations (internal_location_code, agy_loc_id, internal_location_type, description)
         values ('S', 'LEI', 'CELL', 'LEI-S')",
        "set search_path to nomis",
    ] {
        sqlx::query(sql).execute(&mut *by_hand).await.unwrap();
    }
    assert_eq!(nomis.events().await[3].get("auditModuleName"), None, "SQL has no module");
}

/// A topic of its own with a queue that gets everything.
struct Topic {
    aws: Aws,
    arn: String,
    queue_url: String,
}

impl Topic {
    async fn new() -> Self {
        let endpoint = std::env::var("TEST_AWS_ENDPOINT_URL").unwrap();
        let aws = Aws::new(&settings(&["--aws-endpoint-url", &endpoint])).await;
        let name = format!("prison-events-{}", uuid::Uuid::new_v4());
        let arn = aws.sns.create_topic().name(&name).send().await.unwrap().topic_arn.unwrap();
        let queue_url = aws.sqs.create_queue().queue_name(&name).send().await.unwrap().queue_url.unwrap();
        let attributes =
            aws.sqs.get_queue_attributes().queue_url(&queue_url).attribute_names(QueueAttributeName::QueueArn);
        let attributes = attributes.send().await.unwrap().attributes.unwrap();
        let queue_arn = &attributes[&QueueAttributeName::QueueArn];
        aws.sns.subscribe().topic_arn(&arn).protocol("sqs").endpoint(queue_arn).send().await.unwrap();
        Self { aws, arn, queue_url }
    }

    /// The next messages, as many as this.
    async fn receive(&self, number: usize) -> Vec<Value> {
        let until = Instant::now() + Duration::from_secs(20);
        let mut found = Vec::new();
        while found.len() < number {
            assert!(Instant::now() < until, "only {found:?}");
            let receive = self
                .aws
                .sqs
                .receive_message()
                .queue_url(&self.queue_url)
                .max_number_of_messages(10)
                .wait_time_seconds(1);
            for message in receive.send().await.unwrap().messages.unwrap_or_default() {
                found.push(serde_json::from_str(message.body.as_deref().unwrap()).unwrap());
                let receipt = message.receipt_handle.unwrap();
                self.aws.sqs.delete_message().queue_url(&self.queue_url).receipt_handle(receipt).send().await.unwrap();
            }
        }
        found
    }
}

fn key(message: &Value) -> String {
    let event: Value = serde_json::from_str(message["Message"].as_str().unwrap()).unwrap();
    event["description"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_publisher_sends_each_event_with_its_attributes_and_empties_the_outbox() {
    let topic = Topic::new().await;
    let nomis = Nomis::publishing_to(Some(&topic.arn)).await;
    nomis.create("A", None, json!({})).await;
    let message = topic.receive(1).await.remove(0);
    assert_eq!(message["Type"], "Notification");
    assert_eq!(message["MessageAttributes"]["eventType"]["Value"], "AGENCY_INTERNAL_LOCATIONS-UPDATED");
    assert!(message["MessageAttributes"]["publishedAt"]["Value"].is_string());
    assert_eq!(key(&message), "LEI-A");
    let until = Instant::now() + Duration::from_secs(10);
    while nomis.operator.get("/standin/quiet").await.status != 200 {
        assert!(Instant::now() < until);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn publications_are_dropped_doubled_held_and_retried_on_purpose() {
    let topic = Topic::new().await;
    let nomis = Nomis::publishing_to(Some(&topic.arn)).await;
    for (code, action) in [
        ("DROP", json!("drop")),
        ("TWICE", json!("duplicate")),
        ("LATE", json!({ "hold": 2 })),
        ("AGAIN", json!("reset")),
    ] {
        let rule = json!({ "at": "nomis.publish", "phase": "before", "action": action, "match": { "description": format!("LEI-{code}") } });
        assert_eq!(nomis.operator.post("/standin/faults", rule).await.status, 201);
    }
    for code in ["DROP", "LATE", "TWICE", "AGAIN", "LAST"] {
        nomis.create(code, None, json!({})).await;
    }
    let mut keys: Vec<String> = topic.receive(5).await.iter().map(key).collect();
    keys.sort();
    assert_eq!(keys, ["LEI-AGAIN", "LEI-LAST", "LEI-LATE", "LEI-TWICE", "LEI-TWICE"]);
}
