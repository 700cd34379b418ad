//! Certification: requests for approval, the location trees that they save, and cell certificates (chapter 06).

pub mod certificate;
pub mod decision;
pub mod draft;
pub mod reactivation;
pub mod request;
pub mod signed_capacity;
pub mod snapshot;
pub mod stored;
pub mod upload;
