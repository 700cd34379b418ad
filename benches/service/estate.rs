//! The locations of the measurement: the demonstration estate, and a prison with one wing of 600 cells. They go in by the streaming
//! migration, which is measured by that; what its answer says is remembered, to ask for later.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use chrono::NaiveDateTime;
use locations_inside_prison_api::demo::{self, MigratedCapacity, MigratedCertification, MigratedLocation, Options};
use locations_inside_prison_api::domain::reference::{LocationType, ResidentialHousingType};
use serde::Deserialize;
use uuid::Uuid;

use crate::client::{Connection, Requests};
use crate::settings::Settings;
use crate::{Outcome, say};

/// The prison with the large wing. No real prison has this id.
const LARGE_WING_PRISON: &str = "ZZGHI";
/// Landings of the large wing, and cells on each.
const LARGE_WING: (usize, usize) = (3, 200);
/// How much is sent at once, in bytes.
const PIECE: usize = 64 * 1024;
/// Of how many cells what NOMIS says about them is kept.
const KEPT_CELLS: usize = 20_000;

/// The locations that are there.
#[derive(Default)]
pub struct Estate {
    /// Those that are in use, with all that is above them.
    pub active: Vec<Place>,
    /// The cells among them.
    pub cells: Vec<Place>,
    /// Some of the cells as NOMIS has them, spread over the estate.
    pub nomis_cells: Vec<(Uuid, MigratedLocation)>,
    /// The prisons, largest first; at the end the one with the large wing, which is not of the estate.
    pub prisons: Vec<Prison>,
    /// The wing of 600 cells.
    pub large_wing: Option<Uuid>,
    /// Locations of every kind.
    pub locations: usize,
}

/// A location to ask for.
#[derive(Clone)]
pub struct Place {
    /// Its id.
    pub id: Uuid,
    /// Prison and path.
    pub key: String,
}

/// A prison to ask for.
pub struct Prison {
    /// Its id.
    pub id: String,
    /// How many locations it has.
    pub locations: usize,
    /// Keys of its cells that are in use.
    pub cells: Vec<String>,
}

/// How the migration went.
pub struct Migration {
    /// Lines sent.
    pub lines: usize,
    /// From the first byte sent to the last byte of the answer.
    pub took: Duration,
}

/// A line of the answer.
#[derive(Deserialize)]
struct Line {
    status: String,
    id: Option<Uuid>,
    error: Option<serde_json::Value>,
}

/// Migrates the estate.
///
/// # Errors
/// When a line is refused: the estate is one that the service accepts.
pub async fn migrate(port: u16, requests: &Requests, settings: &Settings) -> Outcome<(Migration, Estate)> {
    let options = Options { locations: settings.locations, prisons: settings.prisons, ..Options::default() };
    let all = || -> Outcome<_> { Ok(demo::estate(&options)?.chain(large_wing())) };
    let mut connection = Connection::open(port).await?;
    let begun = Instant::now();
    let sent = send(&mut connection, requests, all()?).await;
    // A service that refuses answers before it has read everything.
    let answer = connection.answer().await.map_err(|error| sent.err().unwrap_or(error))?;
    let took = begun.elapsed();
    if answer.status != 200 {
        return Err(
            format!("the migration was answered {}: {}", answer.status, String::from_utf8_lossy(answer.body)).into()
        );
    }
    let mut memory = Memory::default();
    let mut answers = answer.body.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    for location in all()? {
        let line: Line = serde_json::from_slice(answers.next().ok_or("the migration has not answered every line")?)?;
        let id = line.id.filter(|_| line.status == "created").ok_or_else(|| {
            format!("{}-{} was not migrated: {} {:?}", location.prison_id, location.path(), line.status, line.error)
        })?;
        memory.note(id, location);
    }
    let estate = memory.into_estate();
    let migration = Migration { lines: estate.locations, took };
    say(&format!("{} locations of {} prisons migrated in {took:.1?}", migration.lines, estate.prisons.len()));
    Ok((migration, estate))
}

async fn send(
    connection: &mut Connection,
    requests: &Requests,
    locations: impl Iterator<Item = MigratedLocation>,
) -> std::io::Result<()> {
    connection.send(&requests.chunked("POST", "/migrate/locations", "application/x-ndjson")).await?;
    let mut piece = Vec::with_capacity(PIECE + 4096);
    for location in locations {
        serde_json::to_writer(&mut piece, &location)?;
        piece.push(b'\n');
        if piece.len() >= PIECE {
            send_piece(connection, &piece).await?;
            piece.clear();
        }
    }
    if !piece.is_empty() {
        send_piece(connection, &piece).await?;
    }
    connection.send(b"0\r\n\r\n").await
}

