//! JSON text that is made once, while the tree is at hand, and sent or stored as it is.

use serde::Serialize;

/// A JSON text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered(String);

impl Rendered {
    /// The JSON text of a view.
    ///
    /// # Errors
    /// When the view cannot be written as JSON, which is a mistake of ours.
    pub fn of(view: &impl Serialize) -> Result<Self, serde_json::Error> {
        serde_json::to_string(view).map(Self)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text, given away.
    pub fn into_string(self) -> String {
        self.0
    }
}
