//! The HTTP server of a role.

use std::future::Future;
use std::net::SocketAddr;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use tokio::net::TcpListener;

use super::error::ApiError;
use super::faults::{Faults, Injected, Phase};
use super::telemetry::fields;

/// Listens; answers the port that it got.
///
/// # Errors
/// When the address is taken.
pub async fn listen(address: SocketAddr) -> std::io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind(address).await?;
    let bound = listener.local_addr()?;
    Ok((listener, bound))
}

/// Serves until `stop`, then finishes the requests that are under way.
///
/// # Errors
/// When the socket fails.
pub async fn serve(
    listener: TcpListener,
    routes: Router,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    axum::serve(listener, routes).with_graceful_shutdown(stop).await
}

/// Makes the faults of the point `<role>.http`: each request of these routes, with its method and path.
pub fn with_faults(routes: Router, role: &'static str, faults: Faults) -> Router {
    routes.layer(from_fn_with_state((role, faults), strike))
}

async fn strike(State((role, faults)): State<(&'static str, Faults)>, request: Request, next: Next) -> Response {
    let point = format!("{role}.http");
    let about = fields([("method", request.method()), ("path", &request.uri().path())]);
    if let Some(fault) = faults.at(&point, Phase::Before, &about).await {
        return injected(fault).await;
    }
    let response = next.run(request).await;
    match faults.at(&point, Phase::After, &about).await {
        Some(fault) => injected(fault).await,
        None => response,
    }
}

async fn injected(fault: Injected) -> Response {
    match fault {
        Injected::Status(code) => {
            let status = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            ApiError::new(status, "a fault on purpose").into_response()
        }
        Injected::Hang => std::future::pending().await,
        // A body that fails makes the server drop the connection.
        _ => {
            let broken =
                futures_util::stream::once(async { Err::<Vec<u8>, _>(std::io::Error::other("reset on purpose")) });
            Body::from_stream(broken).into_response()
        }
    }
}
