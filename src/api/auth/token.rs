//! Whether a token is good (07 section 1.2, decisions B6), and a short memory of those that were.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jsonwebtoken::{Algorithm, Validation};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::ExpectedClaims;
use super::caller::Identity;
use super::keys::{KeySet, KeySetError};

/// How far the clocks of two machines may be apart, in seconds.
const LEEWAY_SECONDS: u64 = 60;
/// How long a good token is taken on trust before it is verified again. A key that was withdrawn counts as long.
const REMEMBERED: Duration = Duration::from_secs(60);
/// How many tokens are remembered at most.
const REMEMBERED_TOKENS: usize = 10_000;

/// Why a token is refused.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refused {
    #[error("the token is not a signed JWT: {0}")]
    NotJwt(jsonwebtoken::errors::Error),
    #[error("only RS256 is accepted")]
    Algorithm,
    #[error("the type of the token is not JWT")]
    Type,
    #[error("the token asks for an extension that is not known here")]
    Extension,
    #[error("{0}")]
    Key(#[from] KeySetError),
    #[error("{0}")]
    Verification(jsonwebtoken::errors::Error),
    #[error("the token names no client_id")]
    NoClient,
}

/// Verifies tokens.
pub(super) struct Verifier {
    keys: Arc<KeySet>,
    validation: Validation,
    remembered: Mutex<HashMap<[u8; 32], Remembered>>,
}

struct Remembered {
    identity: Arc<Identity>,
    /// Seconds since 1970, when the token says.
    expires: Option<u64>,
    until: Instant,
}

impl Remembered {
    fn is_good(&self) -> bool {
        let in_time = |exp| exp + LEEWAY_SECONDS > jsonwebtoken::get_current_timestamp();
        Instant::now() < self.until && self.expires.is_none_or(in_time)
    }
}

impl Verifier {
    pub(super) fn new(keys: Arc<KeySet>, expected: &ExpectedClaims) -> Self {
        let mut validation = Validation::new(Algorithm::RS256);
        validation.leeway = LEEWAY_SECONDS;
        validation.validate_nbf = true;
        validation.validate_aud = expected.audience.is_some();
        let mut required = Vec::new();
        if let Some(audience) = &expected.audience {
            validation.set_audience(&[audience]);
            required.push("aud");
        }
        if let Some(issuer) = &expected.issuer {
            validation.set_issuer(&[issuer]);
            required.push("iss");
        }
        // `exp` and `nbf` may be absent (07 section 1.2).
        validation.set_required_spec_claims(&required);
        Self { keys, validation, remembered: Mutex::default() }
    }

    /// Who holds this token.
    pub(super) async fn verify(&self, token: &str) -> Result<Arc<Identity>, Refused> {
        let fingerprint: [u8; 32] = Sha256::digest(token).into();
        if let Some(identity) = self.recall(&fingerprint) {
            return Ok(identity);
        }
        let claims = self.claims(token).await?;
        let identity = Arc::new(Identity::of_claims(&claims).ok_or(Refused::NoClient)?);
        let expires = claims.get("exp").and_then(Value::as_f64);
        self.remember(fingerprint, &identity, expires);
        Ok(identity)
    }

    async fn claims(&self, token: &str) -> Result<Map<String, Value>, Refused> {
        let header = jsonwebtoken::decode_header(token).map_err(Refused::NotJwt)?;
        if header.alg != Algorithm::RS256 {
            return Err(Refused::Algorithm);
        }
        if header.typ.as_deref().is_some_and(|typ| !typ.eq_ignore_ascii_case("JWT")) {
            return Err(Refused::Type);
        }
        if header.extras.inner().contains_key("crit") {
            return Err(Refused::Extension);
        }
        let mut outcome = Err(Refused::Key(KeySetError::UnknownKey));
        for key in self.keys.candidates(header.kid.as_deref()).await? {
            match jsonwebtoken::decode(token, &key, &self.validation) {
                Ok(data) => return Ok(data.claims),
                Err(error) => outcome = Err(Refused::Verification(error)),
            }
        }
        outcome
    }

    fn recall(&self, fingerprint: &[u8; 32]) -> Option<Arc<Identity>> {
        let remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        remembered.get(fingerprint).filter(|entry| entry.is_good()).map(|entry| entry.identity.clone())
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast of f64 to u64 saturates")]
    fn remember(&self, fingerprint: [u8; 32], identity: &Arc<Identity>, expires: Option<f64>) {
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        if remembered.len() >= REMEMBERED_TOKENS {
            remembered.retain(|_, entry| entry.is_good());
        }
        if remembered.len() >= REMEMBERED_TOKENS {
            remembered.clear();
        }
        // Half-way to the end of u64 at most, so that the leeway can be added.
        let expires = expires.map(|seconds| (seconds as u64).min(u64::MAX / 2));
        let entry = Remembered { identity: identity.clone(), expires, until: Instant::now() + REMEMBERED };
        remembered.insert(fingerprint, entry);
    }
}
