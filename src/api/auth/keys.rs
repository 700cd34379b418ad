//! The keys that sign tokens: fetched from the authorisation server, kept, refreshed when one is not known.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use jsonwebtoken::DecodingKey;
use jsonwebtoken::jwk::{AlgorithmParameters, Jwk, JwkSet, KeyAlgorithm, PublicKeyUse};
use tokio_util::sync::CancellationToken;

/// How long fetching may take; live tokens wait for it.
const FETCH_TIMEOUT: Duration = Duration::from_secs(2);
/// How often the set is fetched anew though every key is known, so that a withdrawn key goes.
const REFRESHED_EVERY: Duration = Duration::from_secs(300);
/// How long an unknown key waits for the next fetch after one that went well, unless said otherwise.
const PAUSE: Duration = Duration::from_secs(5);
/// The same after one that did not go well, at most.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(1);

/// Why there is no key for a token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeySetError {
    /// The set does not hold it, even when fetched anew.
    #[error("the token is signed with a key that is not known")]
    UnknownKey,
    /// Nobody knows: the set can't be fetched.
    #[error("the key set could not be fetched")]
    Unavailable,
}

/// The key set of the authorisation server, and the development key where there is one.
pub struct KeySet {
    url: String,
    client: reqwest::Client,
    /// How long an unknown key waits for the next fetch after one that went well.
    pause: Duration,
    /// Keys that are trusted whatever the server says: the development key.
    fixed: Keys,
    fetched: RwLock<Arc<Keys>>,
    /// Taken by the one who fetches, so that a crowd with an unknown key makes one call.
    turn: tokio::sync::Mutex<LastFetch>,
}

/// Key ids with their keys; a key of a set need not have an id.
type Keys = Vec<(Option<String>, DecodingKey)>;

#[derive(Default)]
struct LastFetch {
    at: Option<Instant>,
    failed: bool,
}

impl KeySet {
    /// The set behind this address, which is not asked before a token needs it or [`KeySet::keep_fresh`] runs.
    pub fn new(url: String, client: reqwest::Client) -> Self {
        Self {
            url,
            client,
            pause: PAUSE,
            fixed: Keys::new(),
            fetched: RwLock::default(),
            turn: tokio::sync::Mutex::default(),
        }
    }

    /// Asks again for an unknown key after this time.
    #[must_use]
    pub fn asking_again_after(self, pause: Duration) -> Self {
        Self { pause, ..self }
    }

    /// Trusts these keys as well.
    #[must_use]
    pub fn trusting(mut self, keys: &JwkSet) -> Self {
        self.fixed.extend(usable(keys));
        self
    }

    /// The keys that may have signed a token with this key id; without an id any key may.
    pub(super) async fn candidates(&self, kid: Option<&str>) -> Result<Vec<DecodingKey>, KeySetError> {
        let known = self.known(kid);
        if !known.is_empty() {
            return Ok(known);
        }
        let mut last = self.turn.lock().await;
        // Somebody else may have fetched it while we waited for our turn.
        let known = self.known(kid);
        if !known.is_empty() {
            return Ok(known);
        }
        let pause = if last.failed { self.pause.min(PAUSE_AFTER_FAILURE) } else { self.pause };
        if last.at.is_none_or(|at| at.elapsed() >= pause) {
            self.fetch(&mut last).await;
        }
        let known = self.known(kid);
        match (known.is_empty(), last.failed) {
            (false, _) => Ok(known),
            (true, true) => Err(KeySetError::Unavailable),
            (true, false) => Err(KeySetError::UnknownKey),
        }
    }

    fn known(&self, kid: Option<&str>) -> Vec<DecodingKey> {
        let fetched = self.fetched.read().unwrap_or_else(PoisonError::into_inner).clone();
        let keys = self.fixed.iter().chain(fetched.iter());
        keys.filter(|(id, _)| kid.is_none() || id.as_deref() == kid).map(|(_, key)| key.clone()).collect()
    }

    /// Fetches the set; when that fails the keys stay as they are.
    async fn fetch(&self, last: &mut LastFetch) {
        let fetched = self.download().await;
        last.at = Some(Instant::now());
        last.failed = fetched.is_err();
        match fetched {
            Ok(keys) => {
                tracing::debug!(url = self.url, keys = keys.len(), "key set fetched");
                *self.fetched.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
            }
            Err(reason) => tracing::warn!(url = self.url, reason, "the key set could not be fetched, old keys stay"),
        }
    }

    async fn download(&self) -> Result<Keys, String> {
        let request = self.client.get(&self.url).timeout(FETCH_TIMEOUT);
        let response = request.send().await.and_then(reqwest::Response::error_for_status);
        let set: JwkSet = response.map_err(|e| e.to_string())?.json().await.map_err(|e| e.to_string())?;
        let keys: Keys = usable(&set).collect();
        if keys.is_empty() { Err("it holds no RSA key for signatures".into()) } else { Ok(keys) }
    }

    /// Fetches the set now and every few minutes, until cancelled.
    pub async fn keep_fresh(self: Arc<Self>, until: CancellationToken) {
        while !until.is_cancelled() {
            let failed = {
                let mut last = self.turn.lock().await;
                self.fetch(&mut last).await;
                last.failed
            };
            let pause = if failed { REFRESHED_EVERY / 10 } else { REFRESHED_EVERY };
            tokio::select! {
                () = until.cancelled() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }
}

/// The keys of a set that may sign with RS256.
fn usable(set: &JwkSet) -> impl Iterator<Item = (Option<String>, DecodingKey)> {
    set.keys.iter().filter(|jwk| signs_with_rs256(jwk)).filter_map(|jwk| {
        let key = DecodingKey::from_jwk(jwk).ok()?;
        Some((jwk.common.key_id.clone(), key))
    })
}

fn signs_with_rs256(jwk: &Jwk) -> bool {
    matches!(jwk.algorithm, AlgorithmParameters::RSA(_))
        && matches!(jwk.common.public_key_use, None | Some(PublicKeyUse::Signature))
        && matches!(jwk.common.key_algorithm, None | Some(KeyAlgorithm::RS256))
}
