//! What NOMIS sends: creates, updates, deletes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use locations_inside_prison_api::demo::MigratedLocation;
use serde::Deserialize;
use uuid::Uuid;

use super::{Material, Operation, Work, any, live, some};

/// The work that updates as fast as it can.
pub const UPDATED: &str = "POST /sync/upsert, update of a cell";
/// The work that updates at a pace at which nothing has to wait.
pub const UPDATED_AT_A_PACE: &str = "POST /sync/upsert, 200 updates a second";

/// When the first update of a location was answered.
pub type Answers = Arc<Mutex<HashMap<Uuid, Instant>>>;

/// The part of an answer that tells which location was made.
#[derive(Deserialize)]
struct Created {
    id: Uuid,
}

pub fn works(material: &Material) -> Vec<Work> {
    let paced = Work { name: UPDATED_AT_A_PACE, pace: Some(200.0), live: None, floor: None, ..update(material) };
    vec![create(material), update(material), paced, delete(material)]
}

fn create(material: &Material) -> Work {
    let cells: Vec<MigratedLocation> = material.estate.nomis_cells.iter().map(|(_, cell)| cell.clone()).collect();
    let targets = some(&cells).filter_map(|cell| {
        Some(vec![("prison", cell.prison_id.clone()), ("parent", cell.parent_location_path.clone()?)])
    });
    let targets: Vec<_> = targets.collect();
    let (requests, made) = (material.requests.clone(), material.created.clone());
    let work = Work::new("POST /sync/upsert, create of a cell", 16, move |number| {
        let cell = MigratedLocation { code: format!("X{number:09}"), ..any(&cells, number)?.clone() };
        Some(requests.json("POST", "/sync/upsert", &body(None, &cell)).into())
    });
    let observe = move |_: &Operation, body: &[u8], _: Instant| {
        if let Ok(Created { id }) = serde_json::from_slice(body) {
            made.lock().unwrap_or_else(PoisonError::into_inner).push(id);
        }
    };
    Work { observe: Box::new(observe), ..work }.floor("create", targets)
}

fn update(material: &Material) -> Work {
    let cells = material.estate.nomis_cells.clone();
    let targets: Vec<_> = some(&cells).map(|(id, _)| vec![("id", id.to_string())]).collect();
    let (requests, answers) = (material.requests.clone(), material.answers.clone());
    let work = Work::new(UPDATED, 16, move |number| {
        let (id, cell) = any(&cells, number)?;
        let cell = MigratedLocation { comments: Some(format!("Change number {number}")), ..cell.clone() };
        let request = requests.json("POST", "/sync/upsert", &body(Some(*id), &cell));
        Some(Operation { subject: Some(*id), ..request.into() })
    });
    let observe = move |operation: &Operation, _: &[u8], answered: Instant| {
        if let Some(id) = operation.subject {
            answers.lock().unwrap_or_else(PoisonError::into_inner).entry(id).or_insert(answered);
        }
    };
    Work { observe: Box::new(observe), ..work }.live(live(216.0, 72.0, 132.0)).floor("update", targets)
}

fn delete(material: &Material) -> Work {
    let (requests, made) = (material.requests.clone(), material.created.clone());
    Work::new("DELETE /sync/delete/{id}, cells", 16, move |_| {
        let id = made.lock().unwrap_or_else(PoisonError::into_inner).pop()?;
        Some(requests.bare("DELETE", &format!("/sync/delete/{id}")).into())
    })
    .floor("delete", [Vec::new()])
}

/// A location as the body of an upsert.
fn body(id: Option<Uuid>, location: &MigratedLocation) -> String {
    // A location always has a JSON form.
    let mut json = serde_json::to_string(location).unwrap_or_default();
    if let Some(id) = id {
        json.insert_str(1, &format!("\"id\":\"{id}\","));
    }
    json
}
