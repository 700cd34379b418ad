//! How it is asked for: routes, request bodies, validation, roles, OpenAPI.

pub mod answer;
pub mod auth;
pub mod certification;
pub mod check;
pub mod constants;
mod development;
pub mod error;
mod events;
pub mod extract;
pub mod groups;
mod health;
pub mod hierarchy;
mod info;
mod layers;
pub mod lists;
pub mod locations;
pub mod nomis_switch;
pub mod non_residential;
pub mod occupancy;
pub mod openapi;
pub mod paging;
pub mod permission;
pub mod prison_configuration;
pub mod queue_admin;
pub mod reading;
pub mod reconciliation;
pub mod residential;
pub mod roll_count;
pub mod summary;
pub mod sync;
mod training;
pub mod transactions;

use std::sync::Arc;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use jsonwebtoken::jwk::JwkSet;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use utoipa_axum::router::OpenApiRouter;

pub use auth::Caller;
pub use check::{Check, Violation};
pub use error::{ApiError, ErrorResponse};
pub use extract::{Body, Id, Path, Query};
pub use paging::PagingQuery;
pub use permission::Permission;

use crate::app::App;
use auth::Authenticator;

/// The operations of the contract: each area adds its own here.
pub fn operations(version: &str) -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(openapi::base(version))
        .merge(certification::routes())
        .merge(constants::routes())
        .merge(events::routes())
        .merge(groups::routes())
        .merge(hierarchy::routes())
        .merge(lists::routes())
        .merge(locations::routes())
        .merge(nomis_switch::routes())
        .merge(occupancy::routes())
        .merge(prison_configuration::routes())
        .merge(reconciliation::routes())
        .merge(summary::routes())
        .merge(non_residential::routes())
        .merge(queue_admin::routes())
        .merge(residential::routes())
        .merge(roll_count::routes())
        .merge(sync::routes())
        .merge(transactions::routes())
}

/// The OpenAPI document of the contract.
pub fn document(version: &str) -> utoipa::openapi::OpenApi {
    openapi::complete(operations(version).split_for_parts().1)
}

/// Everything that is served on the port of the API. `development_keys` are there in development mode only.
///
/// # Errors
/// When the OpenAPI document can't be written.
pub fn router(
    app: App,
    authenticator: Arc<Authenticator>,
    development_keys: Option<JwkSet>,
) -> Result<Router, openapi::DocumentError> {
    let (operations, document) = operations(&app.config.version).split_for_parts();
    let document = openapi::complete(document);
    let mut routes = operations.merge(health::routes()).merge(info::routes()).merge(openapi::routes(&document)?);
    if let Some(keys) = development_keys {
        routes = routes.merge(development::routes(keys));
    }
    if app.config.training {
        routes = routes.merge(training::routes());
    }
    Ok(with_layers(routes, &app, authenticator).with_state(app))
}

/// Puts around the routes what every request goes through: from the last to the first (07 section 1.1).
pub fn with_layers(routes: Router<App>, app: &App, authenticator: Arc<Authenticator>) -> Router<App> {
    // In one stack: a router boxes and clones each layer that it is given. The first is the outermost.
    let stack = ServiceBuilder::new()
        .layer(from_fn(layers::observe))
        .layer(from_fn(layers::standard_headers))
        .layer(CompressionLayer::new())
        .layer(CatchPanicLayer::custom(layers::panicked))
        .layer(from_fn_with_state(app.config.request_timeout, layers::time_limit))
        .layer(axum::Extension(extract::BodyLimit(app.config.request_body_limit)))
        .layer(from_fn_with_state(authenticator, auth::authenticate))
        .layer(from_fn(layers::plain_paths))
        .layer(from_fn(layers::acceptable));
    routes.fallback(layers::no_such_path).method_not_allowed_fallback(layers::wrong_method).layer(stack)
}

/// An authenticator for these keys, with the open paths that the settings add.
pub fn authenticator(keys: Arc<auth::KeySet>, config: &crate::config::Config) -> Arc<Authenticator> {
    let mut authenticator = Authenticator::new(keys, &config.expected_claims);
    if config.training {
        authenticator = authenticator.with_open_path(training::RESET_PATH);
    }
    if config.development_key_file.is_some() {
        authenticator = authenticator.with_open_path(development::KEY_SET_PATH);
    }
    Arc::new(authenticator)
}
