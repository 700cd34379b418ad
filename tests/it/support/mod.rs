//! What tests share.

pub mod database;
pub mod remote;
pub mod service;
