//! Which events go out next, and what waits for what. Pure: the time and chance are passed in.
//!
//! Promised is the order of each location. Within one PublishBatch, SNS may take a later entry and refuse an earlier one,
//! so a batch holds at most one event of a location, and events of a prison are in at most one batch at a time: no event is on its
//! way while an earlier one of its location is not known to be sent or set aside. A second event of a location lets
//! others of its prison pass, which keeps batches full when each change makes two events. Where prisons have few events
//! each, they share a batch. See docs/adr/0008-a-batch-holds-one-event-of-a-location.md.

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::Instant;

use uuid::Uuid;

use super::backoff;
use crate::store::outbox::events::{Tried, UnsentEvent};

/// The most entries that SNS takes in a batch.
pub const BATCH_ENTRIES: usize = 10;

/// The most bytes that SNS takes in a batch, attributes included.
pub const BATCH_BYTES: usize = 256 * 1024;

/// What became of one event of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// SNS has it.
    Sent,
    /// SNS will never take it.
    Refused(String),
    /// The whole batch was refused for good, for the sake of one of its events or for what they are together.
    RefusedTogether(String),
    /// Not this time.
    Failed(String),
}

/// The events that were read from the outbox, by prison.
#[derive(Debug, Default)]
pub struct LineUp {
    lines: HashMap<String, Line>,
    /// Events of batches that were refused as a whole: each is tried by itself.
    alone: HashSet<i64>,
}

#[derive(Debug, Default)]
struct Line {
    /// In the order of the outbox.
    unsent: VecDeque<UnsentEvent>,
    in_flight: bool,
    failures: u32,
    wait_until: Option<Instant>,
}

/// Events of one location keep their order; so do those about a whole prison.
type Subject = (String, Option<Uuid>);

fn subject(event: &UnsentEvent) -> Subject {
    (event.prison_id.clone(), event.location_id)
}

impl LineUp {
    /// The prisons whose events are not to be read now: some are here already, on their way, or have to wait.
    pub fn occupied(&self, now: Instant) -> Vec<String> {
        let occupied = self.lines.iter().filter(|(_, line)| {
            line.in_flight || !line.unsent.is_empty() || line.wait_until.is_some_and(|until| until > now)
        });
        occupied.map(|(prison, _)| prison.clone()).collect()
    }

    /// Takes in events of prisons that are not occupied, in the order of the outbox.
    pub fn add(&mut self, events: Vec<UnsentEvent>) {
        for event in events {
            self.lines.entry(event.prison_id.clone()).or_default().unsent.push_back(event);
        }
    }

    /// Forgets what has not been sent; the outbox still has it.
    pub fn clear(&mut self) {
        for line in self.lines.values_mut() {
            line.unsent.clear();
        }
    }

    /// When the first of the waits ends, if any prison has to wait.
    pub fn next_wait(&self, now: Instant) -> Option<Instant> {
        self.lines.values().filter_map(|line| line.wait_until).filter(|until| *until > now).min()
    }

    /// How many prisons wait after a failure.
    pub fn waiting(&self, now: Instant) -> usize {
        self.lines.values().filter(|line| line.wait_until.is_some_and(|until| until > now)).count()
    }

    /// The next batch to send, the longest waiting prison first; none if there is nothing that may go now. Its prisons are
    /// in flight until [`LineUp::settle`].
    pub fn next_batch(&mut self) -> Option<Vec<UnsentEvent>> {
        let mut ready: Vec<(i64, String)> = self
            .lines
            .iter()
            .filter(|(_, line)| !line.in_flight)
            .filter_map(|(prison, line)| Some((line.unsent.front()?.id, prison.clone())))
            .collect();
        ready.sort();
        let mut batch = Batch::default();
        for (_, prison) in ready {
            if batch.closed {
                break;
            }
            if let Some(line) = self.lines.get_mut(&prison) {
                line.in_flight = batch.fill_from(&mut line.unsent, &self.alone);
            }
        }
        (!batch.events.is_empty()).then_some(batch.events)
    }

