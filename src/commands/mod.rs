//! The command line: one file for each command, with its arguments and what it does.

pub mod demo;
pub mod migrate_from;
