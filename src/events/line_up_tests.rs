use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::{Duration, Instant};

use proptest::prelude::*;
use uuid::Uuid;

use super::{BATCH_BYTES, BATCH_ENTRIES, LineUp, Outcome, size, subject};
use crate::store::outbox::events::{Tried, UnsentEvent};

fn event(id: i64, prison: &str, location: u128, length: usize) -> UnsentEvent {
    UnsentEvent {
        id,
        event_id: Uuid::from_u128(0),
        prison_id: prison.to_owned(),
        location_id: (location > 0).then(|| Uuid::from_u128(location)),
        event_type: "location.inside.prison.amended".to_owned(),
        message: "x".repeat(length),
        replay: false,
        traceparent: None,
        written_at: Instant::now(),
    }
}

fn ids(batch: &[UnsentEvent]) -> Vec<i64> {
    batch.iter().map(|e| e.id).collect()
}

fn line_up(events: Vec<UnsentEvent>) -> LineUp {
    let mut line_up = LineUp::default();
    line_up.add(events);
    line_up
}

fn all_sent(batch: &[UnsentEvent]) -> Vec<Outcome> {
    vec![Outcome::Sent; batch.len()]
}

#[test]
fn a_batch_holds_ten_events_of_one_prison() {
    let mut line_up = line_up((1..=12).map(|i| event(i, "LEI", i.unsigned_abs().into(), 9)).collect());
    let batch = line_up.next_batch().unwrap();
    assert_eq!(ids(&batch), (1..=10).collect::<Vec<_>>());
    assert_eq!(line_up.next_batch(), None, "the prison is in flight");
    let outcomes = all_sent(&batch);
    assert_eq!(line_up.settle(batch, outcomes, Instant::now(), 0.5).sent, (1..=10).collect::<Vec<_>>());
    assert_eq!(ids(&line_up.next_batch().unwrap()), [11, 12]);
}

#[test]
fn a_second_event_of_a_location_waits_for_the_first_and_lets_others_pass() {
    let mut line_up = line_up(vec![
        event(1, "LEI", 7, 9),
        event(2, "LEI", 7, 9),
        event(3, "LEI", 8, 9),
        event(4, "LEI", 7, 9),
        event(5, "LEI", 8, 9),
    ]);
    for expected in [vec![1, 3], vec![2, 5], vec![4]] {
        let batch = line_up.next_batch().unwrap();
        assert_eq!(ids(&batch), expected);
        let outcomes = all_sent(&batch);
        line_up.settle(batch, outcomes, Instant::now(), 0.5);
    }
    assert_eq!(line_up.next_batch(), None);
}

#[test]
fn prisons_with_few_events_share_a_batch_and_the_rest_goes_at_the_same_time() {
    let mut line_up = line_up((1..=15).map(|i| event(i, &format!("P{i}"), 1, 9)).collect());
    assert_eq!(ids(&line_up.next_batch().unwrap()), (1..=10).collect::<Vec<_>>());
    assert_eq!(ids(&line_up.next_batch().unwrap()), (11..=15).collect::<Vec<_>>());
}

#[test]
fn signed_capacity_events_of_a_prison_keep_their_order() {
    let mut line_up = line_up(vec![event(1, "LEI", 0, 9), event(2, "LEI", 0, 9), event(3, "MDI", 0, 9)]);
    assert_eq!(ids(&line_up.next_batch().unwrap()), [1, 3]);
}

#[test]
fn a_batch_stays_below_the_limit_and_what_is_too_big_goes_alone() {
    let mut line_up = line_up(vec![
        event(1, "LEI", 1, 200_000),
        event(2, "LEI", 2, 100_000),
        event(3, "LEI", 3, 9),
        event(4, "MDI", 4, 300_000),
    ]);
    let first = line_up.next_batch().unwrap();
    assert_eq!(ids(&first), [1], "what does not fit is not passed by what is behind it");
    assert_eq!(ids(&line_up.next_batch().unwrap()), [4]);
    let outcomes = all_sent(&first);
    line_up.settle(first, outcomes, Instant::now(), 0.5);
    assert_eq!(ids(&line_up.next_batch().unwrap()), [2, 3]);
}

