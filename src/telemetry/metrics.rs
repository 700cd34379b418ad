//! Prometheus metrics, on a port of their own. Names follow those that Micrometer gives the live service.

use std::sync::OnceLock;
use std::time::Duration;

use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Router, extract::State};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use sqlx::PgPool;

/// Duration of requests, by method, route and status.
pub const REQUESTS: &str = "http_server_requests_seconds";
/// Time from writing an event to its acceptance by SNS.
pub const PUBLISH_DELAY: &str = "event_publish_delay_seconds";
/// Upper bounds of their buckets, in seconds.
const BUCKETS: [f64; 14] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];
/// How often what was measured is put in order when nobody asks.
const UPKEEP: Duration = Duration::from_secs(5);

static RECORDER: OnceLock<Result<PrometheusHandle, String>> = OnceLock::new();

/// Begins to measure; once in a process, later calls give the same.
///
/// # Errors
/// When something else measures already.
pub fn begin() -> Result<PrometheusHandle, String> {
    RECORDER.get_or_init(|| install().map_err(|error| error.to_string())).clone()
}

fn install() -> Result<PrometheusHandle, BuildError> {
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Full(REQUESTS.to_owned()), &BUCKETS)?
        .set_buckets_for_metric(Matcher::Full(PUBLISH_DELAY.to_owned()), &BUCKETS)?
        .install_recorder()?;
    super::catalogue::describe();
    Ok(handle)
}

/// Counts a request. A path that is no route counts as `UNKNOWN`, so that callers can't make up series.
pub fn request_done(method: &str, route: Option<&str>, status: StatusCode, elapsed: Duration) {
    metrics::histogram!(
        REQUESTS,
        "method" => method.to_owned(),
        "uri" => route.unwrap_or("UNKNOWN").to_owned(),
        "status" => status.as_u16().to_string()
    )
    .record(elapsed);
}

/// What the page of metrics shows besides what is measured on the way.
#[derive(Clone)]
pub struct Shown {
    /// Renders what was measured.
    pub handle: PrometheusHandle,
    /// Pools by name.
    pub pools: Vec<(&'static str, PgPool)>,
}

/// `/metrics`, for the port of its own.
pub fn router(shown: Shown) -> Router {
    Router::new().route("/metrics", get(page)).with_state(shown)
}

async fn page(State(shown): State<Shown>) -> impl IntoResponse {
    for (name, pool) in &shown.pools {
        let (size, idle) = (f64::from(pool.size()), f64::from(u32::try_from(pool.num_idle()).unwrap_or(u32::MAX)));
        metrics::gauge!("db_pool_connections", "pool" => *name, "state" => "idle").set(idle);
        metrics::gauge!("db_pool_connections", "pool" => *name, "state" => "used").set((size - idle).max(0.0));
        let most = f64::from(pool.options().get_max_connections());
        metrics::gauge!("db_pool_connections_max", "pool" => *name).set(most);
    }
    if let Some(bytes) = resident_memory() {
        metrics::gauge!("process_resident_memory_bytes").set(bytes);
    }
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], shown.handle.render())
}

/// Bytes of memory in use; none where the system does not tell.
fn resident_memory() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024.0)
}

/// Keeps what was measured in order while nobody asks for it.
pub async fn keep_in_order(handle: PrometheusHandle) {
    loop {
        tokio::time::sleep(UPKEEP).await;
        handle.run_upkeep();
    }
}
