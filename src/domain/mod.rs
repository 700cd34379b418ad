//! What a location is, and what it may become. Pure: no I/O, no async, no SQL, no HTTP, no clock, no randomness.

pub mod naming;
pub mod reference;
pub mod refusal;

pub use refusal::Refusal;
