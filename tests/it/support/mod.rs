//! What tests share.

pub mod aws;
pub mod around;
pub mod database;
pub mod relays;
pub mod remote;
pub mod service;
