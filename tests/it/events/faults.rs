//! What fails, and what must hold nevertheless: nothing lost, the order of each location, nothing twice without need.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::aws::{Answer, Entry, FakeAws};
use crate::support::database::TestDatabase;
use crate::support::relays::{TestRelays, assert_nothing_twice, eventually};

/// Events of a few locations each, many times over, as when each change makes two of them.
async fn write_busy_day(database: &TestDatabase) {
    for round in 0..4_u128 {
        for (prison, first) in [("LEI", 100), ("MDI", 200), ("BXI", 300)] {
            let locations: Vec<u128> =
                (0..20).flat_map(|n| [first + (n + round) % 7, first + (n + round) % 7]).collect();
            database.write_events(prison, &locations).await;
        }
        database.write_events("WWI", &[400 + round]).await;
    }
}

#[tokio::test]
async fn each_location_keeps_its_order_and_nothing_goes_twice() {
    let (aws, database) = (FakeAws::start().await, TestDatabase::new().await);
    write_busy_day(&database).await;
    let relays = TestRelays::start(&database, &aws.url);
    relays.is_at_work().await;
    write_busy_day(&database).await;
    relays.wake.notify();
    database.all_sent().await;
    database.assert_published_in_order(&aws.published()).await;
    assert_nothing_twice(&aws.published());
    let batches = aws.batches();
    assert!(batches.iter().all(|entries| *entries <= 10), "{batches:?}");
    assert!(batches.len() < aws.published().len() / 2, "events share batches: {batches:?}");
    relays.stop().await;
}

#[tokio::test]
async fn single_entries_that_fail_are_not_overtaken() {
    let (aws, database) = (FakeAws::start().await, TestDatabase::new().await);
    write_busy_day(&database).await;
    let mut n = 0;
    aws.sns_mood(move |batch| {
        Answer::Entries(
            batch
                .iter()
                .map(|_| {
                    n += 1;
                    if n % 13 == 0 { Err(("InternalError", "try again")) } else { Ok(()) }
                })
                .collect(),
        )
    });
    let relays = TestRelays::start(&database, &aws.url);
    database.all_sent().await;
    database.assert_published_in_order(&aws.published()).await;
    assert_nothing_twice(&aws.published());
    let tried: i64 = database.value("SELECT count(*) FROM locations_service.domain_event WHERE attempts > 0").await;
    assert!(tried > 0, "failures are written down");
    relays.stop().await;
}

#[tokio::test]
async fn after_an_outage_all_events_arrive_in_order() {
    let (aws, database) = (FakeAws::start().await, TestDatabase::new().await);
    aws.sns_mood(|_| Answer::outage());
    let relays = TestRelays::start(&database, &aws.url);
    relays.is_at_work().await;
    write_busy_day(&database).await;
    relays.wake.notify();
    eventually("the outage is seen", async || relays.report().last_failure.is_some()).await;
    eventually("prisons wait", async || relays.report().waiting_prisons == 4).await;
    assert!(relays.report().last_failure.unwrap().contains("ServiceUnavailable"));
    aws.sns_mood(Answer::all);
    database.all_sent().await;
    database.assert_published_in_order(&aws.published()).await;
    assert_nothing_twice(&aws.published());
    eventually("the outage is forgotten", async || relays.report().last_failure.is_none()).await;
    relays.stop().await;
}

#[tokio::test]
async fn events_wait_while_nobody_answers_at_all() {
    let database = TestDatabase::new().await;
    // A port that nobody listens on.
    let nobody = "http://127.0.0.1:9";
    let relays = TestRelays::start(&database, nobody);
    database.write_events("LEI", &[1, 2, 1]).await;
    eventually("the failure is seen", async || relays.report().last_failure.is_some()).await;
    assert_eq!(database.unsent().await, 3);
    let aside: i64 =
        database.value("SELECT count(*) FROM locations_service.domain_event WHERE set_aside_at IS NOT NULL").await;
    assert_eq!(aside, 0);
    relays.stop().await;
    let aws = FakeAws::start().await;
    let relays = TestRelays::start(&database, &aws.url);
    database.all_sent().await;
    database.assert_published_in_order(&aws.published()).await;
    relays.stop().await;
}

fn is_poison(entry: &Entry) -> bool {
    let message: Value = serde_json::from_str(&entry.message).unwrap();
    message["n"] == 3
}

#[tokio::test]
async fn a_refused_entry_is_set_aside_and_the_others_go_on() {
    let (aws, database) = (FakeAws::start().await, TestDatabase::new().await);
    aws.sns_mood(|batch| {
        let refused = Err(("InvalidParameter", "Invalid parameter: Message too long"));
        Answer::Entries(batch.iter().map(|entry| if is_poison(entry) { refused } else { Ok(()) }).collect())
    });
    database.write_events("LEI", &[1, 2, 3, 4, 3, 5]).await;
    let relays = TestRelays::start(&database, &aws.url);
    database.all_sent().await;
    assert_eq!(aws.published().len(), 5);
    let reason: String = database
        .value("SELECT set_aside_reason FROM locations_service.domain_event WHERE set_aside_at IS NOT NULL")
        .await;
    assert_eq!(reason, "InvalidParameter: Invalid parameter: Message too long");
    relays.stop().await;
}

