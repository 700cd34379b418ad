//! Certification: requests for approval, the location trees that they save, and cell certificates (chapter 06).

pub mod request;
pub mod snapshot;
