//! What is around the endpoints, from outside: tokens, errors, headers, health, start and end (07).

mod answers;
mod authentication;
mod own_token;
mod process;
mod watching;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use locations_inside_prison_api::api::{self, auth::KeySet};
use locations_inside_prison_api::app::App;
use locations_inside_prison_api::config::Config;
use serde_json::{Value, json};

/// Where nobody listens.
const NOWHERE: &str = "http://127.0.0.1:9";

/// A key that signs tokens.
struct SigningKey {
    id: &'static str,
    key: EncodingKey,
}

impl SigningKey {
    fn first() -> Self {
        Self::of("first", include_bytes!("test-key-1.pem"))
    }

    fn second() -> Self {
        Self::of("second", include_bytes!("test-key-2.pem"))
    }

    fn of(id: &'static str, pem: &[u8]) -> Self {
        Self { id, key: EncodingKey::from_rsa_pem(pem).unwrap() }
    }

    /// The public part, as the key set has it.
    fn public(&self) -> Value {
        let jwk = jsonwebtoken::jwk::Jwk::from_encoding_key(&self.key, Algorithm::RS256).unwrap();
        let mut public = serde_json::to_value(jwk).unwrap();
        public["kid"] = self.id.into();
        public["use"] = "sig".into();
        public
    }

    fn sign(&self, claims: &Value) -> String {
        self.sign_with(&Header { kid: Some(self.id.into()), ..Header::new(Algorithm::RS256) }, claims)
    }

    fn sign_with(&self, header: &Header, claims: &Value) -> String {
        jsonwebtoken::encode(header, claims, &self.key).unwrap()
    }
}

/// Claims of a token that lets read.
fn claims() -> Value {
    json!({
        "sub": "client", "client_id": "client", "user_name": "TEST_USER", "scope": ["read"],
        "authorities": ["ROLE_VIEW_LOCATIONS"], "exp": now() + 3600
    })
}

/// The same with a change; null takes a claim away.
fn claims_with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    match value {
        Value::Null => _ = claims.as_object_mut().unwrap().remove(name),
        value => claims[name] = value,
    }
    claims
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// The authorisation server: its key set, whether it works, and how often it was asked.
#[derive(Clone, Default)]
struct KeyServer {
    url: String,
    keys: Arc<Mutex<Vec<Value>>>,
    broken: Arc<AtomicBool>,
    asked: Arc<AtomicUsize>,
}

impl KeyServer {
    async fn start(keys: &[&SigningKey]) -> Self {
        let mut server = Self::default();
        server.publish(keys);
        let router = Router::new().route("/auth/.well-known/jwks.json", get(key_set)).with_state(server.clone());
        server.url = serve(router).await + "/auth";
        server
    }

    fn publish(&self, keys: &[&SigningKey]) {
        *self.keys.lock().unwrap() = keys.iter().map(|key| key.public()).collect();
    }

    fn set_broken(&self, broken: bool) {
        self.broken.store(broken, Ordering::Relaxed);
    }

    fn times_asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

async fn key_set(State(server): State<KeyServer>) -> Response {
    server.asked.fetch_add(1, Ordering::Relaxed);
    if server.broken.load(Ordering::Relaxed) {
        return StatusCode::BAD_GATEWAY.into_response();
    }
    // Long enough for a crowd to gather.
    tokio::time::sleep(Duration::from_millis(50)).await;
    axum::Json(json!({"keys": *server.keys.lock().unwrap()})).into_response()
}

/// Serves on a free port; its address.
async fn serve(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

/// Settings that point nowhere, unless a test says otherwise.
fn config(settings: &[(&str, &str)]) -> Config {
    let usual = [
        ("DATABASE_URL", "postgresql://nobody@127.0.0.1:9/nothing"),
        ("API_BASE_URL_OAUTH", NOWHERE),
        ("API_BASE_URL_PRISONER_SEARCH", NOWHERE),
        ("API_BASE_URL_PRISON_REGISTER", NOWHERE),
        ("API_BASE_URL_PRISON_API", NOWHERE),
        ("LOCATIONS_INSIDE_PRISON_API_CLIENT_ID", "test"),
        ("LOCATIONS_INSIDE_PRISON_API_CLIENT_SECRET", "test"),
    ];
    let read = |name: &str| settings.iter().chain(&usual).find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
    Config::from_env(&read).unwrap()
}

/// The service on a free port, trusting a key server.
struct Service {
    url: String,
    app: App,
    client: reqwest::Client,
}

impl Service {
    async fn start(keys: &KeyServer, settings: &[(&str, &str)]) -> Self {
        Self::with_routes(keys, settings, None).await
    }

    /// With these routes in place of its own.
    async fn with_routes(keys: &KeyServer, settings: &[(&str, &str)], routes: Option<Router<App>>) -> Self {
        let client = locations_inside_prison_api::clients::http::client(Duration::from_secs(10)).unwrap();
        let config = Arc::new(config(settings));
        let app = App::new(config.clone(), &reqwest::Client::new()).unwrap();
        let keys = KeySet::new(format!("{}/.well-known/jwks.json", keys.url), client.clone())
            .asking_again_after(Duration::from_millis(200));
        let authenticator = api::authenticator(Arc::new(keys), &config);
        let router = match routes {
            None => api::router(app.clone(), authenticator, None).unwrap(),
            Some(routes) => api::with_layers(routes, &app, authenticator).with_state(app.clone()),
        };
        Self { url: serve(router).await, app, client }
    }

    fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        self.client.request(method.parse().unwrap(), format!("{}{path}", self.url))
    }

    fn get(&self, path: &str) -> reqwest::RequestBuilder {
        self.request("GET", path)
    }

    /// The status of `GET /locations` with this token. 503 says that it was let in: there is no database.
    async fn status_with(&self, token: &str) -> u16 {
        self.get("/locations").bearer_auth(token).send().await.unwrap().status().as_u16()
    }
}

/// What a good token for `GET /locations` gets where there is no database.
const LET_IN: u16 = 503;
