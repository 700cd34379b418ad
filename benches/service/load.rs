//! Many requests at once over connections that stay open, each request timed.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::Outcome;
use crate::client::Connection;
use crate::works::{Operation, Work};

/// What has been measured of a work.
#[derive(Debug, Default)]
pub struct Measured {
    /// Requests that were answered as they should be, a second.
    pub per_second: f64,
    /// Times of these requests, shortest first.
    latencies: Vec<Duration>,
    /// How many others there were.
    pub errors: u64,
    /// What was said to the first of them.
    pub first_error: Option<String>,
}

impl Measured {
    /// How many requests were answered as they should be.
    pub fn count(&self) -> usize {
        self.latencies.len()
    }

    /// The time within which this share of the requests was answered.
    pub fn percentile(&self, share: f64) -> Option<Duration> {
        percentile(&self.latencies, share)
    }

    fn add(&mut self, other: Self) {
        self.latencies.extend(other.latencies);
        self.errors += other.errors;
        self.first_error = self.first_error.take().or(other.first_error);
    }
}

/// The value below or at which this share of sorted values lies.
pub fn percentile(sorted: &[Duration], share: f64) -> Option<Duration> {
    let rank = (sorted.len() as f64 * share).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied()
}

/// A number that looks like chance and is the same in each run.
pub fn scatter(number: u64) -> u64 {
    let mixed = number.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

/// How one connection did with one operation.
pub enum Answered {
    /// As it should be, in this time.
    Well(Duration),
    /// With this status and text.
    Badly(u16, String),
}

/// Runs a work over so many connections for so long, its operations numbered from `numbers` on.
///
/// # Errors
/// When a connection breaks: no answer at all is worse than a bad one.
pub async fn run(
    work: &Arc<Work>,
    port: u16,
    (connections, seconds): (usize, Duration),
    numbers: &Arc<AtomicU64>,
) -> Outcome<Measured> {
    let begun = Instant::now();
    let first = numbers.load(Ordering::Relaxed);
    let mut workers = JoinSet::new();
    for _ in 0..connections {
        let (work, numbers) = (work.clone(), numbers.clone());
        workers.spawn(async move { one_connection(&work, port, &Timetable { begun, seconds, first }, &numbers).await });
    }
    let mut measured = Measured::default();
    while let Some(done) = workers.join_next().await {
        measured.add(done??);
    }
    let elapsed = begun.elapsed();
    measured.latencies.sort_unstable();
    // What an operation has to undo before the next one is not part of it.
    let busy =
        if work.has_undo { measured.latencies.iter().sum::<Duration>() / u32::try_from(connections)? } else { elapsed };
    measured.per_second = measured.count() as f64 / busy.as_secs_f64().max(f64::EPSILON);
    Ok(measured)
}

struct Timetable {
    begun: Instant,
    seconds: Duration,
    first: u64,
}

async fn one_connection(work: &Work, port: u16, times: &Timetable, numbers: &AtomicU64) -> Outcome<Measured> {
    let mut connection = Connection::open(port).await?;
    let mut measured = Measured::default();
    while times.begun.elapsed() < times.seconds {
        let number = numbers.fetch_add(1, Ordering::Relaxed);
        if let Some(pace) = work.pace {
            let due = Duration::from_secs_f64((number - times.first) as f64 / pace);
            tokio::time::sleep_until((times.begun + due).into()).await;
        }
        let Some(operation) = (work.operation)(number) else { break };
        match once(work, &mut connection, &operation).await? {
            Answered::Well(time) => measured.latencies.push(time),
            Answered::Badly(status, text) => {
                measured.errors += 1;
                measured.first_error.get_or_insert_with(|| format!("{status} {text}"));
            }
        }
        if let Some(undo) = &operation.undo {
            undone(&mut connection, undo).await?;
        }
    }
    Ok(measured)
}

/// Does an operation once, without undoing it.
pub async fn once(work: &Work, connection: &mut Connection, operation: &Operation) -> Outcome<Answered> {
    let begun = Instant::now();
    let answer = connection.exchange(&operation.request).await?;
    let answered = Instant::now();
    if !(200..300).contains(&answer.status) || !(work.is_well)(answer.body) {
        let text = String::from_utf8_lossy(answer.body).chars().take(300).collect();
        return Ok(Answered::Badly(answer.status, text));
    }
    (work.observe)(operation, answer.body, answered);
    Ok(Answered::Well(answered - begun))
}

/// Undoes an operation, so that the next one finds everything as it was.
pub async fn undone(connection: &mut Connection, undo: &[u8]) -> Outcome<()> {
    let answer = connection.exchange(undo).await?;
    match answer.status {
        200..300 => Ok(()),
        status => Err(format!("can't be undone: {status} {}", String::from_utf8_lossy(answer.body)).into()),
    }
}
