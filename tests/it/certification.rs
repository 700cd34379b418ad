//! Certification from outside (06): what the recorded exchanges don't say.

use locations_inside_prison_api::service::certification::upload::{Processed, process};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::around::Around;
use crate::support::estate::{WING, add_wing, configure};
use crate::support::service::{LOCAL_NOW, TestService, USER};

const CERTIFICATION: &str = "LOCATION_CERTIFICATION";
const MAINTAIN: &str = "MAINTAIN_LOCATIONS";

/// The service beside this Prisoner Search, with wing A, landing A-1 and cells 001 to 003 (2/1/1) in LEI.
async fn service_beside(around: &Around) -> TestService {
    let service = around.service().await;
    configure(&service.database, true).await;
    service
        .database
        .execute(
            "INSERT INTO signed_operation_capacity (prison_id, signed_operation_capacity, when_updated, updated_by)
             VALUES ('LEI', 5, now(), 'U')",
        )
        .await;
    add_wing(&service.database, 3).await;
    service
}

async fn cell_id(service: &TestService, path: &str) -> Uuid {
    service.database.value(&format!("SELECT id FROM location WHERE path_hierarchy = '{path}'")).await
}

async fn current_certificate(service: &TestService) -> Value {
    service.get("/cell-certificates/prison/LEI/current").role(CERTIFICATION).send().await.expect(200)
}

async fn baseline(service: &TestService) -> Value {
    service.post("/cell-certificates/prison/LEI/baseline").role(CERTIFICATION).write().send().await.expect(201)
}

/// Uploads these rows and answers the id of the upload.
async fn upload(service: &TestService, rows: Value) -> Uuid {
    let body = json!({"locations": rows, "reasonForChange": "first certificate"});
    let path = "/locations/bulk/update-cell-certificate/LEI";
    let accepted = service.post(path).role(MAINTAIN).write().json(&body).send().await.expect(202);
    accepted["id"].as_str().unwrap().parse().unwrap()
}

async fn read_upload(service: &TestService, id: Uuid) -> Value {
    let path = format!("/locations/bulk/update-cell-certificate/upload/{id}");
    service.get(&path).role(MAINTAIN).send().await.expect(200)
}

