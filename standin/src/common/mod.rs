//! What every role has.
//!
//! A role starts with [`role::Start::begin`], which makes a [`role::Context`] (database, telemetry, faults, token check, quiet), and ends
//! with [`role::Start::serve`], which adds `/health` and the `/standin` endpoints that all roles have, and serves until told to stop.

pub mod aws;
pub mod clock;
pub mod consumer;
pub mod database;
pub mod endpoints;
pub mod envelope;
pub mod error;
pub mod faults;
pub mod page;
pub mod quiet;
pub mod remote;
mod retries;
pub mod role;
pub mod server;
pub mod settings;
pub mod switches;
pub mod telemetry;
pub mod token_check;
pub mod token_source;
