//! The services around, as far as writes ask them: Prisoner Search, and the service that gives tokens for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Json;
use axum::routing::post;
use serde_json::{Value, json};

use super::service::TestService;

/// A Prisoner Search that finds the same prisoners whatever it is asked.
pub struct Around {
    url: String,
    asked: Arc<AtomicUsize>,
}

impl Around {
    /// One prisoner in each of these cells (paths); a path may be named more than once.
    pub async fn with_prisoners_in(cells: &[&str]) -> Self {
        let prisoner = |cell: &&str| {
            json!({
                "prisonerNumber": "A1234BC", "firstName": "A", "lastName": "B", "gender": "Male",
                "status": "ACTIVE IN", "inOutStatus": "IN", "cellLocation": cell
            })
        };
        let content: Vec<Value> = cells.iter().map(prisoner).collect();
        let asked = Arc::new(AtomicUsize::new(0));
        let counted = asked.clone();
        let search = move || {
            counted.fetch_add(1, Ordering::Relaxed);
            let content = content.clone();
            async move { Json(json!({ "content": content })) }
        };
        let token = || async { Json(json!({"access_token": "t", "token_type": "bearer", "expires_in": 3600})) };
        let router =
            axum::Router::new().route("/attribute-search", post(search)).route("/auth/oauth/token", post(token));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, asked }
    }

    /// How often it was asked.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }

    /// The service beside it, on an empty database.
    pub async fn service(&self) -> TestService {
        let oauth = format!("{}/auth", self.url);
        TestService::with(&[("API_BASE_URL_PRISONER_SEARCH", self.url.as_str()), ("API_BASE_URL_OAUTH", &oauth)]).await
    }
}
