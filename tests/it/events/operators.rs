//! What operators do: pause, adopt, discard, retry, look.

use std::process::{Command, Output};
use std::time::Duration;

use serde_json::json;

use crate::support::aws::{Answer, FakeAws};
use crate::support::database::TestDatabase;
use crate::support::relays::{TOPIC, TestRelays, eventually};
use crate::support::service::TestService;

/// Runs `events ...` on this database, as an operator whose environment is this.
async fn events(database: &TestDatabase, environment: &str, arguments: &[&str]) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_locations-inside-prison-api"));
    command
        .env_clear()
        .env("DATABASE_URL", database.url())
        .env("HMPPS_SQS_TOPICS_DOMAINEVENTS_ARN", TOPIC)
        .env("EVENTS_ENVIRONMENT", environment)
        .arg("events")
        .args(arguments);
    let output: Output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let text = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    (output.status.code().unwrap(), text)
}

#[tokio::test]
async fn events_wait_while_publishing_is_paused_and_audit_does_not() {
    let (aws, database) = (FakeAws::start().await, TestDatabase::new().await);
    let relays = TestRelays::start(&database, &aws.url);
    relays.is_at_work().await;
    let (code, text) = events(&database, "test", &["pause", "--by", "ANNA"]).await;
    assert_eq!((code, text.as_str()), (0, "Paused: within a second no event is published any more\n"));
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    database.write_events("LEI", &[1, 2]).await;
    database.write_audit(3).await;
    relays.wake.notify();
    eventually("audit messages are sent", async || database.audit_left().await == 0).await;
    let (code, text) = events(&database, "test", &["status"]).await;
    assert_eq!(code, 0);
    assert!(text.contains("publishing:     no: paused by ANNA at "), "{text}");
    assert!(text.contains("events:         2 unsent (the oldest for "), "{text}");
    assert_eq!(aws.published(), []);
    assert_eq!(events(&database, "test", &["resume"]).await.0, 0);
    database.all_sent().await;
    assert_eq!(aws.published().len(), 2);
    let (code, text) = events(&database, "test", &["status"]).await;
    assert!(code == 0 && text.contains("publishing:     yes\n"), "{text}");
    assert!(text.contains(&format!("outbox of:      {TOPIC}\n")), "{text}");
    assert!(text.contains("events:         0 unsent, 0 set aside\n"), "{text}");
    relays.stop().await;
}

/// An outbox of production that was copied, with an event and an audit message in it, and relays of another environment.
async fn copied_outbox() -> (FakeAws, TestDatabase, TestRelays) {
    let (aws, database) = (FakeAws::start().await, TestDatabase::new().await);
    database
        .execute(&format!(
            "UPDATE locations_service.outbox_control SET environment = 'prod', topic_arn = '{TOPIC}', changed_at = now()"
        ))
        .await;
    database.write_events("LEI", &[1]).await;
    database.write_audit(1).await;
    let relays = TestRelays::with(&database, &aws.url, &[("EVENTS_ENVIRONMENT", "preprod")]);
    relays.is_at_work().await;
    (aws, database, relays)
}

/// A relay that were to send something would have done so by then.
async fn nothing_is_sent(aws: &FakeAws, relays: &TestRelays) {
    for _ in 0..15 {
        relays.wake.notify();
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert_eq!((aws.published().len(), aws.audited().len()), (0, 0));
    }
}

#[tokio::test]
async fn a_copy_does_not_speak_for_the_original_until_it_is_adopted() {
    let (aws, database, relays) = copied_outbox().await;
    nothing_is_sent(&aws, &relays).await;
    let (code, text) = events(&database, "preprod", &["status"]).await;
    assert_eq!(code, 3, "an operator is needed");
    assert!(text.contains("no: the outbox belongs to another environment or topic"), "{text}");
    assert!(text.contains(&format!("outbox of:      prod, {TOPIC}\n")), "{text}");
    let (code, text) = events(&database, "preprod", &["adopt"]).await;
    assert_eq!((code, text), (0, format!("The outbox of prod, {TOPIC} is now that of preprod, {TOPIC}\n")));
    database.all_sent().await;
    eventually("the audit message is sent", async || database.audit_left().await == 0).await;
    assert_eq!((aws.published().len(), aws.audited().len()), (1, 1));
    relays.stop().await;
}