#[tokio::test]
async fn a_batch_refused_as_a_whole_is_taken_apart() {
    let (aws, database) = (FakeAws::start().await, TestDatabase::new().await);
    aws.sns_mood(|batch| {
        if batch.iter().any(is_poison) {
            Answer::Fails(400, "InvalidParameter", "Invalid parameter: Message Reason: bad characters")
        } else {
            Answer::all(batch)
        }
    });
    database.write_events("LEI", &[1, 2, 3, 1, 2, 3]).await;
    let relays = TestRelays::start(&database, &aws.url);
    database.all_sent().await;
    assert_eq!(aws.published().len(), 5);
    assert_nothing_twice(&aws.published());
    let aside: Vec<Value> = serde_json::from_value(
        database
            .value(
                "SELECT jsonb_agg(message::jsonb) FROM locations_service.domain_event WHERE set_aside_at IS NOT NULL",
            )
            .await,
    )
    .unwrap();
    assert_eq!(aside, [serde_json::json!({"n": 3})]);
    relays.stop().await;
}

#[tokio::test]
async fn a_wrong_topic_sets_nothing_aside() {
    let (aws, database) = (FakeAws::start().await, TestDatabase::new().await);
    aws.sns_mood(|_| Answer::Fails(400, "InvalidParameter", "Invalid parameter: TopicArn Reason: no such"));
    database.write_events("LEI", &[1]).await;
    let relays = TestRelays::start(&database, &aws.url);
    eventually("the failure is seen", async || relays.report().last_failure.is_some()).await;
    assert_eq!(database.unsent().await, 1);
    relays.stop().await;
}

#[tokio::test]
async fn one_relay_works_and_another_takes_over_when_it_is_killed() {
    let (aws, database) = (FakeAws::start().await, TestDatabase::new().await);
    let first = TestRelays::start(&database, &aws.url);
    first.is_at_work().await;
    let second = TestRelays::start(&database, &aws.url);
    second.is_standing_by().await;
    database.write_events("LEI", &[1, 2, 3]).await;
    second.wake.notify();
    database.all_sent().await;
    assert_nothing_twice(&aws.published());
    aws.sns_delay(Duration::from_millis(20));
    write_busy_day(&database).await;
    first.wake.notify();
    eventually("it is in the middle of it", async || aws.published().len() > 20).await;
    first.kill();
    second.is_at_work().await;
    database.all_sent().await;
    database.assert_published_in_order(&aws.published()).await;
    let so_far = aws.published().len();
    database.write_events("LEI", &[1, 2, 3]).await;
    second.wake.notify();
    database.all_sent().await;
    assert_eq!(aws.published().len(), so_far + 3, "in the steady state nothing goes twice");
    second.stop().await;
}

#[tokio::test]
async fn a_relay_that_stops_finishes_and_frees_its_place() {
    let (aws, database) = (FakeAws::start().await, TestDatabase::new().await);
    aws.sns_delay(Duration::from_millis(100));
    let first = TestRelays::start(&database, &aws.url);
    first.is_at_work().await;
    let second = TestRelays::start(&database, &aws.url);
    write_busy_day(&database).await;
    first.wake.notify();
    eventually("it is in the middle of it", async || !aws.published().is_empty()).await;
    first.stop().await;
    second.is_at_work().await;
    database.all_sent().await;
    database.assert_published_in_order(&aws.published()).await;
    assert_nothing_twice(&aws.published());
    second.stop().await;
}

#[tokio::test]
async fn a_lost_connection_makes_nothing_go_twice() {
    let (aws, database) = (FakeAws::start().await, TestDatabase::new().await);
    aws.sns_delay(Duration::from_millis(50));
    let relays = TestRelays::start(&database, &aws.url);
    relays.is_at_work().await;
    write_busy_day(&database).await;
    relays.wake.notify();
    for already in [1, 40, 80] {
        eventually("it is in the middle of it", async || aws.published().len() > already).await;
        database
            .execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                 WHERE datname = current_database() AND application_name = 'locations-event-relay'",
            )
            .await;
    }
    database.all_sent().await;
    database.assert_published_in_order(&aws.published()).await;
    assert_nothing_twice(&aws.published());
    relays.stop().await;
}

#[tokio::test]
async fn a_relay_standing_by_passes_the_bell_on() {
    let (aws, database) = (FakeAws::start().await, TestDatabase::new().await);
    let first = TestRelays::start(&database, &aws.url);
    first.is_at_work().await;
    let second = TestRelays::start(&database, &aws.url);
    second.is_standing_by().await;
    let mut listener = sqlx::postgres::PgListener::connect_with(&database.pool).await.unwrap();
    listener.listen("locations_service_outbox").await.unwrap();
    second.wake.notify();
    let heard = tokio::time::timeout(Duration::from_secs(10), listener.recv()).await;
    assert_eq!(heard.unwrap().unwrap().channel(), "locations_service_outbox");
    second.stop().await;
    first.stop().await;
}

#[tokio::test]
async fn a_commit_wakes_the_relay_wherever_it_is_at_work() {
    let (aws, database) = (FakeAws::start().await, TestDatabase::new().await);
    let first = TestRelays::start(&database, &aws.url);
    first.is_at_work().await;
    let second = TestRelays::start(&database, &aws.url);
    second.is_standing_by().await;
    // The listener to other replicas starts beside the relay.
    eventually("the relay listens", async || {
        let listening: i64 = database
            .value("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'")
            .await;
        listening > 0
    })
    .await;
    for relays in [&first, &second] {
        let begin = Instant::now();
        for _ in 0..20 {
            let published = aws.published().len();
            database.write_events("LEI", &[1]).await;
            relays.wake.notify();
            eventually("it is published", async || aws.published().len() > published).await;
        }
        // Polling alone takes about a second for each.
        assert!(begin.elapsed() < Duration::from_secs(10), "{:?}", begin.elapsed());
        eprintln!("20 events, one after the other: {:?}", begin.elapsed());
    }
    second.stop().await;
    first.stop().await;
}
