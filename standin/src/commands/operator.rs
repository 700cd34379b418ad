//! An operator's calls of the estate.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use clap::Args;
use serde_json::Value;

use crate::common::aws::describe;
use crate::common::remote::{http_client, seconds_of_retry_after};
use crate::common::role::RoleError;
use crate::common::settings::TokenSettings;
use crate::common::token_source::TokenSource;

/// How long a call may take.
const TIMEOUT: Duration = Duration::from_secs(90);
/// How often a service that is busy is asked again.
const BUSY: u32 = 6;
/// Pause between two looks at something that is under way.
const LOOK: Duration = Duration::from_millis(250);

/// Where the estate is.
#[derive(Args, Clone, Debug)]
pub struct OperatorSettings {
    /// How the operator gets tokens.
    #[command(flatten)]
    pub token: TokenSettings,
    /// The Locations Inside Prison API.
    #[arg(long, env = "STANDIN_LOCATIONS_URL")]
    pub locations_url: String,
    /// NOMIS, with the switches of Prison API.
    #[arg(long, env = "STANDIN_NOMIS_URL")]
    pub nomis_url: String,
    /// The role `to-nomis`.
    #[arg(long, env = "STANDIN_TO_NOMIS_URL")]
    pub to_nomis_url: String,
    /// The role `from-nomis`.
    #[arg(long, env = "STANDIN_FROM_NOMIS_URL")]
    pub from_nomis_url: String,
    /// Seconds that a command waits for what it has begun.
    #[arg(long, env = "STANDIN_PATIENCE_SECONDS", default_value_t = 1800)]
    pub patience_seconds: u64,
}

/// What went wrong, in words for the operator.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct CommandError(pub String);

impl From<CommandError> for RoleError {
    fn from(error: CommandError) -> Self {
        Self(error.0)
    }
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its body; null where it is no JSON.
    pub body: Value,
}

/// The operator.
pub struct Operator {
    /// Where everything is.
    pub settings: OperatorSettings,
    http: reqwest::Client,
    tokens: TokenSource,
}

impl Operator {
    /// An operator of this estate.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn new(settings: OperatorSettings) -> Result<Self, CommandError> {
        // A role of this process may have put it in place.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = http_client().map_err(CommandError)?;
        Ok(Self { tokens: TokenSource::new(&settings.token, http.clone()), settings, http })
    }

    /// Calls; any answer is good. Who says when to come back is asked again then.
    ///
    /// # Errors
    /// When there is none.
    pub async fn call(&self, method: Method, url: &str, body: Option<&Value>) -> Result<Answer, CommandError> {
        for _ in 0..BUSY {
            let (answer, come_back_after) = self.once(&method, url, body).await?;
            let Some(pause) = come_back_after.filter(|_| answer.status == StatusCode::SERVICE_UNAVAILABLE) else {
                return Ok(answer);
            };
            tokio::time::sleep(pause).await;
        }
        Ok(self.once(&method, url, body).await?.0)
    }

    async fn once(
        &self,
        method: &Method,
        url: &str,
        body: Option<&Value>,
    ) -> Result<(Answer, Option<Duration>), CommandError> {
        let failed = |reason: String| CommandError(format!("{method} {url}: {reason}"));
        let token = self.tokens.token().await.map_err(failed)?;
        let mut request = self.http.request(method.clone(), url).bearer_auth(token).timeout(TIMEOUT);
        if let Some(body) = body {
            request = request.header("Content-Type", "application/json").body(body.to_string());
        }
        let response = request.send().await.map_err(|e| failed(describe(&e)))?;
        let (status, come_back_after) = (response.status(), seconds_of_retry_after(response.headers()));
        let bytes = response.bytes().await.map_err(|e| failed(describe(&e)))?;
        Ok((Answer { status, body: serde_json::from_slice(&bytes).unwrap_or_default() }, come_back_after))
    }

    /// Calls; the answer has to be 2xx, or one of these.
    ///
    /// # Errors
    /// When it is another one.
    pub async fn done(
        &self,
        method: Method,
        url: &str,
        body: Option<&Value>,
        also: &[StatusCode],
    ) -> Result<Answer, CommandError> {
        let answer = self.call(method.clone(), url, body).await?;
        if answer.status.is_success() || also.contains(&answer.status) {
            return Ok(answer);
        }
        Err(CommandError(format!("{method} {url}: {} {}", answer.status, answer.body)))
    }

    /// Looks again and again until this answers something.
    ///
    /// # Errors
    /// When patience is at its end, or a look fails.
    pub async fn until<T>(
        &self,
        what: &str,
        mut look: impl AsyncFnMut() -> Result<Option<T>, CommandError>,
    ) -> Result<T, CommandError> {
        let patience = Duration::from_secs(self.settings.patience_seconds);
        let waiting = async {
            loop {
                if let Some(found) = look().await? {
                    return Ok(found);
                }
                tokio::time::sleep(LOOK).await;
            }
        };
        let timed_out = |_| CommandError(format!("{what}: it takes longer than {} s", patience.as_secs()));
        tokio::time::timeout(patience, waiting).await.map_err(timed_out)?
    }
}
