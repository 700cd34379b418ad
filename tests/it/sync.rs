//! Sync as NOMIS's side sees it (02 sections 8 to 15, decisions B, C, D): what the recorded exchanges don't say.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::service::{LOCAL_NOW, TestService, USER};

const SYNC: &str = "SYNC_LOCATIONS";

/// Wing, landing and cell as NOMIS sends them; each answers what NOMIS stores.
async fn upsert(service: &TestService, body: &Value) -> Value {
    let reply = service.post("/sync/upsert").role(SYNC).write().json(body).send().await;
    assert!(reply.status.is_success(), "{reply:?}");
    reply.json()
}

fn wing() -> Value {
    json!({
        "prisonId": "LEI", "code": "A", "locationType": "WING", "residentialHousingType": "NORMAL_ACCOMMODATION",
        "lastUpdatedBy": "NOMIS_USER"
    })
}

fn cell(parent: &Value) -> Value {
    json!({
        "prisonId": "LEI", "code": "001", "locationType": "CELL", "residentialHousingType": "NORMAL_ACCOMMODATION",
        "parentId": parent["id"], "capacity": {"maxCapacity": 2, "workingCapacity": 1, "certifiedNormalAccommodation": 1},
        "certifiedCell": true, "attributes": ["LOCATE_FLAT"], "lastUpdatedBy": "NOMIS_USER", "isDeactivated": false
    })
}

fn update_of(location: &Value, body: &Value) -> Value {
    let mut update = body.clone();
    update["id"] = location["id"].clone();
    update
}

