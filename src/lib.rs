//! Locations Inside Prison API: the owner of every location inside every prison.
//!
//! A map of the crate; dependencies point one way: `api -> service -> {view, store, clients} -> domain`, `events -> store`.

pub mod api;
pub mod app;
pub mod build_info;
pub mod clients;
pub mod clock;
pub mod commands;
pub mod config;
pub mod demo;
pub mod development;
pub mod domain;
pub mod events;
pub mod health;
pub mod queues;
pub mod service;
pub mod store;
pub mod telemetry;
pub mod view;
