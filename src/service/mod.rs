//! What can be done: one public function for one job, one database transaction each.

pub mod error;

pub use error::ServiceError;