fn changed(body: &Value, changes: &Value) -> Value {
    let mut body = body.clone();
    for (name, value) in changes.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

#[tokio::test]
async fn a_create_answers_with_the_whole_location_and_announces_it() {
    let service = TestService::start().await;
    let wing = upsert(&service, &wing()).await;
    let created = upsert(&service, &cell(&wing)).await;
    assert_eq!(
        created,
        json!({
            "id": created["id"], "prisonId": "LEI", "code": "001", "pathHierarchy": "A-001", "key": "LEI-A-001",
            "locationType": "CELL", "residentialHousingType": "NORMAL_ACCOMMODATION", "ignoreWorkingCapacity": false,
            "capacity": {"maxCapacity": 2, "workingCapacity": 1, "certifiedNormalAccommodation": 1},
            "certifiedCell": true, "attributes": ["LOCATE_FLAT"], "active": true, "permanentlyDeactivated": false,
            "parentId": wing["id"], "lastModifiedBy": "NOMIS_USER", "lastModifiedDate": LOCAL_NOW
        })
    );
    assert_eq!(service.events().await, ["created LEI-A", "created LEI-A-001"]);
    assert_eq!(
        service.event_messages().await[1],
        json!({
            "eventType": "location.inside.prison.created",
            "additionalInformation": {
                "id": created["id"], "key": "LEI-A-001", "source": "NOMIS",
                "locationId": created["id"], "locationKey": "LEI-A-001"
            },
            "version": "1.0",
            "occurredAt": "2024-06-05T12:34:56.123456+01:00",
            "description": "Location LEI-A-001 created"
        })
    );
    let audit = &service.audit_messages().await[1];
    assert_eq!(
        (audit["what"].as_str(), audit["who"].as_str(), audit["when"].as_str()),
        (Some("LOCATION_CREATED"), Some(USER), Some("2024-06-05T11:34:56.123456Z"))
    );
    let details: Value = serde_json::from_str(audit["details"].as_str().unwrap()).unwrap();
    assert_eq!(details, created);
}

#[tokio::test]
async fn the_names_of_the_decision_record_do_the_same() {
    let service = TestService::start().await;
    let reply = service.post("/locations/sync/upsert").role(SYNC).write().json(&wing()).send().await;
    let id = reply.expect(201)["id"].as_str().unwrap().to_owned();
    let path = format!("/locations/sync/delete/{id}");
    assert_eq!(service.delete(&path).role(SYNC).write().send().await.status, 204);
    for path in ["/locations/sync/upsert", path.as_str()] {
        let reply = service.get(path).role(SYNC).write().send().await;
        assert_eq!(reply.status, 405);
        assert!(reply.headers.contains_key("allow"));
    }
    assert_eq!(service.events().await, ["created LEI-A", "deleted LEI-A"]);
}

#[tokio::test]
async fn checks_come_in_the_order_token_body_role_rule() {
    let service = TestService::start().await;
    let bad = json!({"prisonId": "lei"});
    assert_eq!(service.post("/sync/upsert").anonymous().json(&bad).send().await.status, 401);
    service.post("/sync/upsert").json(&bad).send().await.refused(400, None);
    let broken = changed(&wing(), &json!({"prisonId": "lei"}));
    service.post("/sync/upsert").json(&broken).send().await.refused(400, Some(102));
    service.post("/sync/upsert").json(&wing()).send().await.refused(403, None);
    service.post("/sync/upsert").role(SYNC).json(&wing()).send().await.refused(403, None);
    service.post("/sync/upsert").role("VIEW_LOCATIONS").write().json(&wing()).send().await.refused(403, None);
    let unknown = changed(&wing(), &json!({"id": "01900000-0000-7000-8000-000000000000"}));
    service.post("/sync/upsert").role(SYNC).write().json(&unknown).send().await.refused(404, Some(101));
    assert_eq!(service.count("linked_transaction").await, 0);
}

#[tokio::test]
async fn what_is_wrong_in_a_request_is_named_and_writes_nothing() {
    let service = TestService::start().await;
    let long = "x".repeat(256);
    for (changes, code, named) in [
        (json!({"code": null}), None, "code"),
        (json!({"code": ""}), Some(102), "code"),
        (json!({"code": "1234567890123"}), Some(102), "code"),
        (json!({"prisonId": "LEEDS"}), Some(102), "prisonId"),
        (json!({"prisonId": "LEX"}), Some(102), "prisonId"),
        (json!({"locationType": "CASTLE"}), None, "locationType"),
        (json!({"locationType": 3}), None, "locationType"),
        (json!({"localName": long}), Some(102), "localName"),
        (json!({"comments": long}), Some(102), "comments"),
        (json!({"lastUpdatedBy": null}), None, "lastUpdatedBy"),
        (json!({"lastUpdatedBy": long}), Some(102), "lastUpdatedBy"),
        (json!({"orderWithinParentLocation": "many"}), None, "orderWithinParentLocation"),
        (json!({"deactivatedDate": "05/06/2024"}), None, "deactivatedDate"),
        (json!({"deactivationReason": "DAMP"}), None, "deactivationReason"),
        (json!({"parentId": "A-1"}), None, "parentId"),
        (json!({"capacity": {"maxCapacity": "x"}}), None, "capacity.maxCapacity"),
        (json!({"usage": [{"usageType": "NAPPING"}]}), None, "usage[0].usageType"),
        (json!({"attributes": ["LOCATE_FLAT", "NICE_VIEW"]}), None, "attributes"),
        (json!({"createDate": "yesterday"}), None, "createDate"),
    ] {
        let body = changed(&wing(), &changes);
        let reply = service.post("/sync/upsert").role(SYNC).write().json(&body).send().await;
        let message = reply.refused(400, code);
        assert!(message.contains(named), "{changes} -> {message}");
    }
    let reply = service.post("/sync/upsert").role(SYNC).write().raw("text/plain", "{}").send().await;
    reply.refused(415, None);
    let reply = service.post("/sync/upsert").role(SYNC).write().raw("application/json", "{oops").send().await;
    reply.refused(400, None);
    assert_eq!(service.count("location").await + service.count("linked_transaction").await, 0);
    assert!(service.events().await.is_empty());
}

#[tokio::test]
async fn a_body_over_the_limit_is_413() {
    let service = TestService::with(&[("REQUEST_BODY_LIMIT", "1000")]).await;
    let body = changed(&wing(), &json!({"ignored": "x".repeat(2000)}));
    service.post("/sync/upsert").role(SYNC).write().json(&body).send().await.refused(413, None);
}

#[tokio::test]
async fn an_update_changes_history_transaction_and_row() {
    let service = TestService::start().await;
    let wing = upsert(&service, &wing()).await;
    let cell = cell(&wing);
    let created = upsert(&service, &cell).await;
    let update = changed(
        &update_of(&created, &cell),
        &json!({"comments": "leak", "deactivationReason": "LOCAL_WORK", "deactivatedDate": "2024-06-01",
            "capacity": {"maxCapacity": 3, "workingCapacity": 2}}),
    );
    let updated = upsert(&service, &update).await;
    assert_eq!(updated["deactivatedReason"], "MAINTENANCE");
    assert_eq!(updated["lastModifiedDate"], "2024-06-01T00:00:00");
    assert_eq!(
        service.history().await,
        [
            "USED_FOR - -> Standard accommodation",
            "COMMENTS - -> leak",
            "STATUS Active -> Inactive",
            "WORKING_CAPACITY 1 -> 0",
            "DEACTIVATION_REASON - -> Maintenance - leak",
            "MAX_CAPACITY 2 -> 3",
            "WORKING_CAPACITY 1 -> 2",
        ]
    );
    let transactions = service
        .rows("SELECT transaction_type, transaction_detail, transaction_invoked_by, tx_end_time FROM linked_transaction ORDER BY id")
        .await;
    assert_eq!(
        transactions[2],
        json!({"transaction_type": "SYNC", "transaction_detail": "NOMIS Sync (Update) [A-001] in prison LEI",
            "transaction_invoked_by": "NOMIS_USER", "tx_end_time": LOCAL_NOW})
    );
    // Swapped on create, as in the live service (02 section 18 quirk 1).
    assert_eq!(transactions[0]["transaction_type"], "SYNC_NON_RESIDENTIAL");
    assert_eq!(service.events().await[2..], ["amended LEI-A-001", "capacity.changed LEI-A-001"]);
    assert_eq!(service.audit_messages().await.len(), 3);
}

#[tokio::test]
async fn the_two_extra_events_can_be_turned_off() {
    let service = TestService::with(&[("EVENTS_CAPACITY_AND_CERTIFICATION", "false")]).await;
    let wing = upsert(&service, &wing()).await;
    let cell = cell(&wing);
    let created = upsert(&service, &cell).await;
    let update = changed(&update_of(&created, &cell), &json!({"certifiedCell": false, "capacity": {"maxCapacity": 9}}));
    upsert(&service, &update).await;
    assert_eq!(service.events().await, ["created LEI-A", "created LEI-A-001", "amended LEI-A-001"]);
}

/// A cell that is closed here for DAMP, after NOMIS has sent it with this reason, the code of which stands for DAMP or does not.
async fn returned_reason(settings: &[(&str, &str)], sent: &str) -> Value {
    let service = TestService::with(settings).await;
    let wing = upsert(&service, &wing()).await;
    let cell = cell(&wing);
    let created = upsert(&service, &cell).await;
    let closed = "update location set status = 'INACTIVE', deactivated_reason = 'DAMP', deactivated_date = now()
        where location_type = 'CELL'";
    service.database.execute(closed).await;
    let update = changed(
        &update_of(&created, &cell),
        &json!({"comments": "seen", "isDeactivated": true, "deactivationReason": sent, "deactivatedDate": "2024-05-01"}),
    );
    let answer = upsert(&service, &update).await;
    assert_eq!(answer["comments"], "seen");
    answer["deactivatedReason"].clone()
}

#[tokio::test]
async fn a_reason_given_here_survives_nomis_where_the_setting_says_so() {
    // 08 section 15.8, the rest of W3.
    let keeps = [("NOMIS_SYNC_KEEPS_DEACTIVATION_REASON", "true")];
    assert_eq!(returned_reason(&[], "OUT_OF_USE").await, "OTHER");
    assert_eq!(returned_reason(&keeps, "OUT_OF_USE").await, "DAMP");
    assert_eq!(returned_reason(&keeps, "LOCAL_WORK").await, "MAINTENANCE");
}

#[tokio::test]
async fn a_changed_certified_flag_has_an_event_of_its_own() {
    let service = TestService::start().await;
    let wing = upsert(&service, &wing()).await;
    let cell = cell(&wing);
    let created = upsert(&service, &cell).await;
    upsert(&service, &changed(&update_of(&created, &cell), &json!({"certifiedCell": false}))).await;
    assert_eq!(service.events().await[2..], ["amended LEI-A-001", "certification.changed LEI-A-001"]);
    assert_eq!(service.event_messages().await[3]["description"], "Location LEI-A-001 certification changed");
}

#[tokio::test]
async fn a_repeated_create_is_answered_with_the_row_and_writes_nothing() {
    // Decisions D4.
    let service = TestService::start().await;
    let wing = upsert(&service, &wing()).await;
    let body = cell(&wing);
    let created = upsert(&service, &body).await;
    let again = changed(&body, &json!({"lastUpdatedBy": "SOMEBODY_ELSE", "createDate": "2020-01-01T00:00:00"}));
    let reply = service.post("/sync/upsert").role(SYNC).write().json(&again).send().await;
    assert_eq!(reply.expect(200), created);
    assert_eq!(service.count("linked_transaction").await, 2);
    assert_eq!(service.events().await.len(), 2);
    let other = changed(&body, &json!({"comments": "another one"}));
    let reply = service.post("/sync/upsert").role(SYNC).write().json(&other).send().await;
    assert!(reply.refused(409, Some(103)).contains("LEI-A-001"));
}

#[tokio::test]
async fn a_path_that_is_taken_by_a_move_is_refused_and_nothing_is_kept() {
    let service = TestService::start().await;
    let wing = upsert(&service, &wing()).await;
    let first = cell(&wing);
    upsert(&service, &first).await;
    let second = changed(&first, &json!({"code": "002"}));
    let created = upsert(&service, &second).await;
    let before = service.rows("SELECT * FROM location ORDER BY id").await;
    let update = update_of(&created, &first);
    service.post("/sync/upsert").role(SYNC).write().json(&update).send().await.refused(409, Some(103));
    assert_eq!(service.rows("SELECT * FROM location ORDER BY id").await, before);
    assert_eq!(service.count("linked_transaction").await, 3);
}

#[tokio::test]
async fn a_location_cannot_move_below_itself() {
    let service = TestService::start().await;
    let body = wing();
    let wing = upsert(&service, &body).await;
    let cell = upsert(&service, &cell(&wing)).await;
    for parent in [&wing, &cell] {
        let update = changed(&update_of(&wing, &body), &json!({"parentId": parent["id"]}));
        service.post("/sync/upsert").role(SYNC).write().json(&update).send().await.refused(400, None);
    }
}

#[tokio::test]
async fn a_parent_in_another_prison_is_accepted_as_in_the_live_service() {
    let service = TestService::start().await;
    let elsewhere = upsert(&service, &changed(&wing(), &json!({"prisonId": "MDI", "code": "Z"}))).await;
    let body = wing();
    let wing = upsert(&service, &body).await;
    let moved = upsert(&service, &changed(&update_of(&wing, &body), &json!({"parentId": elsewhere["id"]}))).await;
    assert_eq!((moved["key"].as_str(), moved["parentId"].as_str()), (Some("LEI-Z-A"), elsewhere["id"].as_str()));
}

#[tokio::test]
async fn an_update_finds_the_location_whatever_prison_the_request_says() {
    let service = TestService::start().await;
    let body = wing();
    let wing = upsert(&service, &body).await;
    let update = changed(&update_of(&wing, &body), &json!({"prisonId": "MDI", "comments": "moved house"}));
    let updated = upsert(&service, &update).await;
    assert_eq!(updated["key"], "LEI-A");
    let transaction =
        &service.rows("SELECT prison_id, transaction_detail FROM linked_transaction ORDER BY id").await[1];
    let expected = json!({"prison_id": "MDI", "transaction_detail": "NOMIS Sync (Update) [A] in prison LEI"});
    assert_eq!(transaction, &expected);
}

#[tokio::test]
async fn attributes_that_overlap_are_replaced() {
    let service = TestService::start().await;
    let wing = upsert(&service, &wing()).await;
    let body = cell(&wing);
    let created = upsert(&service, &body).await;
    let update = changed(&update_of(&created, &body), &json!({"attributes": ["LOCATE_FLAT", "CAT_A_CELL"]}));
    assert_eq!(upsert(&service, &update).await["attributes"], json!(["CAT_A_CELL", "LOCATE_FLAT"]));
    let cleared = changed(&update, &json!({"attributes": []}));
    assert_eq!(upsert(&service, &cleared).await["attributes"], json!([]));
}

#[tokio::test]
async fn deleting_takes_a_leaf_and_its_history_and_leaves_the_transaction() {
    let service = TestService::start().await;
    let wing = upsert(&service, &wing()).await;
    let created = upsert(&service, &cell(&wing)).await;
    let path = |location: &Value| format!("/sync/delete/{}", location["id"].as_str().unwrap());
    service.delete(&path(&wing)).role(SYNC).write().send().await.refused(400, None);
    assert_eq!(service.delete(&path(&created)).role(SYNC).write().send().await.expect(204), Value::Null);
    service.delete(&path(&created)).role(SYNC).write().send().await.refused(404, Some(101));
    assert_eq!(service.count("location").await, 1);
    assert_eq!(service.count("location_history").await, 0);
    let last = &service.rows("SELECT * FROM linked_transaction ORDER BY id DESC LIMIT 1").await[0];
    assert_eq!(last["transaction_type"], "DELETE");
    assert_eq!(last["transaction_detail"], "NOMIS Sync (Delete) [A-001] in prison LEI");
    assert_eq!(last["transaction_invoked_by"], "NOMIS");
    assert_eq!(service.events().await.last().unwrap(), "deleted LEI-A-001");
    let audit = service.audit_messages().await.pop().unwrap();
    let details: Value = serde_json::from_str(audit["details"].as_str().unwrap()).unwrap();
    assert_eq!((audit["what"].as_str(), &details["attributes"]), (Some("LOCATION_DELETED"), &json!([])));
}

#[tokio::test]
async fn deleting_detaches_approval_requests_and_keeps_certificates() {
    // Decisions B13.
    let service = TestService::start().await;
    let wing = upsert(&service, &wing()).await;
    let id = wing["id"].as_str().unwrap();
    service
        .database
        .execute(&format!(
            "INSERT INTO certification_approval_request (id, prison_id, location_id, location_key, status, requested_by,
                requested_date, approval_type)
             VALUES ('01900000-0000-7000-8000-000000000001', 'LEI', '{id}', 'LEI-A', 'APPROVED', 'X', now(), 'DRAFT');
             INSERT INTO cell_certificate (id, prison_id, approved_by, approved_date, certification_approval_request_id,
                total_working_capacity, total_max_capacity, total_certified_normal_accommodation)
             VALUES ('01900000-0000-7000-8000-000000000002', 'LEI', 'X', now(), '01900000-0000-7000-8000-000000000001', 0, 0, 0);"
        ))
        .await;
    let reply = service.delete(&format!("/sync/delete/{id}")).role(SYNC).write().send().await;
    assert_eq!(reply.status, 204);
    let request = &service.rows("SELECT location_id, location_key FROM certification_approval_request").await[0];
    assert_eq!(request, &json!({"location_id": null, "location_key": "LEI-A"}));
    assert_eq!(service.count("cell_certificate").await, 1);
}

