//! The state that handlers share; the start and the end of the service.

use std::future::Future;
use std::net::Ipv6Addr;
use std::sync::Arc;
use std::time::Duration;

use axum::serve::ListenerExt;
use sqlx::PgPool;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::api;
use crate::api::auth::KeySet;
use crate::clients::remote::Remote;
use crate::clients::token::TokenSource;
use crate::clients::{Clients, PrisonApi, PrisonRegister, PrisonerSearch, http};
use crate::clock::Clock;
use crate::config::{Config, EventsSettings};
use crate::development::{DevelopmentKey, DevelopmentKeyError};
use crate::events::aws::{Aws, LazyAws};
use crate::events::status::Reports;
use crate::events::{Relays, identity};
use crate::health::{self, Health};
use crate::service::Services;
use crate::store::lock::PrisonQueues;
use crate::store::{Store, Wake, migrate, pool, schema};
use crate::telemetry::metrics;

/// What handlers share.
#[derive(Clone)]
pub struct App {
    /// All settings.
    pub config: Arc<Config>,
    /// What can be done.
    pub services: Arc<Services>,
    /// How the service is.
    pub health: Arc<Health>,
    /// How the event relay of this process is doing.
    pub relay: Reports,
    aws: LazyAws,
}

/// Why the service did not start, or did not end well.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The port can't be had.
    #[error("SERVER_PORT: {port} can't be listened on: {error}")]
    Port {
        /// The port.
        port: u16,
        /// Why not.
        error: std::io::Error,
    },
    /// The database can't be used.
    #[error("{0}")]
    Database(#[from] pool::SettingsError),
    /// The tables could not be brought up to date.
    #[error("{0}")]
    Migration(#[from] migrate::MigrateError),
    /// The tables of the live service are not as they must be; one line for each difference.
    #[error("the database can't be used:\n{0}")]
    Schema(String),
    /// The database did not answer.
    #[error("database: {0}")]
    Sql(#[from] sqlx::Error),
    /// The certificates of the system can't be read.
    #[error("TLS: {0}")]
    Tls(#[from] reqwest::Error),
    /// The address of the authorisation server is none.
    #[error("API_BASE_URL_OAUTH: {0}")]
    AuthorisationServer(String),
    /// The OpenAPI document can't be written.
    #[error("{0}")]
    Document(#[from] api::openapi::DocumentError),
    /// The development key can't be used.
    #[error("{0}")]
    DevelopmentKey(#[from] DevelopmentKeyError),
    /// Serving ended by itself.
    #[error("serving: {0}")]
    Serving(#[from] std::io::Error),
}

impl App {
    /// The state for these settings, with connections that are made when they are needed. `client` asks other services.
    ///
    /// # Errors
    /// When the settings of the database or of the other services can't be used.
    pub fn new(config: Arc<Config>, client: &reqwest::Client) -> Result<Self, ServeError> {
        let store = Store {
            pool: pool::connect_lazily(&config.database, config.database_pool_size)?,
            queues: PrisonQueues::default(),
            wake: Wake::default(),
            capacity_and_certification_events: config.capacity_and_certification_events,
        };
        let services = Services {
            store,
            clock: config.fixed_clock.map_or_else(Clock::system, Clock::fixed),
            clients: clients(&config, client)?,
            groups: config.groups.clone(),
            activated_per_prison: config.activated_per_prison,
            returned_reason: config.returned_reason,
        };
        Ok(Self {
            config,
            services: Arc::new(services),
            health: Arc::new(Health::starting()),
            relay: Reports::default(),
            aws: LazyAws::default(),
        })
    }

    /// SNS and SQS.
    pub async fn aws(&self) -> &Aws {
        self.aws.get(&self.config.queues).await
    }
}

/// The services that we ask; all but the register want a token, and share it.
fn clients(config: &Config, client: &reqwest::Client) -> Result<Clients, ServeError> {
    let remote = &config.remote;
    let tokens =
        TokenSource::new(&remote.oauth, remote.client_id.clone(), remote.client_secret.clone(), client.clone());
    let tokens = Arc::new(tokens.map_err(ServeError::AuthorisationServer)?);
    let prison_api = Remote::new("prison-api", &remote.prison_api, client.clone(), Some(tokens.clone()));
    let search = Remote::new("prisoner-search", &remote.prisoner_search, client.clone(), Some(tokens));
    let register = Remote::new("prison-register", &remote.prison_register, client.clone(), None);
    Ok(Clients {
        prison_api: PrisonApi::new(prison_api),
        prisoner_search: PrisonerSearch::new(search),
        prison_register: PrisonRegister::new(register, config.prison_name_cache),
    })
}

/// Serves until `stop` comes: then readiness is refused, running requests end, and the rest of the process does.
///
/// # Errors
/// Why the service could not start.
pub async fn serve(config: Config, stop: impl Future<Output = ()>) -> Result<(), ServeError> {
    let config = Arc::new(config);
    warn_of_unusual(&config);
    let client = http::client(config.remote.timeout)?;
    let app = App::new(config.clone(), &client)?;
    let (keys, development_keys) = key_set(&config, &client)?;
    let aws = app.aws().await.clone();
    app.health.set_checks(checks(&app, &client, &aws));
    let router = api::router(app.clone(), api::authenticator(keys.clone(), &config), development_keys)?;

    let listener = listen(config.server_port).await?;
    let port = listener.local_addr()?.port();
    let (ending, tasks) = (CancellationToken::new(), TaskTracker::new());
    // The relays go on until the last request has ended.
    let relays_ending = CancellationToken::new();
    let server =
        axum::serve(listener.tap_io(no_delay), router).with_graceful_shutdown(ending.clone().cancelled_owned());
    let mut server = tokio::spawn(server.into_future());
    serve_metrics(&config, vec![("requests", app.services.store.pool.clone())], &tasks, &ending).await;
    tasks.spawn(keys.keep_fresh(ending.clone()));

    let run = async {
        prepare_database(&app.config, &app.services.store.pool).await?;
        crate::queues::start(&app.services, &config.queues, &aws.sqs, &tasks, &ending);
        start_relays(&app, aws, &tasks, relays_ending.clone())?;
        app.health.set_ready(true);
        tracing::info!(port, version = config.version, "ready");
        (&mut server).await.map_err(std::io::Error::other)?.map_err(ServeError::Serving)
    };
    let outcome = tokio::select! {
        outcome = run => outcome,
        () = stop => Ok(()),
    };
    tracing::info!("stopping");
    app.health.set_ready(false);
    if outcome.is_ok() {
        tokio::time::sleep(config.shutdown_delay).await;
    }
    ending.cancel();
    tasks.close();
    let drained = async {
        if !server.is_finished() {
            let _ = server.await;
        }
        relays_ending.cancel();
        tasks.wait().await;
    };
    if tokio::time::timeout(config.shutdown_timeout, drained).await.is_err() {
        tracing::warn!(seconds = config.shutdown_timeout.as_secs(), "what still ran was cut off");
    }
    // Connections say farewell, but nobody waits for a database that does not answer.
    let _ = tokio::time::timeout(Duration::from_secs(2), app.services.store.pool.close()).await;
    outcome
}

/// What goes on beside requests: events and audit messages are sent.
fn start_relays(app: &App, aws: Aws, tasks: &TaskTracker, stop: CancellationToken) -> Result<(), pool::SettingsError> {
    let relays = Relays {
        settings: EventsSettings::from(&*app.config),
        aws,
        pool: app.services.store.pool.clone(),
        options: app.config.database.options()?,
        wake: app.services.store.wake.clone(),
        reports: app.relay.clone(),
        tasks,
        stop,
    };
    relays.start();
    Ok(())
}

/// The components of health.
fn checks(app: &App, client: &reqwest::Client, aws: &Aws) -> Vec<(String, health::Check)> {
    let remote = &app.config.remote;
    let mut checks = health::messaging(&app.config.queues, aws);
    let outbox_of = identity(&EventsSettings::from(&*app.config));
    checks.extend([
        health::database(app.services.store.pool.clone()),
        health::outbox(app.services.store.pool.clone(), outbox_of, app.relay.clone()),
        health::version(app.config.version.clone()),
        health::remote("hmppsAuthApi", &remote.oauth, client.clone()),
        health::remote("prisonerSearchApi", &remote.prisoner_search, client.clone()),
        health::remote("prisonRegisterApi", &remote.prison_register, client.clone()),
        health::remote("prisonApi", &remote.prison_api, client.clone()),
    ]);
    checks
}

/// The keys that tokens may be signed with, and the development keys among them.
fn key_set(
    config: &Config,
    client: &reqwest::Client,
) -> Result<(Arc<KeySet>, Option<jsonwebtoken::jwk::JwkSet>), DevelopmentKeyError> {
    let keys = KeySet::new(format!("{}/.well-known/jwks.json", config.remote.oauth), client.clone());
    match &config.development_key_file {
        None => Ok((Arc::new(keys), None)),
        Some(file) => {
            let development = DevelopmentKey::read(file)?.key_set();
            Ok((Arc::new(keys.trusting(&development)), Some(development)))
        }
    }
}

/// Brings the tables up to date, and compares those of the live service with what is needed.
async fn prepare_database(config: &Config, pool: &PgPool) -> Result<(), ServeError> {
    let outcome = migrate::migrate(&config.database).await?;
    tracing::info!(origin = ?outcome.origin, applied = outcome.applied, "tables are up to date");
    let differences = schema::differences(&mut *pool.acquire().await?).await?;
    if differences.is_empty() {
        return Ok(());
    }
    let lines: Vec<String> = differences.iter().map(ToString::to_string).collect();
    Err(ServeError::Schema(lines.join("\n")))
}

fn warn_of_unusual(config: &Config) {
    if config.development_key_file.is_some() {
        tracing::warn!(
            "DEVELOPMENT_MODE is on: whoever has the development key is let in with any role. NOT FOR PRODUCTION"
        );
    }
    if let Some(instant) = config.fixed_clock {
        tracing::warn!(%instant, "FIXED_CLOCK is set: every \"now\" of the contract is this instant");
    }
}

/// Listens on all addresses, of IPv6 too where the machine has it.
async fn listen(port: u16) -> Result<TcpListener, ServeError> {
    let failed = |error| ServeError::Port { port, error };
    match TcpListener::bind((Ipv6Addr::UNSPECIFIED, port)).await {
        Ok(listener) => Ok(listener),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => Err(failed(error)),
        Err(_) => TcpListener::bind(("0.0.0.0", port)).await.map_err(failed),
    }
}

/// Small answers go out at once.
fn no_delay(connection: &mut tokio::net::TcpStream) {
    if let Err(error) = connection.set_nodelay(true) {
        tracing::debug!(%error, "a connection keeps its delay");
    }
}

/// `/metrics` on a port of its own. A service whose metrics can't be had is better than none.
async fn serve_metrics(
    config: &Config,
    pools: Vec<(&'static str, PgPool)>,
    tasks: &TaskTracker,
    ending: &CancellationToken,
) {
    let handle = match metrics::begin() {
        Ok(handle) => handle,
        Err(error) => return tracing::warn!(error, "no metrics"),
    };
    let upkeep = ending.clone().run_until_cancelled_owned(metrics::keep_in_order(handle.clone()));
    tasks.spawn(upkeep);
    let Some(port) = config.management_port else { return };
    let listener = match listen(port).await {
        Ok(listener) => listener,
        Err(error) => return tracing::warn!(%error, "MANAGEMENT_PORT is taken: no metrics page"),
    };
    let router = metrics::router(metrics::Shown { handle, pools });
    let server = axum::serve(listener, router).with_graceful_shutdown(ending.clone().cancelled_owned());
    tasks.spawn(server.into_future());
}
