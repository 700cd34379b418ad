//! The token that we get for calls to other services (07 section 6.1).

use axum::http::HeaderMap;
use axum::routing::post;
use locations_inside_prison_api::clients::RemoteError;
use locations_inside_prison_api::clients::token::TokenSource;

use super::*;

/// An authorisation server that counts its tokens.
#[derive(Clone, Default)]
struct Server {
    given: Arc<AtomicUsize>,
    life: Arc<AtomicUsize>,
    refuses: Arc<AtomicBool>,
    seen: Arc<Mutex<Vec<(String, String)>>>,
}

async fn give(State(server): State<Server>, headers: HeaderMap, body: String) -> Response {
    let authorization = headers["authorization"].to_str().unwrap().to_owned();
    server.seen.lock().unwrap().push((authorization, body));
    if server.refuses.load(Ordering::Relaxed) {
        return (StatusCode::UNAUTHORIZED, axum::Json(json!({"error": "invalid_client"}))).into_response();
    }
    tokio::time::sleep(Duration::from_millis(50)).await;
    let number = server.given.fetch_add(1, Ordering::Relaxed) + 1;
    let life = server.life.load(Ordering::Relaxed);
    axum::Json(json!({"access_token": format!("token-{number}"), "token_type": "bearer", "expires_in": life}))
        .into_response()
}

async fn source(life: usize) -> (Server, TokenSource) {
    let server = Server::default();
    server.life.store(life, Ordering::Relaxed);
    let url = serve(Router::new().route("/auth/oauth/token", post(give)).with_state(server.clone())).await;
    let http = locations_inside_prison_api::clients::http::client(Duration::from_secs(2)).unwrap();
    (server, TokenSource::new(&format!("{url}/auth"), "me".into(), "s3cret".into(), http).unwrap())
}

#[tokio::test]
async fn it_is_asked_for_once_with_basic_authentication_and_no_scope() {
    let (server, source) = source(3600).await;
    let tokens = futures_util::future::join_all((0..20).map(|_| source.token())).await;
    assert!(tokens.iter().all(|token| token.as_ref().unwrap() == "token-1"));
    // me:s3cret
    assert_eq!(
        *server.seen.lock().unwrap(),
        [("Basic bWU6czNjcmV0".to_owned(), "grant_type=client_credentials".to_owned())]
    );
}

#[tokio::test]
async fn it_is_renewed_when_less_than_a_minute_is_left() {
    let (_, source) = source(59).await;
    assert_eq!(source.token().await.unwrap(), "token-1");
    assert_eq!(source.token().await.unwrap(), "token-2");
}

#[tokio::test]
async fn it_is_forgotten_when_a_service_refuses_it_but_not_a_newer_one() {
    let (_, source) = source(3600).await;
    assert_eq!(source.token().await.unwrap(), "token-1");
    source.forget("token-1").await;
    assert_eq!(source.token().await.unwrap(), "token-2");
    source.forget("token-1").await;
    assert_eq!(source.token().await.unwrap(), "token-2");
}

#[tokio::test]
async fn without_one_the_other_service_counts_as_unavailable() {
    let (server, source) = source(3600).await;
    server.refuses.store(true, Ordering::Relaxed);
    let error = source.token().await.unwrap_err();
    assert!(matches!(error, RemoteError::Unavailable { service: "hmpps-auth", .. }), "{error}");
    assert!(!error.to_string().contains("s3cret"));
    server.refuses.store(false, Ordering::Relaxed);
    assert_eq!(source.token().await.unwrap(), "token-1", "a failure is not kept");
}
