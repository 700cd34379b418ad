//! How a location is shown: the JSON shapes that answers, audit messages and certificates share. Pure.

pub mod capacity_changes;
pub mod certificate;
pub mod history;
pub mod json;
pub mod legacy;
pub mod location;
pub mod page;
pub mod shared;
pub mod time;
