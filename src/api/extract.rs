//! What handlers take in: bodies, path values and query parameters, each with the contract's 400, 413 and 415.

use std::time::Duration;

use axum::extract::{FromRequest, FromRequestParts, RawPathParams, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use serde::de::{Deserialize, DeserializeOwned, Deserializer, Error};
use uuid::Uuid;

use super::check::Check;
use super::error::ApiError;
use super::reading::parse_id;

/// The largest body that is read, in bytes: set by the router for all requests (setting `REQUEST_BODY_LIMIT`).
#[derive(Clone, Copy, Debug)]
pub struct BodyLimit(pub usize);

impl Default for BodyLimit {
    fn default() -> Self {
        Self(10 * 1024 * 1024)
    }
}

/// How long a peer may take to send its body.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);
/// How much more of a body that is too large is taken in and dropped, so that its sender gets to read the answer.
const DRAINED: usize = 64 * 1024 * 1024;

/// A JSON body, read and with its constraints checked. Must be the last argument of a handler.
#[derive(Clone, Debug)]
pub struct Body<T>(pub T);

impl<T: DeserializeOwned + Check, S: Sync> FromRequest<S> for Body<T> {
    type Rejection = Response;

    async fn from_request(request: Request, _: &S) -> Result<Self, Response> {
        Ok(Self(read_body(request).await.map_err(IntoResponse::into_response)?))
    }
}

async fn read_body<T: DeserializeOwned + Check>(request: Request) -> Result<T, ApiError> {
    if !is_json(request.headers()) {
        return Err(unsupported_media_type(request.headers()));
    }
    let limit = request.extensions().get::<BodyLimit>().copied().unwrap_or_default();
    let bytes = tokio::time::timeout(BODY_TIMEOUT, collect(request.into_body(), limit.0)).await.map_err(|_| {
        ApiError::new(StatusCode::REQUEST_TIMEOUT, "Request timeout", "the body did not arrive in time")
    })??;
    let body: T = read_json(&bytes)?;
    match body.violations().as_slice() {
        [] => Ok(body),
        violations => Err(ApiError::constraints(violations)),
    }
}

/// Whether the content type is JSON: `application/json` or `application/*+json`, with any parameters.
fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()) else { return false };
    let essence = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

fn unsupported_media_type(headers: &HeaderMap) -> ApiError {
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("none");
    let detail = format!("Content-Type '{given}' is not supported, send application/json");
    ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Unsupported media type", detail)
}

async fn collect(mut body: axum::body::Body, limit: usize) -> Result<Bytes, ApiError> {
    let mut collected = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| ApiError::bad_request(format!("the body could not be read: {error}")))?;
        let Ok(data) = frame.into_data() else { continue };
        if collected.len() + data.len() > limit {
            drain(body).await;
            let detail = format!("the body is larger than {limit} bytes");
            return Err(ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "Payload too large", detail));
        }
        collected.extend_from_slice(&data);
    }
    Ok(collected.freeze())
}

async fn drain(mut body: axum::body::Body) {
    let mut left = DRAINED;
    while let Some(Ok(frame)) = body.frame().await {
        left = left.saturating_sub(frame.data_ref().map_or(0, Bytes::len));
        if left == 0 {
            return;
        }
    }
}

/// Reads one JSON value, with nothing after it, as the live service does (07 section 2.4).
///
/// # Errors
/// 400 without a code that names the field by its path.
pub fn read_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(ApiError::bad_request("Couldn't read request body: it is missing"));
    }
    match read_once(bytes) {
        // Of a key that comes twice the last one counts, which only the detour over a map does.
        Err(error) if error.inner().to_string().starts_with("duplicate field") => {
            let value: serde_json::Value = serde_json::from_slice(bytes).map_err(|e| unreadable(&e.to_string()))?;
            serde_path_to_error::deserialize(value).map_err(|error| field_error(&error))
        }
        Err(error) if error.inner().is_data() => Err(field_error(&error)),
        Err(error) => Err(unreadable(&error.inner().to_string())),
        Ok(value) => Ok(value),
    }
}

