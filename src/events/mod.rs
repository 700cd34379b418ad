//! How others hear of it.

/// Wakes the relays.
#[derive(Clone, Debug, Default)]
pub struct Wake(std::sync::Arc<tokio::sync::Notify>);

impl Wake {
    /// There is something to send.
    pub fn notify(&self) {
        self.0.notify_one();
    }
}
