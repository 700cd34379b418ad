//! Migration from NOMIS (02 section 12, decisions D2 and D3).

use serde_json::{Value, json};

use crate::support::service::{LOCAL_NOW, TestService};

const MIGRATE: &str = "MIGRATE_LOCATIONS";

fn wing(code: &str) -> Value {
    json!({
        "prisonId": "LEI", "code": code, "locationType": "WING", "residentialHousingType": "NORMAL_ACCOMMODATION",
        "lastUpdatedBy": "NOMIS_USER", "createDate": "2010-01-02T03:04:05"
    })
}

fn cell(code: &str, parent: &str) -> Value {
    json!({
        "prisonId": "LEI", "code": code, "locationType": "CELL", "residentialHousingType": "NORMAL_ACCOMMODATION",
        "parentLocationPath": parent, "capacity": {"maxCapacity": 2, "workingCapacity": 1},
        "certification": {"certified": true, "capacityOfCertifiedCell": 1}, "lastUpdatedBy": "NOMIS_USER"
    })
}

/// Sends lines to the bulk migration and reads its lines.
async fn migrate(service: &TestService, lines: &[Value]) -> Vec<Value> {
    let body: String = lines.iter().map(|l| format!("{l}\n")).collect();
    let reply = service.post("/migrate/locations").role(MIGRATE).write().raw("application/x-ndjson", body).send().await;
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.text.lines().map(|l| serde_json::from_str(l).unwrap()).collect()
}

