//! What tests share.

pub mod around;
pub mod aws;
pub mod balancer;
pub mod cluster;
pub mod database;
pub mod estate;
pub mod queues;
pub mod relays;
pub mod remote;
pub mod replica;
pub mod service;
