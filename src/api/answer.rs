//! Answers whose JSON text was made while the tree was at hand.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::view::json::Rendered;

/// A JSON answer.
#[derive(Clone, Debug)]
pub struct Answer {
    status: StatusCode,
    body: Rendered,
}

impl Answer {
    /// 200 with this body.
    pub fn ok(body: Rendered) -> Self {
        Self { status: StatusCode::OK, body }
    }

    /// 202 with this body.
    pub fn accepted(body: Rendered) -> Self {
        Self { status: StatusCode::ACCEPTED, body }
    }

    /// 201 with this body.
    pub fn created(body: Rendered) -> Self {
        Self { status: StatusCode::CREATED, body }
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let json = HeaderValue::from_static("application/json");
        (self.status, [(header::CONTENT_TYPE, json)], self.body.into_string()).into_response()
    }
}
