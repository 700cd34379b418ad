//! Why a job could not be done.

use crate::clients::RemoteError;
use crate::domain::Refusal;

/// The outcome of a job that failed. Whatever the reason, its transaction has been rolled back (decisions B1).
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// A rule of the contract says no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Another service that we had to ask did not give a usable answer.
    #[error(transparent)]
    Remote(#[from] RemoteError),
    /// The database did not do what was asked.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    /// A lock, a connection or a statement was not to be had in time: 503 with `Retry-After`.
    #[error("busy: {0}")]
    Busy(&'static str),
    /// An answer could not be written as JSON: a mistake of ours.
    #[error("answer: {0}")]
    Answer(#[from] serde_json::Error),
}
