//! Roles in this process, and calls of them.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use clap::Parser;
use reqwest::{Method, StatusCode};
use rsa::pkcs8::{EncodePrivateKey, LineEnding};
use serde_json::{Value, json};
use standin::auth::{self, AuthSettings};
use standin::common::role::Running;
use standin::common::settings::RoleSettings;

/// The secret of every client in tests.
pub const SECRET: &str = "of-the-tests";

/// A key for all tests of this process: making one takes a second.
static KEY: LazyLock<PathBuf> = LazyLock::new(|| {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("standin-key-{}.pem", std::process::id()));
    let key = rsa::RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 2048).unwrap();
    std::fs::write(&file, key.to_pkcs8_pem(LineEnding::LF).unwrap().as_bytes()).unwrap();
    file
});

/// The file of that key.
pub fn key_file() -> &'static str {
    KEY.to_str().unwrap()
}

#[derive(Parser)]
struct Line<T: clap::Args> {
    #[command(flatten)]
    settings: T,
}

/// Settings as the command line would give them.
pub fn settings<T: clap::Args>(arguments: &[&str]) -> T {
    Line::parse_from(["standin"].iter().chain(arguments)).settings
}

/// What every role needs, with this database and sign-on service.
pub fn role_settings(database: &str, auth: &str) -> RoleSettings {
    settings(&["--database-url", database, "--jwks-url", &format!("{auth}/auth/.well-known/jwks.json")])
}

/// The sign-on service, with tokens.
pub struct Auth {
    pub url: String,
    _running: Running,
}

impl Auth {
    pub async fn start(database: &str) -> Self {
        let key = KEY.to_str().unwrap();
        let settings: AuthSettings =
            settings(&["--database-url", database, "--client-secret", SECRET, "--signing-key-file", key]);
        let running = auth::start(settings).await.unwrap();
        Self { url: running.url.clone(), _running: running }
    }

    /// A token of this client.
    pub async fn token(&self, client: &str) -> String {
        let request =
            reqwest::Client::new().post(format!("{}/auth/oauth/token", self.url)).basic_auth(client, Some(SECRET));
        let answer = request.form(&[("grant_type", "client_credentials")]).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        answer.json::<Value>().await.unwrap()["access_token"].as_str().unwrap().to_owned()
    }
}

/// An answer: status, and the body as JSON where it is.
#[derive(Debug, PartialEq)]
pub struct Answer {
    pub status: u16,
    pub body: Value,
}

/// Calls with a token, or without.
pub async fn call(token: Option<&str>, method: Method, url: &str, body: Option<Value>) -> Answer {
    let mut request = reqwest::Client::new().request(method, url);
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    if let Some(body) = body {
        request = request.json(&body);
    }
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    Answer { status, body: serde_json::from_str(&text).unwrap_or_else(|_| json!(text)) }
}

/// The base of a role and a token: what most tests call with.
pub struct Client {
    base: String,
    token: String,
}

impl Client {
    pub fn new(running: &Running, token: String) -> Self {
        Self { base: running.url.clone(), token }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, None).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.call(Method::POST, path, Some(body)).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.call(Method::PUT, path, Some(body)).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.call(Method::PATCH, path, Some(body)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.call(Method::DELETE, path, None).await
    }

    pub async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        call(Some(&self.token), method, &format!("{}{path}", self.base), body).await
    }
}