#[tokio::test]
async fn a_copy_can_forget_what_the_original_had_to_say() {
    let (aws, database, relays) = copied_outbox().await;
    let (code, text) = events(&database, "preprod", &["discard"]).await;
    assert_eq!(code, 1, "nothing is deleted without --yes");
    assert!(text.contains("holds 1 events and 1 audit messages; --yes deletes them"), "{text}");
    assert_eq!(database.unsent().await, 1);
    let (code, text) = events(&database, "preprod", &["discard", "--yes"]).await;
    assert_eq!(code, 0);
    assert!(text.starts_with("1 events and 1 audit messages of prod, "), "{text}");
    database.write_events("LEI", &[2]).await;
    database.all_sent().await;
    assert_eq!(aws.published().len(), 1, "what is written later is published");
    let (code, text) = events(&database, "preprod", &["discard", "--yes"]).await;
    assert_eq!(code, 1);
    assert!(text.contains("what waits in it is ours to send"), "{text}");
    relays.stop().await;
}

#[tokio::test]
async fn the_first_start_claims_an_outbox_and_another_environment_finds_it_taken() {
    let (aws, database) = (FakeAws::start().await, TestDatabase::new().await);
    database.write_events("LEI", &[1]).await;
    let relays = TestRelays::with(&database, &aws.url, &[("EVENTS_ENVIRONMENT", "prod")]);
    database.all_sent().await;
    relays.stop().await;
    database.write_events("LEI", &[1]).await;
    // Without a topic, events would go to the log: those of an outbox that has one must not.
    for other in [("EVENTS_ENVIRONMENT", "dev"), ("HMPPS_SQS_TOPICS_DOMAINEVENTS_ARN", "")] {
        let relays = TestRelays::with(&database, &aws.url, &[other]);
        relays.is_at_work().await;
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        assert_eq!((database.unsent().await, aws.published().len()), (1, 1), "{other:?}");
        relays.stop().await;
    }
}

#[tokio::test]
async fn without_a_topic_events_go_to_the_log() {
    let (aws, database) = (FakeAws::start().await, TestDatabase::new().await);
    database.write_events("LEI", &[1, 1, 2]).await;
    let relays = TestRelays::with(&database, &aws.url, &[("HMPPS_SQS_TOPICS_DOMAINEVENTS_ARN", "")]);
    database.all_sent().await;
    assert_eq!(aws.published(), []);
    relays.stop().await;
}

#[tokio::test]
async fn what_was_set_aside_can_be_retried_unless_it_was_overtaken() {
    let (aws, database) = (FakeAws::start().await, TestDatabase::new().await);
    aws.sns_mood(|batch| {
        let refused = Err(("InvalidParameter", "Invalid parameter: Message"));
        // The first event of each location is refused.
        let bad = |message: &str| message == "{\"n\":1}" || message == "{\"n\":2}";
        Answer::Entries(batch.iter().map(|entry| if bad(&entry.message) { refused } else { Ok(()) }).collect())
    });
    database.write_events("LEI", &[1, 2, 1]).await;
    let relays = TestRelays::start(&database, &aws.url);
    database.all_sent().await;
    let (code, text) = events(&database, "test", &["status"]).await;
    assert_eq!(code, 3);
    assert!(text.contains("events:         0 unsent, 2 set aside\n"), "{text}");
    assert_eq!(text.matches("  set aside: ").count(), 2, "{text}");
    assert!(text.contains("location.inside.prison.amended LEI-1 after 1 attempts: InvalidParameter"), "{text}");
    aws.sns_mood(Answer::all);
    let (code, text) = events(&database, "test", &["retry"]).await;
    assert_eq!(code, 3);
    assert!(text.starts_with("1 events are sent again\n1 events stay aside"), "{text}");
    eventually("the other one is sent", async || aws.published().len() == 2).await;
    assert_eq!(aws.published()[1].message, "{\"n\":2}");
    let (code, text) = events(&database, "test", &["discard", "--set-aside", "--yes"]).await;
    assert_eq!((code, text.as_str()), (0, "1 events deleted\n0 audit messages deleted\n"));
    relays.stop().await;
}

