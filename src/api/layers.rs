//! What happens to every request on its way in, and to every answer on its way out (07 sections 1.1, 2.2 and 11).

use std::any::Any;
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tracing::Instrument;

use super::error::ApiError;
use crate::telemetry::{TraceContext, metrics, trace_context, traces_are_exported};

/// Paths whose answers are streams: no time-out but that of a stalled peer (decisions D3).
const STREAMS: [&str; 1] = ["/migrate/locations"];
/// Paths that are asked so often by machines that their log lines and traces would drown the others.
const QUIET: [&str; 3] = ["/health", "/info", "/favicon.ico"];

/// Middleware: gives the request its trace and its id, writes the access log, and counts.
pub async fn observe(request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let route = request.extensions().get::<MatchedPath>().map(|matched| matched.as_str().to_owned());
    let given = header_text(request.headers(), "traceparent").and_then(TraceContext::parse);
    let context = given.map_or_else(TraceContext::new, TraceContext::child);
    let request_id = request_id(request.headers()).unwrap_or_else(|| context.trace_id());
    let span = span(&method, route.as_deref().unwrap_or(&path), is_quiet(&path), &context, &request_id);
    if let Some(parent) = given {
        trace_context::set_parent(&span, parent);
    }
    let work = async {
        let mut response = next.run(request).await;
        let status = response.status();
        if traces_are_exported() {
            tracing::Span::current().record("http.response.status_code", status.as_u16());
        }
        let elapsed = begun.elapsed();
        metrics::request_done(method.as_str(), route.as_deref(), status, elapsed);
        log_access(&method, &path, status, elapsed);
        if let Ok(id) = HeaderValue::from_str(&request_id) {
            response.headers_mut().insert(HeaderName::from_static("x-request-id"), id);
        }
        response
    };
    context.scope(work.instrument(span)).await
}

fn span(method: &Method, route: &str, quiet: bool, context: &TraceContext, request_id: &str) -> tracing::Span {
    if quiet {
        return tracing::debug_span!("request", traceId = context.trace_id(), requestId = request_id);
    }
    tracing::info_span!(
        "request",
        otel.name = %format!("{method} {route}"),
        otel.kind = "server",
        http.request.method = %method,
        http.route = route,
        http.response.status_code = tracing::field::Empty,
        traceId = context.trace_id(),
        requestId = request_id,
        username = tracing::field::Empty,
        enduser.id = tracing::field::Empty,
        clientId = tracing::field::Empty,
    )
}

fn log_access(method: &Method, path: &str, status: StatusCode, elapsed: Duration) {
    let millis = elapsed.as_secs_f64() * 1000.0;
    if is_quiet(path) && !status.is_server_error() {
        tracing::debug!(target: "access", %method, path, status = status.as_u16(), millis, "answered");
    } else {
        tracing::info!(target: "access", %method, path, status = status.as_u16(), millis, "answered");
    }
}

fn is_quiet(path: &str) -> bool {
    QUIET.iter().any(|quiet| path.strip_prefix(quiet).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

/// The id that a proxy in front of us gave the request; what can't be one is ignored.
fn request_id(headers: &HeaderMap) -> Option<String> {
    let id = header_text(headers, "x-request-id")?;
    let plain = id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:".contains(&b));
    (plain && (1..=128).contains(&id.len())).then(|| id.to_owned())
}

fn header_text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// Middleware: the headers that every answer has (07 section 11).
pub async fn standard_headers(request: Request, next: Next) -> Response {
    let over_https = header_text(request.headers(), "x-forwarded-proto") == Some("https");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_XSS_PROTECTION, "0"),
        (header::X_FRAME_OPTIONS, "SAMEORIGIN"),
        (header::CACHE_CONTROL, "no-cache, no-store, max-age=0, must-revalidate"),
        (header::PRAGMA, "no-cache"),
        (header::EXPIRES, "0"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if over_https {
        let value = HeaderValue::from_static("max-age=31536000 ; includeSubDomains");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, value);
    }
    response
}

/// Middleware: gives a request up when it takes too long. What it began is rolled back.
pub async fn time_limit(State(limit): State<Duration>, request: Request, next: Next) -> Response {
    if STREAMS.contains(&request.uri().path()) {
        return next.run(request).await;
    }
    let path = request.uri().path().to_owned();
    tokio::time::timeout(limit, next.run(request)).await.unwrap_or_else(|_| {
        tracing::error!(path, seconds = limit.as_secs(), "a request took too long");
        ApiError::unavailable("the request took too long").into_response()
    })
}

/// Middleware: refuses paths that could be read in two ways (07 section 2.2, 03 section 1 rule 9).
pub async fn plain_paths(request: Request, next: Next) -> Response {
    if is_ambiguous(request.uri()) {
        return ApiError::bad_request("the path holds a character that is not allowed in it").into_response();
    }
    next.run(request).await
}

/// Encoded slash, backslash, semicolon, percent sign or NUL; plain backslash, semicolon or double slash; `.` and `..`.
fn is_ambiguous(uri: &Uri) -> bool {
    let path = uri.path().to_ascii_lowercase();
    let encoded = ["%2f", "%5c", "%3b", "%25", "%00", "%0a", "%0d"];
    path.contains("//")
        || path.contains(['\\', ';'])
        || encoded.iter().any(|code| path.contains(code))
        || path.split('/').any(|segment| matches!(segment, "." | ".." | "%2e" | "%2e%2e" | ".%2e" | "%2e."))
}

/// Middleware: 406 where the caller takes neither JSON nor what streams are made of. Only for paths that exist; pages and
/// documents are not touched.
pub async fn acceptable(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let is_document = ["/swagger-ui", "/v3/api-docs", "/health", "/info"].iter().any(|open| path.starts_with(open));
    let is_route = request.extensions().get::<MatchedPath>().is_some();
    if is_route && !is_document && !takes_json(request.headers()) {
        return StatusCode::NOT_ACCEPTABLE.into_response();
    }
    next.run(request).await
}

fn takes_json(headers: &HeaderMap) -> bool {
    let mut given = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok()).peekable();
    given.peek().is_none() || given.flat_map(|value| value.split(',')).any(is_json_range)
}

