//! Helpers: a database of its own, roles in this process, calls with tokens.

mod database;
mod estate;
mod prison;
mod process;
mod queues;
mod roles;

pub use database::Database;
pub use estate::Estate;
pub use prison::Prison;
pub use roles::{Answer, Auth, Client, SECRET, call, role_settings, settings};

/// A number that the environment may give to choose a run.
pub fn number_from(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().unwrap_or_else(|e| panic!("{variable}: {e}")))
}
