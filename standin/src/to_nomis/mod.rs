//! HMPPS Prisoner to NOMIS update: domain events to the NOMIS API, repair, reconciliation (08 sections 7 and 10).

mod equal;
mod repair;
mod sync;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::put;
use clap::Args;
use serde::Deserialize;
use uuid::Uuid;

use crate::common::consumer::QueueSettings;
use crate::common::database::STANDIN_SCHEMA;
use crate::common::error::{ApiError, Path, Query};
use crate::common::remote::Remote;
use crate::common::role::{RoleError, Running};
use crate::common::settings::Profile;
use crate::common::token_source::TokenSource;
use crate::reconcile::{self, Reconciler};
use crate::sync::SyncError;
use crate::sync::role::{Direction, SyncSettings, SyncStart};

pub use equal::Done;
pub use sync::{Operation, ToNomis};

/// Settings of the role.
#[derive(Args, Clone, Debug)]
pub struct ToNomisSettings {
    /// What every sync role has.
    #[command(flatten)]
    pub sync: SyncSettings,
    /// The queue of domain events.
    #[arg(long, env = "STANDIN_LOCATION_QUEUE", default_value = "hmpps_prisoner_to_nomis_location_queue")]
    pub queue: String,
    /// Seconds until a message that failed comes again, by delivery.
    #[arg(long, env = "STANDIN_LOCATION_QUEUE_DELAYS", value_delimiter = ',', default_value = "1,1,1,1,5,5,10,60,600")]
    pub delays: Vec<i32>,
    /// Messages at a time.
    #[arg(long, env = "STANDIN_LOCATION_QUEUE_MESSAGES", default_value_t = 10)]
    pub messages: usize,
    /// The other sync service, which repairs DPS from NOMIS; without it the reconciliation repairs from DPS only.
    #[arg(long, env = "STANDIN_FROM_NOMIS_URL")]
    pub from_nomis_url: Option<String>,
    /// Pairs that the reconciliation compares at a time.
    #[arg(long, env = "STANDIN_RECONCILIATION_PAIRS", default_value_t = 16)]
    pub reconciliation_pairs: usize,
}

/// Starts the role.
///
/// # Errors
/// When port or database can't be had.
pub async fn start(settings: ToNomisSettings) -> Result<Running, RoleError> {
    let direction = Direction {
        role: "to-nomis",
        schema: STANDIN_SCHEMA,
        retry_type: sync::RETRY_TYPE,
        duplicate_event: "to-nomis-synch-location-duplicate",
    };
    let queue = QueueSettings { queue: settings.queue, delays: settings.delays, at_once: settings.messages };
    let sync = &settings.sync;
    let start = SyncStart::begin(&direction, sync, queue).await?;
    let context = start.context();
    let to_nomis = ToNomis { tools: start.tools.clone() };
    let from_nomis = settings.from_nomis_url.as_ref().map(|url| {
        let tokens = Arc::new(TokenSource::new(&sync.token, context.http.clone()));
        // It calls our service and NOMIS in its turn.
        let timeout = sync.remote.locations_timeout() + sync.remote.nomis_timeout();
        Remote::new(context, "from-nomis", url, timeout.max(Duration::from_secs(1)), context.http.clone(), tokens)
    });
    let reconciler = Reconciler::new(context, to_nomis.clone(), from_nomis, settings.reconciliation_pairs.max(1));
    let repair = Router::new().route("/locations/{id}/repair", put(repair)).with_state(to_nomis.clone());
    let routes = Router::new()
        .merge(context.tokens.protect(repair, &["PRISONER_TO_NOMIS__UPDATE__RW"]))
        .merge(reconcile::endpoints::routes(reconciler, &context.tokens));
    let handle = move |received| {
        let to_nomis = to_nomis.clone();
        async move { to_nomis.handle(received).await }
    };
    Ok(start.serve(handle, routes))
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
struct RepairQuery {
    include_children: bool,
}

/// The live service answers 500 for an id that is not there, `fixed` 404.
async fn repair(
    State(to_nomis): State<ToNomis>,
    Path(id): Path<Uuid>,
    Query(query): Query<RepairQuery>,
) -> Result<StatusCode, ApiError> {
    if to_nomis.tools.profile == Profile::Fixed {
        let found = to_nomis.tools.clients.locations.get(id, false).await.map_err(failed)?;
        found.ok_or_else(|| ApiError::not_found(format!("DPS has no location {id}")))?;
    }
    to_nomis.repair(id, query.include_children).await.map_err(failed)?;
    Ok(StatusCode::OK)
}

fn failed(error: impl Into<SyncError>) -> ApiError {
    ApiError::internal(error.into().to_string())
}
