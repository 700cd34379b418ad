//! Digests for the reconciliation with NOMIS.

use serde_json::{Value, json};

use crate::support::service::TestService;

const SYNC: &str = "SYNC_LOCATIONS";

async fn upsert(service: &TestService, body: &Value) -> Value {
    let reply = service.post("/sync/upsert").role(SYNC).write().json(body).send().await;
    assert!(reply.status.is_success(), "{reply:?}");
    reply.json()
}

async fn digests(service: &TestService, prison: &str) -> Value {
    service.get(&format!("/reconciliation/prisons/{prison}")).role(SYNC).send().await.expect(200)
}

fn body(code: &str, location_type: &str, parent: Option<&Value>) -> Value {
    json!({
        "prisonId": "LEI", "code": code, "locationType": location_type, "lastUpdatedBy": "NOMIS_USER",
        "residentialHousingType": "NORMAL_ACCOMMODATION", "parentId": parent.map(|p| p["id"].clone())
    })
}

#[tokio::test]
async fn a_change_shows_in_the_subtrees_that_it_is_in() {
    let service = TestService::start().await;
    assert_eq!(
        digests(&service, "LEI").await,
        json!({"prisonId": "LEI", "count": 0, "hash": "0".repeat(32), "subtrees": []})
    );
    let wing = upsert(&service, &body("A", "WING", None)).await;
    let other = upsert(&service, &body("B", "WING", None)).await;
    let cell = upsert(&service, &body("001", "CELL", Some(&wing))).await;
    let before = digests(&service, "LEI").await;
    assert_eq!(before["count"], 3);
    let subtrees = before["subtrees"].as_array().unwrap();
    let keys: Vec<_> = subtrees.iter().map(|s| (&s["key"], &s["id"], s["count"].as_u64().unwrap())).collect();
    assert_eq!(keys, [(&json!("LEI-A"), &wing["id"], 2), (&json!("LEI-B"), &other["id"], 1)]);

    let path = "/reconciliation/prisons/LEI?includeLocations=true";
    let detailed = service.get(path).role(SYNC).send().await.expect(200);
    let listed = |location: &Value| json!({"id": location["id"], "key": location["key"]});
    assert_eq!(detailed["locations"], json!([listed(&wing), listed(&cell), listed(&other)]));
    assert_eq!((&detailed["hash"], before.get("locations")), (&before["hash"], None));

    let mut change = body("001", "CELL", Some(&wing));
    change["id"] = cell["id"].clone();
    upsert(&service, &change).await;
    assert_eq!(digests(&service, "LEI").await, before, "nothing has changed but who and when");

    change["comments"] = json!("leak");
    upsert(&service, &change).await;
    let after = digests(&service, "LEI").await;
    assert_ne!(after["hash"], before["hash"]);
    assert_ne!(after["subtrees"][0]["hash"], before["subtrees"][0]["hash"]);
    assert_eq!(after["subtrees"][1], before["subtrees"][1]);

    change["comments"] = Value::Null;
    upsert(&service, &change).await;
    assert_eq!(digests(&service, "LEI").await, before, "the same content has the same digest again");
}

#[tokio::test]
async fn it_wants_the_role_and_a_prison() {
    let service = TestService::start().await;
    let path = "/reconciliation/prisons/LEI";
    assert_eq!(service.get(path).anonymous().send().await.status, 401);
    service.get(path).role("VIEW_LOCATIONS").send().await.refused(403, None);
    service.get("/reconciliation/prisons/leeds").role(SYNC).send().await.refused(400, None);
    assert_eq!(digests(&service, "MDI").await["count"], 0);
}
