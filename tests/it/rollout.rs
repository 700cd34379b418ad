//! A new release takes the place of the running one: nobody notices (docs/operations.md).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use reqwest::StatusCode;

use crate::faults::assert_nothing_is_missing;
use crate::support::aws::FakeAws;
use crate::support::balancer::Balancer;
use crate::support::database::TestDatabase;
use crate::support::relays::{assert_nothing_twice, eventually};
use crate::support::replica::{Replica, Writers};
use crate::support::service::token;

/// As the chart sets it, but shorter: the balancer asks more often than a cluster does.
const DRAIN: [(&str, &str); 1] = [("SHUTDOWN_DELAY", "500ms")];

/// Reads through the balancer until the end. Answers how many reads there were, and what was wrong with those that failed.
fn read_on(balancer: &Balancer, stop: &Arc<AtomicBool>) -> tokio::task::JoinHandle<(usize, Vec<String>)> {
    let (url, stop) = (format!("{}/locations?size=20", balancer.url), stop.clone());
    let token = token(vec!["VIEW_LOCATIONS".into()], vec!["read".into()]);
    tokio::spawn(async move {
        let (client, mut reads, mut failures) = (reqwest::Client::new(), 0, Vec::new());
        while !stop.load(Ordering::Relaxed) {
            reads += 1;
            match client.get(&url).bearer_auth(&token).send().await {
                Ok(answer) if answer.status() == StatusCode::OK => {}
                Ok(answer) => failures.push(format!("{} {}", answer.status(), answer.text().await.unwrap_or_default())),
                Err(error) => failures.push(format!("{error:?}")),
            }
        }
        (reads, failures)
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rolling_restart_of_two_replicas_fails_no_request_and_loses_or_doubles_no_event() {
    let (aws, database, balancer) = (FakeAws::start().await, TestDatabase::new().await, Balancer::start().await);
    let start = async || {
        let replica = Replica::with(&database.url(), &aws.url, &DRAIN).await;
        balancer.add(&replica.url).await;
        replica
    };
    let (old, mut new) = ([start().await, start().await], Vec::new());
    let writers = Writers::to(&balancer.url);
    let stop = Arc::new(AtomicBool::new(false));
    let readers = [read_on(&balancer, &stop), read_on(&balancer, &stop)];

    for replica in old {
        writers.acknowledge(30).await;
        // As the chart does: the new one first, then the old one goes.
        new.push(start().await);
        balancer.gives_its_part_to(&new[new.len() - 1].url).await;
        assert_eq!(replica.terminate().await, Some(0));
    }
    writers.acknowledge(30).await;

    stop.store(true, Ordering::Relaxed);
    for reader in readers {
        let (reads, failures) = reader.await.unwrap();
        assert!(reads > 20, "only {reads} reads");
        assert_eq!(failures, Vec::<String>::new(), "of {reads} reads");
    }
    assert_eq!(writers.sent_again(), 0, "changes failed");
    let acknowledged = writers.finish().await;
    // Nobody was killed, so nothing stays claimed.
    eventually("all audit messages are sent", async || database.audit_left().await == 0).await;
    assert_nothing_is_missing(&database.pool, &aws, &acknowledged).await;
    assert_nothing_twice(&aws.published());
    assert_eq!(aws.audited().len(), aws.published().len(), "each change has one event and one audit message");
}
