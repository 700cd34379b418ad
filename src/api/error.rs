//! The error answer (07 section 2), and the one place where failures become one.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::check::Violation;
use crate::clients::RemoteError;
use crate::domain::Refusal;
use crate::service::ServiceError;

/// Error response
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ErrorResponse {
    /// HTTP status code
    #[schema(example = 404)]
    pub status: u16,
    /// When present, uniquely identifies the type of error making it easier for clients to discriminate without relying
    /// on error description or HTTP status code
    #[schema(example = 101)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_code: Option<u16>,
    /// User message for the error
    #[schema(example = "Location not found: There is no location found for ID = de91dfa7-821f-4552-a427-bf2f32eafeb0")]
    pub user_message: String,
    /// More detailed error message
    #[schema(example = "There is no location found for ID = de91dfa7-821f-4552-a427-bf2f32eafeb0")]
    pub developer_message: String,
}

/// A request that is answered with an error body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    status: StatusCode,
    error_code: Option<u16>,
    user_message: String,
    developer_message: String,
    retry_after_seconds: Option<u32>,
}

/// Category of every error that is the caller's and has no category of its own (07 section 2.1).
const VALIDATION_FAILURE: &str = "Validation failure";
/// What a caller is told to wait when something that passes by itself stood in the way.
const RETRY_AFTER_SECONDS: u32 = 2;

impl ApiError {
    /// An error of any kind: `category: detail` for people, the detail for developers (07 section 2.1).
    pub fn new(status: StatusCode, category: &str, detail: impl Into<String>) -> Self {
        let developer_message = detail.into();
        Self {
            status,
            error_code: None,
            user_message: format!("{category}: {developer_message}"),
            developer_message,
            retry_after_seconds: None,
        }
    }

    /// An error whose words for people are those for developers (07 section 2.1 rule 2).
    pub fn without_category(status: StatusCode, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Self { user_message: detail.clone(), ..Self::new(status, "", detail) }
    }

    /// 400 without a code: something in the request can't be read, or breaks a rule that has no code.
    pub fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, VALIDATION_FAILURE, detail)
    }

    /// 400 with code 102: constraints of fields of the body are broken, each of them named.
    pub fn constraints(violations: &[Violation]) -> Self {
        let named: Vec<String> = violations.iter().map(ToString::to_string).collect();
        Self { error_code: Some(102), ..Self::bad_request(named.join(", ")) }
    }

    /// 403 (07 section 1.6).
    pub fn forbidden() -> Self {
        Self::new(StatusCode::FORBIDDEN, "Forbidden", "Access Denied")
    }

    /// 404 without a code: nothing is behind this path.
    pub fn no_such_path(path: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "Not Found", format!("No resource found for {path}"))
    }

    /// 500, with words that give nothing away; the caller logs what happened.
    pub fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "Unexpected error", "An unexpected error occurred")
    }

    /// 503 with `Retry-After`: it may well work in a moment.
    pub fn unavailable(detail: impl Into<String>) -> Self {
        Self {
            retry_after_seconds: Some(RETRY_AFTER_SECONDS),
            ..Self::new(StatusCode::SERVICE_UNAVAILABLE, "Service unavailable", detail)
        }
    }

    /// The HTTP status of the answer.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The code of the answer, if it has one.
    pub fn error_code(&self) -> Option<u16> {
        self.error_code
    }

    /// The body of the answer.
    pub fn body(&self) -> ErrorResponse {
        ErrorResponse {
            status: self.status.as_u16(),
            error_code: self.error_code,
            user_message: self.user_message.clone(),
            developer_message: self.developer_message.clone(),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.body())).into_response();
        if let Some(seconds) = self.retry_after_seconds {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        Self {
            status: StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::BAD_REQUEST),
            error_code: refusal.error_code(),
            user_message: refusal.user_message(),
            developer_message: refusal.developer_message(),
            retry_after_seconds: None,
        }
    }
}

impl From<RemoteError> for ApiError {
    /// 404 stays 404 (07 section 6.1 rule 6); whatever else happened there is a bad gateway here, not our own failure.
    fn from(error: RemoteError) -> Self {
        match error {
            RemoteError::NotFound { .. } => Self::new(StatusCode::NOT_FOUND, "Not Found", error.to_string()),
            RemoteError::Unavailable { service, ref reason } => {
                tracing::error!(service, reason, "another service gave no usable answer");
                Self::new(StatusCode::BAD_GATEWAY, "Bad gateway", format!("{service} could not be asked"))
            }
        }
    }
}

impl From<ServiceError> for ApiError {
    fn from(error: ServiceError) -> Self {
        match error {
            ServiceError::Refused(refusal) => refusal.into(),
            ServiceError::Remote(error) => error.into(),
            ServiceError::Busy(what) => {
                tracing::warn!(what, "busy");
                Self::unavailable(what)
            }
            ServiceError::Database(error) => error.into(),
            ServiceError::Answer(error) => {
                tracing::error!(%error, "an answer could not be written as JSON");
                Self::internal()
            }
        }
    }
}