#[tokio::test]
async fn an_upload_is_processed_row_by_row_and_ends_in_a_certificate() {
    let around = Around::with_prisoners_in(&["A-1-003", "A-1-003"]).await;
    let service = service_beside(&around).await;
    let id = upload(
        &service,
        json!({
            "LEI-A-1-001": {"maxCapacity": 3, "workingCapacity": 2, "cellMark": "X1", "inCellSanitation": true},
            "LEI-A-1-002": {"maxCapacity": 2, "workingCapacity": 1, "certifiedNormalAccommodation": 1},
            "LEI-A-1-003": {"maxCapacity": 1, "workingCapacity": 1},
            "LEI-Z-9-999": {"maxCapacity": 1, "workingCapacity": 1}
        }),
    )
    .await;
    let waiting = service.rows("SELECT queue_id, message FROM locations_service.queue_message").await;
    assert_eq!(waiting.len(), 1);
    assert_eq!(waiting[0]["queue_id"], "updatecellcertificate");
    let message: Value = serde_json::from_str(waiting[0]["message"].as_str().unwrap()).unwrap();
    assert_eq!(message, json!({"eventType": "START_PROCESSING", "uploadId": id}));

    assert_eq!(process(&service.services, id).await.unwrap(), Processed::Finished);

    let read = read_upload(&service, id).await;
    assert_eq!(read["status"], "FINISHED");
    assert_eq!(read["startTime"], LOCAL_NOW);
    assert_eq!(
        (&read["totalRecords"], &read["processedRecords"], &read["skippedRecords"], &read["failedRecords"]),
        (&json!(4), &json!(1), &json!(1), &json!(2))
    );
    let rows: Vec<(&str, &str)> = read["locations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| (r["status"].as_str().unwrap(), r["message"].as_str().unwrap_or("-")))
        .collect();
    assert_eq!(
        rows,
        [
            ("PROCESSED", "-"),
            ("SKIPPED", "No changes required"),
            ("FAILED", "Update failed: Max capacity (1) cannot be decreased below current cell occupancy (2)"),
            ("FAILED", "Location not found on Residential locations"),
        ]
    );
    assert_eq!(read["locations"][0]["previousMaxCapacity"], 2);
    assert_eq!(read["locations"][0]["previousCellMark"], "001");

    let certificate = current_certificate(&service).await;
    assert_eq!(certificate["id"], read["cellCertificateId"]);
    assert_eq!(certificate["totalMaxCapacity"], 7);
    assert_eq!(certificate["signedOperationCapacity"], 5);
    assert_eq!(certificate["approvedBy"], USER);
    assert_eq!(certificate["approvedRequest"]["approvalType"], "CELL_CERTIFICATE_UPLOAD");
    let cell = &certificate["locations"][0]["subLocations"][0]["subLocations"][0];
    assert_eq!(
        (&cell["cellMark"], &cell["workingCapacity"], &cell["subLocations"]),
        (&json!("X1"), &json!(2), &json!([]))
    );
    assert_eq!(
        service.history().await,
        ["MAX_CAPACITY 2 -> 3", "WORKING_CAPACITY 1 -> 2", "CELL_MARK 001 -> X1", "IN_CELL_SANITATION false -> true"]
    );
    assert_eq!(
        service.events().await,
        ["amended LEI-A-1-001", "amended LEI-A-1", "amended LEI-A", "capacity.changed LEI-A-1-001"]
    );
    assert!(service.audit_messages().await.is_empty());
    let transactions = service.rows("SELECT transaction_type, transaction_detail FROM linked_transaction").await;
    assert_eq!(transactions.len(), 1);
    assert_eq!(transactions[0]["transaction_detail"], format!("Cell certificate upload {id}"));
}

#[tokio::test]
async fn a_repeated_message_has_no_second_effect() {
    let around = Around::with_prisoners_in(&[]).await;
    let service = service_beside(&around).await;
    let id = upload(&service, json!({"LEI-A-1-001": {"maxCapacity": 3, "workingCapacity": 2}})).await;
    let (first, second) = tokio::join!(process(&service.services, id), process(&service.services, id));
    let mut outcomes = [first.unwrap(), second.unwrap()];
    outcomes.sort_by_key(|o| *o != Processed::Finished);
    assert_eq!(outcomes, [Processed::Finished, Processed::NothingToDo]);
    assert_eq!(service.count("cell_certificate").await, 1);
    assert_eq!(service.history().await.len(), 2);
    assert_eq!(process(&service.services, Uuid::nil()).await.unwrap(), Processed::NothingToDo);
}

#[tokio::test]
async fn an_upload_that_the_live_service_has_begun_is_looked_at_later() {
    let around = Around::with_prisoners_in(&[]).await;
    let service = service_beside(&around).await;
    let id = upload(&service, json!({"LEI-A-1-001": {"maxCapacity": 3, "workingCapacity": 2}})).await;
    let begun = |start: &str| {
        format!(
            "UPDATE cell_certificate_upload SET status = 'STARTED', start_time = timestamp '{LOCAL_NOW}' - interval '{start}'"
        )
    };
    service.database.execute(&begun("10 minutes")).await;
    assert_eq!(process(&service.services, id).await.unwrap(), Processed::LeftToAnother);
    assert_eq!(service.count("cell_certificate").await, 0);
    let later: i64 = service
        .database
        .value("SELECT count(*) FROM locations_service.queue_message WHERE not_before > now() + interval '19 minutes'")
        .await;
    assert_eq!(later, 1);
    service.database.execute(&begun("31 minutes")).await;
    assert_eq!(process(&service.services, id).await.unwrap(), Processed::Finished);
}

#[tokio::test]
async fn while_prisoner_search_is_away_rows_that_need_it_fail_and_say_so() {
    let service = TestService::start().await;
    service
        .database
        .execute("INSERT INTO prison_configuration (prison_id, when_updated, updated_by) VALUES ('LEI', now(), 'U')")
        .await;
    add_wing(&service.database, 2).await;
    let id = upload(
        &service,
        json!({
            "LEI-A-1-001": {"maxCapacity": 3, "workingCapacity": 2},
            "LEI-A-1-002": {"maxCapacity": 2, "workingCapacity": 1, "cellMark": "X2"}
        }),
    )
    .await;
    assert_eq!(process(&service.services, id).await.unwrap(), Processed::Finished);
    let read = read_upload(&service, id).await;
    let rows = &read["locations"];
    assert_eq!(rows[0]["status"], "FAILED");
    assert!(rows[0]["message"].as_str().unwrap().starts_with("Update failed: "), "{rows}");
    assert_eq!((&rows[1]["status"], &rows[1]["previousCellMark"]), (&json!("PROCESSED"), &json!("002")));
    assert_eq!(service.history().await, ["CELL_MARK 002 -> X2"]);
}

#[tokio::test]
async fn uploads_that_are_refused_leave_nothing() {
    let around = Around::with_prisoners_in(&[]).await;
    let service = service_beside(&around).await;
    let path = "/locations/bulk/update-cell-certificate/LEI";
    let send = async |path: &str, body: Value| service.post(path).role(MAINTAIN).write().json(&body).send().await;
    let rows = json!({"LEI-A-1-001": {"maxCapacity": 3, "workingCapacity": 2}});
    send(path, json!({"locations": rows})).await.refused(400, Some(133));
    send(path, json!({"locations": rows, "reasonForChange": ""})).await.refused(400, Some(133));
    send("/locations/bulk/update-cell-certificate/XXX", json!({"locations": rows})).await.refused(404, Some(101));
    let long = json!({"LEI-A-1-001": {"maxCapacity": 3, "workingCapacity": 2, "cellMark": "1234567890123"}});
    send(path, json!({"locations": long, "reasonForChange": "x"})).await.refused(400, None);
    assert_eq!(service.count("cell_certificate_upload").await, 0);
    assert_eq!(service.count("locations_service.queue_message").await, 0);
    let id = upload(&service, rows.clone()).await;
    send(path, json!({"locations": rows, "reasonForChange": "x"})).await.refused(409, Some(139));
    let list = async |query: &str| {
        let listed = service.get(&format!("{path}{query}")).role(MAINTAIN).send().await.expect(200);
        listed.as_array().unwrap().len()
    };
    assert_eq!((list("").await, list("?status=PROCESSING").await, list("?status=COMPLETE").await), (1, 1, 0));
    process(&service.services, id).await.unwrap();
    assert_eq!((list("?status=PROCESSING").await, list("?status=COMPLETE").await), (0, 1));
}

#[tokio::test]
async fn a_baseline_copies_what_the_certificate_before_says() {
    let around = Around::with_prisoners_in(&[]).await;
    let service = service_beside(&around).await;
    let first = baseline(&service).await;
    assert_eq!(first["status"], "APPROVED");
    service.database.execute("UPDATE capacity SET working_capacity = 2").await;
    let second = baseline(&service).await;
    assert_ne!(first["certificateId"], second["certificateId"]);
    let certificate = current_certificate(&service).await;
    assert_eq!(certificate["id"], second["certificateId"]);
    assert_eq!(certificate["totalWorkingCapacity"], 3);
    let current: i64 = service.database.value("SELECT count(*) FROM cell_certificate WHERE current").await;
    assert_eq!(current, 1);
    assert!(service.events().await.is_empty());
}

#[tokio::test]
async fn a_request_is_decided_once() {
    let around = Around::with_prisoners_in(&[]).await;
    let service = service_beside(&around).await;
    baseline(&service).await;
    let id = cell_id(&service, "A-1-001").await;
    service.database.execute("UPDATE location SET status = 'INACTIVE' WHERE path_hierarchy = 'A-1-001'").await;
    let body = json!({"locationId": id, "reason": "gone"});
    let path = "/certification/location/permanent-deactivation-request-approval";
    let asked = service.put(path).role(CERTIFICATION).json(&body).send().await.expect(200);
    assert_eq!(asked["locations"][0]["pathHierarchy"], "A-1-001");
    service.put(path).role(CERTIFICATION).json(&body).send().await.refused(409, Some(123));
    let of_wing = json!({"locationId": WING, "reason": "gone"});
    service.put(path).role(CERTIFICATION).json(&of_wing).send().await.refused(409, Some(105));
    let below = format!("/certification/location/{WING}/pending-approvals-below");
    let below = service.get(&below).role(CERTIFICATION).send().await.expect(200);
    assert_eq!(below["pendingLocations"][0]["parentKey"], "LEI-A-1");

    let decision = json!({"approvalRequestReference": asked["id"], "comments": ""});
    let decide = async |how: &str| {
        let path = format!("/certification/location/{how}");
        service.put(&path).role(CERTIFICATION).json(&decision).send().await
    };
    let approved = decide("approve").await.expect(200);
    assert_eq!(approved["status"], "APPROVED");
    for how in ["approve", "reject", "withdraw"] {
        decide(how).await.refused(400, Some(125));
    }
    let certificate = current_certificate(&service).await;
    assert_eq!(certificate["id"], approved["certificateId"]);
    assert_eq!(certificate["totalMaxCapacity"], 4);
    assert_eq!(service.count("cell_certificate").await, 2);
    let unknown = json!({"approvalRequestReference": Uuid::nil(), "comments": "x"});
    let path = "/certification/location/approve";
    service.put(path).role(CERTIFICATION).json(&unknown).send().await.refused(404, Some(121));
}

#[tokio::test]
async fn what_can_not_be_reactivated_together_is_refused_and_leaves_nothing() {
    let around = Around::with_prisoners_in(&[]).await;
    let service = service_beside(&around).await;
    let (cell, other) = (cell_id(&service, "A-1-001").await, cell_id(&service, "A-1-002").await);
    let path = "/certification/location/reactivation-request-approval";
    let send = async |body: Value| service.put(path).role(CERTIFICATION).json(&body).send().await;
    let cascade = json!({"topLevelLocationId": WING, "cascadeReactivation": true, "cellReactivationChanges": {}});
    send(cascade).await.refused(400, None);
    let change = |id: Uuid| json!({"topLevelLocationId": cell, "cellReactivationChanges": {id.to_string(): {}}});
    send(change(other)).await.refused(400, None);
    send(change(Uuid::nil())).await.refused(404, Some(101));
    send(json!({"topLevelLocationId": cell, "cellReactivationChanges": {"x": {}}})).await.refused(400, None);
    assert_eq!(service.count("certification_approval_request").await, 0);
    assert_eq!(service.count("linked_transaction").await, 0);
}

#[tokio::test]
async fn a_capacity_below_the_number_of_prisoners_is_not_approved() {
    let around = Around::with_prisoners_in(&["A-1-001", "A-1-001"]).await;
    let service = service_beside(&around).await;
    baseline(&service).await;
    let cell = cell_id(&service, "A-1-001").await;
    let body = json!({
        "locationId": cell, "specialistCellTypes": ["CSU"], "workingCapacity": 0, "maxCapacity": 1,
        "certifiedNormalAccommodation": 0
    });
    let path = "/certification/location/specialist-cell-type-change";
    let asked = service.put(path).role(CERTIFICATION).json(&body).send().await.expect(200);
    assert_eq!(around.asked(), 0);
    let decision = json!({"approvalRequestReference": asked["id"]});
    let path = "/certification/location/approve";
    service.put(path).role(CERTIFICATION).json(&decision).send().await.refused(400, Some(117));
    assert_eq!(around.asked(), 1);
    assert_eq!(service.count("specialist_cell").await, 0);
    assert_eq!(service.count("cell_certificate").await, 1);
    let path = format!("/certification/request-approvals/{}", asked["id"].as_str().unwrap());
    let read = service.get(&path).role(CERTIFICATION).send().await.expect(200);
    assert_eq!((&read["status"], &read["maxCapacityChange"]), (&json!("PENDING"), &json!(-1)));
}

#[tokio::test]
async fn signed_capacity_by_approval_keeps_who_and_when() {
    let around = Around::with_prisoners_in(&[]).await;
    let service = service_beside(&around).await;
    let direct = json!({"prisonId": "LEI", "signedOperationCapacity": 6, "updatedBy": "X"});
    service.post("/signed-op-cap/").role(MAINTAIN).write().json(&direct).send().await.refused(400, Some(128));
    let path = "/certification/prison/signed-op-cap-change";
    let send = async |capacity: i32| {
        let body = json!({"prisonId": "LEI", "signedOperationalCapacity": capacity, "reasonForChange": ""});
        service.put(path).role(CERTIFICATION).json(&body).send().await
    };
    send(7).await.refused(400, Some(116));
    let asked = send(6).await.expect(200);
    send(4).await.refused(409, Some(123));
    let decision = json!({"approvalRequestReference": asked["id"]});
    let path = "/certification/location/approve";
    let approved = service.put(path).role(CERTIFICATION).json(&decision).send().await.expect(200);
    assert_eq!(approved["signedOperationCapacityChange"], 1);
    let signed = service.get("/signed-op-cap/LEI").role("VIEW_LOCATIONS").send().await.expect(200);
    assert_eq!((&signed["signedOperationCapacity"], &signed["updatedBy"]), (&json!(6), &json!("U")));
    assert_eq!(current_certificate(&service).await["signedOperationCapacity"], 6);
    assert!(service.events().await.is_empty());
}

#[tokio::test]
async fn requests_are_refused_in_the_order_and_the_words_of_the_rules() {
    let around = Around::with_prisoners_in(&[]).await;
    let service = service_beside(&around).await;
    let cell = cell_id(&service, "A-1-001").await;
    let ask = async |what: &str, body: Value| {
        service.put(&format!("/certification/location/{what}")).role(CERTIFICATION).json(&body).send().await
    };
    let types = |id: &str, types: Value| {
        json!({"locationId": id, "specialistCellTypes": types, "workingCapacity": 1, "maxCapacity": 2,
               "certifiedNormalAccommodation": 1})
    };
    let gone = |id: &str, reason: &str| json!({"locationId": id, "reason": reason});
    let (special, permanent) = ("specialist-cell-type-change", "permanent-deactivation-request-approval");
    let (draft, reactivation) = ("request-approval", "reactivation-request-approval");
    let cell_text = cell.to_string();

    // Only a cell has specialist types, and those that affect no capacity need no approval.
    ask(special, types(WING, json!(["CSU"]))).await.refused(404, Some(101));
    ask(special, types(&cell_text, json!(["ACCESSIBLE_CELL"]))).await.refused(400, Some(135));
    ask(special, types(&cell_text, json!([]))).await.refused(400, Some(135));
    ask(draft, json!({"locationId": WING})).await.refused(400, Some(126));
    ask(permanent, gone(WING, "")).await.refused(409, Some(105));
    let inactive = format!("UPDATE location SET status = 'INACTIVE', deactivated_reason = 'DAMP' WHERE id = '{cell}'");
    service.database.execute(&inactive).await;
    ask(permanent, gone(&cell_text, " ")).await.refused(400, Some(133));
    // Inactive for a short time: it can be reactivated without approval.
    service
        .database
        .execute(&format!("UPDATE location SET temporarily_off_cell_cert = true WHERE id = '{cell}'"))
        .await;
    let of_cell = json!({"topLevelLocationId": cell});
    let words = ask(reactivation, of_cell.clone()).await.refused(400, Some(104));
    assert!(words.ends_with("Location LEI-A-1-001 is currently short term inactive"), "{words}");

    // A draft below a draft is asked for with it.
    service.database.execute("UPDATE location SET status = 'DRAFT' WHERE path_hierarchy IN ('A', 'A-1')").await;
    ask(draft, json!({"locationId": crate::support::estate::LANDING})).await.refused(400, Some(129));
    service.database.execute("UPDATE location SET status = 'ACTIVE' WHERE path_hierarchy IN ('A', 'A-1')").await;

    // Where no approval is needed none can be asked for.
    service.database.execute("UPDATE prison_configuration SET certification_approval_required = false").await;
    for refused in [
        ask(special, types(&cell_text, json!(["CSU"]))).await,
        ask(permanent, gone(&cell_text, "")).await,
        ask(reactivation, of_cell).await,
    ] {
        let words = refused.refused(400, Some(126));
        let expected = "Location does not require approval: Location Certification approval not required for location \
                        LEI-A-1-001 does not need to be approved";
        assert_eq!(words, expected);
    }
    for prison in ["LEI", "MDI"] {
        let path = format!("/cell-certificates/prison/{prison}/baseline");
        service.post(&path).role(CERTIFICATION).write().send().await.refused(400, Some(126));
    }
    for table in ["certification_approval_request", "linked_transaction", "cell_certificate"] {
        assert_eq!(service.count(table).await, 0, "{table}");
    }
}

#[tokio::test]
async fn a_refused_deactivation_stays_inactive_for_a_short_time() {
    for how in ["reject", "withdraw"] {
        let around = Around::with_prisoners_in(&[]).await;
        let service = service_beside(&around).await;
        let cell = cell_id(&service, "A-1-001").await;
        let body = json!({"deactivationReason": "DAMP", "requiresApproval": true, "reasonForChange": "wet"});
        let path = format!("/locations/{cell}/deactivate/temporary");
        let shown = service.put(&path).role(MAINTAIN).write().json(&body).send().await.expect(200)[0].clone();
        assert_eq!(shown["status"], "LOCKED_INACTIVE", "{shown}");
        let off = format!("location WHERE id = '{cell}' AND temporarily_off_cell_cert");
        assert_eq!(service.count(&off).await, 0);
        let (events, audit, history) =
            (service.events().await, service.audit_messages().await, service.history().await);
        let decision = json!({"approvalRequestReference": shown["pendingApprovalRequestId"], "comments": "dry"});
        let path = format!("/certification/location/{how}");
        let decided = service.put(&path).role(CERTIFICATION).json(&decision).send().await.expect(200);
        assert_eq!(decided["comments"], "dry");
        assert!(decided.get("locations").is_none() && decided.get("certificateId").is_none());
        assert_eq!(service.count(&off).await, 1);
        assert_eq!(service.count("cell_certificate").await, 0);
        let after = (service.events().await, service.audit_messages().await, service.history().await);
        assert_eq!(after, (events, audit, history));
        let list = async |query: &str| {
            let path = format!("/certification/request-approvals/prison/LEI{query}");
            service.get(&path).role(CERTIFICATION).send().await.expect(200).as_array().unwrap().len()
        };
        let status = if how == "reject" { "REJECTED" } else { "WITHDRAWN" };
        assert_eq!((list("").await, list("?status=").await), (0, 0));
        assert_eq!(list(&format!("?status={status}")).await, 1);
    }
}
