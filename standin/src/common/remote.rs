//! Calls of other systems: a token, a time-out, faults on purpose, and repeats.

use std::sync::Arc;
use std::time::Duration;

use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderMap, Method, StatusCode};
use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::aws::describe;
use super::faults::{Faults, Injected, Phase};
use super::retries::Retries;
use super::role::Context;
use super::settings::Profile;
use super::telemetry::Fields;
use super::token_source::TokenSource;

const JSON: &str = "application/json";
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Why a call gave nothing.
#[derive(Clone, Debug, thiserror::Error)]
pub enum RemoteError {
    /// It was answered, but not with 2xx.
    #[error("{operation}: {status} {}", String::from_utf8_lossy(body))]
    Refused {
        /// `<service>.<operation>`.
        operation: String,
        /// The status.
        status: StatusCode,
        /// When it may be asked again, if it says so.
        retry_after: Option<Duration>,
        /// The body as it came.
        body: Bytes,
    },
    /// There was no answer, or none that can be read.
    #[error("{operation}: {reason}")]
    Failed {
        /// `<service>.<operation>`.
        operation: String,
        /// Why, in words.
        reason: String,
    },
}

impl RemoteError {
    /// The status, where there was an answer.
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Refused { status, .. } => Some(*status),
            Self::Failed { .. } => None,
        }
    }

    /// The body of the refusal as JSON; null where there is none.
    pub fn json(&self) -> Value {
        match self {
            Self::Refused { body, .. } => serde_json::from_slice(body).unwrap_or_default(),
            Self::Failed { .. } => Value::Null,
        }
    }

    /// When to come back, where it was answered that the other side is busy for now (503 with `Retry-After`).
    pub fn come_back_after(&self) -> Option<Duration> {
        match self {
            Self::Refused { status: StatusCode::SERVICE_UNAVAILABLE, retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// Whether it is an answer with 404.
    pub fn is_not_found(&self) -> bool {
        self.status() == Some(StatusCode::NOT_FOUND)
    }
}

/// A success.
#[derive(Clone, Debug)]
pub struct Reply {
    operation: String,
    /// The status.
    pub status: StatusCode,
    /// The body as it came.
    pub body: Bytes,
}

impl Reply {
    /// The body read as JSON.
    ///
    /// # Errors
    /// When it is none, or not of this form.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, RemoteError> {
        serde_json::from_slice(&self.body).map_err(|e| RemoteError::Failed {
            operation: self.operation.clone(),
            reason: format!("the answer can't be read: {e}"),
        })
    }
}

/// A client for HTTP, as all roles use it.
///
/// # Errors
/// When it can't be made, in words.
pub fn http_client() -> Result<reqwest::Client, String> {
    reqwest::Client::builder().connect_timeout(CONNECT_TIMEOUT).build().map_err(|e| describe(&e))
}

/// Another system.
#[derive(Clone)]
pub struct Remote {
    role: &'static str,
    profile: Profile,
    service: &'static str,
    base: String,
    timeout: Duration,
    http: reqwest::Client,
    tokens: Arc<TokenSource>,
    faults: Faults,
}

impl Remote {
    /// The system at this address. `service` names it in fault points and errors.
    pub fn new(
        context: &Context,
        service: &'static str,
        base: &str,
        timeout: Duration,
        http: reqwest::Client,
        tokens: Arc<TokenSource>,
    ) -> Self {
        let base = base.trim_end_matches('/').to_owned();
        let (role, profile, faults) = (context.role, context.profile, context.faults.clone());
        Self { role, profile, service, base, timeout, http, tokens, faults }
    }

    /// A call of this path (with `/` in front). `operation` names it in fault points and errors, e.g. `create`: the point is then
    /// `<role>.<service>.create`.
    pub fn call<'a>(&'a self, method: Method, operation: &'a str, path: impl Into<String>) -> Call<'a> {
        let path = path.into();
        Call {
            remote: self,
            method,
            operation,
            path,
            query: Vec::new(),
            content_type: JSON,
            body: None,
            about: Fields::new(),
            retried: false,
        }
    }
}

/// A call that is being put together.
pub struct Call<'a> {
    remote: &'a Remote,
    method: Method,
    operation: &'a str,
    path: String,
    query: Vec<(&'static str, String)>,
    content_type: &'static str,
    body: Option<Result<Bytes, String>>,
    about: Fields,
    retried: bool,
}

impl Call<'_> {
    /// With this parameter.
    #[must_use]
    pub fn query(mut self, name: &'static str, value: impl ToString) -> Self {
        self.query.push((name, value.to_string()));
        self
    }

    /// With this body, as JSON.
    #[must_use]
    pub fn json(mut self, body: &impl Serialize) -> Self {
        self.body = Some(serde_json::to_vec(body).map(Bytes::from).map_err(|e| e.to_string()));
        self
    }

    /// With this body, of this content type.
    #[must_use]
    pub fn body(mut self, content_type: &'static str, body: Bytes) -> Self {
        self.content_type = content_type;
        self.body = Some(Ok(body));
        self
    }

    /// What it is about: fault rules match on it.
    #[must_use]
    pub fn about(mut self, fields: &Fields) -> Self {
        self.about.extend(fields.iter().map(|(name, value)| (name.clone(), value.clone())));
        self
    }

    /// Repeats it when it does not get through (only for the reads of 08 section 1.3 rule 3).
    #[must_use]
    pub fn retried(mut self) -> Self {
        self.retried = true;
        self
    }

    /// Calls.
    ///
    /// # Errors
    /// When the answer is not 2xx, or there is none.
    pub async fn send(self) -> Result<Reply, RemoteError> {
        let mut retries = Retries::new(self.retried, self.remote.profile);
        loop {
            let outcome = self.once().await;
            let pause = outcome.as_ref().err().and_then(|error| retries.pause(error));
            let Some(pause) = pause else { return outcome };
            tokio::time::sleep(pause).await;
        }
    }

    async fn once(&self) -> Result<Reply, RemoteError> {
        let remote = self.remote;
        let point = format!("{}.{}.{}", remote.role, remote.service, self.operation);
        if let Some(fault) = remote.faults.at(&point, Phase::Before, &self.about).await {
            return Err(self.injected(fault).await);
        }
        let outcome = self.really().await;
        match remote.faults.at(&point, Phase::After, &self.about).await {
            Some(fault) => Err(self.injected(fault).await),
            None => outcome,
        }
    }

    async fn injected(&self, fault: Injected) -> RemoteError {
        match fault {
            Injected::Status(code) => RemoteError::Refused {
                operation: self.name(),
                status: StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
                retry_after: None,
                body: Bytes::new(),
            },
            Injected::Hang => {
                tokio::time::sleep(self.remote.timeout).await;
                self.failed("timed out (a fault on purpose)".to_owned())
            }
            _ => self.failed("the connection was reset (a fault on purpose)".to_owned()),
        }
    }

    async fn really(&self) -> Result<Reply, RemoteError> {
        let remote = self.remote;
        let token = remote.tokens.token().await.map_err(|reason| self.failed(format!("no token: {reason}")))?;
        let mut request = remote.http.request(self.method.clone(), format!("{}{}", remote.base, self.path));
        request = request.bearer_auth(&token).timeout(remote.timeout).query(&self.query);
        if let Some(body) = &self.body {
            let body = body.clone().map_err(|reason| self.failed(reason))?;
            request = request.header("Content-Type", self.content_type).body(body);
        }
        let response = request.send().await.map_err(|e| self.failed(describe(&e)))?;
        let status = response.status();
        let retry_after = seconds_of_retry_after(response.headers());
        let body = response.bytes().await.map_err(|e| self.failed(describe(&e)))?;
        if status == StatusCode::UNAUTHORIZED {
            remote.tokens.forget(&token).await;
        }
        if status.is_success() {
            Ok(Reply { operation: self.name(), status, body })
        } else {
            Err(RemoteError::Refused { operation: self.name(), status, retry_after, body })
        }
    }

    fn name(&self) -> String {
        format!("{}.{}", self.remote.service, self.operation)
    }

    fn failed(&self, reason: String) -> RemoteError {
        RemoteError::Failed { operation: self.name(), reason }
    }
}

/// How long to wait, where a header says it in seconds.
pub fn seconds_of_retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}
