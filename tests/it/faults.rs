//! What fails around real processes, and what must hold nevertheless: all that was acknowledged is in the database, its event
//! and audit message arrive, each location's events in their order.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use locations_inside_prison_api::store::migrate;
use locations_inside_prison_api::store::pool::{self, DatabaseSettings};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::Value;
use sqlx::PgPool;

use crate::support::aws::{Answer, Entry, FakeAws};
use crate::support::cluster::Cluster;
use crate::support::database::TestDatabase;
use crate::support::relays::{assert_nothing_twice, assert_published_in_order, eventually};
use crate::support::replica::{Acknowledged, Replica, Writers};

/// How often something happened, by key of the location and kind of change.
type Tally = BTreeMap<(String, String), i64>;

/// What was acknowledged is there and nothing else is, and all of it has been told.
pub async fn assert_nothing_is_missing(pool: &PgPool, aws: &FakeAws, acknowledged: &Acknowledged) {
    // Who was killed had claimed audit messages for five minutes. They are over.
    sqlx::query("UPDATE locations_service.audit_message SET not_before = clock_timestamp()")
        .execute(pool)
        .await
        .unwrap();
    eventually("all events and audit messages are sent", async || {
        let left: i64 = sqlx::query_scalar(
            "SELECT (SELECT count(*) FROM locations_service.domain_event WHERE sent_at IS NULL)
                + (SELECT count(*) FROM locations_service.audit_message)",
        )
        .fetch_one(pool)
        .await
        .unwrap();
        left == 0
    })
    .await;
    assert_eq!(comments(pool).await, *acknowledged);
    let committed = committed(pool).await;
    assert_eq!(told(&aws.published()), committed);
    assert_published_in_order(pool, &aws.published()).await;
    let changes: i64 = committed.values().sum();
    let audited = i64::try_from(aws.audited().len()).unwrap();
    assert!(audited >= changes, "{audited} audit messages of {changes} changes");
}

/// The comments that each location has had, in order; the last one is that of the row.
async fn comments(pool: &PgPool) -> Acknowledged {
    let rows: Vec<(String, Option<String>, Vec<String>)> = sqlx::query_as(
        "SELECT l.prison_id || '-' || l.path_hierarchy, l.comments,
            ARRAY(SELECT h.new_value::text FROM location_history h
                WHERE h.location_id = l.id AND h.attribute_name = 'COMMENTS' ORDER BY h.id)
         FROM location l",
    )
    .fetch_all(pool)
    .await
    .unwrap();
    for (key, present, history) in &rows {
        assert_eq!(present.as_ref(), history.last(), "{key}");
    }
    rows.into_iter().map(|(key, _, history)| (key, history)).collect()
}

/// The changes in the database: each has a transaction of its own. One that was sent twice, as its answer was lost, counts
/// twice.
async fn committed(pool: &PgPool) -> Tally {
    let rows: Vec<(String, String, i64)> = sqlx::query_as(
        "SELECT prison_id || '-' || substring(transaction_detail FROM '\\[(.*)\\]'),
            CASE WHEN transaction_detail LIKE 'NOMIS Sync (Create)%' THEN 'created' ELSE 'amended' END, count(*)
         FROM linked_transaction GROUP BY 1, 2",
    )
    .fetch_all(pool)
    .await
    .unwrap();
    rows.into_iter().map(|(key, kind, count)| ((key, kind), count)).collect()
}

/// The different events that SNS took.
fn told(published: &[Entry]) -> Tally {
    let mut seen = HashSet::new();
    let mut tally = Tally::new();
    for entry in published.iter().filter(|entry| seen.insert(entry.attribute("eventId"))) {
        let message: Value = serde_json::from_str(&entry.message).unwrap();
        let key = message["additionalInformation"]["key"].as_str().unwrap().to_owned();
        let kind = entry.attribute("eventType").trim_start_matches("location.inside.prison.").to_owned();
        *tally.entry((key, kind)).or_default() += 1;
    }
    tally
}