fn read_once<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, serde_path_to_error::Error<serde_json::Error>> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let mut track = serde_path_to_error::Track::new();
    let value = T::deserialize(serde_path_to_error::Deserializer::new(&mut json, &mut track))
        .map_err(|error| serde_path_to_error::Error::new(track.path(), error))?;
    json.end().map_err(|error| serde_path_to_error::Error::new(serde_path_to_error::Track::new().path(), error))?;
    Ok(value)
}

fn unreadable(why: &str) -> ApiError {
    ApiError::bad_request(format!("Couldn't read request body: not JSON: {why}"))
}

/// `capacity.maxCapacity: must be a whole number, not "x"`.
fn field_error(error: &serde_path_to_error::Error<serde_json::Error>) -> ApiError {
    let path = error.path().to_string();
    let path = if path == "." { String::new() } else { path };
    let words = error.inner().to_string();
    // Where in the text it was says nothing that the path does not.
    let words = words.rsplit_once(" at line ").map_or(words.as_str(), |(words, _)| words);
    let missing = words.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`'));
    ApiError::bad_request(match (path.as_str(), missing) {
        ("", Some(field)) => format!("{field}: is missing"),
        (path, Some(field)) => format!("{path}.{field}: is missing"),
        ("", None) => format!("Couldn't read request body: {words}"),
        (path, None) => format!("{path}: {words}"),
    })
}

/// The values of the path, decoded.
#[derive(Clone, Debug)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match axum::extract::Path::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(values)) => Ok(Self(values)),
            Err(rejection) => Err(path_error(rejection, parts, state).await),
        }
    }
}

/// An id in a path, in its form of 36 characters; the other forms of a UUID are none here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Id(pub Uuid);

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        parse_id(&text).map(Self).ok_or_else(|| D::Error::custom("must be of type UUID"))
    }
}

async fn path_error<S: Send + Sync>(
    rejection: axum::extract::rejection::PathRejection,
    parts: &mut Parts,
    state: &S,
) -> ApiError {
    use axum::extract::path::ErrorKind;
    use axum::extract::rejection::PathRejection;
    let PathRejection::FailedToDeserializePathParams(failed) = rejection else {
        tracing::error!(%rejection, "a route without its path values");
        return ApiError::internal();
    };
    let names: Vec<String> = match RawPathParams::from_request_parts(parts, state).await {
        Ok(values) => values.iter().map(|(name, _)| name.to_owned()).collect(),
        Err(_) => Vec::new(),
    };
    let only = names.first().cloned().unwrap_or_default();
    match failed.into_kind() {
        ErrorKind::ParseErrorAtKey { key, expected_type, .. } => wrong_type(&key, expected_type),
        ErrorKind::ParseErrorAtIndex { index, expected_type, .. } => {
            wrong_type(names.get(index).unwrap_or(&only), expected_type)
        }
        ErrorKind::ParseError { expected_type, .. } => wrong_type(&only, expected_type),
        ErrorKind::DeserializeError { key, message, .. } => {
            ApiError::bad_request(format!("Parameter {key}: {message}"))
        }
        ErrorKind::InvalidUtf8InPathParam { key } => {
            ApiError::bad_request(format!("Parameter {key} must be text in UTF-8"))
        }
        ErrorKind::Message(message) => ApiError::bad_request(format!("Parameter {} {message}", names.join(" or "))),
        kind => ApiError::bad_request(format!("Parameter {}: {kind}", names.join(" or "))),
    }
}

fn wrong_type(name: &str, expected: &str) -> ApiError {
    ApiError::bad_request(format!("Parameter {name} must be of type {expected}"))
}

/// The query parameters, read by the functions of [`super::reading::query`]; unknown ones are ignored.
#[derive(Clone, Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        read_query(parts.uri.query().unwrap_or_default()).map(Self)
    }
}

/// Reads a query string.
///
/// # Errors
/// 400 without a code that names the parameter.
pub fn read_query<T: DeserializeOwned>(query: &str) -> Result<T, ApiError> {
    use serde_json::Value;
    let mut given = serde_json::Map::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let value = Value::String(value.into_owned());
        match given.get_mut(name.as_ref()) {
            None => {
                given.insert(name.into_owned(), value);
            }
            Some(Value::Array(values)) => values.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
        }
    }
    serde_path_to_error::deserialize(Value::Object(given))
        .map_err(|error| ApiError::bad_request(format!("Parameter {} {}", error.path(), error.inner())))
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::api::reading::query;
    use crate::domain::reference::ApprovalStatus;

    #[derive(Debug, Default, Deserialize, PartialEq)]
    #[serde(rename_all = "camelCase", default)]
    struct Parameters {
        #[serde(deserialize_with = "query::boolean")]
        include_history: bool,
        #[serde(deserialize_with = "query::optional_boolean")]
        sort_by_local_name: Option<bool>,
        #[serde(deserialize_with = "query::optional_integer")]
        max_level: Option<i32>,
        #[serde(deserialize_with = "query::optional_id")]
        parent_location_id: Option<uuid::Uuid>,
        #[serde(deserialize_with = "query::optional_constant")]
        status: Option<ApprovalStatus>,
        #[serde(deserialize_with = "query::constants")]
        statuses: Vec<ApprovalStatus>,
        #[serde(deserialize_with = "query::texts")]
        sort: Vec<String>,
        #[serde(deserialize_with = "query::optional_text")]
        name: Option<String>,
    }

    fn read(query: &str) -> Result<Parameters, String> {
        read_query(query).map_err(|error| error.body().developer_message)
    }

    #[test]
    fn booleans_of_a_query() {
        for yes in ["true", "on", "YES", "1", "True"] {
            assert!(read(&format!("includeHistory={yes}")).unwrap().include_history, "{yes}");
        }
        for no in ["false", "OFF", "no", "0", "", "%20"] {
            assert!(!read(&format!("includeHistory={no}")).unwrap().include_history, "{no}");
        }
        assert!(!read("includeHistory").unwrap().include_history);
        assert_eq!(read("sortByLocalName=").unwrap().sort_by_local_name, None);
        assert_eq!(read("includeHistory=x").unwrap_err(), "Parameter includeHistory must be of type boolean");
    }

    #[test]
    fn empty_means_not_given_and_unknown_is_ignored() {
        let query = "maxLevel=&parentLocationId=&status=&statuses=&unknown=1";
        assert_eq!(read(query).unwrap(), Parameters::default());
        assert_eq!(read("name=").unwrap().name.as_deref(), Some(""));
    }

    #[test]
    fn other_kinds() {
        assert_eq!(read("maxLevel=2").unwrap().max_level, Some(2));
        assert_eq!(read("maxLevel=x").unwrap_err(), "Parameter maxLevel must be of type integer");
        assert_eq!(read("parentLocationId=A").unwrap_err(), "Parameter parentLocationId must be of type UUID");
        assert_eq!(read("status=%20PENDING").unwrap().status, Some(ApprovalStatus::Pending));
        assert!(read("status=pending").unwrap_err().starts_with("Parameter status must be one of PENDING, APPROVED"));
        assert_eq!(
            read("statuses=PENDING,APPROVED&statuses=REJECTED").unwrap().statuses,
            [ApprovalStatus::Pending, ApprovalStatus::Approved, ApprovalStatus::Rejected]
        );
        assert_eq!(read("sort=a,asc&sort=b").unwrap().sort, ["a,asc", "b"]);
        assert_eq!(read("name=Visit+Room%201").unwrap().name.as_deref(), Some("Visit Room 1"));
        assert_eq!(read("maxLevel=1&maxLevel=x").unwrap().max_level, Some(1));
    }
}
