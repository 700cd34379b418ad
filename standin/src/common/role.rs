//! How a role starts and ends.

use std::net::SocketAddr;

use axum::Router;
use sqlx::PgPool;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::aws::describe;
use super::database::{Schema, open};
use super::faults::Faults;
use super::quiet::Quiet;
use super::remote::http_client;
use super::settings::{Profile, RoleSettings};
use super::telemetry::Telemetry;
use super::token_check::TokenCheck;
use super::{endpoints, server};

/// Why a role did not start, or ended.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct RoleError(pub String);

impl From<sqlx::Error> for RoleError {
    fn from(error: sqlx::Error) -> Self {
        Self(format!("database: {}", describe(&error)))
    }
}

impl From<std::io::Error> for RoleError {
    fn from(error: std::io::Error) -> Self {
        Self(error.to_string())
    }
}

/// What a role works with. Copies share everything.
#[derive(Clone)]
pub struct Context {
    /// Its name: `nomis`, `to-nomis` and so on.
    pub role: &'static str,
    /// Which behaviour.
    pub profile: Profile,
    /// Its schema; what all roles have is `standin.name`.
    pub pool: PgPool,
    /// The client for calls of others.
    pub http: reqwest::Client,
    /// Events.
    pub telemetry: Telemetry,
    /// Faults on purpose.
    pub faults: Faults,
    /// Who may call.
    pub tokens: TokenCheck,
    /// What is under way.
    pub quiet: Quiet,
    /// Cancelled when the role is to end. Loops listen to it.
    pub stop: CancellationToken,
    /// Loops that the end waits for.
    pub tasks: TaskTracker,
}

/// A role that has taken its port and can be given its routes.
pub struct Start {
    /// What it works with.
    pub context: Context,
    listener: TcpListener,
    address: SocketAddr,
}

/// A role that serves.
pub struct Running {
    /// Where: `http://127.0.0.1:port`.
    pub url: String,
    stop: CancellationToken,
    served: JoinHandle<Result<(), RoleError>>,
}

impl Start {
    /// Opens port and database, brings the schema up to date.
    ///
    /// # Errors
    /// When one of them fails.
    pub async fn begin(role: &'static str, settings: &RoleSettings, own: Schema) -> Result<Self, RoleError> {
        // The HTTP clients share one provider; another role of this process may have put it in place.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let (listener, address) = server::listen(settings.listen)
            .await
            .map_err(|e| RoleError(format!("can't listen at {}: {e}", settings.listen)))?;
        let pool = open(&settings.database_url, own, settings.database_connections).await?;
        let telemetry = Telemetry::begin(role, pool.clone());
        let faults = Faults::load(role, pool.clone(), telemetry.clone(), settings.random_seed).await?;
        let http = http_client().map_err(RoleError)?;
        let context = Context {
            role,
            profile: settings.profile,
            pool,
            tokens: TokenCheck::new(&settings.jwks_url, settings.issuer.as_deref(), http.clone()),
            http,
            telemetry: telemetry.clone(),
            faults,
            quiet: Quiet::default(),
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
        };
        context.quiet.watch("telemetry", move || {
            let telemetry = telemetry.clone();
            Box::pin(async move { telemetry.unwritten() })
        });
        Ok(Self { context, listener, address })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves these routes, `/health` and the `/standin` endpoints of every role. Faults of `<role>.http` strike only `routes`.
    pub fn serve(self, routes: Router) -> Running {
        let Self { context, listener, address } = self;
        let standin = endpoints::of_every_role(&context);
        let routes = server::with_faults(routes, context.role, context.faults.clone());
        let routes = routes.merge(endpoints::health()).merge(standin);
        let stop = context.stop.clone();
        tracing::info!(role = context.role, %address, profile = ?context.profile, "serving");
        let served = tokio::spawn(async move {
            let outcome = server::serve(listener, routes, context.stop.clone().cancelled_owned()).await;
            // Without a server the loops have no reason to go on.
            context.stop.cancel();
            context.tasks.close();
            context.tasks.wait().await;
            context.pool.close().await;
            outcome.map_err(RoleError::from)
        });
        Running { url: format!("http://{address}"), stop, served }
    }
}

impl Running {
    /// Waits for its end.
    ///
    /// # Errors
    /// Why it ended, if nobody asked for it.
    pub async fn ended(self) -> Result<(), RoleError> {
        self.served.await.map_err(|e| RoleError(e.to_string()))?
    }

    /// Asks it to end, and waits until it has.
    ///
    /// # Errors
    /// What went wrong at the end.
    pub async fn stop(self) -> Result<(), RoleError> {
        self.stop.cancel();
        self.ended().await
    }

    /// Ends it when this is cancelled.
    pub fn stopper(&self) -> CancellationToken {
        self.stop.clone()
    }
}
