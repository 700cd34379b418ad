//! The sign-on service: tokens for client credentials, and the key set that they are checked with.

mod clients;
mod key;
mod token;

use std::path::PathBuf;
use std::sync::Arc;

use axum::routing::{get, post};
use axum::{Json, Router};
use clap::Args;
use serde_json::json;

use crate::common::database::STANDIN_SCHEMA;
use crate::common::role::{RoleError, Running, Start};
use crate::common::settings::RoleSettings;
use crate::common::token_check::TokenCheck;

use clients::Clients;
use key::SigningKey;

/// Settings of the role.
#[derive(Args, Clone, Debug)]
pub struct AuthSettings {
    /// What every role has.
    #[command(flatten)]
    pub role: RoleSettings,
    /// The secret of each client of the built-in list.
    #[arg(long, env = "STANDIN_CLIENT_SECRET")]
    pub client_secret: Option<String>,
    /// A JSON file with clients, instead of the built-in list: `[{ "id", "secret", "roles": [], "scopes": [] }]`.
    #[arg(long, env = "STANDIN_CLIENTS_FILE")]
    pub clients_file: Option<PathBuf>,
    /// An RSA key (PKCS#8 PEM) to sign with. Not given: one is made at each start, and older tokens count no more.
    #[arg(long, env = "STANDIN_SIGNING_KEY_FILE")]
    pub signing_key_file: Option<PathBuf>,
    /// How long a token is good for, in seconds.
    #[arg(long, env = "STANDIN_TOKEN_SECONDS", default_value_t = 3600)]
    pub token_seconds: u64,
}

/// What the endpoints work with.
struct State {
    clients: Clients,
    key: SigningKey,
    issuer: String,
    token_seconds: u64,
}

/// Starts the role.
///
/// # Errors
/// When port, database, key or list of clients can't be had.
pub async fn start(settings: AuthSettings) -> Result<Running, RoleError> {
    let mut start = Start::begin("auth", &settings.role, STANDIN_SCHEMA).await?;
    let base = format!("http://{}/auth", start.address());
    let issuer = settings.role.issuer.clone().unwrap_or_else(|| format!("{base}/issuer"));
    // Its own endpoints are for holders of its own tokens.
    let http = start.context.http.clone();
    start.context.tokens = TokenCheck::new(&format!("{base}/.well-known/jwks.json"), Some(&issuer), http);
    let state = State {
        clients: Clients::of(&settings).map_err(RoleError)?,
        key: SigningKey::of(settings.signing_key_file.as_deref()).map_err(RoleError)?,
        issuer,
        token_seconds: settings.token_seconds,
    };
    let key_set = Json(state.key.key_set());
    let routes = Router::new()
        .route("/auth/oauth/token", post(token::give))
        .route("/auth/.well-known/jwks.json", get(|| async { key_set }))
        .route("/auth/health/ping", get(|| async { Json(json!({ "status": "UP" })) }))
        .with_state(Arc::new(state));
    Ok(start.serve(routes))
}
