//! Errors, headers, limits (07 sections 2 and 11, decisions B3).

use axum::routing::post;
use locations_inside_prison_api::api::{Body, Caller};
use reqwest::Response as Answer;

use super::*;

async fn service(settings: &[(&str, &str)]) -> (Service, String) {
    let first = SigningKey::first();
    (Service::start(&KeyServer::start(&[&first]).await, settings).await, first.sign(&claims()))
}

/// An error answer has this status, a JSON body that says the same, and no code. Its words.
async fn refused(answer: Answer, status: u16) -> String {
    assert_eq!(answer.status(), status);
    assert_eq!(answer.headers()["content-type"], "application/json");
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["status"], status);
    assert_eq!(body.get("errorCode"), None);
    assert!(body["userMessage"].as_str().unwrap().ends_with(body["developerMessage"].as_str().unwrap()));
    body["developerMessage"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn what_is_not_there_is_404_and_the_wrong_method_405_with_allow() {
    let (service, token) = service(&[]).await;
    for path in ["/no/such/path", "/locations/", "/sync/upsert/"] {
        let words = refused(service.get(path).bearer_auth(&token).send().await.unwrap(), 404).await;
        assert_eq!(words, format!("No resource found for {path}"));
    }
    let answer = service.request("DELETE", "/sync/upsert").bearer_auth(&token).send().await.unwrap();
    assert_eq!(answer.headers()["allow"], "POST");
    assert_eq!(refused(answer, 405).await, "Request method 'DELETE' is not supported");
    // What the decision record names as GET must not be one (decisions D1).
    let answer = service.get("/locations/migrate").bearer_auth(&token).send().await.unwrap();
    assert!(answer.headers()["allow"].to_str().unwrap().contains("POST"));
    refused(answer, 405).await;
}

#[tokio::test]
async fn paths_that_could_be_read_in_two_ways_are_400() {
    let (service, token) = service(&[]).await;
    for path in ["/locations/key/MDI%2FA", "/locations//key", "/locations/key/a;b", "/locations/key/a%5Cb"] {
        refused(service.get(path).bearer_auth(&token).send().await.unwrap(), 400).await;
        assert_eq!(service.get(path).send().await.unwrap().status(), 401, "a token is asked for first");
    }
}

#[tokio::test]
async fn a_caller_who_takes_no_json_gets_406() {
    let (service, token) = service(&[]).await;
    let ask = |accept: &'static str| service.get("/locations").bearer_auth(&token).header("accept", accept).send();
    let answer = ask("text/html").await.unwrap();
    assert_eq!(answer.status(), 406);
    assert_eq!(answer.text().await.unwrap(), "");
    assert_eq!(ask("text/html, application/json").await.unwrap().status(), LET_IN);
    let page = service.get("/swagger-ui/index.html").header("accept", "text/html").send().await.unwrap();
    assert_eq!(page.status(), 200);
    let unknown = service.get("/no/such/path").bearer_auth(&token).header("accept", "text/html").send().await.unwrap();
    assert_eq!(unknown.status(), 404);
}

#[tokio::test]
async fn bodies_that_are_no_json_or_too_large() {
    let (service, token) = service(&[("REQUEST_BODY_LIMIT", "1KB")]).await;
    let upsert = |content_type: Option<&'static str>, body: String| {
        let request = service.request("POST", "/sync/upsert").bearer_auth(&token).body(body);
        match content_type {
            Some(value) => request.header("content-type", value).send(),
            None => request.send(),
        }
    };
    for content_type in [None, Some("text/plain"), Some("application/x-www-form-urlencoded"), Some("application/jsonx")]
    {
        refused(upsert(content_type, "{}".into()).await.unwrap(), 415).await;
    }
    for content_type in
        ["application/json", "application/json;charset=UTF-8", "Application/JSON", "application/vnd.x+json"]
    {
        let words = refused(upsert(Some(content_type), "{}".into()).await.unwrap(), 400).await;
        assert!(words.ends_with(": is missing"), "{words}");
    }
    let large = format!("{{\"comments\": \"{}\"}}", "x".repeat(5_000_000));
    assert_eq!(
        refused(upsert(Some("application/json"), large).await.unwrap(), 413).await,
        "the body is larger than 1024 bytes"
    );
    let empty = refused(upsert(Some("application/json"), String::new()).await.unwrap(), 400).await;
    assert_eq!(empty, "Couldn't read request body: it is missing");
}

