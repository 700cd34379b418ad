//! The service over a database of its own: requests go through the whole router, with real tokens of a test key.

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use locations_inside_prison_api::api::{self, auth::KeySet};
use locations_inside_prison_api::app::App;
use locations_inside_prison_api::config::Config;
use locations_inside_prison_api::development::{DevelopmentClaims, DevelopmentKey};
use locations_inside_prison_api::service::Services;
use serde_json::Value;
use tower::ServiceExt;

use super::database::TestDatabase;

/// The "now" of every test service: a summer day in London.
pub const NOW: &str = "2024-06-05T11:34:56.123456Z";
/// The same as the contract's columns and answers have it.
pub const LOCAL_NOW: &str = "2024-06-05T12:34:56.123456";
/// The user of every token, unless a test says otherwise.
pub const USER: &str = "TEST_USER";

static KEY: LazyLock<DevelopmentKey> =
    LazyLock::new(|| DevelopmentKey::from_pem(include_bytes!("../data/test-key.pem")).unwrap());

/// The service and its database.
pub struct TestService {
    /// The database, for preparing and looking.
    pub database: TestDatabase,
    /// What can be done, for jobs that no request starts.
    pub services: Arc<Services>,
    router: Router,
}

impl TestService {
    /// The service with usual settings on an empty database.
    pub async fn start() -> Self {
        Self::with(&[]).await
    }

    /// The same with some settings of its own.
    pub async fn with(settings: &[(&str, &str)]) -> Self {
        Self::over(TestDatabase::new().await, settings)
    }

    /// The same over this database.
    pub fn over(database: TestDatabase, settings: &[(&str, &str)]) -> Self {
        let config = config(&database, settings);
        let app = app(&config);
        let keys = KeySet::new("http://127.0.0.1:9/jwks.json".into(), reqwest::Client::new()).trusting(&KEY.key_set());
        let authenticator = api::authenticator(Arc::new(keys), &config);
        let services = app.services.clone();
        let router = api::router(app, authenticator, None).unwrap();
        Self { database, services, router }
    }

    /// What another replica with these settings could do, over the same database; nobody answers its requests.
    pub fn replica(&self, settings: &[(&str, &str)]) -> Arc<Services> {
        app(&config(&self.database, settings)).services
    }

    /// Serves on a free port until the test ends; answers the address.
    pub async fn listen(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = self.router.clone();
        tokio::spawn(async move { axum::serve(listener, router).await });
        url
    }

    /// A request by a user who has no role yet.
    pub fn request(&self, method: Method, path: &str) -> Call<'_> {
        Call {
            service: self,
            method,
            path: path.to_owned(),
            roles: Vec::new(),
            scopes: Vec::new(),
            token: true,
            headers: Vec::new(),
            body: Body::empty(),
        }
    }

    /// `GET path`.
    pub fn get(&self, path: &str) -> Call<'_> {
        self.request(Method::GET, path)
    }

    /// `POST path`.
    pub fn post(&self, path: &str) -> Call<'_> {
        self.request(Method::POST, path)
    }

    /// `PUT path`.
    pub fn put(&self, path: &str) -> Call<'_> {
        self.request(Method::PUT, path)
    }

    /// `DELETE path`.
    pub fn delete(&self, path: &str) -> Call<'_> {
        self.request(Method::DELETE, path)
    }

    /// Rows of a query as JSON objects.
    pub async fn rows(&self, sql: &str) -> Vec<Value> {
        let sql = format!("SELECT coalesce(jsonb_agg(to_jsonb(r)), '[]'::jsonb) FROM ({sql}) r");
        let rows: Value = self.database.value(&sql).await;
        rows.as_array().unwrap().clone()
    }

    /// How many rows a table has.
    pub async fn count(&self, table: &str) -> i64 {
        self.database.value(&format!("SELECT count(*) FROM {table}")).await
    }

    /// What is to be published, in order: type and key.
    pub async fn events(&self) -> Vec<String> {
        let sql = "SELECT event_type, location_key FROM locations_service.domain_event ORDER BY id";
        let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
        let short = |t: String| t.trim_start_matches("location.inside.prison.").to_owned();
        self.rows(sql)
            .await
            .iter()
            .map(|r| format!("{} {}", short(text(r, "event_type")), text(r, "location_key")))
            .collect()
    }

    /// The messages to be published, in order.
    pub async fn event_messages(&self) -> Vec<Value> {
        let rows = self.rows("SELECT message FROM locations_service.domain_event ORDER BY id").await;
        rows.iter().map(|r| serde_json::from_str(r["message"].as_str().unwrap()).unwrap()).collect()
    }

    /// The audit messages to be sent, in order.
    pub async fn audit_messages(&self) -> Vec<Value> {
        let rows = self.rows("SELECT message FROM locations_service.audit_message ORDER BY id").await;
        rows.iter().map(|r| serde_json::from_str(r["message"].as_str().unwrap()).unwrap()).collect()
    }

    /// History rows in the order in which they were written: `ATTRIBUTE old -> new`, `-` for none.
    pub async fn history(&self) -> Vec<String> {
        let rows = self.rows("SELECT attribute_name, old_value, new_value FROM location_history ORDER BY id").await;
        let text = |v: &Value| v.as_str().unwrap_or("-").to_owned();
        rows.iter()
            .map(|r| format!("{} {} -> {}", text(&r["attribute_name"]), text(&r["old_value"]), text(&r["new_value"])))
            .collect()
    }
}

