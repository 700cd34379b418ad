//! What tests share.

pub mod around;
pub mod database;
pub mod service;
