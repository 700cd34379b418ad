//! Rules of the jobs on residential locations (chapter 04) that need nothing but the tree.

pub mod capacity;
pub mod conversion;
pub mod create;
pub mod deactivation;
pub mod edit;
pub mod patch;
