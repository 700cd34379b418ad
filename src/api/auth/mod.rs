//! Who calls: bearer tokens are checked in front of routing, roles in the handlers (07 section 1).

mod caller;
mod keys;
mod token;

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

pub use caller::{Caller, Identity, SYSTEM_USERNAME};
pub use keys::{KeySet, KeySetError};
use token::Verifier;

/// Checks the tokens of all requests.
pub struct Authenticator {
    verifier: Verifier,
    open_paths: Vec<&'static str>,
}

/// What a token must say besides being signed and in time (decisions B6); nothing by default.
#[derive(Clone, Debug, Default)]
pub struct ExpectedClaims {
    /// `iss`, when it is to be checked.
    pub issuer: Option<String>,
    /// One of `aud`, when it is to be checked.
    pub audience: Option<String>,
}

/// Paths that are open to callers without a token (07 section 1.5); `/**` stands for the path and all below it.
const OPEN_PATHS: [&str; 9] = [
    "/health/**",
    "/info",
    "/v3/api-docs/**",
    "/v3/api-docs.yaml",
    "/swagger-ui/**",
    "/swagger-ui.html",
    "/webjars/**",
    "/favicon.ico",
    "/csrf",
];

impl Authenticator {
    /// An authenticator that trusts the keys of this set.
    pub fn new(keys: Arc<KeySet>, expected: &ExpectedClaims) -> Self {
        Self { verifier: Verifier::new(keys, expected), open_paths: OPEN_PATHS.to_vec() }
    }

    /// Opens one more path to callers without a token.
    #[must_use]
    pub fn with_open_path(mut self, path: &'static str) -> Self {
        self.open_paths.push(path);
        self
    }

    fn is_open(&self, path: &str) -> bool {
        self.open_paths.iter().any(|open| match open.strip_suffix("/**") {
            None => path == *open,
            Some(root) => path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
        })
    }
}

/// Middleware: lets a request through when its token is good, or when it has none and its path is open. A bad token is
/// refused on an open path too.
pub async fn authenticate(
    State(authenticator): State<Arc<Authenticator>>,
    mut request: Request,
    next: Next,
) -> Response {
    match bearer_token(request.headers()) {
        Bearer::None if authenticator.is_open(request.uri().path()) => next.run(request).await,
        Bearer::None => unauthorized(request.headers(), None),
        Bearer::Malformed => unauthorized(request.headers(), Some("Bearer token is malformed")),
        Bearer::Token(token) => match authenticator.verifier.verify(token).await {
            Ok(identity) => {
                let caller = Caller::new(identity);
                record_on_span(&caller);
                request.extensions_mut().insert(caller);
                next.run(request).await
            }
            Err(refused) => {
                tracing::debug!(reason = %refused, "token refused");
                unauthorized(request.headers(), Some(&refused.to_string()))
            }
        },
    }
}

/// Caller on the trace (07 section 11).
fn record_on_span(caller: &Caller) {
    let (user, client) = (caller.username(), caller.client_id());
    // In one go: each time the log writes the fields of the span anew.
    tracing::record_all!(tracing::Span::current(), username = user, enduser.id = user, clientId = client);
}

/// What the `Authorization` header holds.
enum Bearer<'a> {
    None,
    Malformed,
    Token(&'a str),
}

/// The token, by the syntax of 07 section 1.2; other schemes count as no token.
fn bearer_token(headers: &HeaderMap) -> Bearer<'_> {
    let Some(value) = headers.get(header::AUTHORIZATION) else { return Bearer::None };
    let bytes = value.as_bytes();
    let Some((scheme, rest)) = bytes.split_at_checked("Bearer".len()) else { return Bearer::None };
    if !scheme.eq_ignore_ascii_case(b"Bearer") {
        return Bearer::None;
    }
    let token = rest.strip_prefix(b" ").and_then(|token| std::str::from_utf8(token).ok()).filter(|t| is_token(t));
    token.map_or(Bearer::Malformed, Bearer::Token)
}

/// `[A-Za-z0-9-._~+/]+=*`
fn is_token(text: &str) -> bool {
    let unpadded = text.trim_end_matches('=');
    !unpadded.is_empty() && unpadded.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~+/".contains(&b))
}

/// 401 with an empty body (07 section 1.6).
fn unauthorized(headers: &HeaderMap, why: Option<&str>) -> Response {
    let metadata = format!("resource_metadata=\"{}\"", metadata_url(headers));
    let challenge = match why {
        None => format!("Bearer {metadata}"),
        Some(why) => format!(
            "Bearer error=\"invalid_token\", error_description=\"{}\", \
             error_uri=\"https://tools.ietf.org/html/rfc6750#section-3.1\", {metadata}",
            why.replace(['"', '\\'], "'")
        ),
    };
    let challenge = HeaderValue::try_from(challenge).unwrap_or(HeaderValue::from_static("Bearer"));
    (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, challenge)]).into_response()
}

/// Where the metadata of a protected resource are by convention, as seen by the caller.
fn metadata_url(headers: &HeaderMap) -> String {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let is_host = |host: &&str| host.bytes().all(|b| b.is_ascii_alphanumeric() || b".-:[]".contains(&b));
    let host = text("host").filter(is_host).unwrap_or("localhost");
    let scheme = if text("x-forwarded-proto") == Some("https") { "https" } else { "http" };
    format!("{scheme}://{host}/.well-known/oauth-protected-resource")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bearer(value: &str) -> Option<Option<String>> {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, HeaderValue::from_str(value).unwrap());
        match bearer_token(&headers) {
            Bearer::None => None,
            Bearer::Malformed => Some(None),
            Bearer::Token(token) => Some(Some(token.to_owned())),
        }
    }

    #[test]
    fn the_syntax_of_a_bearer_token() {
        for good in ["Bearer abc.def-_~+/==", "bearer abc.def-_~+/==", "BEARER abc.def-_~+/=="] {
            assert_eq!(bearer(good), Some(Some("abc.def-_~+/==".into())), "{good}");
        }
        for other in ["Basic dXNlcg==", "", "Bear", "Token abc"] {
            assert_eq!(bearer(other), None, "{other}");
        }
        for bad in ["Bearer", "Bearer ", "Bearer  abc", "Bearer a b", "Bearer =", "Bearer a=b", "Bearerabc", "Bearer ä"]
        {
            assert_eq!(bearer(bad), Some(None), "{bad}");
        }
    }

    #[test]
    fn a_host_that_is_none_does_not_get_into_the_answer() {
        let mut headers = HeaderMap::new();
        headers.insert("host", HeaderValue::from_static("evil\", x=\"y"));
        assert_eq!(metadata_url(&headers), "http://localhost/.well-known/oauth-protected-resource");
    }
}
