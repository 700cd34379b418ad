//! One run from the empty database to the tables.

use std::collections::HashMap;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use locations_inside_prison_api::development::{DevelopmentClaims, DevelopmentKey};
use uuid::Uuid;

use crate::client::{Connection, Requests};
use crate::database::{Cost, Database};
use crate::load::{Answered, Measured, once, percentile, run, undone};
use crate::process::{KEY_FILE, Service, migrate};
use crate::report::{Figures, Row, Summary, render};
use crate::settings::Settings;
use crate::sink::Sink;
use crate::works::{self, Floor, Material, Operation, Work};
use crate::{Outcome, estate, floor, say, upload};

/// How often the start is timed.
const STARTS: usize = 5;
/// How long the service is left alone before its idle memory is read.
const IDLE: Duration = Duration::from_secs(2);
/// All roles that the works need.
const ROLES: [&str; 6] = [
    "VIEW_LOCATIONS",
    "SYNC_LOCATIONS",
    "MIGRATE_LOCATIONS",
    "MAINTAIN_LOCATIONS",
    "LOCATION_CERTIFICATION",
    "LOCATION_CONFIG_ADMIN",
];

/// Measures everything, and gives the tables in Markdown.
///
/// # Errors
/// When something does not work at all. What the service does not have, or refuses, is told in the tables.
pub async fn measure() -> Outcome<String> {
    let settings = Settings::read()?;
    let sink = Sink::start()?;
    let mut database = Database::create(&settings.server).await?;
    let measured = with_database(&settings, &sink, &mut database).await;
    // Before anything is said of the measurement, which may have failed.
    database.drop().await?;
    let report = measured?;
    std::fs::write(&settings.report, &report)?;
    say(&format!("the tables are in {} too", settings.report.display()));
    Ok(report)
}

async fn with_database(settings: &Settings, sink: &Sink, database: &mut Database) -> Outcome<String> {
    migrate(settings, &database.url)?;
    let (mut summary, material) = load_estate(settings, sink, database).await?;
    database.run("VACUUM ANALYZE").await?;
    database.run("CHECKPOINT").await?;

    let mut service = time_starts(settings, sink, &database.url, &mut summary).await?;
    let mut rows = Vec::new();
    for work in works::all(&material) {
        if !settings.wants(work.name) {
            continue;
        }
        if work.name.contains("cell-certificates") {
            works::prepare_certificates(&material, database, service.port).await?;
        }
        let mut session = Session { settings, sink, database, port: service.port, material: &material };
        rows.push(session.row(work, &mut summary).await?);
        if !service.runs() {
            return Err("the service has ended: see its log".into());
        }
    }
    if settings.wants(upload::NAME) {
        say(upload::NAME);
        works::prepare_certificates(&material, database, service.port).await?;
        summary.upload = upload::measure(sink, &database.url, &material, service.port).await?;
    }
    summary.peak_under_load = service.peak();
    service.stop().await?;

    // Afterwards, so that nothing sends the events that the scripts write.
    database.run("VACUUM ANALYZE").await?;
    for row in &mut rows {
        if let (Some(floor), Ok(_)) = (&row.floor, &row.figures) {
            say(&format!("floor of {}", row.name));
            row.floor_per_second = floor::measure(settings, database, floor, row.connections).await?;
        }
    }
    let batches = Floor { script: "migrate_1000", targets: vec![Vec::new()], requests: 1000.0 };
    summary.migration_floor = floor::measure(settings, database, &batches, 1).await?;
    Ok(render(settings, &database.server, &summary, &rows))
}

/// Starts the service on the empty database, weighs it, and migrates the estate into it.
async fn load_estate(settings: &Settings, sink: &Sink, database: &Database) -> Outcome<(Summary, Material)> {
    let requests = Requests::new(&token()?);
    let service = Service::start(settings, &database.url, &sink.url).await?;
    service.forget_peak();
    let (migration, estate) = estate::migrate(service.port, &requests, settings).await?;
    let summary = Summary {
        locations: migration.lines,
        prisons: estate.prisons.len(),
        largest_prison: estate.prisons.first().map_or(0, |prison| prison.locations),
        migration: migration.took,
        peak_of_migration: service.peak(),
        ..Summary::default()
    };
    service.stop().await?;
    Ok((summary, Material { estate, requests, answers: works::Answers::default(), created: Arc::default() }))
}

fn token() -> Outcome<String> {
    let key = DevelopmentKey::read(std::path::Path::new(KEY_FILE))?;
    let claims = DevelopmentClaims {
        roles: ROLES.map(str::to_owned).into(),
        scopes: vec!["read".into(), "write".into()],
        user: "BENCH".into(),
        client_id: "bench".into(),
        expires: 4_102_444_800,
    };
    Ok(key.token(&claims)?)
}

