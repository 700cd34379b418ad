//! What a location is, and what it may become. Pure: no I/O, no async, no SQL, no HTTP, no clock, no randomness.

pub mod approval;
pub mod capacity;
pub mod certificate;
pub mod certification;
pub mod change;
pub mod event;
pub mod groups;
pub mod history;
pub mod journal;
pub mod location;
pub mod migration;
pub mod naming;
pub mod non_residential;
pub mod page;
pub mod prison;
pub mod prisoner;
pub mod reconciliation;
pub mod reference;
pub mod refusal;
pub mod residential;
pub mod roll_count;
pub mod status;
pub mod sync;
pub mod tree;

#[cfg(test)]
mod tests;

pub use refusal::Refusal;
