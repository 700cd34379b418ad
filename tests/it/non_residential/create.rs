//! Creating non-residential locations, and their missing children (05).

use axum::http::Method;
use serde_json::{Value, json};

use super::{MAINTAIN, PROPERTY, ROW, Row, VIEW, all, create, given, id, maintain, patch, put, set};
use crate::support::service::{LOCAL_NOW, TestService, USER};

#[tokio::test]
async fn a_new_location_is_made_of_its_name_and_services() {
    let service = TestService::start().await;
    let body =
        json!({"localName": "GP room", "servicesUsingLocation": ["VIDEO_LINK", "HEARING_LOCATION", "USE_OF_FORCE"]});
    let created = create(&service, body.clone()).await.expect(201);
    let (id, code) = (&created["id"], created["code"].as_str().unwrap());
    assert!(code.starts_with("GPRM"), "{code}");
    assert_eq!(
        created,
        json!({
            "id": id, "prisonId": "LEI", "localName": "GP Room", "code": code, "pathHierarchy": code, "isLeafLevel": true,
            "locationType": "ADJUDICATION_ROOM", "permanentlyInactive": false,
            "usedByGroupedServices": ["VIDEO_LINK_APPOINTMENTS", "ADJUDICATIONS", "USE_OF_FORCE"],
            "usedByServices": ["VIDEO_LINK", "HEARING_LOCATION", "USE_OF_FORCE"], "status": "ACTIVE", "level": 1,
            "locationHierarchy": [{
                "id": id, "prisonId": "LEI", "code": code, "type": "ADJUDICATION_ROOM", "localName": "GP Room",
                "pathHierarchy": code, "level": 1
            }],
            "hiddenFromList": false, "canBeHiddenFromList": false, "key": format!("LEI-{code}")
        })
    );
    assert_eq!(service.history().await, [format!("LOCATION_CREATED - -> LEI-{code}")]);
    assert_eq!(service.events().await, [format!("created LEI-{code}")]);
    let usages = service.rows("SELECT usage_type, capacity, sequence FROM non_residential_usage ORDER BY 1").await;
    assert_eq!(
        usages,
        [
            json!({"usage_type": "ADJUDICATION_HEARING", "capacity": 99, "sequence": 99}),
            json!({"usage_type": "OCCURRENCE", "capacity": 99, "sequence": 99})
        ]
    );
    let transactions =
        service.rows("SELECT transaction_type, transaction_detail, tx_end_time FROM linked_transaction").await;
    assert_eq!(
        transactions,
        [json!({
            "transaction_type": "LOCATION_CREATE_NON_RESI", "tx_end_time": LOCAL_NOW,
            "transaction_detail": format!("Create non-residential location {code} in prison LEI")
        })]
    );
    let audit = &service.audit_messages().await[0];
    assert_eq!((audit["what"].as_str(), audit["who"].as_str()), (Some("LOCATION_CREATED"), Some(USER)));
    assert_eq!(serde_json::from_str::<Value>(audit["details"].as_str().unwrap()).unwrap(), created);

    create(&service, json!({"localName": "gp ROOM"})).await.refused(409, Some(130));
    assert_eq!(service.count("linked_transaction").await, 1);
}

#[tokio::test]
async fn bodies_are_checked_before_the_role_and_the_role_before_the_prison() {
    let service = TestService::start().await;
    let long = "x".repeat(81);
    for (body, code) in [
        (json!({"localName": ""}), Some(102)),
        (json!({"localName": long}), Some(102)),
        (json!({"localName": "Gym", "servicesUsingLocation": null}), None),
        (json!({"localName": "Gym", "servicesUsingLocation": ["GYM"]}), None),
        (json!({"localName": "Gym", "active": "perhaps"}), None),
        (json!({"localName": null}), None),
        (json!({}), None),
    ] {
        create(&service, body).await.refused(400, code);
    }
    let gym = json!({"localName": "Gym"});
    let post = |path: &str| service.post(&format!("/locations/non-residential/{path}")).json(&gym);
    assert_eq!(post("LEI").anonymous().send().await.status, 401);
    post("LEI").role(MAINTAIN).send().await.refused(403, None);
    post("LEI").role(VIEW).write().send().await.refused(403, None);
    post("leeds").role(VIEW).write().send().await.refused(403, None);
    post("leeds").role(MAINTAIN).write().send().await.refused(400, None);
    let bad = service.post("/locations/non-residential/LEI").json(&json!({"localName": ""})).send().await;
    bad.refused(400, Some(102));
    assert_eq!(service.count("location").await, 0);
}

#[tokio::test]
async fn the_next_code_is_taken_when_the_shorter_one_is() {
    let service = TestService::start().await;
    // The codes of `Gym` in LEI are GYM77, GYM177, GYM8177 (05 section 6).
    given(&service, &[Row { n: 1, code: "GYM77", status: "ARCHIVED", ..ROW }]).await;
    let created = create(&service, json!({"localName": "Gym"})).await.expect(201);
    assert_eq!(created["code"], "GYM177");
    assert_eq!(created["locationType"], "LOCATION");
}

