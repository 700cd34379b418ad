//! Cell certificates of the largest prison.

use super::{Material, Work};
use crate::Outcome;
use crate::client::Connection;
use crate::database::Database;

pub fn works(material: &Material) -> Vec<Work> {
    let Some(prison) = material.estate.prisons.first().map(|prison| &prison.id) else { return Vec::new() };
    let requests = &material.requests;
    let target = || [vec![("prison", prison.clone())]];
    let baseline = requests.bare("POST", &format!("/cell-certificates/prison/{prison}/baseline"));
    let current = requests.get(&format!("/cell-certificates/prison/{prison}/current"));
    vec![
        Work::any_of("POST cell-certificates baseline, largest prison", 1, vec![baseline])
            .floor("certificate_baseline", target()),
        Work::any_of("GET cell-certificates current, largest prison", 4, vec![current])
            .floor("certificate_current", target()),
    ]
}

/// Switches certification on for the largest prison. A service that can't do that yet is found out by the works.
pub async fn prepare(material: &Material, database: &mut Database, port: u16) -> Outcome<()> {
    let Some(prison) = material.estate.prisons.first().map(|prison| &prison.id) else { return Ok(()) };
    let row = format!(
        "INSERT INTO prison_configuration (prison_id, when_updated, updated_by) VALUES ('{prison}', now(), 'BENCH')
         ON CONFLICT DO NOTHING"
    );
    database.run(&row).await?;
    let path = format!("/prison-configuration/{prison}/certification-approval-required/ACTIVE");
    let request = material.requests.bare("PUT", &path);
    Connection::open(port).await?.exchange(&request).await?;
    Ok(())
}
