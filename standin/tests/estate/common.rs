//! What every role has: tokens and roles, error body, telemetry, faults, quiet; and the sign-on service itself.

use reqwest::Method;
use serde_json::json;
use standin::common::settings::RoleSettings;
use standin::mapping::{self, MappingSettings};

use crate::support::{Auth, Database, SECRET, call, role_settings};

#[tokio::test]
async fn a_client_gets_a_token_with_its_roles_and_others_get_none() {
    let database = Database::new().await;
    let auth = Auth::start(&database.url()).await;
    let url = format!("{}/auth/oauth/token", auth.url);
    let http = reqwest::Client::new();
    let ask = |id: &'static str, secret: &'static str, grant: &'static str| {
        http.post(&url).basic_auth(id, Some(secret)).form(&[("grant_type", grant), ("username", "ABC1D")]).send()
    };
    assert_eq!(ask("operator", "wrong", "client_credentials").await.unwrap().status(), 401);
    assert_eq!(ask("nobody", SECRET, "client_credentials").await.unwrap().status(), 401);
    assert_eq!(ask("operator", SECRET, "password").await.unwrap().status(), 400);
    let answer = ask("prisoner-from-nomis-migration", SECRET, "client_credentials").await.unwrap();
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let body: serde_json::Value = answer.json().await.unwrap();
    assert_eq!((body["token_type"].as_str(), body["expires_in"].as_i64()), (Some("bearer"), Some(3600)));

    let keys = call(None, Method::GET, &format!("{}/auth/.well-known/jwks.json", auth.url), None).await;
    let keys: jsonwebtoken::jwk::JwkSet = serde_json::from_value(keys.body).unwrap();
    let key = jsonwebtoken::DecodingKey::from_jwk(&keys.keys[0]).unwrap();
    let validation = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::RS256);
    let token = body["access_token"].as_str().unwrap();
    let claims = jsonwebtoken::decode::<serde_json::Value>(token, &key, &validation).unwrap().claims;
    assert_eq!(claims["client_id"], "prisoner-from-nomis-migration");
    assert_eq!((&claims["user_name"], &claims["sub"]), (&json!("ABC1D"), &json!("ABC1D")));
    assert_eq!(claims["scope"], json!(["read", "write"]));
    assert!(claims["authorities"].as_array().unwrap().contains(&json!("ROLE_SYNC_LOCATIONS")));
    assert!(!claims["authorities"].as_array().unwrap().contains(&json!("ROLE_STANDIN")));
}

#[tokio::test]
async fn the_endpoints_of_every_role_ask_for_their_role() {
    let database = Database::new().await;
    let auth = Auth::start(&database.url()).await;
    let url = format!("{}/standin/quiet", auth.url);
    let refused = call(None, Method::GET, &url, None).await;
    assert_eq!((refused.status, &refused.body["status"]), (401, &json!(401)));
    let other = auth.token("prisoner-to-nomis-update").await;
    assert_eq!(call(Some(&other), Method::GET, &url, None).await.status, 403);
    let operator = auth.token("operator").await;
    assert_eq!(call(Some(&operator), Method::GET, &url, None).await.status, 200);
    assert_eq!(call(Some("nonsense"), Method::GET, &url, None).await.status, 401);
    for open in ["/health", "/auth/health/ping"] {
        assert_eq!(call(None, Method::GET, &format!("{}{open}", auth.url), None).await.status, 200);
    }
}

#[tokio::test]
async fn a_fault_strikes_as_often_as_it_says_and_survives_a_restart() {
    let database = Database::new().await;
    let auth = Auth::start(&database.url()).await;
    let operator = auth.token("operator").await;
    let role: RoleSettings = role_settings(&database.url(), &auth.url);
    let mapping = mapping::start(MappingSettings { role: role.clone() }).await.unwrap();
    let rule = json!({ "at": "mapping.http", "phase": "before", "action": { "status": 503 }, "times": 2, "match": { "method": "GET" } });
    let added = call(Some(&operator), Method::POST, &format!("{}/standin/faults", mapping.url), Some(rule)).await;
    assert_eq!((added.status, &added.body["times"]), (201, &json!(2)));

    let read = |base: String, operator: String| async move {
        call(Some(&operator), Method::GET, &format!("{base}/mapping/locations/nomis/1"), None).await.status
    };
    assert_eq!(read(mapping.url.clone(), operator.clone()).await, 503);
    mapping.stop().await.unwrap();
    let mapping = mapping::start(MappingSettings { role }).await.unwrap();
    assert_eq!(read(mapping.url.clone(), operator.clone()).await, 503);
    assert_eq!(read(mapping.url.clone(), operator.clone()).await, 404);

    let events = format!("{}/standin/telemetry?name=standin-fault", mapping.url);
    let told = call(Some(&operator), Method::GET, &events, None).await.body;
    assert_eq!(told.as_array().unwrap().len(), 2);
    assert_eq!(told[0]["fields"]["path"], "/mapping/locations/nomis/1");
    let faults = format!("{}/standin/faults", mapping.url);
    assert_eq!(call(Some(&operator), Method::GET, &faults, None).await.body, json!([]));
    let bad = call(Some(&operator), Method::POST, &faults, Some(json!({ "at": "mapping.http" }))).await;
    assert_eq!((bad.status, &bad.body["status"]), (400, &json!(400)));
}