fn is_json_range(range: &str) -> bool {
    let mut parts = range.split(';').map(str::trim);
    let kind = parts.next().unwrap_or_default().to_ascii_lowercase();
    let refused = parts.any(|parameter| {
        parameter.strip_prefix("q=").and_then(|weight| weight.parse::<f32>().ok()).is_some_and(|weight| weight <= 0.0)
    });
    let is_json = matches!(kind.as_str(), "" | "*/*" | "application/*" | "application/json" | "application/x-ndjson")
        || (kind.starts_with("application/") && kind.ends_with("+json"));
    is_json && !refused
}

/// What a panic is answered with.
#[expect(clippy::needless_pass_by_value, reason = "the layer gives it away")]
pub fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let message = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_default();
    tracing::error!(message, "a handler panicked");
    ApiError::internal().into_response()
}

/// What an unknown path is answered with (07 section 2.2).
pub async fn no_such_path(uri: Uri) -> ApiError {
    ApiError::no_such_path(uri.path())
}

/// What an unsupported method is answered with (decisions B3); the router adds `Allow`.
pub async fn wrong_method(method: Method) -> ApiError {
    let detail = format!("Request method '{method}' is not supported");
    ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed", detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_counts_as_json() {
        let takes = |accept: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, HeaderValue::from_str(accept).unwrap());
            takes_json(&headers)
        };
        for good in [
            "*/*",
            "application/json",
            "text/html, application/*;q=0.5",
            "application/problem+json",
            "",
            "application/x-ndjson",
        ] {
            assert!(takes(good), "{good}");
        }
        for bad in ["text/html", "application/xml", "application/json;q=0", "image/*"] {
            assert!(!takes(bad), "{bad}");
        }
        assert!(takes_json(&HeaderMap::new()));
    }

    #[test]
    fn paths_that_could_be_read_in_two_ways() {
        let refused = |path: &str| is_ambiguous(&path.parse().unwrap());
        for bad in ["/locations//MDI", "/a%2Fb", "/a%5cb", "/a;b", "/a%3Bb", "/../x", "/%2e%2E/x", "/a%00"] {
            assert!(refused(bad), "{bad}");
        }
        for good in ["/locations/MDI", "/locations/key/MDI-A%201", "/a.b", "/sync/delete/-23rf-$$%C2%A3%C2%A3@", "/..."]
        {
            assert!(!refused(good), "{good}");
        }
    }

    #[test]
    fn machines_are_quiet() {
        assert!(is_quiet("/health/readiness") && is_quiet("/info"));
        assert!(!is_quiet("/information") && !is_quiet("/locations"));
    }

    #[test]
    fn an_id_of_a_request_is_plain() {
        let id = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert("x-request-id", HeaderValue::from_static(value));
            request_id(&headers)
        };
        assert_eq!(id("abc-1").as_deref(), Some("abc-1"));
        assert_eq!(id("abc\"1"), None);
        assert_eq!(id(""), None);
    }
}
