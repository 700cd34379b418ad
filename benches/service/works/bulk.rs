//! Changes of many cells at once.

use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Map, json};

use super::{Material, Operation, Work, any, live};
use crate::client::Requests;
use crate::estate::Prison;

pub fn works(material: &Material) -> Vec<Work> {
    let small = capacity(material, "PUT bulk/capacity-update, 200 cells", 200).live(live(0.5, 3494.0, 4814.0));
    vec![small, capacity(material, "PUT bulk/capacity-update, 1,000 cells", 1000), deactivation(material)]
}

/// New capacities for so many cells of a prison that has them. A small estate has none with very many.
fn capacity(material: &Material, name: &'static str, count: usize) -> Work {
    let prisons = &material.estate.prisons;
    let large: Vec<&Prison> = prisons.iter().filter(|prison| prison.cells.len() >= count).collect();
    let targets: Vec<_> =
        large.iter().map(|prison| vec![("prison", prison.id.clone()), ("count", count.to_string())]).collect();
    let changes: Vec<Change> = large.iter().map(|prison| Change::new(&material.requests, prison, count)).collect();
    let work = Work::new(name, 2, move |number| Some(any(&changes, number)?.next().into()));
    Work { is_well: |body| !String::from_utf8_lossy(body).contains("Update failed"), ..work }
        .floor("bulk_capacity", targets)
}

/// The cells of a prison, and two capacities for them by turns, so that each request changes every cell.
struct Change {
    turns: [Vec<u8>; 2],
    turn: AtomicU32,
}

impl Change {
    fn new(requests: &Requests, prison: &Prison, count: usize) -> Self {
        let turn = |max: u8| {
            let capacity = json!({ "maxCapacity": max, "workingCapacity": max - 1, "certifiedNormalAccommodation": 2 });
            let cells = prison.cells.iter().take(count);
            let locations: Map<_, _> = cells.map(|key| (key.clone(), capacity.clone())).collect();
            let body = json!({ "locations": locations, "reasonForChange": "Measured" });
            requests.json("PUT", "/locations/bulk/capacity-update", &body.to_string())
        };
        Self { turns: [turn(7), turn(8)], turn: AtomicU32::new(0) }
    }

    fn next(&self) -> Vec<u8> {
        let [first, second] = &self.turns;
        if self.turn.fetch_add(1, Ordering::Relaxed).is_multiple_of(2) { first.clone() } else { second.clone() }
    }
}

/// A wing goes out of use, and comes back outside of the measurement.
fn deactivation(material: &Material) -> Work {
    let wing = material.estate.large_wing;
    let requests = material.requests.clone();
    let body = json!({ "deactivationReason": "MOTHBALLED", "requiresApproval": false }).to_string();
    let work = Work::new("PUT deactivate/temporary, wing of 600 cells", 1, move |_| {
        let wing = wing?;
        let request = requests.json("PUT", &format!("/locations/{wing}/deactivate/temporary"), &body);
        let again = json!({ "locations": { wing.to_string(): { "cascadeReactivation": true } } }).to_string();
        let undo = requests.json("PUT", "/locations/bulk/reactivate", &again);
        Some(Operation { undo: Some(undo), ..request.into() })
    });
    Work { has_undo: true, ..work }.floor("deactivate_wing", wing.map(|id| vec![("id", id.to_string())]))
}
