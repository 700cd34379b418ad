//! How the service is: whether it is ready, and the state of each component that it depends on (07 section 8.1).
//!
//! Components are closures that others register; they are asked side by side, two seconds at most each (decisions B8),
//! and what they said is kept for two seconds.

mod messaging;

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde::Serialize;
use serde_json::{Map, Value};
use tokio::sync::Mutex;

pub use messaging::{messaging, outbox};

/// How long a component may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long an answer is kept.
const KEPT: Duration = Duration::from_secs(2);

/// Whether something works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// It does.
    Up,
    /// It does not.
    Down,
    /// It does not take requests now: only readiness says so.
    OutOfService,
}

/// The state of a component.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Component {
    /// Whether it works.
    pub status: Status,
    /// More about it.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub details: Map<String, Value>,
}

impl Component {
    /// It works.
    pub fn up() -> Self {
        Self { status: Status::Up, details: Map::new() }
    }

    /// It does not, and why.
    pub fn down(error: impl Into<String>) -> Self {
        Self { status: Status::Down, details: Map::new() }.with("error", error.into())
    }

    /// The same with one more detail.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.details.insert(name.to_owned(), value.into());
        self
    }
}

/// Asks a component how it is.
pub type Check = Box<dyn Fn() -> Pin<Box<dyn Future<Output = Component> + Send>> + Send + Sync>;

/// The states of all components, and of the service as a whole.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Down when one of the components is.
    pub status: Status,
    /// Always liveness and readiness.
    pub groups: [&'static str; 2],
    /// The components by name.
    pub components: BTreeMap<String, Component>,
}

/// What is known about the health of the service.
pub struct Health {
    checks: OnceLock<Vec<(String, Check)>>,
    accepting: AtomicBool,
    kept: Mutex<Option<(Instant, Arc<Report>)>>,
}

impl Health {
    /// A service that starts: not ready, no components.
    pub fn starting() -> Self {
        Self { checks: OnceLock::new(), accepting: AtomicBool::new(false), kept: Mutex::default() }
    }

    /// Says once what the components are. Later calls change nothing.
    pub fn set_checks(&self, checks: Vec<(String, Check)>) {
        if self.checks.set(checks).is_err() {
            tracing::error!("the components of health were set twice");
        }
    }

    /// Says whether requests are taken: not while starting, not while stopping.
    pub fn set_ready(&self, ready: bool) {
        self.accepting.store(ready, Ordering::Release);
    }

    /// Whether requests are taken.
    pub fn is_ready(&self) -> bool {
        self.accepting.load(Ordering::Acquire)
    }

    /// Liveness: the process answers.
    pub fn liveness(&self) -> Component {
        Component::up()
    }

    /// Readiness: independent of database, queues and other services.
    pub fn readiness(&self) -> Component {
        let status = if self.is_ready() { Status::Up } else { Status::OutOfService };
        Component { status, details: Map::new() }
    }

    /// All components; what was asked less than two seconds ago is not asked again.
    pub async fn report(&self) -> Arc<Report> {
        let mut kept = self.kept.lock().await;
        if let Some((_, report)) = kept.as_ref().filter(|(at, _)| at.elapsed() < KEPT) {
            return report.clone();
        }
        let report = Arc::new(self.ask().await);
        *kept = Some((Instant::now(), report.clone()));
        report
    }

    async fn ask(&self) -> Report {
        let checks = self.checks.get().map_or(&[][..], Vec::as_slice);
        let asked = checks.iter().map(|(name, check)| async move {
            let answer = tokio::time::timeout(PATIENCE, check()).await;
            (name.clone(), answer.unwrap_or_else(|_| Component::down("no answer within 2 seconds")))
        });
        let mut components: BTreeMap<String, Component> = join_all(asked).await.into_iter().collect();
        components.insert("ping".into(), Component::up());
        components.insert("livenessState".into(), self.liveness());
        components.insert("readinessState".into(), self.readiness());
        let down = components.values().any(|component| component.status != Status::Up);
        let status = if down { Status::Down } else { Status::Up };
        Report { status, groups: ["liveness", "readiness"], components }
    }
}

