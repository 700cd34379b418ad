//! Requests for approval from outside (06 sections 3 to 5): what a pending request blocks, and what its approval does,
//! for the types that the recorded exchanges show seldom or never.

use axum::http::Method;
use serde_json::{Value, json};

use crate::support::around::Around;
use crate::support::estate::{LANDING, WING, add_wing, configure};
use crate::support::service::{LOCAL_NOW, Reply, TestService, USER};

const CERTIFICATION: &str = "LOCATION_CERTIFICATION";
const MAINTAIN: &str = "MAINTAIN_LOCATIONS";
const INACTIVE: &str = "status = 'INACTIVE', deactivated_reason = 'DAMP', deactivated_by = 'U', \
                        deactivated_date = '2024-01-01'";

/// LEI, which needs approval: wing A, landing A-1 and three cells (2/1/1), and a baseline certificate.
async fn leeds() -> TestService {
    let service = Around::with_prisoners_in(&[]).await.service().await;
    configure(&service.database, true).await;
    add_wing(&service.database, 3).await;
    service.post("/cell-certificates/prison/LEI/baseline").role(CERTIFICATION).write().send().await.expect(201);
    service
}

async fn id(service: &TestService, path: &str) -> String {
    let sql = format!("SELECT id::text FROM location WHERE path_hierarchy = '{path}'");
    service.database.value(&sql).await
}

async fn set(service: &TestService, path: &str, columns: &str) {
    service.database.execute(&format!("UPDATE location SET {columns} WHERE path_hierarchy = '{path}'")).await;
}

async fn send(service: &TestService, method: Method, path: &str, body: Value) -> Reply {
    service.request(method, path).role(MAINTAIN).role(CERTIFICATION).write().json(&body).send().await
}

async fn put(service: &TestService, path: &str, body: Value) -> Reply {
    send(service, Method::PUT, path, body).await
}

/// Makes a cell's mark wait for approval: that locks it.
async fn lock(service: &TestService, cell: &str) {
    let body = json!({"cellMark": "NEW", "reasonForChange": "painted"});
    put(service, &format!("/locations/residential/{cell}/cell-mark-change"), body).await.expect(200);
}

/// Approves the one request that waits; answers it.
async fn approve(service: &TestService) -> Value {
    let waiting: String =
        service.database.value("SELECT id::text FROM certification_approval_request WHERE status = 'PENDING'").await;
    put(service, "/certification/location/approve", json!({"approvalRequestReference": waiting})).await.expect(200)
}

/// Forgets what was recorded and announced until now.
async fn forget(service: &TestService) {
    service
        .database
        .execute("TRUNCATE locations_service.domain_event, locations_service.audit_message, location_history")
        .await;
}

/// What is announced, but for the events of decisions C2.
async fn announced(service: &TestService) -> Vec<String> {
    let mut events = service.events().await;
    events.retain(|e| !e.contains(".changed "));
    events
}

async fn audited(service: &TestService) -> Vec<(String, String)> {
    let text = |v: &Value| v.as_str().unwrap().to_owned();
    let told = |m: Value| {
        let details: Value = serde_json::from_str(m["details"].as_str().unwrap()).unwrap();
        (text(&m["what"]), text(&details["key"]))
    };
    service.audit_messages().await.into_iter().map(told).collect()
}

async fn row(service: &TestService, path: &str) -> Value {
    let sql = format!(
        "SELECT l.*, c.max_capacity, c.working_capacity FROM location l LEFT JOIN capacity c ON c.id = l.capacity_id
         WHERE l.path_hierarchy = '{path}'"
    );
    service.rows(&sql).await.remove(0)
}

