//! How a location is shown: the JSON shapes that answers, audit messages and certificates share. Pure.

pub mod time;