fn config(database: &TestDatabase, settings: &[(&str, &str)]) -> Arc<Config> {
    let url = database.url();
    let usual = [
        ("DATABASE_URL", url.as_str()),
        ("FIXED_CLOCK", NOW),
        ("API_BASE_URL_OAUTH", "http://127.0.0.1:9/auth"),
        ("API_BASE_URL_PRISONER_SEARCH", "http://127.0.0.1:9"),
        ("API_BASE_URL_PRISON_REGISTER", "http://127.0.0.1:9"),
        ("API_BASE_URL_PRISON_API", "http://127.0.0.1:9"),
        ("LOCATIONS_INSIDE_PRISON_API_CLIENT_ID", "test"),
        ("LOCATIONS_INSIDE_PRISON_API_CLIENT_SECRET", "test"),
        ("DATABASE_POOL_SIZE", "5"),
    ];
    let read =
        |name: &str| settings.iter().chain(&usual).find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned());
    Arc::new(Config::from_env(&read).unwrap())
}

fn app(config: &Arc<Config>) -> App {
    // The process installs it at its start; tests come here first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    App::new(config.clone(), &reqwest::Client::new()).unwrap()
}

/// A token of the test user with these roles and scopes.
pub fn token(roles: Vec<String>, scopes: Vec<String>) -> String {
    let (user, client_id) = (USER.into(), "test-client".into());
    KEY.token(&DevelopmentClaims { roles, scopes, user, client_id, expires: 4_102_444_800 }).unwrap()
}

/// A request on its way.
pub struct Call<'a> {
    service: &'a TestService,
    method: Method,
    path: String,
    roles: Vec<String>,
    scopes: Vec<String>,
    token: bool,
    headers: Vec<(String, String)>,
    body: Body,
}

impl Call<'_> {
    /// The user has this role.
    pub fn role(mut self, role: &str) -> Self {
        self.roles.push(role.to_owned());
        self
    }

    /// The token has the scope `write`.
    pub fn write(mut self) -> Self {
        self.scopes.push("write".to_owned());
        self
    }

    /// There is no token.
    pub fn anonymous(mut self) -> Self {
        self.token = false;
        self
    }

    /// A header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A JSON body.
    pub fn json(self, body: &Value) -> Self {
        self.raw("application/json", body.to_string())
    }

    /// Any body.
    pub fn raw(mut self, content_type: &str, body: impl Into<Body>) -> Self {
        self.body = body.into();
        self.header("content-type", content_type)
    }

    /// Sends it.
    pub async fn send(self) -> Reply {
        let mut request = Request::builder().method(self.method).uri(&self.path);
        if self.token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {}", token(self.roles, self.scopes)));
        }
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        let answer = self.service.router.clone().oneshot(request.body(self.body).unwrap()).await.unwrap();
        let (parts, body) = answer.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Reply { status: parts.status, headers: parts.headers, text: String::from_utf8(body.to_vec()).unwrap() }
    }
}

/// An answer.
#[derive(Debug)]
pub struct Reply {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub text: String,
}

impl Reply {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|e| panic!("{e}: {self:?}"))
    }

    /// The body as JSON, of an answer that has to have this status.
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{self:?}");
        if self.text.is_empty() { Value::Null } else { self.json() }
    }

    /// Has to be a refusal with this status and code.
    pub fn refused(&self, status: u16, code: Option<u16>) -> String {
        let body = self.expect(status);
        assert_eq!(body["status"], status);
        assert_eq!(body.get("errorCode").and_then(Value::as_u64), code.map(u64::from), "{body}");
        body["userMessage"].as_str().unwrap().to_owned()
    }
}
