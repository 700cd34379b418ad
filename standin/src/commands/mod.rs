//! What an operator does: commands that call the roles, each an account of its steps on the standard output.

pub mod migrate;
pub mod operator;
pub mod reconcile;
pub mod switch_over;
