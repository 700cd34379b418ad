//! How a location is shown: the JSON shapes that answers, audit messages and certificates share. Pure.

pub mod certificate;
pub mod hierarchy;
pub mod history;
pub mod json;
pub mod legacy;
pub mod location;
pub mod non_residential;
pub mod page;
pub mod shared;
pub mod time;