/// The unique index that keeps a path from being taken twice in a prison (01 section 2).
const UNIQUE_PATH: &str = "uk_location_prison_code_id";

impl From<sqlx::Error> for ApiError {
    fn from(error: sqlx::Error) -> Self {
        let Some(database) = error.as_database_error() else { return without_answer_of_database(&error) };
        let code = database.code().unwrap_or_default();
        match code.as_ref() {
            "23505" if database.constraint() == Some(UNIQUE_PATH) => {
                Refusal::LocationExists(taken_key(database)).into()
            }
            // Only the caller's own texts and numbers can be too long, too large or hold a NUL.
            "22001" => Self::bad_request(format!("a text is too long: {}", database.message())),
            "22003" => Self::bad_request(format!("a number is out of range: {}", database.message())),
            "22007" | "22008" => Self::bad_request(format!("a date is out of range: {}", database.message())),
            "22021" | "22P05" => Self::bad_request("a text holds a character that can't be stored"),
            code if passes_by_itself(code) => {
                tracing::warn!(%error, code, "the database could not do it now");
                Self::unavailable("the database is busy")
            }
            code => {
                tracing::error!(%error, code, "the database refused");
                Self::internal()
            }
        }
    }
}

/// SQLSTATEs of what may work a moment later: lock not to be had, statement timed out, deadlock, serialisation failure,
/// too many connections, shutting down, starting up, in the midst of a fail-over, connection lost.
fn passes_by_itself(code: &str) -> bool {
    matches!(
        code,
        "55P03" | "57014" | "40P01" | "40001" | "53300" | "57P01" | "57P02" | "57P03" | "57P05" | "25P03" | "25006"
    ) || code.starts_with("08")
}

fn without_answer_of_database(error: &sqlx::Error) -> ApiError {
    match error {
        sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Io(_) | sqlx::Error::WorkerCrashed => {
            tracing::warn!(%error, "no connection to the database");
            ApiError::unavailable("the database could not be reached")
        }
        error => {
            tracing::error!(%error, "the database could not be used");
            ApiError::internal()
        }
    }
}

/// The key in `Key (prison_id, path_hierarchy)=(MDI, A-1) already exists.`; empty where the server speaks otherwise.
fn taken_key(error: &dyn sqlx::error::DatabaseError) -> String {
    error
        .try_downcast_ref::<sqlx::postgres::PgDatabaseError>()
        .and_then(|e| e.detail())
        .and_then(|detail| detail.split_once(")=(")?.1.rsplit_once(") "))
        .map(|(values, _)| values.replacen(", ", "-", 1))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_keeps_its_status_code_and_words() {
        let error = ApiError::from(ServiceError::from(Refusal::LocationNotFound("MDI-A".into())));
        assert_eq!(
            serde_json::to_value(error.body()).unwrap(),
            serde_json::json!({
                "status": 404,
                "errorCode": 101,
                "userMessage": "Location not found: There is no location found for ID = MDI-A",
                "developerMessage": "There is no location found for ID = MDI-A"
            })
        );
    }

    #[test]
    fn forbidden_is_what_clients_know() {
        assert_eq!(
            serde_json::to_value(ApiError::forbidden().body()).unwrap(),
            serde_json::json!({
                "status": 403, "userMessage": "Forbidden: Access Denied", "developerMessage": "Access Denied"
            })
        );
    }

    #[test]
    fn a_404_of_another_service_is_passed_on() {
        let error =
            ApiError::from(RemoteError::NotFound { method: "GET", url: "http://register/prisons/id/XYI".into() });
        assert_eq!(error.status(), StatusCode::NOT_FOUND);
        assert_eq!(error.error_code(), None);
        assert_eq!(error.body().user_message, "Not Found: 404 Not Found from GET http://register/prisons/id/XYI");
        let away = RemoteError::Unavailable { service: "prison-register", reason: "connection refused".into() };
        let error = ApiError::from(away);
        assert_eq!(error.status(), StatusCode::BAD_GATEWAY);
        assert!(!error.body().user_message.contains("refused"));
    }

    #[test]
    fn no_connection_asks_to_come_again() {
        let response = ApiError::from(ServiceError::from(sqlx::Error::PoolTimedOut)).into_response();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers()[header::RETRY_AFTER], "2");
    }

    #[test]
    fn what_the_database_says_about_itself_is_not_told() {
        let error = ApiError::from(sqlx::Error::Protocol("relation secret at 10.0.0.1".into()));
        assert_eq!(error.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert!(!error.body().developer_message.contains("secret"));
    }
}
