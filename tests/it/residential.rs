//! Writes of residential locations from outside (04, decisions B and C): what the recorded exchanges don't say.

use axum::http::Method;
use locations_inside_prison_api::domain::residential::patch::Patch;
use locations_inside_prison_api::service::residential::patch::patch_by_id;
use serde_json::{Value, json};

use crate::support::around::Around;
use crate::support::service::{LOCAL_NOW, TestService, USER};

const MAINTAIN: &str = "MAINTAIN_LOCATIONS";

/// Sends a change by somebody who may, and answers what came back.
async fn change(service: &TestService, method: Method, path: &str, body: &Value) -> crate::support::service::Reply {
    service.request(method, path).role(MAINTAIN).write().json(body).send().await
}

async fn put(service: &TestService, path: &str, body: &Value) -> crate::support::service::Reply {
    change(service, Method::PUT, path, body).await
}

fn id(location: &Value) -> String {
    location["id"].as_str().unwrap().to_owned()
}

async fn create(service: &TestService, body: &Value) -> Value {
    change(service, Method::POST, "/locations/residential", body).await.expect(201)
}

fn landing(code: &str, parent: Option<&Value>) -> Value {
    let mut body = json!({
        "prisonId": "LEI", "code": code, "locationType": if parent.is_some() { "LANDING" } else { "WING" },
        "accommodationType": "NORMAL_ACCOMMODATION"
    });
    if let Some(parent) = parent {
        body["parentId"] = parent["id"].clone();
    }
    body
}

fn cell(code: &str, parent: &Value) -> Value {
    json!({
        "prisonId": "LEI", "code": code, "locationType": "CELL", "accommodationType": "NORMAL_ACCOMMODATION",
        "parentId": parent["id"], "certified": true,
        "capacity": {"maxCapacity": 2, "workingCapacity": 1, "certifiedNormalAccommodation": 1}
    })
}

/// Wing A, landing A-1 and cells A-1-001 and A-1-002, all active.
struct Branch {
    wing: Value,
    landing: Value,
    cells: [Value; 2],
}

async fn branch(service: &TestService) -> Branch {
    let wing = create(service, &landing("A", None)).await;
    let below = create(service, &landing("1", Some(&wing))).await;
    let cells = [create(service, &cell("001", &below)).await, create(service, &cell("002", &below)).await];
    service
        .database
        .execute("TRUNCATE locations_service.domain_event, locations_service.audit_message, location_history")
        .await;
    Branch { wing, landing: below, cells }
}

/// Everything that a refused request must leave as it was.
async fn state(service: &TestService) -> Vec<Value> {
    let mut state = service.rows("SELECT * FROM location ORDER BY id").await;
    state.extend(service.rows("SELECT * FROM capacity ORDER BY id").await);
    for table in [
        "linked_transaction",
        "location_history",
        "certification_approval_request",
        "locations_service.domain_event",
        "locations_service.audit_message",
    ] {
        state.push(json!(service.count(table).await));
    }
    state
}

#[tokio::test]
async fn a_cell_keeps_both_used_for_and_specialist_types() {
    let service = TestService::start().await;
    let wing = create(&service, &landing("A", None)).await;
    let mut body = cell("001", &wing);
    body["usedFor"] = json!(["REMAND"]);
    body["specialistCellTypes"] = json!(["SAFE_CELL"]);
    let created = create(&service, &body).await;
    assert_eq!(created["usedFor"], json!(["REMAND", "STANDARD_ACCOMMODATION"]));
    assert_eq!(created["specialistCellTypes"], json!(["SAFE_CELL"]));
    assert_eq!(created["parentLocation"]["capacity"]["maxCapacity"], 2);
    assert_eq!(service.events().await, ["created LEI-A", "created LEI-A-001", "amended LEI-A"]);
}

#[tokio::test]
async fn a_parent_in_another_prison_or_below_itself_is_refused() {
    let service = TestService::start().await;
    let b = branch(&service).await;
    let before = state(&service).await;
    let mut elsewhere = cell("003", &b.landing);
    elsewhere["prisonId"] = json!("MDI");
    change(&service, Method::POST, "/locations/residential", &elsewhere).await.refused(400, None);
    let path = format!("/locations/residential/{}", id(&b.wing));
    for parent in [&b.wing, &b.landing, &b.cells[0]] {
        change(&service, Method::PATCH, &path, &json!({"parentId": parent["id"]})).await.refused(400, None);
    }
    assert_eq!(state(&service).await, before);
}

