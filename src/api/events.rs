//! Looking after the outbox: whether events are published, and what waits (decisions C7).

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::permission::queue_admin;
use super::{ApiError, Caller};
use crate::app::App;
use crate::config::EventsSettings;
use crate::events::identity;
use crate::events::status::{self, Role, StandStill};
use crate::store::outbox::{Backlog, control};

/// The routes of this area.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(event_status)).routes(routes!(pause_events)).routes(routes!(resume_events))
}

/// What of the outbox waits to be sent
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OutboxBacklogDto)]
struct BacklogView {
    /// Messages that wait to be sent
    unsent: u64,
    /// For how long the oldest of them has been waiting, in seconds
    lag_seconds: u64,
    /// Messages that were refused for good and wait for an operator
    set_aside: u64,
}

impl From<Backlog> for BacklogView {
    fn from(backlog: Backlog) -> Self {
        Self { unsent: backlog.unsent, lag_seconds: backlog.lag.as_secs(), set_aside: backlog.set_aside }
    }
}

/// The state of the outbox
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OutboxStatusDto)]
struct StatusView {
    /// Whether events are published
    publishing: bool,
    /// Why not
    #[serde(skip_serializing_if = "Option::is_none")]
    standing_still: Option<StandStill>,
    /// Environment that the outbox belongs to
    #[serde(skip_serializing_if = "Option::is_none")]
    environment: Option<String>,
    /// Topic that the outbox belongs to
    #[serde(skip_serializing_if = "Option::is_none")]
    topic_arn: Option<String>,
    /// Who paused, resumed, adopted or discarded last
    #[serde(skip_serializing_if = "Option::is_none")]
    changed_by: Option<String>,
    /// When
    changed_at: DateTime<Utc>,
    /// Part that the replica which answers plays in publishing
    relay: Role,
    /// What went wrong last in this replica, until something works again
    #[serde(skip_serializing_if = "Option::is_none")]
    last_failure: Option<String>,
    /// Domain events
    events: BacklogView,
    /// Audit messages
    audit: BacklogView,
}

async fn current(app: &App) -> Result<Json<StatusView>, ApiError> {
    let settings = identity(&EventsSettings::from(&*app.config));
    let status = status::read(&app.services.store.pool, &settings, &app.relay).await?;
    Ok(Json(StatusView {
        publishing: status.stand_still.is_none(),
        standing_still: status.stand_still,
        environment: status.identity.environment,
        topic_arn: status.identity.topic_arn,
        changed_by: status.changed_by,
        changed_at: status.changed_at,
        relay: status.relay.role,
        last_failure: status.relay.last_failure,
        events: status.events.into(),
        audit: status.audit.into(),
    }))
}

/// Get the state of the outbox
///
/// What of events and audit messages waits to be sent, and why. Requires role QUEUE_ADMIN
#[utoipa::path(
    get,
    path = "/events/status",
    operation_id = "getEventStatus",
    tag = "hmpps-queue-resource-async",
    responses(
        (status = 200, description = "Returns the state of the outbox", body = StatusView)
    )
)]
async fn event_status(State(app): State<App>, caller: Caller) -> Result<Json<StatusView>, ApiError> {
    caller.require(&queue_admin(&app.config.queues.admin_role))?;
    current(&app).await
}

/// Stop publishing events
///
/// On all replicas, within a second, until they are resumed. Changes go on; their events wait. Requires role QUEUE_ADMIN
#[utoipa::path(
    put,
    path = "/events/pause",
    operation_id = "pauseEvents",
    tag = "hmpps-queue-resource-async",
    responses(
        (status = 200, description = "Returns the state of the outbox", body = StatusView)
    )
)]
async fn pause_events(State(app): State<App>, caller: Caller) -> Result<Json<StatusView>, ApiError> {
    caller.require(&queue_admin(&app.config.queues.admin_role))?;
    control::set_paused(&app.services.store.pool, true, caller.username()).await?;
    current(&app).await
}

/// Publish events again
///
/// Requires role QUEUE_ADMIN
#[utoipa::path(
    put,
    path = "/events/resume",
    operation_id = "resumeEvents",
    tag = "hmpps-queue-resource-async",
    responses(
        (status = 200, description = "Returns the state of the outbox", body = StatusView)
    )
)]
async fn resume_events(State(app): State<App>, caller: Caller) -> Result<Json<StatusView>, ApiError> {
    caller.require(&queue_admin(&app.config.queues.admin_role))?;
    control::set_paused(&app.services.store.pool, false, caller.username()).await?;
    current(&app).await
}