#[test]
fn a_prison_waits_after_a_failure_while_others_go_on() {
    let now = Instant::now();
    let mut line_up = line_up(vec![
        event(1, "LEI", 1, 9),
        event(2, "LEI", 2, 9),
        event(3, "LEI", 3, 9),
        event(4, "MDI", 1, 9),
        event(5, "LEI", 1, 9),
    ]);
    let batch = line_up.next_batch().unwrap();
    assert_eq!(ids(&batch), [1, 2, 3, 4]);
    let failed = Outcome::Failed("InternalError: ".into());
    let outcomes = vec![Outcome::Sent, failed.clone(), failed, Outcome::Sent];
    let tried = line_up.settle(batch, outcomes, now, 1.0);
    assert_eq!(tried.sent, [1, 4], "those that were taken are marked, so that they don't go twice");
    assert_eq!(tried.failed, [(2, "InternalError: ".into())], "the first one is what the prison waits for");
    assert_eq!(line_up.occupied(now), ["LEI"]);
    assert_eq!(line_up.next_batch(), None);
    assert_eq!(line_up.next_wait(now), now.checked_add(Duration::from_millis(250)));
    assert_eq!(line_up.waiting(now), 1);
    let later = now + Duration::from_millis(251);
    assert!(line_up.occupied(later).is_empty(), "the outbox is read again after the wait");
    assert_eq!((line_up.next_wait(later), line_up.waiting(later)), (None, 0));
}

#[test]
fn waits_grow_until_something_is_sent() {
    let now = Instant::now();
    let mut line_up = LineUp::default();
    let mut try_once = |outcome: Outcome| {
        line_up.add(vec![event(1, "LEI", 1, 9)]);
        let batch = line_up.next_batch().unwrap();
        line_up.settle(batch, vec![outcome], now, 1.0);
        line_up.next_wait(now).map(|until| (until - now).as_millis())
    };
    let failed = || Outcome::Failed("down".into());
    assert_eq!(try_once(failed()), Some(250));
    assert_eq!(try_once(failed()), Some(500));
    assert_eq!(try_once(failed()), Some(1000));
    assert_eq!(try_once(Outcome::Sent), None);
    assert_eq!(try_once(failed()), Some(250));
}

#[test]
fn a_refused_event_is_set_aside_and_holds_nobody_up() {
    let now = Instant::now();
    let mut line_up = line_up(vec![event(1, "LEI", 1, 9), event(2, "LEI", 2, 9), event(3, "LEI", 1, 9)]);
    let batch = line_up.next_batch().unwrap();
    let tried = line_up.settle(batch, vec![Outcome::Refused("bad".into()), Outcome::Sent], now, 0.5);
    assert_eq!(tried, Tried { sent: vec![2], refused: vec![(1, "bad".into())], failed: vec![] });
    assert_eq!(ids(&line_up.next_batch().unwrap()), [3]);
}

#[test]
fn a_batch_that_is_refused_as_a_whole_is_sent_one_by_one_at_once() {
    let now = Instant::now();
    let mut line_up =
        line_up(vec![event(1, "LEI", 1, 9), event(2, "LEI", 2, 9), event(3, "LEI", 1, 9), event(4, "MDI", 4, 9)]);
    let batch = line_up.next_batch().unwrap();
    assert_eq!(ids(&batch), [1, 2, 4]);
    let refused = Outcome::RefusedTogether("too long".into());
    assert!(line_up.settle(batch, vec![refused.clone(); 3], now, 0.5).is_empty());
    for (expected, outcome) in [(1, refused), (2, Outcome::Sent), (3, Outcome::Sent), (4, Outcome::Sent)] {
        let batch = line_up.next_batch().unwrap();
        assert_eq!(ids(&batch), [expected]);
        let tried = line_up.settle(batch, vec![outcome.clone()], now, 0.5);
        // By itself, a refusal is meant for the event.
        assert_eq!((tried.refused.len(), tried.sent.len()), if outcome == Outcome::Sent { (0, 1) } else { (1, 0) });
    }
    assert_eq!(line_up.next_batch(), None);
}

#[test]
fn clearing_forgets_what_has_not_been_sent() {
    let mut line_up = line_up(vec![event(1, "LEI", 1, 9)]);
    line_up.clear();
    assert_eq!(line_up.next_batch(), None);
    assert!(line_up.occupied(Instant::now()).is_empty());
}

/// An outbox and an SNS that fails as it is told.
struct World {
    unsent: BTreeMap<i64, UnsentEvent>,
    taken: Vec<i64>,
    aside: HashSet<i64>,
    now: Instant,
}