#[tokio::test]
async fn a_text_that_is_too_long_is_the_callers_mistake() {
    let service = TestService::start().await;
    let b = branch(&service).await;
    let before = state(&service).await;
    let path = format!("/locations/residential/{}", id(&b.cells[0]));
    change(&service, Method::PATCH, &path, &json!({"comments": "x".repeat(256)})).await.refused(400, None);
    let cells = json!({
        "prisonId": "LEI", "parentLocation": b.landing["id"],
        "cells": [{"code": "9".repeat(13), "maxCapacity": 1, "workingCapacity": 1, "certifiedNormalAccommodation": 1}]
    });
    change(&service, Method::POST, "/locations/create-cells", &cells).await.refused(400, None);
    let no_levels = json!({"prisonId": "LEI", "wingCode": "Z", "wingStructure": []});
    change(&service, Method::POST, "/locations/create-wing", &no_levels).await.refused(400, None);
    assert_eq!(state(&service).await, before);
}

#[tokio::test]
async fn a_wing_takes_its_cells_with_it_and_says_so_once_each() {
    let around = Around::with_prisoners_in(&[]).await;
    let service = around.service().await;
    let b = branch(&service).await;
    let body = json!({"deactivationReason": "DAMP", "planetFmReference": "FM1"});
    let answer = put(&service, &format!("/locations/{}/deactivate/temporary", id(&b.wing)), &body).await.expect(200);
    let keys: Vec<&str> = answer.as_array().unwrap().iter().map(|l| l["key"].as_str().unwrap()).collect();
    assert_eq!(keys, ["LEI-A", "LEI-A-1", "LEI-A-1-001", "LEI-A-1-002"]);
    assert_eq!(answer[2]["inactiveStatus"], "INACTIVE_TEMP");
    assert_eq!(answer[2]["deactivatedDate"], LOCAL_NOW);
    assert_eq!(
        service.events().await,
        ["deactivated LEI-A", "deactivated LEI-A-1", "deactivated LEI-A-1-001", "deactivated LEI-A-1-002"]
    );
    // Each is audited twice, the second time as amended (04 section 25 Q26).
    let audit = service.audit_messages().await;
    let what: Vec<&str> = audit.iter().map(|a| a["what"].as_str().unwrap()).collect();
    assert_eq!(what[..4], ["LOCATION_DEACTIVATED"; 4]);
    assert_eq!(what[4..], ["LOCATION_AMENDED"; 4]);
    assert!(audit.iter().all(|a| a["who"] == USER));
    assert_eq!(around.asked(), 1);
}

#[tokio::test]
async fn one_occupied_cell_leaves_all_locations_of_a_request_as_they_were() {
    let around = Around::with_prisoners_in(&["A-1-002", "A-1-002"]).await;
    let service = around.service().await;
    let b = branch(&service).await;
    let before = state(&service).await;
    let body = json!({"locations": {
        id(&b.cells[0]): {"deactivationReason": "DAMP"},
        id(&b.cells[1]): {"deactivationReason": "DAMP"},
    }});
    let text = put(&service, "/locations/bulk/deactivate/temporary", &body).await.refused(409, Some(109));
    assert!(text.contains("1 locations contain 2 prisoners"), "{text}");
    assert_eq!(state(&service).await, before);
}

#[tokio::test]
async fn without_prisoner_search_a_cell_stays_open() {
    let service = TestService::start().await;
    let b = branch(&service).await;
    let before = state(&service).await;
    let path = format!("/locations/{}/deactivate/temporary", id(&b.cells[0]));
    put(&service, &path, &json!({"deactivationReason": "DAMP"})).await.refused(502, None);
    let capacity = json!({"maxCapacity": 1, "workingCapacity": 1, "certifiedNormalAccommodation": 1});
    put(&service, &format!("/locations/{}/capacity", id(&b.cells[0])), &capacity).await.refused(502, None);
    assert_eq!(state(&service).await, before);
}

#[tokio::test]
async fn a_changed_capacity_is_announced_by_its_own_event_too() {
    let around = Around::with_prisoners_in(&[]).await;
    let service = around.service().await;
    let b = branch(&service).await;
    let path = format!("/locations/{}/capacity", id(&b.cells[0]));
    let body = json!({"maxCapacity": 3, "workingCapacity": 2, "certifiedNormalAccommodation": 1});
    let answer = put(&service, &path, &body).await.expect(200);
    assert_eq!(answer["capacity"], body);
    assert_eq!(answer["parentLocation"]["parentLocation"]["capacity"]["maxCapacity"], 5);
    assert_eq!(
        service.events().await,
        ["amended LEI-A-1-001", "amended LEI-A-1", "amended LEI-A", "capacity.changed LEI-A-1-001"]
    );
    assert_eq!(service.history().await, ["MAX_CAPACITY 2 -> 3", "WORKING_CAPACITY 1 -> 2"]);
    // The same again changes nothing, and is said all the same (04 section 15).
    put(&service, &path, &body).await.expect(200);
    assert_eq!(service.events().await.len(), 5);
    assert_eq!(service.history().await.len(), 2);
}

