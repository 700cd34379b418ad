//! Asking another service for JSON (07 section 6.1).

use std::sync::Arc;

use reqwest::{Method, RequestBuilder, Response, StatusCode, header};
use serde::de::DeserializeOwned;

use super::RemoteError;
use super::token::TokenSource;

/// The largest answer that is read, in bytes.
const LARGEST_ANSWER: usize = 20 * 1024 * 1024;

/// A service that answers with JSON. Clones share connections and the token.
#[derive(Clone)]
pub struct Remote {
    service: &'static str,
    base: String,
    http: reqwest::Client,
    tokens: Option<Arc<TokenSource>>,
}

impl std::fmt::Debug for Remote {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Remote").field("service", &self.service).field("base", &self.base).finish_non_exhaustive()
    }
}

impl Remote {
    /// The service of this name (for errors) at this address, asked with a token from the source, if it wants one.
    pub fn new(service: &'static str, base: &str, http: reqwest::Client, tokens: Option<Arc<TokenSource>>) -> Self {
        Self { service, base: base.trim_end_matches('/').to_owned(), http, tokens }
    }

    /// The answer to a GET.
    ///
    /// # Errors
    /// See [`RemoteError`].
    pub async fn get<T: DeserializeOwned>(&self, path_and_query: &str) -> Result<T, RemoteError> {
        self.ask(Method::GET, path_and_query, None).await
    }

    /// The answer to a POST of this body.
    ///
    /// # Errors
    /// See [`RemoteError`].
    pub async fn post<T: DeserializeOwned>(
        &self,
        path_and_query: &str,
        body: &serde_json::Value,
    ) -> Result<T, RemoteError> {
        self.ask(Method::POST, path_and_query, Some(body)).await
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        method: Method,
        path_and_query: &str,
        body: Option<&serde_json::Value>,
    ) -> Result<T, RemoteError> {
        let url = format!("{}{path_and_query}", self.base);
        let mut request = self.http.request(method.clone(), &url).header(header::CONTENT_TYPE, "application/json");
        if let Some(body) = body {
            request = request.body(body.to_string());
        }
        let response = self.send(request).await?;
        match response.status() {
            StatusCode::NOT_FOUND => {
                Err(RemoteError::NotFound { method: if method == Method::POST { "POST" } else { "GET" }, url })
            }
            status if status.is_success() => self.read(response).await,
            status => Err(self.failed(format!("it answered {status}"))),
        }
    }

    /// Sends a request with a token, where one is wanted; one that is refused is not used again.
    async fn send(&self, request: RequestBuilder) -> Result<Response, RemoteError> {
        let sent = |error: reqwest::Error| self.failed(describe(&error));
        let Some(tokens) = &self.tokens else { return request.send().await.map_err(sent) };
        let token = tokens.token().await?;
        let response = request.bearer_auth(&token).send().await.map_err(sent)?;
        if response.status() == StatusCode::UNAUTHORIZED {
            tokens.forget(&token).await;
        }
        Ok(response)
    }

    async fn read<T: DeserializeOwned>(&self, mut response: Response) -> Result<T, RemoteError> {
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.failed(describe(&error)))? {
            if body.len() + chunk.len() > LARGEST_ANSWER {
                return Err(self.failed(format!("its answer is larger than {LARGEST_ANSWER} bytes")));
            }
            body.extend_from_slice(&chunk);
        }
        // An empty answer says nothing, as null does.
        let body = if body.is_empty() { b"null".as_slice() } else { &body };
        serde_json::from_slice(body)
            .map_err(|error| self.failed(format!("its answer is not what it should be: {error}")))
    }

    fn failed(&self, reason: String) -> RemoteError {
        RemoteError::Unavailable { service: self.service, reason }
    }
}

/// The error with its causes.
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
