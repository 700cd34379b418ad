//! Changes to locations: the columns that each step sets and the history rows that it leaves (01 section 10).
//!
//! Each step takes the tree, the location's index and the journal of the operation. "touch" sets who and when.

pub mod archive;
pub mod capacity;
pub mod cell;
pub mod conversion;
pub mod deactivation;
pub mod fields;
pub mod kind;
pub mod non_residential;
pub mod reactivation;
