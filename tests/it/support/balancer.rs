//! What stands before the replicas: it asks each whether it is ready, as a cluster does, and sends requests in turn to those
//! that are. It never tries a request a second time, so whatever a replica does wrong at its start or end is seen.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

use super::relays::eventually;

/// How often a replica is asked.
const PROBE: Duration = Duration::from_millis(50);

struct Backend {
    url: String,
    ready: bool,
    answered: u32,
}

#[derive(Default)]
struct Pool {
    backends: Vec<Backend>,
    turn: usize,
}

/// A balancer of its own port.
pub struct Balancer {
    pub url: String,
    pool: Arc<Mutex<Pool>>,
}

impl Balancer {
    pub async fn start() -> Self {
        locations_inside_prison_api::clients::http::install_tls_provider();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let pool = Arc::<Mutex<Pool>>::default();
        let client = reqwest::Client::new();
        let router = Router::new().fallback(forward).with_state((pool.clone(), client));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, pool }
    }

    /// Takes a replica in, and waits until it is ready.
    pub async fn add(&self, url: &str) {
        self.pool.lock().unwrap().backends.push(Backend { url: url.to_owned(), ready: false, answered: 0 });
        tokio::spawn(probe(self.pool.clone(), url.to_owned()));
        eventually("the replica is ready", async || self.of(url, |backend| backend.ready)).await;
    }

    /// Waits until this replica has answered a request.
    pub async fn gives_its_part_to(&self, url: &str) {
        eventually("the replica gets requests", async || self.of(url, |backend| backend.answered > 0)).await;
    }

    fn of(&self, url: &str, is: impl Fn(&Backend) -> bool) -> bool {
        self.pool.lock().unwrap().backends.iter().any(|backend| backend.url == url && is(backend))
    }
}

/// Until nobody is there any more.
async fn probe(pool: Arc<Mutex<Pool>>, url: String) {
    let client = reqwest::Client::new();
    loop {
        let answer = client.get(format!("{url}/health/readiness")).send().await;
        let (gone, ready) = (answer.is_err(), answer.is_ok_and(|answer| answer.status() == 200));
        if let Some(backend) = pool.lock().unwrap().backends.iter_mut().find(|backend| backend.url == url) {
            backend.ready = ready;
        }
        if gone {
            return;
        }
        tokio::time::sleep(PROBE).await;
    }
}

async fn forward(
    State((pool, client)): State<(Arc<Mutex<Pool>>, reqwest::Client)>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let chosen = {
        let mut pool = pool.lock().unwrap();
        pool.turn += 1;
        let turn = pool.turn;
        let ready: Vec<usize> = (0..pool.backends.len()).filter(|i| pool.backends[*i].ready).collect();
        ready.get(turn % ready.len().max(1)).map(|i| pool.backends[*i].url.clone())
    };
    let Some(url) = chosen else { return (StatusCode::SERVICE_UNAVAILABLE, "no replica is ready").into_response() };
    let mut request = client.request(method, format!("{url}{uri}")).body(body);
    for name in [header::AUTHORIZATION, header::CONTENT_TYPE] {
        if let Some(value) = headers.get(&name) {
            request = request.header(name, value);
        }
    }
    match request.send().await {
        Ok(answer) => {
            if let Some(backend) = pool.lock().unwrap().backends.iter_mut().find(|backend| backend.url == url) {
                backend.answered += 1;
            }
            let status = answer.status();
            (status, Body::from(answer.bytes().await.unwrap_or_default())).into_response()
        }
        Err(error) => (StatusCode::BAD_GATEWAY, format!("{error:?}")).into_response(),
    }
}
