//! Prison Register: names of prisons and what kind they are (07 section 6.2). It asks for no token.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Deserialize;
use tokio::sync::Mutex;

use super::RemoteError;
use super::remote::Remote;

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
    /// Whether it holds men.
    pub male: bool,
    /// Whether it holds women.
    pub female: bool,
    /// Whether a contractor runs it.
    pub contracted: bool,
    /// Whether it belongs to the long-term high security estate.
    pub lthse: bool,
}

/// The list of all prisons, shared by whoever reads it.
type AllPrisons = Arc<Vec<RegisteredPrison>>;

/// The client of Prison Register. Clones share what is kept.
#[derive(Clone, Debug)]
pub struct PrisonRegister {
    remote: Remote,
    kept_for: Duration,
    names: Arc<Mutex<HashMap<String, Kept<String>>>>,
    all: Arc<Mutex<Option<Kept<AllPrisons>>>>,
}

/// An answer, and until when it is good.
#[derive(Clone, Debug)]
struct Kept<T> {
    value: T,
    until: Instant,
}

impl<T: Clone> Kept<T> {
    fn fresh(&self) -> Option<T> {
        (Instant::now() < self.until).then(|| self.value.clone())
    }
}

impl PrisonRegister {
    /// The client that asks this service, and keeps names for this long (setting `PRISON_NAME_CACHE_SECONDS`).
    pub fn new(remote: Remote, kept_for: Duration) -> Self {
        Self { remote, kept_for, names: Arc::default(), all: Arc::default() }
    }

    /// A prison, asked for anew each time; none if the register does not know it (404 there).
    ///
    /// # Errors
    /// When the register gives no usable answer otherwise.
    pub async fn prison(&self, prison_id: &str) -> Result<Option<RegisteredPrison>, RemoteError> {
        match self.remote.get(&format!("/prisons/id/{prison_id}")).await {
            Ok(prison) => Ok(Some(prison)),
            Err(RemoteError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The name of a prison; its id if the register does not know it.
    ///
    /// # Errors
    /// When the register gives no usable answer otherwise; that is not kept.
    pub async fn name(&self, prison_id: &str) -> Result<String, RemoteError> {
        if let Some(name) = self.names.lock().await.get(prison_id).and_then(Kept::fresh) {
            return Ok(name);
        }
        let name = self.prison(prison_id).await?.map_or_else(|| prison_id.to_owned(), |prison| prison.prison_name);
        if !self.kept_for.is_zero() {
            let kept = Kept { value: name.clone(), until: Instant::now() + self.kept_for };
            self.names.lock().await.insert(prison_id.to_owned(), kept);
        }
        Ok(name)
    }

    /// All prisons (06 section 7.6).
    ///
    /// # Errors
    /// When the register gives no usable answer; that is not kept.
    pub async fn prisons(&self) -> Result<Arc<Vec<RegisteredPrison>>, RemoteError> {
        if let Some(all) = self.all.lock().await.as_ref().and_then(Kept::fresh) {
            return Ok(all);
        }
        let all: Arc<Vec<RegisteredPrison>> = Arc::new(self.remote.get("/prisons").await?);
        if !self.kept_for.is_zero() {
            *self.all.lock().await = Some(Kept { value: Arc::clone(&all), until: Instant::now() + self.kept_for });
        }
        Ok(all)
    }
}