#[tokio::test]
async fn a_bulk_capacity_update_leaves_alone_what_is_not_sent() {
    let around = Around::with_prisoners_in(&[]).await;
    let service = around.service().await;
    let b = branch(&service).await;
    let mark = json!({"cellMark": "A1"});
    put(&service, &format!("/locations/residential/{}/cell-mark-change", id(&b.cells[0])), &mark).await.expect(200);
    // As text, in an order of its own.
    let body = r#"{"locations": {
        "LEI-A-1-002": {"maxCapacity": 2, "workingCapacity": 9, "certifiedNormalAccommodation": 1},
        "LEI-A-1-001": {"maxCapacity": 3, "workingCapacity": 1, "certifiedNormalAccommodation": 1,
            "inCellSanitation": true},
        "LEI-A-9": {"maxCapacity": 3, "workingCapacity": 1},
        "LEI-A-1": {"maxCapacity": 3, "workingCapacity": 1}
    }}"#;
    let path = "/locations/bulk/capacity-update";
    let reply = service.put(path).role(MAINTAIN).write().raw("application/json", body).send().await;
    let entries = reply.expect(200);
    let keys = ["LEI-A-1-002\":[", "LEI-A-1-001\":[", "LEI-A-9\":[", "LEI-A-1\":["];
    let order: Vec<usize> = keys.iter().map(|k| reply.text.find(k).unwrap()).collect();
    assert!(order.is_sorted(), "in the order of the request: {}", reply.text);
    let message = |key: &str| entries[key][0]["message"].as_str().unwrap().to_owned();
    assert_eq!(message("LEI-A-1-002"), "Update failed: Working capacity (9) cannot be more than max capacity (2)");
    assert_eq!(message("LEI-A-1-001"), "Max capacity from 2 ==> 3");
    assert_eq!(message("LEI-A-9"), "Location not found");
    assert_eq!(message("LEI-A-1"), "Not a cell");
    let cell = service.rows("SELECT cell_mark, in_cell_sanitation FROM location WHERE code = '001'").await;
    assert_eq!(cell, [json!({"cell_mark": "A1", "in_cell_sanitation": true})]);
    let history = service.history().await;
    assert_eq!(history, ["CELL_MARK - -> A1", "MAX_CAPACITY 2 -> 3", "IN_CELL_SANITATION false -> true"]);
}

#[tokio::test]
async fn nothing_to_reactivate_answers_with_the_location_as_it_is() {
    let service = TestService::start().await;
    let b = branch(&service).await;
    let path = format!("/locations/{}/reactivate?cascade-reactivation=true", id(&b.cells[0]));
    let answer = service.put(&path).role(MAINTAIN).write().send().await.expect(200);
    assert_eq!((answer["key"].as_str(), answer["status"].as_str()), (Some("LEI-A-1-001"), Some("ACTIVE")));
    assert_eq!(service.events().await, Vec::<String>::new());
}