#[tokio::test]
async fn values_of_path_and_query_are_named_when_they_are_wrong() {
    let (service, token) = service(&[]).await;
    for (path, named) in [
        ("/sync/id/x", "id"),
        ("/locations/x", "id"),
        ("/sync/id/01a20ce6-2ff0-7750-a0e5-72adfdf5c2e4?includeHistory=x", "includeHistory"),
    ] {
        let words = refused(service.get(path).bearer_auth(&token).send().await.unwrap(), 400).await;
        assert!(words.starts_with(&format!("Parameter {named} must be of type ")), "{words}");
    }
}

#[tokio::test]
async fn every_answer_has_the_standard_headers() {
    let (service, token) = service(&[]).await;
    for path in ["/health/ping", "/locations", "/no/such/path"] {
        let answer = service.get(path).bearer_auth(&token).header("x-request-id", "abc-1").send().await.unwrap();
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-xss-protection", "0"),
            ("x-frame-options", "SAMEORIGIN"),
            ("cache-control", "no-cache, no-store, max-age=0, must-revalidate"),
            ("pragma", "no-cache"),
            ("expires", "0"),
            ("x-request-id", "abc-1"),
        ] {
            assert_eq!(answer.headers()[name], value, "{path}");
        }
        assert_eq!(answer.headers().get("strict-transport-security"), None);
        assert_eq!(answer.headers().get("set-cookie"), None);
    }
    let https = service.get("/health/ping").header("x-forwarded-proto", "https").send().await.unwrap();
    assert_eq!(https.headers()["strict-transport-security"], "max-age=31536000 ; includeSubDomains");
}

#[tokio::test]
async fn an_answer_is_compressed_when_that_is_asked_for() {
    let (service, _) = service(&[]).await;
    for coding in ["gzip", "br", "zstd"] {
        let answer = service.get("/v3/api-docs").header("accept-encoding", coding).send().await.unwrap();
        assert_eq!(answer.headers()["content-encoding"], coding);
    }
    assert_eq!(service.get("/v3/api-docs").send().await.unwrap().headers().get("content-encoding"), None);
}

#[tokio::test]
async fn without_a_database_a_request_is_told_to_come_again() {
    let (service, token) = service(&[]).await;
    let answer = service.get("/locations").bearer_auth(&token).send().await.unwrap();
    assert_eq!(answer.headers()["retry-after"], "2");
    assert_eq!(refused(answer, 503).await, "the database could not be reached");
}

async fn slow(caller: Caller, Body(_): Body<Value>) -> String {
    tokio::time::sleep(Duration::from_secs(60)).await;
    caller.username().to_owned()
}

#[expect(clippy::unused_async, reason = "handlers are")]
async fn panics() -> String {
    panic!("a secret of the inside")
}

#[tokio::test]
async fn a_panic_and_a_request_that_takes_too_long_get_an_error_body() {
    let first = SigningKey::first();
    let routes = Router::new().route("/slow", post(slow)).route("/panics", get(panics));
    let keys = KeyServer::start(&[&first]).await;
    let service = Service::with_routes(&keys, &[("REQUEST_TIMEOUT", "100ms")], Some(routes)).await;
    let token = first.sign(&claims());
    for _ in 0..2 {
        let answer = service.get("/panics").bearer_auth(&token).send().await.unwrap();
        assert_eq!(answer.headers()["x-frame-options"], "SAMEORIGIN");
        assert_eq!(refused(answer, 500).await, "An unexpected error occurred");
    }
    let answer = service.request("POST", "/slow").bearer_auth(&token).json(&json!({})).send().await.unwrap();
    assert_eq!(answer.headers()["retry-after"], "2");
    assert_eq!(refused(answer, 503).await, "the request took too long");
}
