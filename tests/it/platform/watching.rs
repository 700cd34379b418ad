//! Health, info, the OpenAPI document and metrics (07 section 8).

use axum::routing::any;
use locations_inside_prison_api::health;
use locations_inside_prison_api::telemetry::metrics;

use super::*;
use crate::support::database::TestDatabase;

async fn service(settings: &[(&str, &str)]) -> Service {
    Service::start(&KeyServer::start(&[]).await, settings).await
}

async fn json_of(answer: reqwest::Response, status: u16) -> Value {
    assert_eq!(answer.status(), status);
    answer.json().await.unwrap()
}

#[tokio::test]
async fn health_says_for_each_component_how_it_is() {
    let database = TestDatabase::new().await;
    let well = serve(Router::new().route("/health/ping", get(|| async { axum::Json(json!({"status": "UP"})) }))).await;
    let ill = serve(Router::new().fallback(any(|| async { (StatusCode::BAD_GATEWAY, "no upstream") }))).await;
    let service = service(&[]).await;
    service.app.health.set_ready(true);
    service.app.health.set_checks(vec![
        health::database(database.pool.clone()),
        health::version("1.2.3".into()),
        health::remote("prisonApi", &well, service.client.clone()),
        health::remote("prisonRegisterApi", &ill, service.client.clone()),
    ]);
    let report = json_of(service.get("/health").send().await.unwrap(), 503).await;
    assert_eq!(
        report,
        json!({
            "status": "DOWN",
            "groups": ["liveness", "readiness"],
            "components": {
                "db": {"status": "UP", "details": {"database": "PostgreSQL", "validationQuery": "isValid()"}},
                "healthInfo": {"status": "UP", "details": {"version": "1.2.3"}},
                "livenessState": {"status": "UP"},
                "ping": {"status": "UP"},
                "prisonApi": {"status": "UP", "details": {"HttpStatus": "200 OK"}},
                "prisonRegisterApi": {"status": "DOWN", "details": {
                    "error": "502 Bad Gateway", "HttpStatus": "502 Bad Gateway", "body": "no upstream"
                }},
                "readinessState": {"status": "UP"}
            }
        })
    );
    let one = json_of(service.get("/health/prisonApi").send().await.unwrap(), 200).await;
    assert_eq!(one, json!({"status": "UP", "details": {"HttpStatus": "200 OK"}}));
    json_of(service.get("/health/prisonRegisterApi").send().await.unwrap(), 503).await;
    let unknown = json_of(service.get("/health/coffee").send().await.unwrap(), 404).await;
    assert_eq!(unknown["status"], 404);
}

#[tokio::test]
async fn liveness_and_readiness_ask_nobody() {
    let service = service(&[]).await;
    service.app.health.set_checks(vec![health::database(service.app.services.store.pool.clone())]);
    for path in ["/health/liveness", "/health/ping"] {
        assert_eq!(json_of(service.get(path).send().await.unwrap(), 200).await, json!({"status": "UP"}));
    }
    let starting = json_of(service.get("/health/readiness").send().await.unwrap(), 503).await;
    assert_eq!(starting, json!({"status": "OUT_OF_SERVICE"}));
    service.app.health.set_ready(true);
    assert_eq!(json_of(service.get("/health/readiness").send().await.unwrap(), 200).await, json!({"status": "UP"}));
    let down = json_of(service.get("/health/db").send().await.unwrap(), 503).await;
    assert_eq!(down["status"], "DOWN");
    assert!(down["details"]["error"].is_string());
}

#[tokio::test]
async fn info_says_what_this_is() {
    let info = json_of(
        service(&[("BUILD_NUMBER", "2026-08-10.1035.0d86ac4"), ("PRODUCT_ID", "DPS038")])
            .await
            .get("/info")
            .send()
            .await
            .unwrap(),
        200,
    )
    .await;
    assert_eq!(info["build"]["version"], "2026-08-10.1035.0d86ac4");
    assert_eq!(info["build"]["artifact"], "hmpps-locations-inside-prison-api");
    assert_eq!(info["build"]["group"], "uk.gov.justice.digital.hmpps");
    assert_eq!(info["productId"], "DPS038");
    assert_eq!(info["activeAgencies"], json!(["***"]));
    assert!(info["git"]["branch"].is_string() && info["git"]["commit"]["id"].is_string());
}

