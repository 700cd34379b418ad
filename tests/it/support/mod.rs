//! What tests share.

pub mod aws;
pub mod around;
pub mod cluster;
pub mod database;
pub mod relays;
pub mod remote;
pub mod replica;
pub mod service;