#[tokio::test]
async fn archived_locations_do_not_hold_their_names() {
    let service = TestService::start().await;
    given(
        &service,
        &[
            Row { n: 1, code: "OLD", status: "ARCHIVED", ..ROW },
            Row { n: 2, code: "GYM", parent: Some(1), name: Some("Gym"), ..ROW },
            Row { n: 3, code: "HALL", name: Some("Hall"), status: "INACTIVE", ..ROW },
            Row { n: 4, code: "HIDDEN", name: Some("Hidden"), ..ROW },
            Row { n: 5, code: "ROOM", name: Some("Room"), ..ROW },
        ],
    )
    .await;
    set(&service, 4, "hidden_from_list = true").await;
    create(&service, json!({"localName": "GYM"})).await.expect(201);
    for name in ["HALL", "hidden", "gym"] {
        create(&service, json!({"localName": name})).await.refused(409, Some(130));
        put(&service, 5, json!({"localName": name})).await.refused(409, Some(130));
        let property = json!({"localName": name, "capacity": 1});
        let refused =
            service.post("/locations/prison/LEI/property").role(PROPERTY).write().json(&property).send().await;
        refused.refused(409, Some(130));
    }
    // Its own name in another case is no duplicate, whoever else bears it by now.
    put(&service, 5, json!({"localName": "ROOM"})).await.expect(200);
    // These do not compare names.
    patch(&service, 5, json!({"localName": "Hall"})).await.expect(200);
    let placed = json!({"prisonId": "LEI", "code": "H2", "locationType": "OFFICE", "localName": "Hall"});
    maintain(&service, Method::POST, "").json(&placed).send().await.expect(201);
}

#[tokio::test]
async fn a_placed_location_speaks_of_its_parents_only_with_services() {
    let service = TestService::start().await;
    given(&service, &[Row { n: 1, code: "WORK", ..ROW }, Row { n: 2, code: "A", parent: Some(1), ..ROW }]).await;
    let mut body = json!({"prisonId": "LEI", "code": "1", "locationType": "OFFICE", "parentId": id(2), "active": false,
        "servicesUsingLocation": []});
    let post = |body: &Value| maintain(&service, Method::POST, "").json(body).send();
    let with = post(&body).await.expect(201);
    assert_eq!(with["parentLocation"]["parentLocation"]["key"], "LEI-WORK");
    assert_eq!((&with["status"], &with["internalMovementAllowed"]), (&json!("INACTIVE"), &json!(false)));
    assert_eq!(service.events().await, ["created LEI-WORK-A-1", "amended LEI-WORK-A", "amended LEI-WORK"]);
    let details: Value = serde_json::from_str(service.audit_messages().await[0]["details"].as_str().unwrap()).unwrap();
    assert!(details.get("parentLocation").is_none());

    post(&body).await.refused(409, Some(103));
    body["code"] = json!("2");
    body["servicesUsingLocation"] = Value::Null;
    let without = post(&body).await.expect(201);
    assert!(without.get("parentLocation").is_none());
    assert_eq!(service.events().await.len(), 4);

    body["parentId"] = json!(id(9));
    post(&body).await.refused(404, Some(101));
    body["parentId"] = json!(id(2));
    body["prisonId"] = json!("MDI");
    post(&body).await.refused(400, None);
    for (field, value, code) in [
        ("prisonId", json!("XX"), Some(102)),
        ("code", json!(""), Some(102)),
        ("code", json!("ABCDEFGHIJKLM"), Some(102)),
        ("locationType", json!("WING"), None),
        ("active", Value::Null, None),
    ] {
        let mut wrong = body.clone();
        wrong[field] = value;
        post(&wrong).await.refused(400, code);
    }
}

#[tokio::test]
async fn missing_children_take_over_the_services_of_their_parents() {
    let service = TestService::start().await;
    given(
        &service,
        &[
            Row { n: 1, code: "GYM", name: Some("Gym"), services: &["APPOINTMENT", "USE_OF_FORCE"], ..ROW },
            Row { n: 2, code: "A", parent: Some(1), ..ROW },
            Row { n: 3, code: "B", parent: Some(2), services: &["APPOINTMENT"], status: "ARCHIVED", ..ROW },
            Row { n: 4, code: "LEAF", services: &["APPOINTMENT"], ..ROW },
        ],
    )
    .await;
    let generate = || maintain(&service, Method::POST, "/prison/LEI/generate-missing-children").send();
    let created = generate().await.expect(201);
    assert_eq!(all(&created, "key"), ["LEI-GYM-GYM77"]);
    assert_eq!(
        created[0]["servicesUsingLocation"],
        json!([{"serviceType": "USE_OF_FORCE", "serviceFamilyType": "USE_OF_FORCE"}])
    );
    assert_eq!(created[0]["localName"], "Gym");
    let detail = service.rows("SELECT transaction_detail FROM linked_transaction").await;
    assert_eq!(
        detail[0]["transaction_detail"],
        "Create non-residential location GYM77 as child of LEI-GYM for services USE_OF_FORCE"
    );
    assert_eq!(service.events().await, ["created LEI-GYM-GYM77"]);
    assert_eq!(generate().await.expect(201), json!([]));
    // A further service makes the same code below the same parent (05 section 18 quirk 14).
    sqlx::query("INSERT INTO service_usage (location_id, service_type) VALUES ($1::uuid, 'OFFICIAL_VISITS')")
        .bind(id(1))
        .execute(&service.database.pool)
        .await
        .unwrap();
    generate().await.refused(409, Some(103));
    assert_eq!(service.count("linked_transaction").await, 1);
}

#[tokio::test]
async fn names_are_kept_apart_when_two_are_created_at_once() {
    let service = TestService::start().await;
    let calls = (0..4).map(|_| create(&service, json!({"localName": "Gym"})));
    let replies = futures_util::future::join_all(calls).await;
    let created = replies.iter().filter(|r| r.status == 201).count();
    let refused = replies.iter().filter(|r| r.status == 409).count();
    assert_eq!((created, refused), (1, 3));
    assert_eq!(service.count("location").await, 1);
}