#[tokio::test]
async fn info_shows_a_switched_prison_at_once() {
    let database = TestDatabase::new().await;
    let url = database.url();
    let service = service(&[("DATABASE_URL", &url), ("SERVICE_RESIDENTIAL_ACTIVATED_PER_PRISON", "true")]).await;
    let active = || async { json_of(service.get("/info").send().await.unwrap(), 200).await["activeAgencies"].clone() };
    assert_eq!(active().await, json!([]));
    for (prison, residential, non_residential) in [("LEI", true, false), ("BCI", false, true), ("MDI", false, false)] {
        database
            .execute(&format!(
                "INSERT INTO prison_configuration (prison_id, resi_location_service_active, non_resi_service_active,
                     include_segregation_in_roll_count, certification_approval_required, when_updated, updated_by)
                 VALUES ('{prison}', {residential}, {non_residential}, false, false, now(), 'TEST')"
            ))
            .await;
    }
    assert_eq!(active().await, json!(["BCI", "LEI"]));
    database
        .execute("UPDATE prison_configuration SET resi_location_service_active = true WHERE prison_id = 'MDI'")
        .await;
    assert_eq!(active().await, json!(["BCI", "LEI", "MDI"]));
    service.app.services.store.pool.close().await;
}

#[tokio::test]
async fn the_openapi_document_is_there_in_both_forms() {
    let service = service(&[("BUILD_NUMBER", "7")]).await;
    let document = json_of(service.get("/v3/api-docs").send().await.unwrap(), 200).await;
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["info"]["version"], "7");
    let scheme = &document["components"]["securitySchemes"]["bearer-jwt"];
    assert_eq!(
        (&scheme["type"], &scheme["scheme"], &scheme["bearerFormat"]),
        (&json!("http"), &json!("bearer"), &json!("JWT"))
    );
    assert_eq!(document["security"], json!([{"bearer-jwt": ["read", "write"]}]));
    assert_eq!(document["paths"]["/sync/upsert"]["post"]["operationId"], "upsertLocation");
    let yaml = service.get("/v3/api-docs.yaml").send().await.unwrap().text().await.unwrap();
    assert!(yaml.starts_with("openapi: 3.1.0"), "{}", &yaml[..100]);
    let config = json_of(service.get("/v3/api-docs/swagger-config").send().await.unwrap(), 200).await;
    assert_eq!(config["url"], "/v3/api-docs");
}

#[tokio::test]
async fn operations_have_ids_of_their_own_and_known_tags() {
    let document = serde_json::to_value(api::document("1")).unwrap();
    let tags: Vec<&Value> = document["tags"].as_array().unwrap().iter().map(|tag| &tag["name"]).collect();
    let mut ids = Vec::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap_or_else(|| panic!("{method} {path} has no operationId"));
            assert!(!ids.contains(&id), "{id} twice");
            ids.push(id);
            for tag in operation["tags"].as_array().unwrap_or_else(|| panic!("{id} has no tag")) {
                assert!(tags.contains(&tag), "{id} has the unknown tag {tag}");
            }
            assert!(operation["responses"]["401"].is_object(), "{id} does not say that it needs a token");
        }
    }
    assert!(ids.len() >= 10);
}

#[tokio::test]
async fn swagger_ui_shows_the_document() {
    let service = service(&[]).await;
    let page = service.get("/swagger-ui/index.html").send().await.unwrap();
    assert!(page.headers()["content-type"].to_str().unwrap().starts_with("text/html"));
    let script = service.get("/swagger-ui/swagger-initializer.js").send().await.unwrap().text().await.unwrap();
    assert!(
        script.contains("\"url\": \"/v3/api-docs\"") && script.contains("\"persistAuthorization\": true"),
        "{script}"
    );
    let old = service.get("/swagger-ui.html").send().await.unwrap();
    assert_eq!((old.status().as_u16(), &old.headers()["location"]), (302, &"/swagger-ui/index.html".parse().unwrap()));
}

#[tokio::test]
async fn requests_are_counted_by_route_and_status() {
    let handle = metrics::begin().unwrap();
    let first = SigningKey::first();
    let service = Service::start(&KeyServer::start(&[&first]).await, &[]).await;
    let token = first.sign(&claims());
    let pools = vec![("requests", service.app.services.store.pool.clone())];
    let page = serve(metrics::router(metrics::Shown { handle, pools })).await;
    service.get("/sync/id/no-uuid-of-this-test").bearer_auth(&token).send().await.unwrap();
    service.get("/made/up/by/a/caller").bearer_auth(&token).send().await.unwrap();
    let text = service.client.get(format!("{page}/metrics")).send().await.unwrap().text().await.unwrap();
    assert!(
        text.contains(r#"http_server_requests_seconds_count{method="GET",uri="/sync/id/{id}",status="400"}"#),
        "{text}"
    );
    assert!(text.contains(r#"uri="UNKNOWN",status="404""#), "{text}");
    assert!(text.contains(r#"db_pool_connections_max{pool="requests"} 10"#), "{text}");
    assert!(text.contains("process_resident_memory_bytes "), "{text}");
    assert!(!text.contains("made/up"), "callers make up series");
}
