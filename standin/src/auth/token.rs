//! `POST /auth/oauth/token`, grant type `client_credentials`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Form, Json};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use crate::common::clock;

/// What is asked for, in the body or the query; client id and secret may come in the body instead of HTTP Basic.
#[derive(Deserialize)]
pub(super) struct Asked {
    grant_type: Option<String>,
    client_id: Option<String>,
    client_secret: Option<String>,
    /// On whose behalf: becomes the claim `user_name`.
    username: Option<String>,
}

pub(super) async fn give(
    State(state): State<Arc<super::State>>,
    headers: HeaderMap,
    Form(asked): Form<Asked>,
) -> Response {
    let given = basic(&headers).or_else(|| Some((asked.client_id?, asked.client_secret?)));
    let Some(client) = given.and_then(|(id, secret)| state.clients.find(&id, &secret)) else {
        let refusal =
            (StatusCode::UNAUTHORIZED, [(WWW_AUTHENTICATE, "Basic")], Json(json!({ "error": "invalid_client" })));
        return refusal.into_response();
    };
    if asked.grant_type.as_deref() != Some("client_credentials") {
        return (StatusCode::BAD_REQUEST, Json(json!({ "error": "unsupported_grant_type" }))).into_response();
    }
    let now = clock::now().timestamp();
    let life = i64::try_from(state.token_seconds).unwrap_or(i64::MAX);
    let subject = asked.username.as_deref().unwrap_or(&client.id);
    let mut claims = json!({
        "jti": Uuid::new_v4(),
        "iss": state.issuer,
        "sub": subject,
        "client_id": client.id,
        "grant_type": "client_credentials",
        "auth_source": "none",
        "scope": client.scopes,
        "authorities": client.roles.iter().map(|role| format!("ROLE_{role}")).collect::<Vec<_>>(),
        "iat": now,
        "nbf": now,
        "exp": now.saturating_add(life),
    });
    if let Some(user) = &asked.username {
        claims["user_name"] = json!(user);
    }
    match state.key.sign(&claims) {
        Ok(token) => {
            let body = json!({
                "access_token": token, "token_type": "bearer", "expires_in": state.token_seconds,
                "scope": client.scopes.join(" "), "sub": subject, "jti": claims["jti"],
            });
            ([(CACHE_CONTROL, "no-store")], Json(body)).into_response()
        }
        Err(error) => {
            tracing::error!(error, "a token can't be signed");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Id and secret of HTTP Basic. Both are form-encoded in it (RFC 6749 section 2.3.1), which plain names do not show.
fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let text = headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Basic ")?;
    let decoded = String::from_utf8(STANDARD.decode(text.trim()).ok()?).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    Some((decode_form(id), decode_form(secret)))
}

fn decode_form(text: &str) -> String {
    let pair = format!("v={text}");
    let first = form_urlencoded::parse(pair.as_bytes()).next();
    first.map_or_else(|| text.to_owned(), |(_, value)| value.into_owned())
}