#[tokio::test]
async fn an_overtaken_event_is_sent_again_only_when_it_is_asked_for() {
    let database = TestDatabase::new().await;
    database.write_events("LEI", &[1, 1]).await;
    database
        .execute(
            "UPDATE locations_service.domain_event SET sent_at = now() WHERE message = '{\"n\":2}';
             UPDATE locations_service.domain_event SET set_aside_at = now(), set_aside_reason = 'bad'
             WHERE message = '{\"n\":1}'",
        )
        .await;
    assert_eq!(events(&database, "test", &["retry"]).await.0, 3);
    assert_eq!(database.unsent().await, 0);
    assert_eq!(events(&database, "test", &["retry", "--overtaken"]).await.0, 0);
    assert_eq!(database.unsent().await, 1);
}

#[tokio::test]
async fn published_events_are_pruned_after_their_time() {
    let (aws, database) = (FakeAws::start().await, TestDatabase::new().await);
    database.write_events("LEI", &[7; 2_500]).await;
    database
        .execute(
            "UPDATE locations_service.domain_event SET sent_at = now() - interval '3 days';
             UPDATE locations_service.domain_event SET sent_at = now() - interval '1 day' WHERE message = '{\"n\":1}';
             UPDATE locations_service.domain_event SET sent_at = NULL, set_aside_at = now() - interval '9 days'
             WHERE message = '{\"n\":2}'",
        )
        .await;
    let relays = TestRelays::with(&database, &aws.url, &[("EVENTS_RETENTION_DAYS", "2")]);
    let count = async || -> i64 { database.value("SELECT count(*) FROM locations_service.domain_event").await };
    eventually("old events are gone", async || count().await == 2).await;
    let left: i64 = database
        .value("SELECT count(*) FROM locations_service.domain_event WHERE message IN ('{\"n\":1}', '{\"n\":2}')")
        .await;
    assert_eq!(left, 2, "what is younger and what was set aside stays");
    relays.stop().await;
}

#[tokio::test]
async fn administrators_pause_and_resume_over_http() {
    let service = TestService::start().await;
    service.database.write_events("LEI", &[1]).await;
    let state = service.get("/events/status").role("QUEUE_ADMIN").send().await.expect(200);
    assert_eq!(state["publishing"], true);
    assert_eq!(state["relay"], "NOT_CONNECTED", "no relay runs in this process");
    assert_eq!(state["events"]["unsent"], 1);
    assert_eq!(state["audit"], json!({"unsent": 0, "lagSeconds": 0, "setAside": 0}));
    let state = service.put("/events/pause").role("QUEUE_ADMIN").send().await.expect(200);
    assert_eq!((&state["publishing"], &state["standingStill"]), (&json!(false), &json!("PAUSED")));
    assert_eq!(state["changedBy"], "TEST_USER");
    let paused: bool = service.database.value("SELECT paused FROM locations_service.outbox_control").await;
    assert!(paused);
    let state = service.put("/events/resume").role("QUEUE_ADMIN").send().await.expect(200);
    assert_eq!(state["publishing"], true);
}

#[tokio::test]
async fn others_may_not_pause() {
    let service = TestService::start().await;
    for path in ["/events/pause", "/events/resume"] {
        assert_eq!(service.put(path).anonymous().send().await.status, 401);
        assert_eq!(service.put(path).role("SYNC_LOCATIONS").write().send().await.status, 403);
    }
    assert_eq!(service.get("/events/status").anonymous().send().await.status, 401);
    assert_eq!(service.get("/events/status").role("VIEW_LOCATIONS").send().await.status, 403);
    let paused: bool = service.database.value("SELECT paused FROM locations_service.outbox_control").await;
    assert!(!paused);
}
