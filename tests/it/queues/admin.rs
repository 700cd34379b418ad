//! Administration of queues (07 section 4.4).

use std::sync::{Arc, Mutex};

use axum::http::HeaderMap;
use axum::response::IntoResponse;
use serde_json::{Value, json};

use crate::support::queues::TestQueues;
use crate::support::service::TestService;

const ADMIN: &str = "QUEUE_ADMIN";

async fn service(queues: &TestQueues) -> TestService {
    TestService::with(&queues.environment()).await
}

async fn put(service: &TestService, path: &str) -> Value {
    service.put(&format!("/queue-admin/{path}")).role(ADMIN).send().await.expect(200)
}

#[tokio::test]
async fn dead_letters_are_shown_retried_and_purged() {
    let queues = TestQueues::make().await;
    let service = service(&queues).await;
    let dlq = queues.external_dlq();
    queues.send(dlq, r#"{"eventType": "TestEvent"}"#).await;
    queues.send(dlq, "not JSON").await;

    let shown = service.get(&format!("/queue-admin/get-dlq-messages/{dlq}")).role(ADMIN).send().await.expect(200);
    assert_eq!((&shown["messagesFoundCount"], &shown["messagesReturnedCount"]), (&json!(2), &json!(2)));
    let mut bodies: Vec<String> =
        shown["messages"].as_array().unwrap().iter().map(|message| message["body"].to_string()).collect();
    bodies.sort();
    assert_eq!(bodies, [r#"{"eventType":"TestEvent"}"#, r#"{"text":"not JSON"}"#]);
    assert!(shown["messages"][0]["messageId"].as_str().is_some_and(|id| !id.is_empty()));

    queues.holds(dlq, 2).await;
    let one = service.get(&format!("/queue-admin/get-dlq-messages/{dlq}?maxMessages=1")).role(ADMIN).send().await;
    assert_eq!(one.expect(200)["messagesReturnedCount"], 1);
    let none = service.get(&format!("/queue-admin/get-dlq-messages/{dlq}?maxMessages=0")).role(ADMIN).send().await;
    assert_eq!(
        none.expect(200),
        json!({"messagesFoundCount": none.json()["messagesFoundCount"], "messagesReturnedCount": 0, "messages": []})
    );

    queues.holds(dlq, 2).await;
    assert_eq!(put(&service, &format!("retry-dlq/{dlq}")).await, json!({"messagesFoundCount": 2}));
    queues.holds(dlq, 0).await;
    queues.holds(queues.external(), 2).await;
    assert_eq!(put(&service, &format!("retry-dlq/{dlq}")).await, json!({"messagesFoundCount": 0}));

    let purge = format!("purge-queue/{}", queues.external());
    assert_eq!(put(&service, &purge).await, json!({"messagesFoundCount": 2}));
    queues.holds(queues.external(), 0).await;
    assert_eq!(put(&service, &purge).await, json!({"messagesFoundCount": 0}));
}

#[tokio::test]
async fn all_dead_letter_queues_are_retried_in_the_order_of_the_settings() {
    let queues = TestQueues::make().await;
    let service = service(&queues).await;
    queues.send(queues.uploads_dlq(), "{}").await;
    // The queue of the audit messages has no dead-letter queue.
    let expected = json!([{"messagesFoundCount": 0}, {"messagesFoundCount": 0}, {"messagesFoundCount": 1}]);
    assert_eq!(put(&service, "retry-all-dlqs").await, expected);
    queues.holds(queues.uploads(), 1).await;
    let purged = put(&service, &format!("purge-queue/{}", queues.uploads_dlq())).await;
    assert_eq!(purged, json!({"messagesFoundCount": 0}));
}

#[tokio::test]
async fn queues_that_are_not_there_and_that_of_the_audit_messages_are_not_found() {
    let queues = TestQueues::make().await;
    let service = service(&queues).await;
    let audit = queues.settings.audit.clone().unwrap();
    for path in [
        "retry-dlq/nothing".to_owned(),
        format!("retry-dlq/{}", queues.external()),
        "purge-queue/nothing".to_owned(),
        format!("purge-queue/{audit}"),
    ] {
        let refused = service.put(&format!("/queue-admin/{path}")).role(ADMIN).send().await;
        refused.refused(404, None);
        assert_eq!(refused.json()["userMessage"], refused.json()["developerMessage"], "{path}");
    }
    service.get("/queue-admin/get-dlq-messages/nothing").role(ADMIN).send().await.refused(404, None);
}

#[tokio::test]
async fn the_role_is_that_of_the_setting_and_retrying_all_needs_it_too() {
    let queues = TestQueues::on("http://127.0.0.1:9").await;
    let mut settings = queues.environment();
    settings.push(("HMPPS_SQS_QUEUEADMINROLE", "ROLE_PLUMBER"));
    let service = TestService::with(&settings).await;
    service.put("/queue-admin/retry-all-dlqs").send().await.refused(403, None);
    service.put("/queue-admin/retry-all-dlqs").role(ADMIN).send().await.refused(403, None);
    // It is let in, and SQS is away: not our failure, and nothing of where it is said.
    let text = service.put("/queue-admin/retry-all-dlqs").role("PLUMBER").send().await.refused(502, None);
    assert!(!text.contains("127.0.0.1"), "{text}");
}

/// What AWS is asked for, which the test server does not know: to move messages from one queue to the other.
#[tokio::test]
async fn on_aws_a_move_task_is_started() {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let noted = asked.clone();
    let answer = move |headers: HeaderMap, body: String| {
        let target = headers["x-amz-target"].to_str().unwrap().trim_start_matches("AmazonSQS.").to_owned();
        let body: Value = serde_json::from_str(&body).unwrap();
        let name = body["QueueName"].as_str().or(body["QueueUrl"].as_str()).unwrap_or_default();
        let name = name.rsplit('/').next().unwrap_or_default().to_owned();
        let answer = match target.as_str() {
            "GetQueueUrl" => json!({"QueueUrl": format!("http://sqs/1/{name}")}),
            "GetQueueAttributes" => json!({"Attributes": {
                "ApproximateNumberOfMessages": "3", "QueueArn": format!("arn:aws:sqs:eu-west-2:1:{name}")
            }}),
            _ => {
                noted.lock().unwrap().push((target, body));
                json!({"TaskHandle": "t"})
            }
        };
        async move { axum::Json(answer).into_response() }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, axum::Router::new().fallback(answer)).await });

    let queues = TestQueues::on(&url).await;
    let service = service(&queues).await;
    let retried = put(&service, &format!("retry-dlq/{}", queues.external_dlq())).await;
    assert_eq!(retried, json!({"messagesFoundCount": 3}));
    let expected = json!({
        "SourceArn": format!("arn:aws:sqs:eu-west-2:1:{}", queues.external_dlq()),
        "DestinationArn": format!("arn:aws:sqs:eu-west-2:1:{}", queues.external())
    });
    assert_eq!(*asked.lock().unwrap(), [("StartMessageMoveTask".to_owned(), expected)]);
}
