//! One writer at a time for a prison (decisions B4).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::OwnedMutexGuard;

type Turn = tokio::sync::Mutex<()>;

/// Where writers of this process wait for their prison, so that one busy prison can't use up the connections.
#[derive(Clone, Default)]
pub struct PrisonQueues {
    queues: Arc<Mutex<HashMap<String, Weak<Turn>>>>,
}

impl PrisonQueues {
    /// Waits for the turns of these prisons, which have to be sorted so that two writers can't wait for each other.
    pub async fn turns(&self, sorted_prisons: &[String]) -> Vec<OwnedMutexGuard<()>> {
        let mut guards = Vec::with_capacity(sorted_prisons.len());
        for prison in sorted_prisons {
            guards.push(self.queue(prison).lock_owned().await);
        }
        guards
    }

    fn queue(&self, prison: &str) -> Arc<Turn> {
        // A panic elsewhere can't leave the map half changed, so a poisoned lock is as good as any.
        let mut queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(queue) = queues.get(prison).and_then(Weak::upgrade) {
            return queue;
        }
        queues.retain(|_, q| q.strong_count() > 0);
        let queue = Arc::new(Turn::default());
        queues.insert(prison.to_owned(), Arc::downgrade(&queue));
        queue
    }
}

/// Distinguishes the locks of prisons from other advisory locks on the same database.
const PRISON_LOCK_SPACE: i64 = 0x4C50 << 40;

/// The key of a prison's advisory lock: the space, then the (at most five) bytes of the prison id.
pub fn advisory_lock_key(prison_id: &str) -> i64 {
    prison_id.bytes().take(5).fold(0, |key, byte| (key << 8) | i64::from(byte)) | PRISON_LOCK_SPACE
}

#[cfg(test)]
mod tests {
    use super::{PrisonQueues, advisory_lock_key};

    #[test]
    fn prisons_have_locks_of_their_own() {
        let keys: std::collections::HashSet<i64> =
            ["LEI", "MDI", "ZZGHI", "ABCDE", "A", ""].into_iter().map(advisory_lock_key).collect();
        assert_eq!(keys.len(), 6);
        assert!(keys.iter().all(|k| *k > 0));
    }

    #[tokio::test]
    async fn a_second_writer_of_the_same_prison_waits() {
        let queues = PrisonQueues::default();
        let lei = vec!["LEI".to_owned()];
        let first = queues.turns(&lei).await;
        let other = queues.turns(&["MDI".to_owned()]).await;
        assert_eq!(other.len(), 1);
        let mut second = std::pin::pin!(queues.turns(&lei));
        assert!(futures_util::poll!(second.as_mut()).is_pending());
        drop(first);
        assert_eq!(second.await.len(), 1);
    }
}
