//! Audit messages on their way to SQS.

use std::collections::HashSet;

use crate::support::aws::{Answer, FakeAws};
use crate::support::database::TestDatabase;
use crate::support::relays::{TestRelays, eventually};

#[tokio::test]
async fn audit_messages_go_in_batches_and_are_deleted() {
    let (aws, database) = (FakeAws::start().await, TestDatabase::new().await);
    database.write_audit(250).await;
    let relays = TestRelays::start(&database, &aws.url);
    eventually("all are sent", async || database.audit_left().await == 0).await;
    let sent = aws.audited();
    let different: HashSet<&str> = sent.iter().map(|entry| entry.message.as_str()).collect();
    assert_eq!((sent.len(), different.len()), (250, 250));
    assert_eq!(sent.iter().filter(|entry| !entry.attribute("traceparent").is_empty()).count(), 125);
    assert_eq!(aws.audit_batches(), [10; 25]);
    relays.stop().await;
}

#[tokio::test]
async fn two_replicas_send_each_message_once() {
    let (aws, database) = (FakeAws::start().await, TestDatabase::new().await);
    database.write_audit(600).await;
    let (first, second) = (TestRelays::start(&database, &aws.url), TestRelays::start(&database, &aws.url));
    eventually("all are sent", async || database.audit_left().await == 0).await;
    let different: HashSet<String> = aws.audited().into_iter().map(|entry| entry.message).collect();
    assert_eq!((aws.audited().len(), different.len()), (600, 600));
    first.stop().await;
    second.stop().await;
}

#[tokio::test]
async fn an_outage_of_the_audit_queue_delays_no_event_and_loses_nothing() {
    let (aws, database) = (FakeAws::start().await, TestDatabase::new().await);
    aws.sqs_mood(|_| Answer::outage());
    database.write_audit(50).await;
    let relays = TestRelays::start(&database, &aws.url);
    eventually("the outage is met", async || !aws.audit_batches().is_empty()).await;
    database.write_events("LEI", &[1, 2]).await;
    relays.wake.notify();
    database.all_sent().await;
    assert_eq!(database.audit_left().await, 50);
    aws.sqs_mood(Answer::all);
    eventually("all are sent", async || database.audit_left().await == 0).await;
    assert_eq!(aws.audited().len(), 50);
    relays.stop().await;
}

#[tokio::test]
async fn a_message_that_is_refused_is_set_aside() {
    let (aws, database) = (FakeAws::start().await, TestDatabase::new().await);
    aws.sqs_mood(|batch| {
        if batch.iter().any(|entry| entry.message.contains("\"n\": 7,")) {
            Answer::Fails(400, "InvalidMessageContents", "characters outside the allowed set")
        } else {
            Answer::all(batch)
        }
    });
    database.write_audit(12).await;
    let relays = TestRelays::start(&database, &aws.url);
    eventually("one is left", async || database.audit_left().await == 1).await;
    eventually("it is set aside", async || {
        let reason: Option<String> =
            database.value("SELECT max(set_aside_reason) FROM locations_service.audit_message").await;
        reason.is_some_and(|reason| reason.contains("InvalidMessageContents"))
    })
    .await;
    assert_eq!(aws.audited().len(), 11);
    relays.stop().await;
}

#[tokio::test]
async fn a_message_that_fails_by_itself_is_tried_again() {
    let (aws, database) = (FakeAws::start().await, TestDatabase::new().await);
    let mut n = 0;
    aws.sqs_mood(move |batch| {
        let mut result = || {
            n += 1;
            if n % 5 == 0 { Err(("InternalError", "try again")) } else { Ok(()) }
        };
        Answer::Entries(batch.iter().map(|_| result()).collect())
    });
    database.write_audit(30).await;
    let relays = TestRelays::start(&database, &aws.url);
    eventually("all are sent", async || database.audit_left().await == 0).await;
    assert_eq!(aws.audited().len(), 30);
    relays.stop().await;
}
