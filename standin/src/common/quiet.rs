//! Whether anything is under way in a role (08 section 15.4, `GET /standin/quiet`).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::BoxFuture;

type Count = Arc<dyn Fn() -> BoxFuture<'static, i64> + Send + Sync>;

/// Counts of what is under way, by name. Copies share them.
#[derive(Clone, Default)]
pub struct Quiet(Arc<Mutex<Vec<(String, Count)>>>);

impl Quiet {
    /// Adds something that is counted when asked. What can't be counted counts as 1.
    pub fn watch(&self, name: impl Into<String>, count: impl Fn() -> BoxFuture<'static, i64> + Send + Sync + 'static) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push((name.into(), Arc::new(count)));
    }

    /// What is under way: empty when all is quiet.
    pub async fn under_way(&self) -> BTreeMap<String, i64> {
        let watched = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut found = BTreeMap::new();
        for (name, count) in watched {
            let number = count().await;
            if number != 0 {
                found.insert(name, number);
            }
        }
        found
    }
}
