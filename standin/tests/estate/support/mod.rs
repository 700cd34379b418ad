//! Helpers: a database of its own, roles in this process, calls with tokens.

mod database;
mod roles;

pub use database::Database;
pub use roles::{Answer, Auth, Client, SECRET, call, role_settings, settings};