#[tokio::test]
async fn a_lock_blocks_each_change_of_its_location() {
    let service = leeds().await;
    let cell = id(&service, "A-1-001").await;
    lock(&service, &cell).await;
    forget(&service).await;
    let capacity = json!({"maxCapacity": 3, "workingCapacity": 2, "certifiedNormalAccommodation": 2});
    let to_cell = json!({"accommodationType": "NORMAL_ACCOMMODATION", "maxCapacity": 1, "workingCapacity": 1});
    for (path, body) in [
        (format!("/locations/residential/{cell}/cell-mark-change"), json!({"cellMark": "X", "reasonForChange": "y"})),
        (
            format!("/locations/residential/{cell}/cell-sanitation-change"),
            json!({"inCellSanitation": true, "reasonForChange": "y"}),
        ),
        (format!("/locations/{cell}/used-for-type"), json!(["REMAND"])),
        (format!("/locations/{cell}/specialist-cell-types"), json!(["SAFE_CELL"])),
        (format!("/locations/{cell}/capacity"), capacity.clone()),
        (format!("/locations/{cell}/change-local-name"), json!({"localName": "North"})),
        (format!("/locations/{cell}/update-non-res-cell"), json!({"convertedCellType": "OFFICE"})),
        (
            format!("/locations/{cell}/convert-cell-to-non-res-cell"),
            json!({"convertedCellType": "OFFICE", "reasonForChange": "y"}),
        ),
        (format!("/locations/{cell}/convert-to-cell"), to_cell),
    ] {
        let refused = put(&service, &path, body).await;
        assert_eq!(refused.json()["errorCode"], 122, "{path}: {refused:?}");
        assert_eq!(refused.status, 409);
    }
    let patch = format!("/locations/residential/{cell}");
    send(&service, Method::PATCH, &patch, json!({"comments": "x"})).await.refused(409, Some(122));

    // In bulk the row says so, and the request goes on.
    let mut rows = json!({"reasonForChange": "more room", "locations": {}});
    rows["locations"]["LEI-A-1-001"] = capacity;
    let bulk = put(&service, "/locations/bulk/capacity-update", rows).await.expect(200);
    let said = bulk["LEI-A-1-001"][0]["message"].as_str().unwrap();
    assert_eq!(said, "Update failed: Location LEI-A-1-001 cannot be updated as it has a pending approval request");

    // Details of a deactivation can't be changed either, once it is inactive.
    set(&service, "A-1-001", INACTIVE).await;
    let details = json!({"deactivationReason": "PEST"});
    let path = format!("/locations/{cell}/update/temporary-deactivation");
    put(&service, &path, details).await.refused(409, Some(122));
    assert_eq!(service.count("certification_approval_request WHERE status = 'PENDING'").await, 1);
    assert_eq!(service.history().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_lock_keeps_other_requests_away_and_nothing_else() {
    let service = leeds().await;
    let (cell, other) = (id(&service, "A-1-001").await, id(&service, "A-1-002").await);
    lock(&service, &cell).await;
    let special = json!({
        "locationId": cell, "specialistCellTypes": ["CSU"], "workingCapacity": 1, "maxCapacity": 2,
        "certifiedNormalAccommodation": 1
    });
    put(&service, "/certification/location/specialist-cell-type-change", special).await.refused(409, Some(123));
    let reactivation = json!({"topLevelLocationId": cell});
    put(&service, "/certification/location/reactivation-request-approval", reactivation).await.refused(409, Some(123));
    let deactivation = json!({"deactivationReason": "DAMP", "requiresApproval": true, "reasonForChange": "wet"});
    let path = format!("/locations/{cell}/deactivate/temporary");
    put(&service, &path, deactivation.clone()).await.refused(409, Some(123));
    set(&service, "A-1-001", INACTIVE).await;
    let gone = json!({"locationId": cell, "reason": "gone"});
    let permanent = "/certification/location/permanent-deactivation-request-approval";
    put(&service, permanent, gone).await.refused(409, Some(123));
    set(&service, "A", INACTIVE).await;
    let words = put(&service, permanent, json!({"locationId": WING, "reason": "gone"})).await.refused(409, Some(142));
    assert!(
        words
            .ends_with("Location LEI-A cannot be archived because LEI-A-1-001 below it has a pending approval request"),
        "{words}"
    );
    for path in ["A", "A-1-001"] {
        set(&service, path, "status = 'ACTIVE', deactivated_reason = NULL, deactivated_by = NULL").await;
    }

    // A request below does not keep the landing from being deactivated, and the landing's request then governs.
    let path = format!("/locations/{LANDING}/deactivate/temporary");
    put(&service, &path, deactivation).await.expect(200);
    let shown = service.get(&format!("/locations/{cell}")).role("VIEW_LOCATIONS").send().await.expect(200);
    assert_eq!(
        (&shown["status"], &shown["lastDeactivationReasonForChange"]),
        (&json!("LOCKED_INACTIVE"), &json!("wet"))
    );
    assert_eq!(shown["pendingChanges"]["cellMark"], "001", "only a governing request for the mark shows one");
    let below = json!({
        "prisonId": "LEI", "parentLocation": LANDING,
        "cells": [{"code": "9", "maxCapacity": 1, "workingCapacity": 1, "certifiedNormalAccommodation": 1}]
    });
    send(&service, Method::POST, "/locations/create-cells", below).await.refused(400, Some(131));

    // Reactivation asks for no approval of what is off the certificate for a short time, locked or not.
    set(&service, "A-1-002", "temporarily_off_cell_cert = true").await;
    put(&service, &format!("/locations/{other}/reactivate"), json!({})).await.expect(200);
    assert_eq!(row(&service, "A-1-002").await["status"], "ACTIVE");
}

#[tokio::test]
async fn sanitation_is_set_when_it_is_approved() {
    let service = leeds().await;
    let cell = id(&service, "A-1-001").await;
    service.database.execute("UPDATE location SET in_cell_sanitation = NULL").await;
    service.database.execute("UPDATE cell_certificate_location SET in_cell_sanitation = NULL").await;
    let body = json!({"inCellSanitation": true, "reasonForChange": "plumbed"});
    let path = format!("/locations/residential/{cell}/cell-sanitation-change");
    let locked = put(&service, &path, body).await.expect(200);
    assert_eq!((&locked["inCellSanitation"], &locked["locked"]), (&Value::Null, &json!(true)));
    assert_eq!(locked["pendingChanges"]["inCellSanitation"], true);
    forget(&service).await;

    let approved = approve(&service).await;
    assert_eq!((&approved["inCellSanitation"], &approved["reasonForChange"]), (&json!(true), &json!("plumbed")));
    assert_eq!(service.history().await, ["IN_CELL_SANITATION null -> true"]);
    assert_eq!(announced(&service).await, ["amended LEI-A-1-001", "amended LEI-A-1", "amended LEI-A"]);
    assert_eq!(audited(&service).await, [("LOCATION_AMENDED".to_owned(), "LEI-A-1-001".to_owned())]);
    let certificate = service.get("/cell-certificates/prison/LEI/current").role(CERTIFICATION).send().await.expect(200);
    assert_eq!(certificate["id"], approved["certificateId"]);
    let cells = &certificate["locations"][0]["subLocations"][0]["subLocations"];
    assert_eq!((&cells[0]["inCellSanitation"], &cells[1]["inCellSanitation"]), (&json!(true), &Value::Null));
}

#[tokio::test]
async fn a_cell_becomes_a_room_when_it_is_approved() {
    let service = leeds().await;
    let cell = id(&service, "A-1-001").await;
    service
        .database
        .execute(&format!(
            "INSERT INTO specialist_cell (location_id, specialist_cell_type) VALUES ('{cell}', 'SAFE_CELL')"
        ))
        .await;
    let body = json!({"convertedCellType": "OTHER", "otherConvertedCellType": "Chapel", "reasonForChange": "pray"});
    let path = format!("/locations/{cell}/convert-cell-to-non-res-cell");
    let locked = put(&service, &path, body).await.expect(200);
    assert_eq!(
        (&locked["status"], &locked["deactivatedReason"]),
        (&json!("LOCKED_INACTIVE"), &json!("CONVERT_CELL_TO_ROOM"))
    );
    let request = service.rows("SELECT * FROM certification_approval_request WHERE status = 'PENDING'").await.remove(0);
    assert_eq!((&request["converted_cell_type"], &request["working_capacity_change"]), (&json!("10"), &json!(-1)));
    forget(&service).await;

    let approved = approve(&service).await;
    assert_eq!(
        (&approved["convertedCellType"], &approved["otherConvertedCellType"]),
        (&json!("OTHER"), &json!("Chapel"))
    );
    assert_eq!(approved["currentSpecialistCellTypes"], json!(["SAFE_CELL"]));
    assert_eq!(
        service.history().await,
        [
            "STATUS Inactive (Change requested) -> Active",
            "STATUS Active (Change requested) -> Non-residential",
            "CONVERTED_CELL_TYPE - -> Other - Chapel",
            "LOCATION_TYPE CELL -> ROOM",
            "MAX_CAPACITY 2 -> None",
            "WORKING_CAPACITY 1 -> None",
            "CERTIFICATION Certified -> Uncertified",
        ]
    );
    let room = row(&service, "A-1-001").await;
    for column in ["capacity_id", "deactivated_reason", "deactivated_by", "deactivated_date", "max_capacity"] {
        assert_eq!(room[column], Value::Null, "{column}");
    }
    let flags = (&room["status"], &room["certified_cell"], &room["temporarily_off_cell_cert"], &room["cell_mark"]);
    assert_eq!(flags, (&json!("ACTIVE"), &json!(false), &json!(false), &json!("001")));
    assert_eq!((&room["updated_by"], &room["when_updated"]), (&json!(USER), &json!(LOCAL_NOW)));
    for table in ["specialist_cell", "cell_used_for"] {
        assert_eq!(service.count(&format!("{table} WHERE location_id = '{cell}'")).await, 0, "{table}");
    }
    assert_eq!(service.count("capacity").await, 2, "the row of its capacity goes with it");
    assert_eq!(announced(&service).await, ["amended LEI-A-1-001", "amended LEI-A-1", "amended LEI-A"]);
    let audit = service.audit_messages().await;
    assert_eq!((audit.len(), &audit[0]["what"]), (1, &json!("LOCATION_AMENDED")));
    let details: Value = serde_json::from_str(audit[0]["details"].as_str().unwrap()).unwrap();
    assert_eq!((&details["status"], &details["locked"]), (&json!("LOCKED_NON_RESIDENTIAL"), &json!(true)));
    assert_eq!(details["parentLocation"]["parentLocation"]["key"], "LEI-A");
}

#[tokio::test]
async fn all_that_is_below_an_approved_draft_becomes_inactive_but_rooms_and_what_is_archived() {
    let service = leeds().await;
    // NOMIS may put anything below a draft.
    for path in ["A", "A-1", "A-1-001"] {
        set(&service, path, "status = 'DRAFT', certified_cell = NULL").await;
    }
    set(&service, "A-1-003", "status = 'ARCHIVED', archived_reason = 'gone'").await;
    forget(&service).await;
    let asked =
        put(&service, "/certification/location/request-approval", json!({"locationId": WING})).await.expect(200);
    assert_eq!(asked["maxCapacityChange"], 2, "the active cell counts already");
    let cells = &asked["locations"][0]["subLocations"][0]["subLocations"];
    assert_eq!(cells.as_array().unwrap().len(), 2);
    approve(&service).await;
    for path in ["A", "A-1", "A-1-001", "A-1-002"] {
        let row = row(&service, path).await;
        assert_eq!((&row["status"], &row["deactivated_reason"]), (&json!("INACTIVE"), &json!("NEW_BUILD")), "{path}");
        assert_eq!((&row["deactivated_by"], &row["when_updated"]), (&json!(USER), &json!(LOCAL_NOW)), "{path}");
        let cell = row["location_type_discriminator"] == "CELL";
        assert_eq!(row["certified_cell"] == true && row["temporarily_off_cell_cert"] == true, cell, "{path}");
    }
    let archived = row(&service, "A-1-003").await;
    assert_eq!((&archived["status"], &archived["deactivated_reason"]), (&json!("ARCHIVED"), &Value::Null));
    assert_eq!(service.history().await, Vec::<String>::new());
    let created = ["created LEI-A", "created LEI-A-1", "created LEI-A-1-001", "created LEI-A-1-002"];
    assert_eq!(announced(&service).await, created);
    assert_eq!(audited(&service).await, [("LOCATION_CREATED".to_owned(), "LEI-A".to_owned())]);
}

#[tokio::test]
async fn what_is_archived_can_not_be_asked_back_by_reactivation() {
    let service = leeds().await;
    set(&service, "A-1-003", "status = 'ARCHIVED'").await;
    let cell = id(&service, "A-1-003").await;
    let mut body = json!({"topLevelLocationId": LANDING, "cellReactivationChanges": {}});
    body["cellReactivationChanges"][&cell] = json!({});
    let path = "/certification/location/reactivation-request-approval";
    let of_request = put(&service, path, body).await.refused(400, Some(104));
    let of_change = put(&service, &format!("/locations/{cell}/reactivate"), json!({})).await.refused(400, Some(104));
    assert_eq!(of_request, of_change);
    assert!(of_change.ends_with("Location [LEI-A-1-003] permanently deactivated"), "{of_change}");
    assert_eq!(service.count("certification_approval_request WHERE status = 'PENDING'").await, 0);
}

#[tokio::test]
async fn specialist_types_of_a_room_are_asked_for_by_sequence_and_used_for_as_sent() {
    let service = leeds().await;
    let cell = id(&service, "A-1-001").await;
    set(&service, "A-1-001", "converted_cell_type = 'OFFICE'").await;
    let body = json!({
        "accommodationType": "NORMAL_ACCOMMODATION", "maxCapacity": 2, "workingCapacity": 1,
        "specialistCellTypes": ["SAFE_CELL", "ACCESSIBLE_CELL"], "usedForTypes": ["STANDARD_ACCOMMODATION", "REMAND"]
    });
    let locked = put(&service, &format!("/locations/{cell}/convert-to-cell"), body).await.expect(200);
    assert_eq!(locked["status"], "LOCKED_NON_RESIDENTIAL");
    let sql = "SELECT pending_specialist_cell_types AS types, used_for_types AS used_for
               FROM certification_approval_request WHERE status = 'PENDING'";
    let kept = json!({"types": "ACCESSIBLE_CELL,SAFE_CELL", "used_for": "STANDARD_ACCOMMODATION,REMAND"});
    assert_eq!(service.rows(sql).await, [kept]);
}