#[tokio::test]
async fn a_prison_that_dps_has_taken_over_is_not_changed_by_nomis() {
    // Decisions D5.
    let service = TestService::start().await;
    let body = wing();
    let wing = upsert(&service, &body).await;
    let admin = "LOCATION_CONFIG_ADMIN";
    let switch = "/prison-configuration/LEI/nomis-sync";
    let read = service.get(switch).role(admin).send().await.expect(200);
    assert_eq!(read, json!({"prisonId": "LEI", "nomisSync": "TWO_WAY"}));
    service.put(&format!("{switch}/ONE_WAY")).send().await.refused(403, None);
    service.put(&format!("{switch}/NO_WAY")).role(admin).send().await.refused(400, None);
    let switched = service.put(&format!("{switch}/ONE_WAY")).role(admin).send().await.expect(200);
    assert_eq!(switched["nomisSync"], "ONE_WAY");

    let update = changed(&update_of(&wing, &body), &json!({"prisonId": "MDI"}));
    let reply = service.post("/sync/upsert").role(SYNC).write().json(&update).send().await;
    assert!(reply.refused(409, Some(120)).contains("DPS is master"));
    let create = changed(&body, &json!({"code": "B"}));
    service.post("/sync/upsert").role(SYNC).write().json(&create).send().await.refused(409, Some(901));
    let path = format!("/sync/delete/{}", wing["id"].as_str().unwrap());
    service.delete(&path).role(SYNC).write().send().await.refused(409, Some(901));
    let migrate = service.post("/migrate/location").role("MIGRATE_LOCATIONS").write().json(&create).send().await;
    migrate.refused(409, Some(901));
    assert_eq!(service.events().await, ["created LEI-A"]);
    assert_eq!(service.count("linked_transaction").await, 1);

    service.put(&format!("{switch}/TWO_WAY")).role(admin).send().await.expect(200);
    upsert(&service, &create).await;
}

