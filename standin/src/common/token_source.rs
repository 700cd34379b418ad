//! Tokens for calling others: client credentials, one token kept until it nears its end (08 section 1.3 rule 1).

use std::time::{Duration, Instant};

use serde::Deserialize;
use tokio::sync::Mutex;

use super::settings::TokenSettings;

/// A token with less life left is not used any more.
const RENEWED_BEFORE: Duration = Duration::from_secs(30);
const TIMEOUT: Duration = Duration::from_secs(10);

/// Gives tokens of one client.
pub struct TokenSource {
    url: String,
    client_id: String,
    client_secret: String,
    http: reqwest::Client,
    held: Mutex<Option<(String, Instant)>>,
}

#[derive(Deserialize)]
struct Answer {
    access_token: String,
    #[serde(default)]
    expires_in: u64,
}

impl TokenSource {
    /// A source for this client.
    pub fn new(settings: &TokenSettings, http: reqwest::Client) -> Self {
        Self {
            url: format!("{}/oauth/token", settings.auth_url.trim_end_matches('/')),
            client_id: settings.client_id.clone(),
            client_secret: settings.client_secret.clone(),
            http,
            held: Mutex::default(),
        }
    }

    /// A token that is good for a while.
    ///
    /// # Errors
    /// Why there is none, in words.
    pub async fn token(&self) -> Result<String, String> {
        let mut held = self.held.lock().await;
        if let Some((token, until)) = held.as_ref()
            && Instant::now() < *until
        {
            return Ok(token.clone());
        }
        let asked = Instant::now();
        let request = self.http.post(&self.url).basic_auth(&self.client_id, Some(&self.client_secret)).timeout(TIMEOUT);
        let response = request.form(&[("grant_type", "client_credentials")]).send().await;
        let response = response.and_then(reqwest::Response::error_for_status).map_err(|e| super::aws::describe(&e))?;
        let answer: Answer = response.json().await.map_err(|e| super::aws::describe(&e))?;
        let until = asked + Duration::from_secs(answer.expires_in).saturating_sub(RENEWED_BEFORE);
        *held = Some((answer.access_token.clone(), until));
        Ok(answer.access_token)
    }

    /// Forgets a token that somebody refused, unless a newer one is held already.
    pub async fn forget(&self, refused: &str) {
        let mut held = self.held.lock().await;
        if held.as_ref().is_some_and(|(token, _)| token == refused) {
            *held = None;
        }
    }
}
