//! Tokens of our own for the services that ask for one: client credentials (07 section 6.1).

use std::time::{Duration, Instant};

use oauth2::basic::BasicClient;
use oauth2::{ClientId, ClientSecret, EndpointNotSet, EndpointSet, HttpRequest, HttpResponse, TokenResponse, TokenUrl};
use tokio::sync::Mutex;

use super::RemoteError;

/// The authorisation server, as errors name it.
const SERVICE: &str = "hmpps-auth";
/// A token with less life left is not used any more.
const RENEWED_BEFORE: Duration = Duration::from_secs(60);
/// How long a token lives when the server does not say.
const ASSUMED_LIFE: Duration = Duration::from_secs(300);

/// One token for all users, kept in memory until it nears its end or is refused.
pub struct TokenSource {
    client: BasicClient<EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>,
    http: reqwest::Client,
    /// Held while a token is fetched, so that a crowd makes one call.
    held: Mutex<Option<Held>>,
}

struct Held {
    token: String,
    until: Instant,
}

impl TokenSource {
    /// A source that asks `<base>/oauth/token` with HTTP Basic.
    ///
    /// # Errors
    /// When the address is none, in words.
    pub fn new(base: &str, client_id: String, client_secret: String, http: reqwest::Client) -> Result<Self, String> {
        let url = TokenUrl::new(format!("{base}/oauth/token")).map_err(|error| error.to_string())?;
        let client = BasicClient::new(ClientId::new(client_id))
            .set_client_secret(ClientSecret::new(client_secret))
            .set_token_uri(url);
        Ok(Self { client, http, held: Mutex::default() })
    }

    /// A token that is good for another minute at least.
    ///
    /// # Errors
    /// When the authorisation server gives none.
    pub async fn token(&self) -> Result<String, RemoteError> {
        let mut held = self.held.lock().await;
        if let Some(held) = held.as_ref().filter(|held| Instant::now() < held.until) {
            return Ok(held.token.clone());
        }
        let fetched = self.fetch().await?;
        let token = fetched.token.clone();
        *held = Some(fetched);
        Ok(token)
    }

    /// Forgets a token that a service answered with 401, unless a newer one is held already.
    pub async fn forget(&self, refused: &str) {
        let mut held = self.held.lock().await;
        if held.as_ref().is_some_and(|held| held.token == refused) {
            *held = None;
        }
    }

    async fn fetch(&self) -> Result<Held, RemoteError> {
        let asked = Instant::now();
        let call = |request: HttpRequest| send(self.http.clone(), request);
        let answer = self.client.exchange_client_credentials().request_async(&call).await.map_err(|error| {
            let reason = format!("no token: {}", describe(&error));
            RemoteError::Unavailable { service: SERVICE, reason }
        })?;
        let life = answer.expires_in().unwrap_or(ASSUMED_LIFE);
        // A short-lived token is used once rather than never.
        let until = asked + life.saturating_sub(RENEWED_BEFORE);
        Ok(Held { token: answer.access_token().secret().clone(), until })
    }
}

/// The error with its causes; the answer of the server is not shown, as it might hold a token.
fn describe(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        words.push_str(": ");
        words.push_str(&cause.to_string());
        source = cause.source();
    }
    words
}

async fn send(http: reqwest::Client, request: HttpRequest) -> Result<HttpResponse, reqwest::Error> {
    let response = http.execute(request.try_into()?).await?;
    let mut answer = HttpResponse::new(Vec::new());
    *answer.status_mut() = response.status();
    *answer.headers_mut() = response.headers().clone();
    *answer.body_mut() = response.bytes().await?.to_vec();
    Ok(answer)
}