/// Kills the service again and again, at points that the seed decides, while changes are on their way.
async fn killed_at_random_points(seed: u64, times: usize) {
    let mut chance = StdRng::seed_from_u64(seed);
    let (aws, database) = (FakeAws::start().await, TestDatabase::new().await);
    let mut replica = Replica::start(&database.url(), &aws.url).await;
    let writers = Writers::start(&[&replica], "");
    for _ in 0..times {
        writers.acknowledge(chance.random_range(5..40)).await;
        // To any point within a change.
        tokio::time::sleep(Duration::from_micros(chance.random_range(0..20_000))).await;
        replica.kill();
        replica = Replica::start(&database.url(), &aws.url).await;
        writers.turn_to(&[&replica]);
    }
    writers.acknowledge(12).await;
    assert!(writers.sent_again() > 0, "no change was hit (seed {seed})");
    assert_nothing_is_missing(&database.pool, &aws, &writers.finish().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_kills_and_is_told() {
    killed_at_random_points(1, 3).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes"]
async fn what_was_acknowledged_survives_many_kills_and_is_told() {
    for seed in 100..106 {
        killed_at_random_points(seed, 10).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_sns_is_away_changes_go_on_and_are_told_later() {
    let (aws, database) = (FakeAws::start().await, TestDatabase::new().await);
    aws.sns_mood(|_| Answer::outage());
    let replica = Replica::start(&database.url(), &aws.url).await;
    let writers = Writers::start(&[&replica], "");
    eventually("the outage is met", async || aws.batches().len() > 2).await;
    writers.acknowledge(50).await;
    assert!(aws.published().is_empty());
    aws.sns_mood(Answer::all);
    writers.acknowledge(10).await;
    assert_eq!(writers.sent_again(), 0, "no change fails because of SNS");
    assert_nothing_is_missing(&database.pool, &aws, &writers.finish().await).await;
    assert_nothing_twice(&aws.published());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_service_recovers_when_all_its_connections_are_cut() {
    let mut chance = StdRng::seed_from_u64(2);
    let (aws, database) = (FakeAws::start().await, TestDatabase::new().await);
    // Connections of the test go by another name, to be spared.
    database.pool.set_connect_options(database.settings().options().unwrap().application_name("test"));
    database.execute("SET application_name = 'test'").await;
    let replica = Replica::start(&database.url(), &aws.url).await;
    eventually("its relay is at work", async || replica.has_worked()).await;
    let writers = Writers::start(&[&replica], "");
    for _ in 0..5 {
        writers.acknowledge(chance.random_range(5..25)).await;
        let cut: i64 = database
            .value(
                "SELECT count(*) FILTER (WHERE pg_terminate_backend(pid)) FROM pg_stat_activity
                 WHERE datname = current_database() AND application_name LIKE 'locations-%'",
            )
            .await;
        assert!(cut > 1, "the relay and the writers have connections");
    }
    writers.acknowledge(12).await;
    assert_nothing_is_missing(&database.pool, &aws, &writers.finish().await).await;
    eventually("health knows", async || {
        reqwest::get(format!("{}/health/db", replica.url)).await.unwrap().status() == 200
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "makes a cluster of its own"]
async fn the_service_recovers_when_postgres_is_restarted() {
    let (aws, cluster) = (FakeAws::start().await, Cluster::start());
    let settings = DatabaseSettings::from_env(&|name| (name == "DATABASE_URL").then(|| cluster.url.clone())).unwrap();
    migrate::migrate(&settings).await.unwrap();
    let replica = Replica::start(&cluster.url, &aws.url).await;
    let writers = Writers::start(&[&replica], "");
    for mode in ["fast", "immediate", "fast", "immediate"] {
        writers.acknowledge(20).await;
        tokio::task::block_in_place(|| cluster.restart(mode));
    }
    writers.acknowledge(20).await;
    assert!(writers.sent_again() > 0, "no change was hit");
    let pool = pool::connect(&settings, 2).await.unwrap();
    assert_nothing_is_missing(&pool, &aws, &writers.finish().await).await;
    pool.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_replica_takes_over_when_the_one_at_work_is_killed() {
    let (aws, database) = (FakeAws::start().await, TestDatabase::new().await);
    let first = Replica::start(&database.url(), &aws.url).await;
    eventually("the first relay is at work", async || first.has_worked()).await;
    let second = Replica::start(&database.url(), &aws.url).await;

    let writers = Writers::start(&[&first, &second], "1");
    writers.acknowledge(40).await;
    let mut acknowledged = writers.finish().await;
    database.all_sent().await;
    assert_nothing_twice(&aws.published());
    assert!(!second.has_worked(), "one relay is at work at a time");

    // Batches are on their way when it dies.
    aws.sns_delay(Duration::from_millis(100));
    let writers = Writers::start(&[&first, &second], "2");
    writers.acknowledge(20).await;
    first.kill();
    writers.turn_to(&[&second]);
    eventually("the second relay is at work", async || second.has_worked()).await;
    writers.acknowledge(10).await;
    acknowledged.extend(writers.finish().await);
    aws.sns_delay(Duration::ZERO);
    assert_nothing_is_missing(&database.pool, &aws, &acknowledged).await;

    let before = aws.published().len();
    let third = Replica::start(&database.url(), &aws.url).await;
    let writers = Writers::start(&[&second, &third], "3");
    writers.acknowledge(40).await;
    acknowledged.extend(writers.finish().await);
    assert_nothing_is_missing(&database.pool, &aws, &acknowledged).await;
    assert_nothing_twice(&aws.published()[before..]);
    assert!(!third.has_worked());
}
