//! The outbox: events and audit messages that were written in the transaction of their change and wait to be sent.
//!
//! Writing them is part of a unit of work ([`super::unit_of_work`]); here is what the relays and the operator do with them.

pub mod audit;
pub mod control;
pub mod events;
pub mod replay;

use std::time::Duration;

/// What a table of the outbox holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    /// Messages that wait to be sent.
    pub unsent: u64,
    /// For how long the oldest of them has been waiting.
    pub lag: Duration,
    /// Messages that were refused for good and wait for an operator.
    pub set_aside: u64,
}

/// A count of the database, which is never negative.
fn count(n: i64) -> u64 {
    u64::try_from(n).unwrap_or_default()
}

/// Seconds of the database; none or negative (its clock went back) is no time at all.
fn seconds(s: Option<f64>) -> Duration {
    s.and_then(|s| Duration::try_from_secs_f64(s).ok()).unwrap_or_default()
}