#[tokio::test]
async fn two_updates_at_once_lose_nothing() {
    // Decisions B4: each adds one attribute to what it read; sync replaces the set, so the last one wins as a whole, and
    // the history tells an unbroken story.
    let service = TestService::start().await;
    let wing = upsert(&service, &wing()).await;
    let body = cell(&wing);
    let created = upsert(&service, &body).await;
    let updates = (0..20).map(|n| {
        let update = changed(&update_of(&created, &body), &json!({"comments": format!("note {n}")}));
        let call = service.post("/sync/upsert").role(SYNC).write().json(&update);
        async move { call.send().await.status }
    });
    let statuses = futures_util::future::join_all(updates).await;
    assert!(statuses.iter().all(|s| *s == 200), "{statuses:?}");
    let rows = service
        .rows("SELECT old_value, new_value FROM location_history WHERE attribute_name = 'COMMENTS' ORDER BY id")
        .await;
    assert_eq!(rows.len(), 20);
    for pair in rows.windows(2) {
        assert_eq!(pair[0]["new_value"], pair[1]["old_value"]);
    }
    assert_eq!(service.events().await.len(), 22);
}

#[tokio::test]
async fn a_prison_that_stays_locked_is_busy_and_nothing_is_written() {
    let service = TestService::start().await;
    let key = locations_inside_prison_api::store::lock::advisory_lock_key("LEI");
    let mut held = service.database.pool.begin().await.unwrap();
    sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(key).execute(&mut *held).await.unwrap();
    let body = wing();
    let blocked = service.post("/sync/upsert").role(SYNC).write().json(&body).send();
    let other = changed(&body, &json!({"prisonId": "MDI"}));
    let free = service.post("/sync/upsert").role(SYNC).write().json(&other).send();
    let (blocked, free) = tokio::join!(tokio::time::timeout(Duration::from_secs(30), blocked), free);
    assert_eq!(free.status, 201);
    let blocked = blocked.unwrap();
    blocked.refused(503, None);
    assert!(blocked.headers.contains_key("retry-after"));
    held.rollback().await.unwrap();
    assert_eq!(service.count("location").await, 1);
}

