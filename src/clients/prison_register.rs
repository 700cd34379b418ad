//! Prison Register: names of prisons and what kind they are (07 section 6.2). It asks for no token.

use serde::Deserialize;

use super::RemoteError;

/// A prison as the register knows it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RegisteredPrison {
    /// Id of the prison.
    pub prison_id: String,
    /// Its name.
    pub prison_name: String,
    /// Whether it is in use.
    pub active: bool,
    /// Whether it holds women.
    pub female: bool,
    /// Whether it belongs to the long-term high security estate.
    pub lthse: bool,
}

/// The client of Prison Register.
#[derive(Clone, Debug)]
pub struct PrisonRegister {}

impl PrisonRegister {
    /// A prison; none if the register does not know it (404 there).
    ///
    /// # Errors
    /// When the register gives no usable answer otherwise.
    pub async fn prison(&self, _prison_id: &str) -> Result<Option<RegisteredPrison>, RemoteError> {
        Err(RemoteError::Unavailable { service: "prison-register", reason: "not connected yet".to_owned() })
    }
}