    /// Takes in what became of a batch, one outcome for each event. Answers what is to be written down.
    pub fn settle(&mut self, batch: Vec<UnsentEvent>, outcomes: Vec<Outcome>, now: Instant, chance: f64) -> Tried {
        let mut tried = Tried::default();
        let mut failed: HashSet<String> = HashSet::new();
        let single = batch.len() == 1;
        for event in &batch {
            if let Some(line) = self.lines.get_mut(&event.prison_id) {
                line.in_flight = false;
                line.wait_until = None;
            }
        }
        for (event, outcome) in batch.into_iter().zip(outcomes) {
            match outcome {
                Outcome::RefusedTogether(_) if !single => self.put_back(event),
                Outcome::Refused(reason) | Outcome::RefusedTogether(reason) => {
                    self.alone.remove(&event.id);
                    tried.refused.push((event.id, reason));
                }
                Outcome::Sent => {
                    self.alone.remove(&event.id);
                    tried.sent.push(event.id);
                    if !failed.contains(&event.prison_id)
                        && let Some(line) = self.lines.get_mut(&event.prison_id)
                    {
                        line.failures = 0;
                    }
                }
                Outcome::Failed(reason) => {
                    // The first one is what the prison waits for.
                    if failed.insert(event.prison_id.clone()) {
                        self.make_wait(&event.prison_id, now, chance);
                        tried.failed.push((event.id, reason));
                    }
                }
            }
        }
        tried
    }

    /// The event is to be tried again at once, by itself.
    fn put_back(&mut self, event: UnsentEvent) {
        self.alone.insert(event.id);
        if let Some(line) = self.lines.get_mut(&event.prison_id) {
            let place = line.unsent.partition_point(|e| e.id < event.id);
            line.unsent.insert(place, event);
        }
    }

    fn make_wait(&mut self, prison: &str, now: Instant, chance: f64) {
        if let Some(line) = self.lines.get_mut(prison) {
            line.failures = line.failures.saturating_add(1);
            line.wait_until = now.checked_add(backoff::wait(line.failures, chance));
            // To be read again, in order, when the wait is over.
            line.unsent.clear();
        }
    }
}

/// A batch that is being filled.
#[derive(Default)]
struct Batch {
    events: Vec<UnsentEvent>,
    bytes: usize,
    closed: bool,
    /// Events of these must not be taken: an earlier one is in the batch, or had to stay behind.
    passed: HashSet<Subject>,
}

impl Batch {
    /// Takes what it may from the events of a prison. Answers whether it took any.
    fn fill_from(&mut self, unsent: &mut VecDeque<UnsentEvent>, alone: &HashSet<i64>) -> bool {
        let before = self.events.len();
        let mut left = VecDeque::with_capacity(unsent.len());
        while let Some(event) = unsent.pop_front() {
            if self.closed {
                left.push_back(event);
                left.append(unsent);
                break;
            }
            if !self.passed.insert(subject(&event)) || (alone.contains(&event.id) && !self.events.is_empty()) {
                left.push_back(event);
                continue;
            }
            let bytes = size(&event);
            if !self.events.is_empty() && self.bytes + bytes > BATCH_BYTES {
                self.closed = true;
                left.push_back(event);
                continue;
            }
            self.bytes += bytes;
            self.closed = alone.contains(&event.id) || self.events.len() + 1 == BATCH_ENTRIES;
            self.events.push(event);
        }
        *unsent = left;
        self.events.len() > before
    }
}

/// What SNS counts of an event: the message, and name, type and value of each attribute.
fn size(event: &UnsentEvent) -> usize {
    let attributes = super::topic::attributes(event);
    let counted: usize = attributes.iter().map(|(name, value)| name.len() + "String".len() + value.len()).sum();
    event.message.len() + counted
}

#[cfg(test)]
#[path = "line_up_tests.rs"]
mod tests;
