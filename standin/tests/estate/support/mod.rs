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