impl World {
    /// What the relay reads: the first events of prisons that are not occupied.
    fn read(&self, line_up: &LineUp, window: usize) -> Vec<UnsentEvent> {
        let occupied = line_up.occupied(self.now);
        let mut read: HashMap<&str, usize> = HashMap::new();
        let mut chosen = Vec::new();
        for event in self.unsent.values().filter(|e| !occupied.contains(&e.prison_id)) {
            let n = read.entry(&event.prison_id).or_default();
            *n += 1;
            if *n <= window {
                chosen.push(event.clone());
            }
        }
        chosen
    }

    /// Written down, as in the outbox.
    fn record(&mut self, tried: Tried) {
        for id in tried.sent {
            self.taken.push(id);
            assert!(self.unsent.remove(&id).is_some(), "{id} was sent twice");
        }
        for (id, _) in tried.refused {
            self.aside.insert(id);
            assert!(self.unsent.remove(&id).is_some(), "{id} was set aside after it had been sent");
        }
    }
}

fn outcomes_for(batch: &[UnsentEvent], dice: &mut impl Iterator<Item = u8>) -> Vec<Outcome> {
    match dice.next().unwrap_or(0) {
        0..=19 => vec![Outcome::Failed("down".into()); batch.len()],
        20..=29 => vec![Outcome::RefusedTogether("refused".into()); batch.len()],
        _ => batch
            .iter()
            .map(|_| match dice.next().unwrap_or(255) {
                0..=29 => Outcome::Failed("throttled".into()),
                30..=39 => Outcome::Refused("bad".into()),
                _ => Outcome::Sent,
            })
            .collect(),
    }
}

proptest! {
    #[test]
    fn whatever_fails_each_event_goes_once_and_in_the_order_of_its_location(
        given in prop::collection::vec((0..4_usize, 0..4_u128, prop_oneof![9 => 1..500_usize, 1 => 90_000..300_000_usize]), 1..80),
        dice in prop::collection::vec(any::<u8>(), 0..400),
        window in 1..20_usize,
    ) {
        let events = given.iter().zip(1..).map(|((prison, location, length), id)| {
            (id, event(id, ["LEI", "MDI", "BXI", "WWI"][*prison], *location, *length))
        });
        let all: BTreeMap<i64, UnsentEvent> = events.collect();
        let mut world = World { unsent: all.clone(), taken: Vec::new(), aside: HashSet::new(), now: Instant::now() };
        let mut dice = dice.into_iter().chain(std::iter::repeat(255));
        let mut line_up = LineUp::default();
        let mut in_flight: Vec<Vec<UnsentEvent>> = Vec::new();
        let mut rounds = 0;
        while !world.unsent.is_empty() || !in_flight.is_empty() {
            rounds += 1;
            prop_assert!(rounds < 10_000, "stuck");
            line_up.add(world.read(&line_up, window));
            while in_flight.len() < 3 && let Some(batch) = line_up.next_batch() {
                let subjects: HashSet<_> = batch.iter().map(subject).collect();
                prop_assert_eq!(subjects.len(), batch.len(), "two events of a location in a batch");
                prop_assert!(batch.len() <= BATCH_ENTRIES);
                prop_assert!(batch.len() == 1 || batch.iter().map(size).sum::<usize>() <= BATCH_BYTES);
                let here: HashSet<_> = batch.iter().map(|e| &e.prison_id).collect();
                prop_assert!(in_flight.iter().flatten().all(|e| !here.contains(&e.prison_id)));
                in_flight.push(batch);
            }
            if in_flight.is_empty() {
                // All have to wait.
                world.now += Duration::from_secs(1);
                continue;
            }
            let which = usize::from(dice.next().unwrap_or(0)) % in_flight.len();
            let batch = in_flight.remove(which);
            let outcomes = outcomes_for(&batch, &mut dice);
            world.record(line_up.settle(batch, outcomes, world.now, 0.5));
        }
        prop_assert_eq!(world.taken.len() + world.aside.len(), all.len());
        let mut last: HashMap<_, i64> = HashMap::new();
        for id in &world.taken {
            let before = last.insert(subject(&all[id]), *id);
            prop_assert!(before.is_none_or(|before| before < *id), "{id} was overtaken");
        }
    }
}