/// Starts the service on the full database a few times; the last one stays.
async fn time_starts(settings: &Settings, sink: &Sink, database: &str, summary: &mut Summary) -> Outcome<Service> {
    let mut times = Vec::with_capacity(STARTS);
    for _ in 1..STARTS {
        let service = Service::start(settings, database, &sink.url).await?;
        times.push(service.ready_after);
        service.stop().await?;
    }
    let service = Service::start(settings, database, &sink.url).await?;
    times.push(service.ready_after);
    times.sort_unstable();
    summary.ready_after = percentile(&times, 0.5);
    tokio::time::sleep(IDLE).await;
    summary.resident_idle = service.resident();
    service.forget_peak();
    Ok(service)
}

struct Session<'a> {
    settings: &'a Settings,
    sink: &'a Sink,
    database: &'a mut Database,
    port: u16,
    material: &'a Material,
}

impl Session<'_> {
    /// Measures a work: once to see whether it works, then over one connection, then over all of them.
    async fn row(&mut self, work: Work, summary: &mut Summary) -> Outcome<Row> {
        say(work.name);
        let (name, connections, live, floor) = (work.name, work.connections, work.live, work.floor.clone());
        let figures = self.figures(&Arc::new(work), summary).await?;
        if let Err(reason) = &figures {
            say(&format!("left out: {reason}"));
        }
        Ok(Row { name, connections, live, floor, floor_per_second: None, figures })
    }

    async fn figures(&mut self, work: &Arc<Work>, summary: &mut Summary) -> Outcome<Result<Figures, String>> {
        let numbers = Arc::new(AtomicU64::new(1));
        let first = match (work.operation)(0) {
            None => return Ok(Err("there is nothing to do it with".to_owned())),
            Some(operation) => self.first(work, &operation).await?,
        };
        let cost_of_one = match first {
            Ok(cost) => cost,
            Err(reason) => return Ok(Err(reason)),
        };
        let seconds = self.settings.seconds;
        let alone = run(work, self.port, (1, seconds / 5), &numbers).await?;
        self.database.settle().await?;
        self.database.forget_cost().await?;
        self.forget_answers();

        let begun = Instant::now();
        let all = run(work, self.port, (work.connections, seconds), &numbers).await?;
        self.database.settle().await?;
        let settled = begun.elapsed();
        let cost = if work.has_undo { cost_of_one } else { each(self.database.cost().await?, &all) };
        self.note_events(work.name, settled, summary);
        if let Some(error) = &all.first_error {
            say(&format!("{} of {}: {error}", all.errors, all.errors + all.count() as u64));
        }
        Ok(Ok(Figures { alone: alone.percentile(0.5), all, cost }))
    }

    /// The first operation of a work, and what it costs; or why the work is left out.
    async fn first(&mut self, work: &Work, operation: &Operation) -> Outcome<Result<Option<Cost>, String>> {
        let mut connection = Connection::open(self.port).await?;
        self.database.forget_cost().await?;
        let answered = once(work, &mut connection, operation).await?;
        self.database.settle().await?;
        let cost = self.database.cost().await?;
        match answered {
            Answered::Badly(404 | 405, _) => return Ok(Err("this service does not have it (404)".to_owned())),
            Answered::Badly(status, text) => return Ok(Err(format!("it answered {status}: {text}"))),
            Answered::Well(_) => {}
        }
        if let Some(undo) = &operation.undo {
            undone(&mut connection, undo).await?;
            self.database.settle().await?;
        }
        Ok(Ok(cost))
    }

    fn forget_answers(&self) {
        self.sink.forget();
        self.material.answers.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// How long events took from the answer of the change to SNS.
    fn note_events(&self, name: &str, took: Duration, summary: &mut Summary) {
        let (events, arrivals) = self.sink.arrivals();
        let answers = std::mem::take(&mut *self.material.answers.lock().unwrap_or_else(PoisonError::into_inner));
        let delays = delays(&answers, &arrivals);
        match name {
            works::UPDATED => {
                summary.delays_under_load = delays;
                summary.events_per_second = Some(events as f64 / took.as_secs_f64());
            }
            works::UPDATED_AT_A_PACE => summary.delays = delays,
            _ => {}
        }
    }
}

/// From the answer to the arrival, shortest first. An event may be there before its answer.
fn delays(answers: &HashMap<Uuid, Instant>, arrivals: &HashMap<Uuid, Instant>) -> Vec<Duration> {
    let both = answers.iter().filter_map(|(id, answered)| Some((*answered, *arrivals.get(id)?)));
    let mut delays: Vec<Duration> =
        both.map(|(answered, arrived)| arrived.saturating_duration_since(answered)).collect();
    delays.sort_unstable();
    delays
}

/// What one request costs on average.
fn each(cost: Option<Cost>, measured: &Measured) -> Option<Cost> {
    let requests = i64::try_from(measured.count()).ok()? + i64::try_from(measured.errors).ok()?;
    let rounded = |sum: i64| (sum + requests / 2).checked_div(requests);
    let Cost { statements, buffers, relayed } = cost?;
    Some(Cost { statements: rounded(statements)?, buffers: rounded(buffers)?, relayed: rounded(relayed)? })
}
