//! Thin start until the command line is there.
use std::sync::Arc;

use locations_inside_prison_api::api::auth::{Authenticator, ExpectedClaims, KeySet, authenticate};
use locations_inside_prison_api::app::App;
use locations_inside_prison_api::clock::Clock;
use locations_inside_prison_api::service::Services;
use locations_inside_prison_api::store::{Store, lock::PrisonQueues, migrate, pool};

#[tokio::main]
async fn main() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let env = |name: &str| std::env::var(name).ok();
    let settings = pool::DatabaseSettings::from_env(&env).expect("settings");
    if std::env::args().nth(1).as_deref() == Some("migrate") {
        println!("{:?}", migrate::migrate(&settings).await.expect("migrate"));
        return;
    }
    let pool = pool::connect(&settings, 10).await.expect("pool");
    let store = Store {
        pool,
        queues: PrisonQueues::default(),
        wake: Default::default(),
        capacity_and_certification_events: env("EVENTS_CAPACITY_AND_CERTIFICATION").as_deref() != Some("false"),
    };
    let clock = env("FIXED_CLOCK").map_or_else(Clock::system, |c| Clock::fixed(c.parse().expect("clock")));
    let app = App { services: Services { store, clock } };
    let keys = KeySet::new(format!("{}/.well-known/jwks.json", env("API_BASE_URL_OAUTH").expect("oauth")), reqwest::Client::new());
    let authenticator = Arc::new(Authenticator::new(Arc::new(keys), &ExpectedClaims::default()));
    let (router, _) = locations_inside_prison_api::api::locations::routes()
        .merge(locations_inside_prison_api::api::sync::routes())
        .route("/health/readiness", axum::routing::get(|| async { "{}" }))
        .split_for_parts();
    let router = router.with_state(app).layer(axum::middleware::from_fn_with_state(authenticator, authenticate));
    let port: u16 = env("SERVER_PORT").and_then(|p| p.parse().ok()).unwrap_or(8080);
    let listener = tokio::net::TcpListener::bind(("0.0.0.0", port)).await.expect("port");
    axum::serve(listener, router).await.expect("serve");
}