/// A component that is asked by this closure.
pub fn check<F, A>(name: &str, ask: F) -> (String, Check)
where
    F: Fn() -> A + Send + Sync + 'static,
    A: Future<Output = Component> + Send + 'static,
{
    (name.to_owned(), Box::new(move || Box::pin(ask())))
}

/// The database: a connection can be had, and it answers.
pub fn database(pool: sqlx::PgPool) -> (String, Check) {
    check("db", move || {
        let pool = pool.clone();
        async move {
            let answer = match pool.acquire().await {
                Ok(mut connection) => sqlx::Connection::ping(&mut *connection).await,
                Err(error) => Err(error),
            };
            let component = match answer {
                Ok(()) => Component::up(),
                Err(error) => Component::down(error.to_string()),
            };
            component.with("database", "PostgreSQL").with("validationQuery", "isValid()")
        }
    })
}

/// Another service: `GET <base>/health/ping` answers with 2xx.
pub fn remote(name: &str, base: &str, client: reqwest::Client) -> (String, Check) {
    let url = format!("{base}/health/ping");
    check(name, move || {
        let call = client.get(&url).timeout(PATIENCE);
        async move {
            match call.send().await {
                Ok(response) if response.status().is_success() => {
                    Component::up().with("HttpStatus", response.status().to_string())
                }
                Ok(response) => {
                    let status = response.status().to_string();
                    let body = response.text().await.unwrap_or_default();
                    Component::down(status.clone()).with("HttpStatus", status).with("body", shortened(&body))
                }
                Err(error) => Component::down(error.without_url().to_string()),
            }
        }
    })
}

/// The version, where the user interfaces look for it.
pub fn version(version: String) -> (String, Check) {
    check("healthInfo", move || std::future::ready(Component::up().with("version", version.clone())))
}

fn shortened(body: &str) -> String {
    body.chars().take(500).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn components_are_asked_side_by_side_and_given_up_after_two_seconds() {
        let health = Health::starting();
        let slow = |name: &str| {
            check(name, || async {
                tokio::time::sleep(Duration::from_secs(60)).await;
                Component::up()
            })
        };
        health.set_checks(vec![slow("a"), slow("b"), check("c", || async { Component::up().with("x", "1") })]);
        health.set_ready(true);
        let begin = tokio::time::Instant::now();
        let report = health.report().await;
        assert_eq!(begin.elapsed(), Duration::from_secs(2));
        assert_eq!(report.status, Status::Down);
        assert_eq!(report.components["a"].details["error"], "no answer within 2 seconds");
        assert_eq!(report.components["c"], Component::up().with("x", "1"));
    }

    #[tokio::test]
    async fn an_answer_is_kept_for_a_while() {
        let health = Health::starting();
        let asked = Arc::new(AtomicUsize::new(0));
        let count = asked.clone();
        health.set_checks(vec![check("a", move || {
            count.fetch_add(1, Ordering::Relaxed);
            std::future::ready(Component::up())
        })]);
        health.report().await;
        health.report().await;
        assert_eq!(asked.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn a_service_that_starts_is_alive_but_not_ready() {
        let health = Health::starting();
        assert_eq!(health.liveness().status, Status::Up);
        assert_eq!(health.readiness().status, Status::OutOfService);
        health.set_ready(true);
        assert_eq!(health.readiness().status, Status::Up);
        let report = serde_json::to_value(&*health.report().await).unwrap();
        assert_eq!(
            report,
            serde_json::json!({
                "status": "UP", "groups": ["liveness", "readiness"],
                "components": {"livenessState": {"status": "UP"}, "ping": {"status": "UP"}, "readinessState": {"status": "UP"}}
            })
        );
    }
}
