//! Whom we ask: the other services around us.

pub mod http;
pub mod prison_api;
pub mod prison_register;
pub mod prisoner_search;
pub mod remote;
pub mod token;

pub use prison_api::PrisonApi;
pub use prison_register::PrisonRegister;
pub use prisoner_search::{Prisoner, PrisonerSearch};

/// The services that we ask.
#[derive(Clone, Debug)]
pub struct Clients {
    /// Who is in which cell.
    pub prisoner_search: PrisonerSearch,
    /// Who moved today.
    pub prison_api: PrisonApi,
    /// Names and kinds of prisons.
    pub prison_register: PrisonRegister,
}

/// A call to another service that gave no usable answer.
#[derive(Debug, thiserror::Error)]
pub enum RemoteError {
    /// It answered 404: the caller gets 404 too (07 section 6.1 rule 6).
    #[error("404 Not Found from {method} {url}")]
    NotFound {
        /// HTTP method of the call.
        method: &'static str,
        /// Full address of the call.
        url: String,
    },
    /// It could not be reached, timed out, refused, or answered something unreadable: a 502 for the caller.
    #[error("{service} could not be asked: {reason}")]
    Unavailable {
        /// Name of the service.
        service: &'static str,
        /// What went wrong.
        reason: String,
    },
}
