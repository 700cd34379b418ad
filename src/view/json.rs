//! JSON text that is made once, while the tree is at hand, and sent or stored as it is.

use serde::{Serialize, Serializer};

/// About how long an object of a list is, in bytes.
const ROOM_FOR_ONE: usize = 800;

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

    /// The JSON text of a list of views, of which only one is in memory at a time.
    ///
    /// # Errors
    /// See [`Rendered::of`].
    pub fn of_each(views: impl Iterator<Item = impl Serialize>) -> Result<Self, serde_json::Error> {
        let most = views.size_hint().1.unwrap_or_default();
        let mut text = Vec::with_capacity(most * ROOM_FOR_ONE);
        serde_json::Serializer::new(&mut text).collect_seq(views)?;
        String::from_utf8(text).map(Self).map_err(serde::ser::Error::custom)
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
