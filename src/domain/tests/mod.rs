//! Tests of the rules on small made-up prisons.

mod capacity;
mod deactivation;
pub mod fixture;
mod journal;
mod properties;
mod reconciliation;
mod residential;
mod status;
mod sync;