#[tokio::test]
async fn history_is_returned_when_asked_for_hidden_rows_too() {
    let service = TestService::start().await;
    let wing = upsert(&service, &wing()).await;
    let body = cell(&wing);
    let created = upsert(&service, &body).await;
    upsert(&service, &changed(&update_of(&created, &body), &json!({"comments": "leak"}))).await;
    let path = format!("/sync/id/{}", created["id"].as_str().unwrap());
    let without = service.get(&path).role("VIEW_LOCATIONS").send().await.expect(200);
    assert!(without.get("changeHistory").is_none());
    let with = service.get(&format!("{path}?includeHistory=true")).role("VIEW_LOCATIONS").send().await.expect(200);
    let history = with["changeHistory"].as_array().unwrap();
    assert_eq!(history.len(), 2);
    assert_eq!(history[1]["attribute"], "Comments");
    assert_eq!(history[1]["newValues"], json!(["leak"]));
    assert!(history[1].get("oldValues").is_none());
    assert_eq!(history[1]["transactionType"], "SYNC");
    service.get(&path).role(SYNC).send().await.refused(403, None);
}

#[tokio::test]
async fn all_locations_are_listed_page_by_page() {
    let service = TestService::start().await;
    for code in ["C", "A", "B"] {
        upsert(&service, &changed(&wing(), &json!({"code": code}))).await;
    }
    let page = |query: &str| service.get(&format!("/locations?{query}")).role("VIEW_LOCATIONS").send();
    let first = page("size=2").await.expect(200);
    assert_eq!(first["totalElements"], 3);
    assert_eq!(first["totalPages"], 2);
    let codes = |page: &Value| -> Vec<String> {
        page["content"].as_array().unwrap().iter().map(|l| l["code"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(codes(&first), ["C", "A"]);
    assert_eq!(codes(&page("size=2&page=1").await.expect(200)), ["B"]);
    assert_eq!(codes(&page("size=2&page=7").await.expect(200)), Vec::<String>::new());
    assert_eq!(codes(&page("sort=code").await.expect(200)), ["A", "B", "C"]);
    assert_eq!(codes(&page("sort=code,desc").await.expect(200)), ["C", "B", "A"]);
    page("size=201").await.refused(400, None);
    page("sort=key").await.refused(400, None);
    assert_eq!(service.get("/locations").send().await.status, 403);
}

#[tokio::test]
async fn a_deactivation_leaves_drafts_below_as_drafts() {
    let service = TestService::start().await;
    let wing = upsert(&service, &wing()).await;
    let open = upsert(&service, &cell(&wing)).await;
    let draft = upsert(&service, &changed(&cell(&wing), &json!({"code": "002"}))).await;
    let make = format!(
        "UPDATE location SET status = 'DRAFT', certified_cell = NULL WHERE id = '{}'",
        draft["id"].as_str().unwrap()
    );
    service.database.execute(&make).await;
    service.database.execute("TRUNCATE locations_service.domain_event, location_history").await;
    let down = json!({"isDeactivated": true, "deactivationReason": "DAMAGED", "deactivatedDate": "2024-01-01"});
    upsert(&service, &update_of(&wing, &changed(&self::wing(), &down))).await;
    let sql =
        "SELECT code, status, deactivated_reason, temporarily_off_cell_cert FROM location ORDER BY path_hierarchy";
    let rows = service.rows(sql).await;
    let states: Vec<&str> = rows.iter().map(|row| row["status"].as_str().unwrap()).collect();
    assert_eq!(states, ["INACTIVE", "INACTIVE", "DRAFT"], "decisions B10");
    assert_eq!((&rows[2]["deactivated_reason"], &rows[2]["temporarily_off_cell_cert"] == true), (&Value::Null, false));
    let history = format!("location_history WHERE location_id = '{}'", draft["id"].as_str().unwrap());
    assert_eq!(service.count(&history).await, 0);
    let read = service
        .get(&format!("/sync/id/{}", open["id"].as_str().unwrap()))
        .role("VIEW_LOCATIONS")
        .send()
        .await
        .expect(200);
    assert_eq!(read["active"], false);
}
