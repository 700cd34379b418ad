//! Bearer tokens: signature by the key set, end of life, issuer; and the roles that an endpoint asks for.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::AUTHORIZATION;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;

use super::error::ApiError;

/// The role of the `/standin` endpoints.
pub const STANDIN_ROLE: &str = "STANDIN";
/// An unknown key makes the set be fetched again, but not more often than this.
const PAUSE: Duration = Duration::from_millis(500);
const TIMEOUT: Duration = Duration::from_secs(2);

/// What a good token says.
#[derive(Clone, Debug, Deserialize)]
pub struct Caller {
    /// The client.
    #[serde(default)]
    pub client_id: String,
    /// The user on whose behalf.
    #[serde(default)]
    pub user_name: Option<String>,
    /// Roles, with `ROLE_` in front.
    #[serde(default)]
    pub authorities: Vec<String>,
}

impl Caller {
    /// Who to write into audit columns.
    pub fn user(&self) -> &str {
        self.user_name.as_deref().unwrap_or(&self.client_id)
    }

    fn has_one_of(&self, roles: &[&str]) -> bool {
        roles.iter().any(|role| self.authorities.iter().any(|a| a.strip_prefix("ROLE_") == Some(role)))
    }
}

/// Checks tokens. Copies share the keys.
#[derive(Clone)]
pub struct TokenCheck(Arc<Inner>);

struct Inner {
    url: String,
    http: reqwest::Client,
    validation: Validation,
    keys: RwLock<Vec<(Option<String>, DecodingKey)>>,
    last_fetch: tokio::sync::Mutex<Option<Instant>>,
}

impl TokenCheck {
    /// Checks by the key set at this address, and the issuer where one is given.
    pub fn new(url: &str, issuer: Option<&str>, http: reqwest::Client) -> Self {
        let mut validation = Validation::new(Algorithm::RS256);
        validation.validate_aud = false;
        validation.validate_nbf = true;
        if let Some(issuer) = issuer {
            validation.set_issuer(&[issuer]);
        }
        Self(Arc::new(Inner {
            url: url.to_owned(),
            http,
            validation,
            keys: RwLock::default(),
            last_fetch: tokio::sync::Mutex::default(),
        }))
    }

    /// Behind this only callers with a good token (else 401) and one of these roles (else 403) get to the routes.
    pub fn protect<S: Clone + Send + Sync + 'static>(
        &self,
        routes: Router<S>,
        roles: &'static [&'static str],
    ) -> Router<S> {
        routes.route_layer(from_fn_with_state((self.clone(), roles), check))
    }

    /// Who calls, by the `Authorization` header.
    async fn caller(&self, header: Option<&str>) -> Option<Caller> {
        let token = header?.strip_prefix("Bearer ")?.trim();
        let kid = jsonwebtoken::decode_header(token).ok()?.kid;
        for key in self.keys(kid.as_deref()).await {
            if let Ok(data) = jsonwebtoken::decode::<Caller>(token, &key, &self.0.validation) {
                return Some(data.claims);
            }
        }
        None
    }

    /// The keys with this id; the set is fetched when it does not hold any.
    async fn keys(&self, kid: Option<&str>) -> Vec<DecodingKey> {
        let found = self.known(kid);
        if !found.is_empty() {
            return found;
        }
        let mut last = self.0.last_fetch.lock().await;
        let found = self.known(kid);
        if !found.is_empty() || last.is_some_and(|at| at.elapsed() < PAUSE) {
            return found;
        }
        match self.fetch().await {
            Ok(keys) => *self.0.keys.write().unwrap_or_else(PoisonError::into_inner) = keys,
            Err(reason) => tracing::warn!(url = self.0.url, reason, "the key set could not be fetched"),
        }
        *last = Some(Instant::now());
        self.known(kid)
    }

    fn known(&self, kid: Option<&str>) -> Vec<DecodingKey> {
        let keys = self.0.keys.read().unwrap_or_else(PoisonError::into_inner);
        keys.iter().filter(|(id, _)| kid.is_none() || id.as_deref() == kid).map(|(_, key)| key.clone()).collect()
    }

    async fn fetch(&self) -> Result<Vec<(Option<String>, DecodingKey)>, String> {
        let response = self.0.http.get(&self.0.url).timeout(TIMEOUT).send().await;
        let response = response.and_then(reqwest::Response::error_for_status).map_err(|e| e.to_string())?;
        let set: JwkSet = response.json().await.map_err(|e| e.to_string())?;
        let key = |jwk: &jsonwebtoken::jwk::Jwk| Some((jwk.common.key_id.clone(), DecodingKey::from_jwk(jwk).ok()?));
        Ok(set.keys.iter().filter_map(key).collect())
    }
}

async fn check(
    State((check, roles)): State<(TokenCheck, &'static [&'static str])>,
    mut request: Request,
    next: Next,
) -> Response {
    let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let Some(caller) = check.caller(header).await else { return ApiError::unauthorized().into_response() };
    if !caller.has_one_of(roles) {
        return ApiError::forbidden("the token lacks the role").into_response();
    }
    request.extensions_mut().insert(caller);
    next.run(request).await
}
