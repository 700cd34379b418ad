//! Random edits on both sides at once, under faults (docs/convergence.md). Edits follow a seed; how they meet does not, so a seed that failed may
//! need several runs to fail again.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Estate, Prison, number_from};

/// Edits and seed of the short run: the same each time, so that a change of the code alone makes it fail.
const SHORT: (u64, u64) = (40, 1);
const LONG: u64 = 10_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_few_random_edits_converge() {
    let (edits, seed) = SHORT;
    run(number_from("CONVERGENCE_EDITS").unwrap_or(edits), number_from("CONVERGENCE_SEED").unwrap_or(seed)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes long: make test-long"]
async fn many_random_edits_converge() {
    run(LONG, number_from("CONVERGENCE_SEED").unwrap_or_else(|| rand::rng().random())).await;
}

async fn run(edits: u64, seed: u64) {
    println!("again with: CONVERGENCE_SEED={seed} CONVERGENCE_EDITS={edits}");
    let estate = Estate::start("fixed").await;
    let prison = Prison::new(&estate, "RAI").await;
    prison.built_in_nomis(&["001", "002", "003", "004", "005", "006", "007", "008"]).await;
    assert_eq!(prison.findings().await, Vec::<String>::new());
    faults(&estate).await;
    let mut dice = StdRng::seed_from_u64(seed);
    for number in 0..edits {
        let cell = format!("A-1-{:03}", dice.random_range(1..=8));
        match dice.random_range(0..100) {
            0..=49 => in_dps(&prison, &mut dice, &cell, number).await,
            50..=97 => in_nomis(&prison, &mut dice, &cell, number).await,
            98 => estate.roles.to_nomis.kill(),
            _ => estate.roles.from_nomis.kill(),
        }
    }
    for role in [&estate.to_nomis, &estate.from_nomis] {
        estate.no_faults(role).await;
    }
    estate.quiet().await;
    estate.redrive().await;
    estate.quiet().await;
    // Lost messages, cascades without an event, and edits that met: found and repaired, all of them.
    let found = prison.repair().await;
    println!("{} findings before the repair", found.len());
    prison.converged().await;
}

/// Of a hundred each: messages lost, doubled, held back; answers lost; mappings that fail.
async fn faults(estate: &Estate) {
    let queues = &estate.queues;
    for (role, name, queue, service) in [
        (&estate.to_nomis, "to-nomis", &queues.domain_queue, "nomis.update"),
        (&estate.from_nomis, "from-nomis", &queues.prison_queue, "locations.update"),
    ] {
        let deliver = format!("{queue}.deliver");
        for (at, phase, action, percent) in [
            (deliver.clone(), "before", json!("drop"), 3),
            (deliver.clone(), "before", json!("duplicate"), 5),
            (deliver, "before", json!({"hold": 3}), 5),
            (format!("{name}.{service}"), "after", json!("reset"), 5),
            (format!("{name}.mapping.create"), "before", json!({"status": 503}), 10),
        ] {
            let rule = json!({"at": at, "phase": phase, "action": action, "times": {"percent": percent}});
            estate.fault(role, rule).await;
        }
    }
}

/// One edit in DPS. What the state of the location does not allow is refused, and no edit.
async fn in_dps(prison: &Prison<'_>, dice: &mut StdRng, path: &str, number: u64) {
    let Some(dps) = prison.in_dps(path).await else { return };
    let id = dps["id"].as_str().unwrap();
    let (method, end, body) = match dice.random_range(0..5) {
        0 => (Method::PATCH, format!("residential/{id}"), json!({"comments": format!("DPS {number}")})),
        1 => (Method::PUT, format!("{id}/change-local-name"), json!({"localName": format!("Cell {number}")})),
        2 => {
            let max = dice.random_range(1..5);
            let body = json!({"maxCapacity": max, "workingCapacity": 1, "certifiedNormalAccommodation": 1});
            (Method::PUT, format!("{id}/capacity"), body)
        }
        3 => (Method::PUT, format!("{id}/deactivate/temporary"), json!({"deactivationReason": "DAMAGED"})),
        _ => (Method::PUT, format!("{id}/reactivate"), Value::Null),
    };
    let url = format!("{}/locations/{end}", prison.estate.locations);
    let answer = prison.estate.call(method, &url, Some(&body).filter(|body| !body.is_null())).await;
    assert!(answer.status < 500, "{url} {body}: {answer:?}");
}

/// One edit on a screen of NOMIS.
async fn in_nomis(prison: &Prison<'_>, dice: &mut StdRng, path: &str, number: u64) {
    let changes = match dice.random_range(0..6) {
        0 => json!({"comment": format!("NOMIS {number}")}),
        1 => json!({"userDescription": format!("Room {number}")}),
        2 => json!({"capacity": dice.random_range(1..5)}),
        3 => json!({"active": false, "reasonCode": "G"}),
        4 => json!({"active": true}),
        _ => {
            let codes = ["LF", "SC", "A", "OC"];
            let code = codes[dice.random_range(0..codes.len())];
            json!({"profiles": [{"profileType": "HOU_UNIT_ATT", "profileCode": code}]})
        }
    };
    prison.screen_change(path, &changes).await;
}