#[tokio::test]
async fn drafts_come_and_go_without_a_word() {
    let service = TestService::start().await;
    let wing = json!({"prisonId": "LEI", "wingCode": "D", "wingDescription": "Wing D"});
    let wing = change(&service, Method::POST, "/locations/create-wing", &wing).await.expect(201);
    let cells = json!({
        "prisonId": "LEI", "parentLocation": wing["id"], "newLevelAboveCells": {"levelCode": "1"},
        "cells": [
            {"code": "001", "maxCapacity": 2, "workingCapacity": 1, "certifiedNormalAccommodation": 1},
            {"code": "002", "maxCapacity": 2, "workingCapacity": 1, "certifiedNormalAccommodation": 1}
        ]
    });
    let level = change(&service, Method::POST, "/locations/create-cells", &cells).await.expect(201);
    assert_eq!(level["key"], "LEI-D-1");
    assert_eq!(level["pendingChanges"]["maxCapacity"], 4);
    let kept = &level["childLocations"][1];
    let edit = json!({
        "prisonId": "LEI", "parentLocation": level["id"],
        "cells": [
            {"id": kept["id"], "code": "007", "maxCapacity": 1, "workingCapacity": 1, "certifiedNormalAccommodation": 1},
            {"code": "001", "maxCapacity": 1, "workingCapacity": 1, "certifiedNormalAccommodation": 1}
        ]
    });
    let edited = put(&service, "/locations/edit-cells", &edit).await.expect(200);
    let codes: Vec<&str> =
        edited["childLocations"].as_array().unwrap().iter().map(|c| c["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["001", "007"]);
    assert_eq!(service.count("capacity").await, 2, "a removed draft cell takes its capacity with it");
    let details = service.rows("SELECT transaction_detail AS d FROM linked_transaction ORDER BY id").await;
    assert_eq!(details[2]["d"], "Created 1, updated 1 and deleted 1 cells under location LEI-D-1");

    service.delete(&format!("/locations/{}", id(&wing))).role(MAINTAIN).write().send().await.expect(204);
    assert_eq!(service.count("location").await, 0);
    assert_eq!(service.events().await, Vec::<String>::new());
    assert_eq!(service.count("location_history").await, 0);
    assert_eq!(service.audit_messages().await[0]["what"], "LOCATION_DELETED");
}

#[tokio::test]
async fn who_may_not_learns_nothing_of_the_location() {
    let service = TestService::start().await;
    let b = branch(&service).await;
    let path = format!("/locations/{}/change-local-name", id(&b.wing));
    let body = json!({"localName": "North"});
    let anonymous = service.put(&path).anonymous().json(&body).send().await;
    assert_eq!((anonymous.status.as_u16(), anonymous.text.as_str()), (401, ""));
    service.put(&path).role(MAINTAIN).json(&body).send().await.refused(403, None);
    service.put(&path).role("VIEW_LOCATIONS").write().json(&body).send().await.refused(403, None);
    let unarchive = format!("/locations/{}/unarchive", id(&b.wing));
    put(&service, &unarchive, &json!({"deactivationReason": "DAMP"})).await.refused(403, None);
}

#[tokio::test]
async fn two_writers_of_one_wing_lose_nothing() {
    let around = Around::with_prisoners_in(&[]).await;
    let service = around.service().await;
    let b = branch(&service).await;
    let capacity = |max: i32| json!({"maxCapacity": max, "workingCapacity": 1, "certifiedNormalAccommodation": 1});
    let (first, second) = (id(&b.cells[0]), id(&b.cells[1]));
    for round in 0..10 {
        let max = 3 + round % 5;
        let name = json!({"localName": format!("Wing {round}")});
        let (paths, body) =
            ((format!("/locations/{first}/capacity"), format!("/locations/{second}/capacity")), capacity(max));
        let name_path = format!("/locations/{}/change-local-name", id(&b.wing));
        let used_for_path = format!("/locations/{}/used-for-type", id(&b.wing));
        let used_for = json!([if round % 2 == 0 { "REMAND" } else { "YOUNG_PERSONS" }]);
        let replies = tokio::join!(
            put(&service, &paths.0, &body),
            put(&service, &paths.1, &body),
            put(&service, &name_path, &name),
            put(&service, &used_for_path, &used_for),
        );
        for reply in [replies.0, replies.1, replies.2, replies.3] {
            reply.expect(200);
        }
        let rows = service
            .rows(
                "SELECT max_capacity AS max, u.used_for FROM location l JOIN capacity c ON c.id = l.capacity_id
                   JOIN cell_used_for u ON u.location_id = l.id ORDER BY l.path_hierarchy",
            )
            .await;
        assert_eq!(rows, [json!({"max": max, "used_for": used_for[0]}), json!({"max": max, "used_for": used_for[0]})]);
        let wing = service.rows("SELECT local_name FROM location WHERE path_hierarchy = 'A'").await;
        assert_eq!(wing[0]["local_name"], name["localName"]);
    }
    let open = service.rows("SELECT id FROM linked_transaction WHERE tx_end_time IS NULL").await;
    assert!(open.is_empty(), "{open:?}");
}

#[tokio::test]
async fn two_replicas_that_change_one_wing_at_once_lose_nothing() {
    let service = TestService::start().await;
    let b = branch(&service).await;
    // Another process has a pool and a queue of writers of its own: only the database keeps the two apart.
    let other = service.replica(&[]);
    let wing = id(&b.wing);
    let path = format!("/locations/residential/{wing}");
    for round in 0..20 {
        let (name, comments) = (format!("Wing {round}"), format!("round {round}"));
        let body = json!({ "localName": name });
        let patch = Patch { comments: Some(comments.clone()), ..Patch::default() };
        let named = change(&service, Method::PATCH, &path, &body);
        let (named, commented) = tokio::join!(named, patch_by_id(&other, USER, wing.parse().unwrap(), &patch));
        named.expect(200);
        commented.unwrap();
        let wing = service.rows("SELECT local_name, comments FROM location WHERE path_hierarchy = 'A'").await;
        assert_eq!(wing, [json!({"local_name": name, "comments": comments})], "round {round}");
    }
}
