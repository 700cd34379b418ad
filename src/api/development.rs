//! The key set of the development key, for other local services. Only in development mode.

use axum::routing::get;
use axum::{Json, Router};
use jsonwebtoken::jwk::JwkSet;

use crate::app::App;

/// Where the key set is.
pub const KEY_SET_PATH: &str = "/development/.well-known/jwks.json";

/// The route of the key set.
pub fn routes(keys: JwkSet) -> Router<App> {
    Router::new().route(KEY_SET_PATH, get(move || std::future::ready(Json(keys.clone()))))
}