fn statuses(answers: &[Value]) -> Vec<&str> {
    answers.iter().map(|a| a["status"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_migrated_location_is_as_a_synced_one_but_nobody_is_told() {
    let service = TestService::start().await;
    let send = |body: Value| service.post("/migrate/location").role(MIGRATE).write().json(&body).send();
    send(wing("A")).await.expect(201);
    let history = json!([
        {"attribute": "CAPACITY", "oldValue": "1", "newValue": "2", "amendedBy": "OLD_USER", "amendedDate": "2011-01-01T00:00:00"},
        {"attribute": "COMMENTS", "oldValues": ["a"], "newValues": ["a"], "amendedBy": "OLD_USER", "amendedDate": "2011-01-01T00:00:00"}
    ]);
    let mut body = cell("001", "A");
    body["history"] = history;
    let created = send(body.clone()).await.expect(201);
    assert_eq!(created["capacity"], json!({"maxCapacity": 2, "workingCapacity": 1, "certifiedNormalAccommodation": 1}));
    assert_eq!(created["certifiedCell"], true);
    assert!(created.get("changeHistory").is_none());
    assert_eq!(service.history().await, ["USED_FOR - -> Standard accommodation", "MAX_CAPACITY 1 -> 2"]);
    let transaction = &service.rows("SELECT * FROM linked_transaction ORDER BY id").await[1];
    assert_eq!(transaction["transaction_detail"], "NOMIS Migration 001 in prison LEI");
    assert_eq!(transaction["tx_end_time"], LOCAL_NOW);
    assert!(service.events().await.is_empty() && service.audit_messages().await.is_empty());

    assert!(send(body).await.refused(409, Some(103)).contains("LEI-A-001"));
    send(cell("002", "B")).await.refused(404, Some(101));
    let unknown = json!({"attribute": "COLOUR", "amendedBy": "X", "amendedDate": "2011-01-01T00:00:00"});
    let mut body = cell("003", "A");
    body["history"] = json!([unknown]);
    assert!(send(body).await.refused(400, None).contains("history[0].attribute"));
}

#[tokio::test]
async fn the_alias_and_the_roles() {
    let service = TestService::start().await;
    service.post("/locations/migrate").role(MIGRATE).write().json(&wing("A")).send().await.expect(201);
    service.post("/locations/migrate").role(MIGRATE).json(&wing("B")).send().await.refused(403, None);
    service.post("/migrate/location").role("SYNC_LOCATIONS").write().json(&wing("B")).send().await.refused(403, None);
    let reply = service.post("/migrate/locations").role(MIGRATE).raw("application/x-ndjson", "").send().await;
    reply.refused(403, None);
    let reply = service.post("/migrate/locations").role(MIGRATE).write().json(&wing("B")).send().await;
    reply.refused(415, None);
}

#[tokio::test]
async fn one_history_row_is_added_without_a_transaction() {
    let service = TestService::start().await;
    let created = service.post("/migrate/location").role(MIGRATE).write().json(&wing("A")).send().await.expect(201);
    let path = format!("/migrate/location/{}/history", created["id"].as_str().unwrap());
    let send = |path: &str, body: Value| service.post(path).role(MIGRATE).write().json(&body).send();
    let change = json!({"attribute": "DESCRIPTION", "oldValue": "Old", "newValue": "New", "amendedBy": "OLD_USER",
        "amendedDate": "2011-01-01T00:00:00"});
    let added = send(&path, change.clone()).await.expect(201);
    assert_eq!(
        added,
        json!({"attribute": "Local name", "oldValues": ["Old"], "newValues": ["New"], "amendedBy": "OLD_USER",
            "amendedDate": "2011-01-01T00:00:00"})
    );
    let same =
        json!({"attribute": "DESCRIPTION", "oldValue": " ", "amendedBy": "X", "amendedDate": "2011-01-01T00:00:00"});
    assert_eq!(send(&path, same).await.expect(201), Value::Null);
    assert_eq!(service.count("location_history").await, 1);
    assert_eq!(
        service.rows("SELECT linked_transaction_id FROM location_history").await[0]["linked_transaction_id"],
        Value::Null
    );
    let unknown = "/migrate/location/01900000-0000-7000-8000-000000000000/history";
    send(unknown, change).await.refused(404, Some(101));
    send(&path, json!({"attribute": "DESCRIPTION"})).await.refused(400, None);
    assert!(service.events().await.is_empty());
}

#[tokio::test]
async fn any_number_of_locations_in_any_order() {
    let service = TestService::start().await;
    let lines = [cell("001", "A-1"), cell("002", "A-1"), landing("1", "A"), wing("A"), cell("003", "A-9")];
    let answers = migrate(&service, &lines).await;
    assert_eq!(statuses(&answers), ["created", "created", "created", "created", "failed"]);
    let numbers: Vec<u64> = answers.iter().map(|a| a["line"].as_u64().unwrap()).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5]);
    assert_eq!(answers[0]["key"], "LEI-A-1-001");
    assert_eq!(answers[4]["error"]["errorCode"], 101);
    let parents = service
        .rows("SELECT l.path_hierarchy AS path, p.path_hierarchy AS parent FROM location l LEFT JOIN location p ON p.id = l.parent_id ORDER BY 1")
        .await;
    assert_eq!(parents[2], json!({"path": "A-1-001", "parent": "A-1"}));
    assert!(service.events().await.is_empty() && service.audit_messages().await.is_empty());
    assert_eq!(service.count("locations_service.migration_line").await, 0);
}

fn landing(code: &str, parent: &str) -> Value {
    json!({
        "prisonId": "LEI", "code": code, "locationType": "LANDING", "residentialHousingType": "NORMAL_ACCOMMODATION",
        "parentLocationPath": parent, "lastUpdatedBy": "NOMIS_USER"
    })
}

#[tokio::test]
async fn repeating_a_bulk_migration_changes_nothing() {
    let service = TestService::start().await;
    let lines = [wing("A"), cell("001", "A"), cell("002", "A")];
    let first = migrate(&service, &lines).await;
    let rows = service.rows("SELECT * FROM location ORDER BY id").await;
    let second = migrate(&service, &lines).await;
    assert_eq!(statuses(&second), ["unchanged", "unchanged", "unchanged"]);
    for (a, b) in first.iter().zip(&second) {
        assert_eq!(a["id"], b["id"]);
    }
    assert_eq!(service.rows("SELECT * FROM location ORDER BY id").await, rows);
    assert_eq!(service.count("linked_transaction").await, 3);

    let mut other = cell("001", "A");
    other["comments"] = json!("different");
    let third = migrate(&service, &[other, wing("B")]).await;
    assert_eq!(statuses(&third), ["failed", "created"]);
    assert_eq!((&third[0]["error"]["status"], &third[0]["error"]["errorCode"]), (&json!(409), &json!(103)));
}

#[tokio::test]
async fn bad_lines_fail_alone_and_a_line_that_comes_twice_is_there_once() {
    let service = TestService::start().await;
    let mut long = cell("001", "A");
    long["code"] = json!("1234567890123");
    let body = format!("{}\nnot json\n{long}\n{}\n\n{}", wing("A"), wing("A"), cell("001", "A"));
    let reply = service.post("/migrate/locations").role(MIGRATE).write().raw("application/x-ndjson", body).send().await;
    let answers: Vec<Value> = reply.text.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(statuses(&answers), ["created", "failed", "failed", "unchanged", "failed", "created"]);
    assert_eq!(answers[2]["error"]["errorCode"], 102);
    assert_eq!(service.count("location").await, 2);
}

#[tokio::test]
async fn more_lines_than_fit_in_one_batch() {
    let service = TestService::start().await;
    let mut lines: Vec<Value> = (0..1300).map(|n| cell(&format!("{n:04}"), "A")).collect();
    lines.push(wing("A"));
    let answers = migrate(&service, &lines).await;
    assert_eq!(answers.len(), 1301);
    assert!(answers.iter().all(|a| a["status"] == "created"));
    assert_eq!(service.count("capacity").await, 1300);
}
