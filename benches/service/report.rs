//! The tables, in Markdown. docs/performance.md says what the columns mean.

use std::fmt::Write as _;
use std::fs;
use std::time::Duration;

use crate::database::Cost;
use crate::load::{Measured, percentile};
use crate::settings::Settings;
use crate::works::{Floor, Live};

/// What is measured once.
#[derive(Default)]
pub struct Summary {
    /// Locations of the estate.
    pub locations: usize,
    /// Prisons of the estate.
    pub prisons: usize,
    /// Locations of the largest one.
    pub largest_prison: usize,
    /// How long the streaming migration took.
    pub migration: Duration,
    /// Locations a second that Postgres alone takes in.
    pub migration_floor: Option<f64>,
    /// Most memory that was resident during the migration, in bytes.
    pub peak_of_migration: Option<u64>,
    /// From start to ready on a database that is up to date.
    pub ready_after: Option<Duration>,
    /// Resident memory after the start, in bytes.
    pub resident_idle: Option<u64>,
    /// Most memory that was resident during all works, in bytes.
    pub peak_under_load: Option<u64>,
    /// From the answer of an update to its event at SNS, at 200 updates a second, shortest first.
    pub delays: Vec<Duration>,
    /// The same while updates come as fast as they can.
    pub delays_under_load: Vec<Duration>,
    /// Events sent a second then.
    pub events_per_second: Option<f64>,
    /// How long an upload of a cell certificate is worked on.
    pub upload: Option<Duration>,
}

/// A line of the main table.
pub struct Row {
    /// Name of the work.
    pub name: &'static str,
    /// Connections at once.
    pub connections: usize,
    /// The live service's figures.
    pub live: Option<Live>,
    /// The script of the floor.
    pub floor: Option<Floor>,
    /// What the floor is.
    pub floor_per_second: Option<f64>,
    /// What was measured, or why nothing was.
    pub figures: Result<Figures, String>,
}

/// What was measured of a work.
pub struct Figures {
    /// Half of the requests were answered within this time when there was one connection.
    pub alone: Option<Duration>,
    /// With all connections.
    pub all: Measured,
    /// What a request costs the database.
    pub cost: Option<Cost>,
}

/// All tables.
pub fn render(settings: &Settings, server: &str, summary: &Summary, rows: &[Row]) -> String {
    let mut text = String::from("## Measured\n\n");
    // Writing to a string does not fail, here and below.
    let _ = writeln!(
        text,
        "{}; {server}. {} locations in {} prisons, {} in the largest. {} s for each line; load generator, service and Postgres share \
         the machine.\n",
        machine(),
        grouped(summary.locations as f64),
        summary.prisons,
        grouped(summary.largest_prison as f64),
        settings.seconds.as_secs(),
    );
    text.push_str(
        "| work | connections | requests/s | p50 ms | p99 ms | p50 alone ms | errors | statements | buffers | by relays \
         | floor/s | of the floor | live/s | times live | live p99 ms | p99 of live |\n\
         |---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n",
    );
    for row in rows {
        text.push_str(&line(row));
    }
    text.push('\n');
    text.push_str(&once(summary));
    text
}

fn line(row: &Row) -> String {
    let figures = match &row.figures {
        Ok(figures) => figures,
        Err(reason) => return format!("| {} | {} | left out: {} |\n", row.name, row.connections, cell(reason)),
    };
    let (all, cost) = (&figures.all, figures.cost);
    let p99 = all.percentile(0.99);
    let cells = [
        row.connections.to_string(),
        grouped(all.per_second),
        milliseconds(all.percentile(0.5)),
        milliseconds(p99),
        milliseconds(figures.alone),
        all.errors.to_string(),
        or_dash(cost.map(|cost| cost.statements.to_string())),
        or_dash(cost.map(|cost| grouped(cost.buffers as f64))),
        or_dash(cost.map(|cost| cost.relayed.to_string())),
        or_dash(row.floor_per_second.map(grouped)),
        or_dash(row.floor_per_second.map(|floor| percent(all.per_second / floor))),
        or_dash(row.live.map(|live| grouped(live.per_second))),
        or_dash(row.live.map(|live| format!("{:.1}", all.per_second / live.per_second))),
        or_dash(row.live.map(|live| format!("{:.0} (p50 {:.0})", live.p99, live.p50))),
        or_dash(row.live.zip(p99).map(|(live, p99)| percent(p99.as_secs_f64() * 1000.0 / live.p99))),
    ];
    format!("| {} | {} |\n", row.name, cells.join(" | "))
}

fn once(summary: &Summary) -> String {
    let rate = summary.locations as f64 / summary.migration.as_secs_f64().max(f64::EPSILON);
    let delays = |delays: &[Duration]| {
        let at = |share| milliseconds(percentile(delays, share));
        format!("{} / {} ({} events)", at(0.5), at(0.99), delays.len())
    };
    let lines = [
        ("streaming migration, locations/s", grouped(rate), "5,000", "-"),
        ("the same by Postgres alone (floor)", or_dash(summary.migration_floor.map(grouped)), "-", "-"),
        ("most resident memory during the migration, MB", megabytes(summary.peak_of_migration), "constant", "-"),
        ("answer to SNS at 200 updates a second, p50 / p99 ms", delays(&summary.delays), "50 at p99", "-"),
        ("the same while updates come as fast as they can", delays(&summary.delays_under_load), "-", "-"),
        ("events sent a second meanwhile", or_dash(summary.events_per_second.map(grouped)), "-", "-"),
        ("upload of a cell certificate, 2,000 rows, ms", milliseconds(summary.upload), "2,000", "-"),
        ("start to ready, ms", milliseconds(summary.ready_after), "300", "16,000"),
        ("resident memory, idle, MB", megabytes(summary.resident_idle), "60", "627"),
        ("most resident memory under all of this load, MB", megabytes(summary.peak_under_load), "150", "1,331"),
    ];
    let mut text = String::from("| | measured | target | live |\n|---|--:|--:|--:|\n");
    for (name, measured, target, live) in lines {
        let _ = writeln!(text, "| {name} | {measured} | {target} | {live} |");
    }
    text
}

/// The processor, as the system names it.
fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpuinfo.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or_default();
    let model = model.trim_start_matches([' ', '\t', ':']);
    format!("{cores} cores{}{model}", if model.is_empty() { "" } else { " of " })
}

/// A number with as many digits as say something, and commas between thousands.
fn grouped(number: f64) -> String {
    if number < 100.0 {
        return format!("{number:.1}");
    }
    let digits = format!("{number:.0}");
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn milliseconds(time: Option<Duration>) -> String {
    or_dash(time.map(|time| {
        let milliseconds = time.as_secs_f64() * 1000.0;
        if milliseconds < 10.0 { format!("{milliseconds:.2}") } else { grouped(milliseconds) }
    }))
}

fn megabytes(bytes: Option<u64>) -> String {
    or_dash(bytes.map(|bytes| format!("{:.0}", bytes as f64 / 1_048_576.0)))
}

fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

fn or_dash(text: Option<String>) -> String {
    text.unwrap_or_else(|| "-".to_owned())
}

/// A text that does not break the table.
fn cell(text: &str) -> String {
    text.replace('|', "/").replace(['\n', '\r'], " ")
}
