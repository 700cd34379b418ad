//! The scenarios of 08 section 15.7, in both profiles, with the end state that the table says. One estate for each profile; a prison for each
//! scenario, so that they do not disturb each other.

mod both;
mod inwards;
mod migration;
mod outwards;
mod switches;

use std::panic::AssertUnwindSafe;
use std::time::Instant;

use futures_util::FutureExt;

use crate::support::Estate;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes long: make test-long"]
async fn as_the_live_services_do_it() {
    run("live").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes long: make test-long"]
async fn with_what_is_known_to_go_wrong_mended() {
    run("fixed").await;
}

/// The short form of `make test`: a few of them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn some_of_them_with_what_is_known_to_go_wrong_mended() {
    let estate = Estate::start("fixed").await;
    attempt(&estate, "A1", outwards::a1_children_before_parents(&estate, 2)).await;
    attempt(&estate, "B2", inwards::b2_one_save_of_three_tables(&estate)).await;
    attempt(&estate, "B10", inwards::b10_a_wing_is_closed(&estate)).await;
    attempt(&estate, "C1 C2", both::c1_c2_no_echo(&estate)).await;
    attempt(&estate, "injected drift", both::injected_drift_is_found_and_repaired(&estate)).await;
    report(&estate);
}

fn report(estate: &Estate) {
    let failed = estate.failed.lock().unwrap().clone();
    assert!(failed.is_empty(), "{}: {failed:?}; {}", estate.profile, estate.hint());
}

/// One after the other. What one leaves behind does not disturb the next.
async fn run(profile: &'static str) {
    let estate = Estate::start(profile).await;
    outwards::all(&estate).await;
    inwards::all(&estate).await;
    both::all(&estate).await;
    switches::all(&estate).await;
    migration::all(&estate).await;
    report(&estate);
}

/// Plays a scenario, notes whether it failed, and clears up. `SCENARIOS=A12,N1` plays these alone.
async fn attempt(estate: &Estate, name: &'static str, scenario: impl Future<Output = ()>) {
    let wanted = std::env::var("SCENARIOS").unwrap_or_default();
    if !wanted.is_empty() && !wanted.split(',').any(|wanted| wanted == name) {
        return;
    }
    let started = Instant::now();
    let outcome = AssertUnwindSafe(scenario).catch_unwind().await;
    println!(
        "{} {name}: {} in {:?}",
        estate.profile,
        if outcome.is_ok() { "good" } else { "FAILED" },
        started.elapsed()
    );
    if outcome.is_err() {
        estate.failed.lock().unwrap().push(name);
        for role in [&estate.to_nomis, &estate.from_nomis] {
            estate.no_faults(role).await;
        }
        estate.quiet().await;
        estate.forget_dead_letters().await;
    }
}
