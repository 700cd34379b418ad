//! How a location is shown: the JSON shapes that answers, audit messages and certificates share. Pure.

pub mod approval;
pub mod breadcrumb;
pub mod capacity_changes;
pub mod certificate;
pub mod constants;
pub mod group;
pub mod hierarchy;
pub mod history;
pub mod json;
pub mod legacy;
pub mod location;
pub mod non_residential;
pub mod occupancy;
pub mod page;
pub mod prison_configuration;
pub mod reconciliation;
pub mod roll_count;
pub mod shared;
pub mod signed_capacity;
pub mod summary;
pub mod time;
pub mod upload;
