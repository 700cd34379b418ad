//! A stand-in for the estate around the Locations Inside Prison API, for one machine. It speaks the real protocols, so each role
//! can be replaced by the real system through settings only. It shares no code with the service.
//!
//! A map of the crate; each role is a process of its own, and they talk by HTTP and queues only:

pub mod auth;
pub mod clients;
pub mod commands;
pub mod common;
pub mod from_nomis;
pub mod mapping;
pub mod nomis;
pub mod reconcile;
pub mod seed;
pub mod sync;
pub mod to_nomis;
pub mod translate;
