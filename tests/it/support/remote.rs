//! Stand-ins for the services that we ask: they answer what a test says and write down what they were asked.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use serde_json::{Value, json};

/// One server that is all the other services.
pub struct Remotes {
    /// Its address.
    pub url: String,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Default)]
struct Shared {
    answers: HashMap<String, (StatusCode, Value)>,
    asked: Vec<Asked>,
}

/// What a service was asked.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Method, path and query.
    pub target: String,
    /// Header `Authorization`.
    pub authorization: Option<String>,
    /// The body, null if it is no JSON.
    pub body: Value,
}

impl Remotes {
    /// Starts it; it gives tokens, and answers 404 to all that no test has said.
    pub async fn start() -> Self {
        let shared = Arc::new(Mutex::new(Shared::default()));
        let router = Router::new().fallback(answer).with_state(shared.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let remotes = Self { url, shared };
        let token = json!({"access_token": "a-token", "token_type": "bearer", "expires_in": 3600});
        remotes.answers("POST /oauth/token", 200, token);
        remotes
    }

    /// Answers this method and path, whatever the query, with this from now on.
    pub fn answers(&self, method_and_path: &str, status: u16, body: Value) {
        let answer = (StatusCode::from_u16(status).unwrap(), body);
        self.shared.lock().unwrap().answers.insert(method_and_path.to_owned(), answer);
    }

    /// What has been asked since the last call, tokens apart.
    pub fn asked(&self) -> Vec<Asked> {
        let mut asked = std::mem::take(&mut self.shared.lock().unwrap().asked);
        asked.retain(|a| a.target != "POST /oauth/token");
        asked
    }

    /// The settings that name it.
    pub fn settings(&self) -> Vec<(&'static str, &str)> {
        [
            "API_BASE_URL_OAUTH",
            "API_BASE_URL_PRISONER_SEARCH",
            "API_BASE_URL_PRISON_REGISTER",
            "API_BASE_URL_PRISON_API",
        ]
        .map(|name| (name, self.url.as_str()))
        .to_vec()
    }
}

async fn answer(
    State(shared): State<Arc<Mutex<Shared>>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut shared = shared.lock().unwrap();
    shared.asked.push(Asked {
        target: format!("{method} {uri}"),
        authorization: headers.get("authorization").map(|v| v.to_str().unwrap().to_owned()),
        body: serde_json::from_slice(&body).unwrap_or_default(),
    });
    match shared.answers.get(&format!("{method} {}", uri.path())) {
        Some((status, body)) => (*status, Json(body.clone())).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
