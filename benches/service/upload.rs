//! How long an upload of a certificate is worked on. The queue that starts it is not what is measured: the job runs in this process,
//! over the same database, with the settings of the service.

use std::sync::Arc;
use std::time::{Duration, Instant};

use locations_inside_prison_api::app::App;
use locations_inside_prison_api::config::Config;
use locations_inside_prison_api::service::certification::upload::{Processed, process};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::Outcome;
use crate::client::Connection;
use crate::process::environment;
use crate::sink::Sink;
use crate::works::Material;

/// Name of the line, for `BENCH_ONLY`.
pub const NAME: &str = "cell-certificates upload, 2,000 rows";
/// Rows of an upload.
const ROWS: usize = 2_000;
/// Uploads; the median counts.
const UPLOADS: u8 = 5;

/// Uploads new capacities for the cells of the largest prison again and again; rows beyond its cells name none. Half of the uploads
/// are worked on within the time answered. None without a prison.
pub async fn measure(sink: &Sink, database: &str, material: &Material, port: u16) -> Outcome<Option<Duration>> {
    let Some(prison) = material.estate.prisons.first() else { return Ok(None) };
    let settings = environment(port, database, &sink.url);
    let read = |name: &str| settings.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone());
    // As the program does at its start.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let services = App::new(Arc::new(Config::from_env(&read)?), &reqwest::Client::new())?.services;
    let mut times = Vec::new();
    for turn in 0..UPLOADS {
        let row = json!({ "maxCapacity": 3 + turn, "workingCapacity": 2, "certifiedNormalAccommodation": 2 });
        let spare = (0..ROWS).map(|n| format!("{}-NONE-{n}", prison.id));
        let keys = prison.cells.iter().cloned().chain(spare).take(ROWS);
        let locations: Map<String, Value> = keys.map(|key| (key, row.clone())).collect();
        let body = json!({ "locations": locations, "reasonForChange": "Measured" }).to_string();
        let path = format!("/locations/bulk/update-cell-certificate/{}", prison.id);
        let request = material.requests.json("POST", &path, &body);
        let mut connection = Connection::open(port).await?;
        let answer = connection.exchange(&request).await?;
        let accepted: Value = serde_json::from_slice(answer.body)?;
        let id = accepted["id"].as_str().and_then(|id| Uuid::try_parse(id).ok()).ok_or_else(|| accepted.to_string())?;
        let begun = Instant::now();
        let processed = process(&services, id).await?;
        times.push(begun.elapsed());
        if processed != Processed::Finished {
            return Err(format!("the upload came to {processed:?}").into());
        }
    }
    times.sort_unstable();
    Ok(times.get(times.len() / 2).copied())
}