async fn send_piece(connection: &mut Connection, piece: &[u8]) -> std::io::Result<()> {
    connection.send(format!("{:x}\r\n", piece.len()).as_bytes()).await?;
    connection.send(piece).await?;
    connection.send(b"\r\n").await
}

/// What is learned of the estate while it is gone through, parents before children.
#[derive(Default)]
struct Memory {
    estate: Estate,
    prisons: HashMap<String, Prison>,
    out_of_use: HashSet<String>,
    cells: usize,
}

impl Memory {
    fn note(&mut self, id: Uuid, location: MigratedLocation) {
        let prison_id = &location.prison_id;
        let key = format!("{prison_id}-{}", location.path());
        let above = location.parent_location_path.as_ref().map(|path| format!("{prison_id}-{path}"));
        let in_use =
            location.deactivation_reason.is_none() && !above.is_some_and(|above| self.out_of_use.contains(&above));
        self.estate.locations += 1;
        let prison = self.prisons.entry(prison_id.clone()).or_insert_with(|| Prison {
            id: prison_id.clone(),
            locations: 0,
            cells: Vec::new(),
        });
        prison.locations += 1;
        if !in_use {
            self.out_of_use.insert(key);
            return;
        }
        if prison_id == LARGE_WING_PRISON && location.location_type == LocationType::Wing {
            self.estate.large_wing = Some(id);
        }
        // A cell at the top is virtual.
        if location.is_cell() && location.parent_location_path.is_some() {
            prison.cells.push(key.clone());
            self.estate.cells.push(Place { id, key: key.clone() });
            self.keep(id, location);
        }
        self.estate.active.push(Place { id, key });
    }

    /// Keeps every cell of a small estate, and by and by fewer of a large one, so that the kept ones are from everywhere.
    fn keep(&mut self, id: Uuid, location: MigratedLocation) {
        let place = crate::load::scatter(self.cells as u64) % (self.cells as u64 + 1);
        self.cells += 1;
        let location = MigratedLocation { certification: None, history: Vec::new(), ..location };
        let kept = &mut self.estate.nomis_cells;
        if kept.len() < KEPT_CELLS {
            kept.push((id, location));
        } else if let Some(slot) = usize::try_from(place).ok().and_then(|place| kept.get_mut(place)) {
            *slot = (id, location);
        }
    }

    fn into_estate(self) -> Estate {
        let mut prisons: Vec<Prison> = self.prisons.into_values().collect();
        prisons.sort_by_key(|prison| (prison.id == LARGE_WING_PRISON, Reverse(prison.locations), prison.id.clone()));
        Estate { prisons, ..self.estate }
    }
}

/// A wing with its landings and cells.
fn large_wing() -> impl Iterator<Item = MigratedLocation> {
    let (landings, cells) = LARGE_WING;
    let wing = structure("W", LocationType::Wing, None);
    std::iter::once(wing).chain((1..=landings).flat_map(move |landing| {
        let above = structure(&landing.to_string(), LocationType::Landing, Some("W"));
        let path = above.path();
        std::iter::once(above).chain((1..=cells).map(move |number| cell(&path, &format!("{number:03}"))))
    }))
}

fn cell(parent: &str, code: &str) -> MigratedLocation {
    MigratedLocation {
        capacity: Some(MigratedCapacity { max_capacity: 2, working_capacity: 1 }),
        certification: Some(MigratedCertification { certified: true, capacity_of_certified_cell: 1 }),
        ..structure(code, LocationType::Cell, Some(parent))
    }
}

fn structure(code: &str, location_type: LocationType, parent: Option<&str>) -> MigratedLocation {
    MigratedLocation {
        prison_id: LARGE_WING_PRISON.into(),
        code: code.into(),
        location_type,
        local_name: None,
        comments: None,
        order_within_parent_location: None,
        residential_housing_type: Some(ResidentialHousingType::NormalAccommodation),
        parent_location_path: parent.map(str::to_owned),
        capacity: None,
        certification: None,
        attributes: Vec::new(),
        usage: Vec::new(),
        is_deactivated: false,
        deactivation_reason: None,
        deactivated_date: None,
        proposed_reactivation_date: None,
        create_date: NaiveDateTime::default(),
        last_updated_by: "BENCH".into(),
        history: Vec::new(),
    }
}
