//! The bell that a commit rings for the relays of this process.

use std::sync::Arc;

use tokio::sync::Notify;

/// Rung after a commit that leaves events or audit messages; the relays wait for it. What it misses, polling finds.
#[derive(Clone, Debug, Default)]
pub struct Wake {
    events: Arc<Notify>,
    audit: Arc<Notify>,
    queue_messages: Arc<Notify>,
}

impl Wake {
    /// There may be something to send.
    pub fn notify(&self) {
        self.events.notify_one();
        self.audit.notify_one();
        self.queue_messages.notify_one();
    }

    /// Waits until there may be events to send.
    pub async fn events(&self) {
        self.events.notified().await;
    }

    /// Waits until there may be messages to our own queues.
    pub async fn queue_messages(&self) {
        self.queue_messages.notified().await;
    }

    /// Waits until there may be audit messages to send.
    pub async fn audit(&self) {
        self.audit.notified().await;
    }
}
