//! Domain events.

/// Types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventType {
    /// created
    Created,
    /// amended
    Amended,
    /// deleted
    Deleted,
}
impl EventType {
    /// constant
    pub fn as_str(self) -> &'static str {
        ""
    }
}
/// One event.
pub struct DomainEvent {
    /// t
    pub event_type: EventType,
    /// id
    pub id: Option<uuid::Uuid>,
    /// key
    pub key: String,
}
impl DomainEvent {
    /// json
    pub fn message(&self) -> String {
        String::new()
    }
}
