//! Non-residential locations as their users see them (chapter 05): what the recorded exchanges don't say.

use axum::http::Method;
use serde_json::{Value, json};

use crate::support::service::{Call, LOCAL_NOW, Reply, TestService, USER};

const VIEW: &str = "VIEW_LOCATIONS";
const MAINTAIN: &str = "MAINTAIN_LOCATIONS";
const PROPERTY: &str = "MANAGE_PROPERTY_LOCATIONS";

/// A location of the prison LEI, put into the tables behind the service's back.
struct Row<'a> {
    n: u32,
    code: &'a str,
    parent: Option<u32>,
    name: Option<&'a str>,
    status: &'a str,
    services: &'a [&'a str],
    usages: &'a [(&'a str, Option<i32>)],
}

/// An active leaf at the top without services.
const ROW: Row<'static> =
    Row { n: 0, code: "", parent: None, name: None, status: "ACTIVE", services: &[], usages: &[] };

fn id(n: u32) -> String {
    format!("00000000-0000-7000-8000-{n:012}")
}

/// Adds rows, parents first.
async fn given(service: &TestService, rows: &[Row<'_>]) {
    for row in rows {
        let parent = row.parent.map(id);
        sqlx::query(
            "INSERT INTO location (id, prison_id, path_hierarchy, code, location_type, parent_id, local_name, status,
                location_type_discriminator, when_created, when_updated, updated_by, internal_movement_allowed)
             VALUES ($1::uuid, 'LEI',
                coalesce((SELECT path_hierarchy || '-' FROM location WHERE id = $2::uuid), '') || $3, $3, 'LOCATION',
                $2::uuid, $4, $5, 'NON_RESIDENTIAL', '2020-01-02 03:04:05', '2020-01-02 03:04:05', 'CREATOR', false)",
        )
        .bind(id(row.n))
        .bind(parent)
        .bind(row.code)
        .bind(row.name)
        .bind(row.status)
        .execute(&service.database.pool)
        .await
        .unwrap();
        for used_by in row.services {
            sqlx::query("INSERT INTO service_usage (location_id, service_type) VALUES ($1::uuid, $2)")
                .bind(id(row.n))
                .bind(used_by)
                .execute(&service.database.pool)
                .await
                .unwrap();
        }
        for (usage, capacity) in row.usages {
            sqlx::query(
                "INSERT INTO non_residential_usage (location_id, usage_type, capacity, sequence)
                 VALUES ($1::uuid, $2, $3, 5)",
            )
            .bind(id(row.n))
            .bind(usage)
            .bind(capacity)
            .execute(&service.database.pool)
            .await
            .unwrap();
        }
    }
}

async fn set(service: &TestService, n: u32, assignments: &str) {
    let sql = format!("UPDATE location SET {assignments} WHERE id = '{}'", id(n));
    sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&service.database.pool).await.unwrap();
}

fn maintain<'a>(service: &'a TestService, method: Method, path: &str) -> Call<'a> {
    service.request(method, &format!("/locations/non-residential{path}")).role(MAINTAIN).write()
}

async fn put(service: &TestService, n: u32, body: Value) -> Reply {
    maintain(service, Method::PUT, &format!("/{}", id(n))).json(&body).send().await
}

async fn patch(service: &TestService, n: u32, body: Value) -> Reply {
    maintain(service, Method::PATCH, &format!("/{}", id(n))).json(&body).send().await
}

async fn create(service: &TestService, body: Value) -> Reply {
    maintain(service, Method::POST, "/LEI").json(&body).send().await
}

async fn view(service: &TestService, path: &str) -> Reply {
    service.get(path).role(VIEW).send().await
}

/// The values of one field of a list.
fn all<'a>(list: &'a Value, field: &str) -> Vec<&'a str> {
    list.as_array().unwrap().iter().map(|l| l[field].as_str().unwrap_or("-")).collect()
}

async fn paths(service: &TestService, query: &str) -> Vec<String> {
    let page = view(service, &format!("/locations/non-residential/summary/LEI?{query}")).await.expect(200);
    let content = &page["locations"]["content"];
    assert_eq!(page["locations"]["totalElements"].as_u64().unwrap() as usize, content.as_array().unwrap().len());
    all(content, "pathHierarchy").into_iter().map(str::to_owned).collect()
}

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

/// Services before and after, usages before and after, and the rows about them: 05 section 7.
#[tokio::test]
async fn services_bring_their_usages_and_types_along() {
    struct Example {
        before: &'static [&'static str],
        usages: &'static [(&'static str, Option<i32>)],
        sent: &'static [&'static str],
        after: &'static [(&'static str, Option<i32>)],
        location_type: &'static str,
        history: &'static [&'static str],
    }
    let examples = [
        Example {
            before: &["OFFICIAL_VISITS"],
            usages: &[("PROPERTY", Some(10)), ("VISIT", Some(15))],
            sent: &["INTERNAL_MOVEMENTS"],
            after: &[("MOVEMENT", Some(99)), ("PROPERTY", Some(10))],
            location_type: "LOCATION",
            history: &[
                "USED_BY_SERVICE - -> Internal movements",
                "USED_BY_SERVICE Official visits -> -",
                "USAGE - -> Movement",
                "NON_RESIDENTIAL_CAPACITY - -> 99",
                "USAGE Visit -> -",
                "INTERNAL_MOVEMENT_ALLOWED false -> true",
            ],
        },
        Example {
            before: &["USE_OF_FORCE"],
            usages: &[("OCCURRENCE", None), ("OTHER", None)],
            sent: &["LOCATION_OF_INCIDENT", "LOCATION_OF_INCIDENT"],
            after: &[("OCCURRENCE", None), ("OTHER", None)],
            location_type: "LOCATION",
            history: &[
                "USED_BY_SERVICE - -> Adjudications - location of incident",
                "USED_BY_SERVICE Use of force -> -",
            ],
        },
        Example {
            before: &[],
            usages: &[],
            sent: &["VIDEO_LINK", "HEARING_LOCATION"],
            after: &[("ADJUDICATION_HEARING", Some(99))],
            location_type: "ADJUDICATION_ROOM",
            history: &[
                "USED_BY_SERVICE - -> Book a video link",
                "USED_BY_SERVICE - -> Adjudications - hearing location",
                "USAGE - -> Adjudication hearing",
                "NON_RESIDENTIAL_CAPACITY - -> 99",
            ],
        },
        Example {
            before: &["APPOINTMENT", "VIDEO_ENABLED"],
            usages: &[("APPOINTMENT", Some(3))],
            sent: &[],
            after: &[],
            location_type: "LOCATION",
            history: &[
                "USED_BY_SERVICE Appointments -> -",
                "USED_BY_SERVICE Video enabled -> -",
                "USAGE Appointment -> -",
            ],
        },
    ];
    for example in examples {
        let service = TestService::start().await;
        given(&service, &[Row { n: 1, code: "R", services: example.before, usages: example.usages, ..ROW }]).await;
        let answer = patch(&service, 1, json!({"servicesUsingLocation": example.sent})).await.expect(200);
        let shown: Vec<(&str, Option<i64>)> = answer["usage"]
            .as_array()
            .unwrap()
            .iter()
            .map(|u| (u["usageType"].as_str().unwrap(), u["capacity"].as_i64()))
            .collect();
        let after: Vec<(&str, Option<i64>)> = example.after.iter().map(|(u, c)| (*u, c.map(i64::from))).collect();
        assert_eq!(shown, after);
        assert_eq!(answer["locationType"], example.location_type);
        assert_eq!(service.history().await, example.history);
        assert_eq!(answer["lastModifiedBy"], "CREATOR", "services do not touch");
    }
}

#[tokio::test]
async fn a_parent_keeps_its_usages_and_a_put_without_services_takes_them_all() {
    let service = TestService::start().await;
    given(
        &service,
        &[
            Row {
                n: 1,
                code: "P",
                services: &["OFFICIAL_VISITS", "APPOINTMENT"],
                usages: &[("VISIT", Some(7))],
                ..ROW
            },
            Row { n: 2, code: "C", parent: Some(1), status: "ARCHIVED", ..ROW },
        ],
    )
    .await;
    let shown = view(&service, &format!("/locations/non-residential/{}", id(1))).await.expect(200);
    assert_eq!(shown["usedByServices"], json!(["APPOINTMENT"]), "visits are not edited in a parent");
    let answer = put(&service, 1, json!({"localName": "P"})).await.expect(200);
    assert_eq!(answer["usedByServices"], json!([]));
    assert_eq!(answer["canBeHiddenFromList"], true);
    assert_eq!(service.count("service_usage").await, 0);
    assert_eq!(service.count("non_residential_usage").await, 1);
    assert_eq!(
        service.history().await,
        ["LOCAL_NAME - -> P", "USED_BY_SERVICE Appointments -> -", "USED_BY_SERVICE Official visits -> -"]
    );
}

#[tokio::test]
async fn a_put_switches_a_location_off_and_on_again_with_what_is_above_it() {
    let service = TestService::start().await;
    given(
        &service,
        &[
            Row { n: 1, code: "A", status: "INACTIVE", ..ROW },
            Row { n: 2, code: "B", parent: Some(1), ..ROW },
            Row { n: 3, code: "C", parent: Some(2), ..ROW },
        ],
    )
    .await;
    set(
        &service,
        1,
        "deactivated_reason = 'DAMAGED', planet_fm_reference = 'X1', proposed_reactivation_date = '2024-07-01'",
    )
    .await;
    let off = put(&service, 2, json!({"active": false})).await.expect(200);
    assert_eq!((&off["status"], &off["deactivatedBy"]), (&json!("INACTIVE"), &json!(USER)));
    assert!(off.get("deactivatedDate").is_none() && off.get("deactivatedReason").is_none(), "{off}");
    let child = view(&service, &format!("/locations/non-residential/{}", id(3))).await.expect(200);
    assert_eq!(child["status"], "ACTIVE", "children are not touched");
    let stored = service.rows(&format!(
        "SELECT status, deactivated_date, deactivated_reason, deactivation_reason_description, updated_by
         FROM location WHERE id = '{}'",
        id(2)
    ));
    assert_eq!(
        stored.await,
        [json!({
            "status": "INACTIVE", "deactivated_date": LOCAL_NOW, "deactivated_reason": "OTHER", "updated_by": USER,
            "deactivation_reason_description": "Non residential location - deactivated"
        })]
    );
    put(&service, 2, json!({"active": false})).await.expect(200);
    let on = put(&service, 2, json!({"active": true})).await.expect(200);
    assert_eq!(on["status"], "ACTIVE");
    assert_eq!(
        service.events().await,
        ["amended LEI-A-B", "deactivated LEI-A-B", "amended LEI-A-B", "amended LEI-A-B", "reactivated LEI-A-B"]
    );
    assert_eq!(
        service.history().await,
        [
            "STATUS Active -> Inactive",
            "DEACTIVATION_REASON - -> Other - Non residential location - deactivated",
            "STATUS Inactive -> Active",
            "PROPOSED_REACTIVATION_DATE 01/07/2024 -> -",
            "PLANET_FM_NUMBER X1 -> -",
            "STATUS Inactive -> Active",
        ]
    );
    let above = service.rows("SELECT status, deactivated_reason, updated_by FROM location WHERE code = 'A'").await;
    assert_eq!(above, [json!({"status": "ACTIVE", "deactivated_reason": null, "updated_by": USER})]);
    assert_eq!(service.audit_messages().await.len(), 5);
}

#[tokio::test]
async fn a_draft_stays_one_and_is_not_spoken_of() {
    let service = TestService::start().await;
    given(&service, &[Row { n: 1, code: "D", status: "DRAFT", ..ROW }]).await;
    let answer = put(&service, 1, json!({"localName": "Draft room", "active": true})).await.expect(200);
    assert_eq!((&answer["status"], &answer["localName"]), (&json!("DRAFT"), &json!("Draft Room")));
    assert_eq!(service.events().await, Vec::<String>::new());
    let what: Vec<Value> = service.audit_messages().await.iter().map(|a| a["what"].clone()).collect();
    assert_eq!(what, ["LOCATION_AMENDED", "LOCATION_REACTIVATED"]);
    assert_eq!(service.history().await, Vec::<String>::new());
}

#[tokio::test]
async fn what_is_archived_itself_or_from_above_is_not_changed() {
    let service = TestService::start().await;
    given(
        &service,
        &[
            Row { n: 1, code: "A", status: "ARCHIVED", ..ROW },
            Row { n: 2, code: "B", parent: Some(1), usages: &[("PROPERTY", None)], ..ROW },
        ],
    )
    .await;
    for n in [1, 2] {
        put(&service, n, json!({})).await.refused(409, Some(107));
        patch(&service, n, json!({})).await.refused(409, Some(107));
        let path = format!("/locations/property/{}", id(n));
        let update = service.put(&path).role(PROPERTY).write().json(&json!({})).send().await;
        update.refused(409, Some(107));
        service.delete(&path).role(PROPERTY).write().send().await.refused(409, Some(107));
    }
    assert_eq!(service.count("linked_transaction").await, 0);
}

/// Table of 05 section 11.4 step 2, and what B3 of the decisions adds.
#[tokio::test]
async fn a_patch_moves_a_location() {
    // What is sent for LEI-A-X; its path afterwards, or status and code; the events.
    type Outcome = Result<&'static str, (u16, Option<u16>)>;
    let a = id(1);
    let examples: [(Value, Outcome, &[&str]); 13] = [
        (json!({"removeParent": true}), Ok("X"), &["amended LEI-X", "amended LEI-A"]),
        (json!({"removeParent": true, "parentId": id(2)}), Ok("A-X"), &["amended LEI-A-X"]),
        (json!({"removeParent": true, "parentId": id(2), "code": "Y"}), Ok("Y"), &["amended LEI-Y"]),
        (json!({"parentId": id(2)}), Ok("B-X"), &["amended LEI-B-X", "amended LEI-B", "amended LEI-A"]),
        (
            json!({"parentId": id(2), "parentLocationKey": "LEI-A"}),
            Ok("B-X"),
            &["amended LEI-B-X", "amended LEI-B", "amended LEI-A"],
        ),
        (json!({"parentLocationKey": "LEI-B"}), Ok("B-X"), &["amended LEI-B-X", "amended LEI-B", "amended LEI-A"]),
        (json!({"parentId": a}), Ok("A-X"), &["amended LEI-A-X"]),
        (json!({"code": "Y", "parentId": null, "removeParent": null}), Ok("A-Y"), &["amended LEI-A-Y"]),
        (json!({"parentId": id(9)}), Err((404, Some(101))), &[]),
        (json!({"parentLocationKey": "LEI-NOWHERE"}), Err((404, Some(101))), &[]),
        (json!({"parentId": id(3)}), Err((400, None)), &[]),
        (json!({"parentId": id(4)}), Err((400, None)), &[]),
        (json!({"removeParent": true, "code": "B"}), Err((409, Some(103))), &[]),
    ];
    for (body, outcome, events) in examples {
        let service = TestService::start().await;
        given(
            &service,
            &[
                Row { n: 1, code: "A", ..ROW },
                Row { n: 2, code: "B", ..ROW },
                Row { n: 3, code: "X", parent: Some(1), ..ROW },
                Row { n: 4, code: "C", parent: Some(3), ..ROW },
            ],
        )
        .await;
        let reply = patch(&service, 3, body.clone()).await;
        match outcome {
            Ok(path) => {
                assert_eq!(reply.expect(200)["pathHierarchy"], path, "{body}");
                let below = service.rows("SELECT path_hierarchy FROM location WHERE code = 'C'").await;
                assert_eq!(below[0]["path_hierarchy"], format!("{path}-C"), "{body}");
            }
            Err((status, code)) => {
                reply.refused(status, code);
                assert_eq!(service.count("linked_transaction").await, 0, "{body}");
            }
        }
        assert_eq!(service.events().await, events, "{body}");
    }
}

#[tokio::test]
async fn a_move_is_answered_with_the_new_parents_and_audited_three_times() {
    let service = TestService::start().await;
    given(
        &service,
        &[
            Row { n: 1, code: "A", ..ROW },
            Row { n: 2, code: "B", ..ROW },
            Row { n: 3, code: "X", parent: Some(1), ..ROW },
            Row { n: 4, code: "C", parent: Some(3), ..ROW },
        ],
    )
    .await;
    let answer = patch(&service, 3, json!({"parentId": id(2), "comments": "moved"})).await.expect(200);
    assert_eq!(answer["childLocations"], json!([]), "non-residential children are left out");
    assert_eq!(answer["parentLocation"]["key"], "LEI-B");
    assert_eq!(
        service.history().await,
        [format!("PARENT_LOCATION {} -> {}", id(1), id(2)), "COMMENTS - -> moved".to_owned()]
    );
    let audits = service.audit_messages().await;
    let details: Vec<Value> =
        audits.iter().map(|a| serde_json::from_str(a["details"].as_str().unwrap()).unwrap()).collect();
    assert_eq!(details.iter().map(|d| d["key"].as_str().unwrap()).collect::<Vec<_>>(), ["LEI-B-X", "LEI-A", "LEI-B-X"]);
    assert_eq!(details[0], answer);
    assert!(details[2].get("parentLocation").is_none() && details[2].get("childLocations").is_none());
    // Already at the top, it would stand in its own way (05 section 18 quirk 8).
    patch(&service, 1, json!({"removeParent": true})).await.refused(409, Some(103));
    let other = sqlx::query("UPDATE location SET prison_id = 'MDI' WHERE code = 'A'");
    other.execute(&service.database.pool).await.unwrap();
    patch(&service, 3, json!({"parentId": id(1)})).await.refused(400, None);
}

#[tokio::test]
async fn a_patched_type_wins_over_the_services_and_its_label_is_recorded() {
    let service = TestService::start().await;
    given(&service, &[Row { n: 1, code: "R", ..ROW }]).await;
    set(&service, 1, "internal_movement_allowed = NULL").await;
    let body = json!({"locationType": "VIDEO_LINK", "servicesUsingLocation": ["HEARING_LOCATION"]});
    assert_eq!(patch(&service, 1, body).await.expect(200)["locationType"], "VIDEO_LINK");
    patch(&service, 1, json!({"locationType": "VIDEO_LINK"})).await.expect(200);
    let rows = service.history().await;
    assert_eq!(
        rows[rows.len() - 3..],
        [
            "INTERNAL_MOVEMENT_ALLOWED null -> false",
            "LOCATION_TYPE Adjudication room -> Video Link",
            "LOCATION_TYPE Video link -> Video Link"
        ]
    );
    for (body, code) in [
        (json!({"localName": "x".repeat(41)}), Some(102)),
        (json!({"code": ""}), Some(102)),
        (json!({"comments": "x".repeat(256)}), None),
        (json!({"locationType": 3}), None),
    ] {
        patch(&service, 1, body).await.refused(400, code);
    }
}

#[tokio::test]
async fn only_unused_parents_can_be_hidden() {
    let service = TestService::start().await;
    given(
        &service,
        &[
            Row { n: 1, code: "P", ..ROW },
            Row { n: 2, code: "C", parent: Some(1), ..ROW },
            Row { n: 3, code: "Q", services: &["USE_OF_FORCE"], ..ROW },
            Row { n: 4, code: "C", parent: Some(3), ..ROW },
        ],
    )
    .await;
    let hide = |n: u32| maintain(&service, Method::PUT, &format!("/{}/hide", id(n))).send();
    assert!(hide(2).await.refused(409, Some(144)).contains("not a parent"));
    assert!(hide(3).await.refused(409, Some(144)).contains("Use of force"));
    let hidden = hide(1).await.expect(200);
    assert_eq!((&hidden["hiddenFromList"], &hidden["canBeHiddenFromList"]), (&json!(true), &json!(false)));
    assert_eq!(hidden["status"], "ACTIVE");
    assert!(hide(1).await.refused(409, Some(144)).contains("already hidden"));
    hide(9).await.refused(404, Some(101));
    assert_eq!(service.history().await, ["HIDDEN_FROM_LIST false -> true"]);
    assert_eq!(service.events().await, ["amended LEI-P"]);
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
async fn property_comes_and_goes_as_a_usage() {
    let service = TestService::start().await;
    given(&service, &[Row { n: 1, code: "R", name: Some("it room"), usages: &[("PROPERTY", None)], ..ROW }]).await;
    let path = format!("/locations/property/{}", id(1));
    let update = |body: Value| service.put(&path).role(PROPERTY).write().json(&body).send();
    let shown = view(&service, &path).await.expect(200);
    assert_eq!(
        shown,
        json!({"id": id(1), "prisonId": "LEI", "code": "R", "pathHierarchy": "R", "localName": "IT Room",
            "locationType": "LOCATION"})
    );
    assert_eq!(update(json!({"capacity": 5})).await.expect(200)["capacity"], 5);
    update(json!({})).await.expect(200);
    let removed = service.delete(&path).role(PROPERTY).write().send().await.expect(200);
    assert!(removed.get("capacity").is_none());
    service.delete(&path).role(PROPERTY).write().send().await.refused(400, None);
    view(&service, &path).await.refused(404, Some(101));
    update(json!({"localName": "it room", "capacity": 7})).await.expect(200);
    assert_eq!(
        service.history().await,
        [
            "NON_RESIDENTIAL_CAPACITY - -> 5",
            "NON_RESIDENTIAL_CAPACITY 5 -> -",
            "USAGE Property -> -",
            "USAGE - -> Property",
            "NON_RESIDENTIAL_CAPACITY - -> 7"
        ]
    );
    let usages = service.rows("SELECT usage_type, capacity, sequence FROM non_residential_usage").await;
    assert_eq!(usages, [json!({"usage_type": "PROPERTY", "capacity": 7, "sequence": 99})]);
    assert_eq!(service.events().await, ["amended LEI-R"; 4]);
    for body in [json!({"localName": ""}), json!({"capacity": -1})] {
        update(body).await.refused(400, Some(102));
    }
    service.put(&path).role(MAINTAIN).write().json(&json!({})).send().await.refused(403, None);
}

#[tokio::test]
async fn a_property_box_is_created_at_the_top() {
    let service = TestService::start().await;
    let post = |body: Value| service.post("/locations/prison/LEI/property").role(PROPERTY).write().json(&body).send();
    let created = post(json!({"localName": "Gym", "capacity": 0})).await.expect(201);
    assert_eq!(
        created,
        json!({"id": created["id"], "prisonId": "LEI", "code": "GYM77", "pathHierarchy": "GYM77", "localName": "Gym",
            "locationType": "BOX", "capacity": 0})
    );
    assert_eq!(
        service.history().await,
        ["LOCATION_CREATED - -> LEI-GYM77", "USAGE - -> Property", "NON_RESIDENTIAL_CAPACITY - -> 0"]
    );
    for (body, code) in [
        (json!({"localName": " ", "capacity": 1}), Some(102)),
        (json!({"localName": "Hall", "capacity": -1}), Some(102)),
        (json!({"localName": "Hall"}), None),
        (json!({"localName": "Hall", "capacity": null}), None),
        (json!({"capacity": 1}), None),
    ] {
        post(body).await.refused(400, code);
    }
    let list = view(&service, "/locations/prison/LEI/property").await.expect(200);
    assert_eq!(list, json!([created]));
}

#[tokio::test]
async fn lists_leave_out_parents_inactive_ones_and_return_to_unit() {
    let service = TestService::start().await;
    let visits: &[&str] = &["OFFICIAL_VISITS", "APPOINTMENT"];
    let visit: &[(&str, Option<i32>)] = &[("VISIT", None), ("PROPERTY", Some(1))];
    given(
        &service,
        &[
            Row { n: 1, code: "P", name: Some("zoo"), services: visits, usages: visit, ..ROW },
            Row { n: 2, code: "C", parent: Some(1), services: visits, usages: visit, status: "INACTIVE", ..ROW },
            Row { n: 3, code: "RTU", name: Some("back"), services: visits, usages: visit, ..ROW },
            Row { n: 4, code: "V", name: Some("Visits IT"), services: visits, usages: visit, ..ROW },
        ],
    )
    .await;
    let keys = |path: &'static str| {
        let service = &service;
        async move {
            let list = view(service, &format!("/locations/{path}")).await.expect(200);
            all(&list, "pathHierarchy").into_iter().map(str::to_owned).collect::<Vec<_>>()
        }
    };
    // The inactive child knocks out its parent, and is not shown itself.
    assert_eq!(keys("non-residential/prison/LEI/service/OFFICIAL_VISITS").await, ["RTU", "V"]);
    assert_eq!(keys("non-residential/prison/LEI/service/OFFICIAL_VISITS?filterParents=false").await, ["P", "RTU", "V"]);
    assert_eq!(keys("prison/LEI/non-residential-usage-type").await, ["V"]);
    assert_eq!(keys("prison/LEI/non-residential-usage-type?filterParents=no&sortByLocalName=true").await, ["V", "P"]);
    assert_eq!(keys("prison/LEI/non-residential").await, ["V", "P"]);
    assert_eq!(keys("prison/LEI/property").await, ["V"]);
    let list = view(&service, "/locations/non-residential/prison/LEI/service/OFFICIAL_VISITS").await.expect(200);
    assert_eq!(all(&list[1]["servicesUsingLocation"], "serviceType"), ["OFFICIAL_VISITS"], "only the one asked for");
    assert_eq!(list[1]["usage"].as_array().unwrap().len(), 2);
    let list =
        view(&service, "/locations/prison/LEI/non-residential-usage-type/VISIT?formatLocalName=on").await.expect(200);
    assert_eq!((all(&list, "localName"), all(&list[0]["usage"], "usageType")), (vec!["Visits IT"], vec!["VISIT"]));
    for path in ["non-residential/prison/LEI/service/VISIT", "prison/LEI/non-residential-usage-type/GYM"] {
        service.get(&format!("/locations/{path}")).send().await.refused(400, None);
    }
    for path in ["non-residential/prison/XX/service/APPOINTMENT", "prison/XX/property", "prison/XX/non-residential"] {
        view(&service, &format!("/locations/{path}")).await.refused(400, None);
        service.get(&format!("/locations/{path}")).send().await.refused(403, None);
    }
}

#[tokio::test]
async fn names_are_looked_up_in_any_case() {
    let service = TestService::start().await;
    given(
        &service,
        &[
            Row { n: 1, code: "A", name: Some("Visit ROOM"), status: "INACTIVE", ..ROW },
            Row { n: 2, code: "B", name: Some("visit room"), status: "ARCHIVED", ..ROW },
        ],
    )
    .await;
    let base = "/locations/non-residential/prison/LEI/local-name";
    let found = view(&service, &format!("{base}/visit%20Room")).await.expect(200);
    assert_eq!(all(&found, "localName"), ["Visit ROOM"]);
    view(&service, &format!("{base}/Hall")).await.refused(404, Some(101));
    view(&service, &format!("{base}/{}", "x".repeat(41))).await.refused(400, None);
    let ids = json!([id(1), id(2), id(1), id(8), null]);
    let batch = service.post("/locations/non-residential/batch").role(VIEW).json(&ids).send().await.expect(200);
    assert_eq!(all(&batch, "pathHierarchy"), ["A", "B"]);
    view(&service, &format!("/locations/non-residential/{}", id(8))).await.refused(404, Some(101));
}

#[tokio::test]
async fn the_paged_list_is_filtered() {
    let service = TestService::start().await;
    given(
        &service,
        &[
            Row { n: 1, code: "P", name: Some("Parent 100%"), services: &["APPOINTMENT", "USE_OF_FORCE"], ..ROW },
            Row { n: 2, code: "C", parent: Some(1), name: Some("child"), services: &["USE_OF_FORCE"], ..ROW },
            Row {
                n: 3,
                code: "BOX",
                name: Some("Box"),
                services: &["VIDEO_LINK"],
                usages: &[("PROPERTY", None)],
                ..ROW
            },
            Row { n: 4, code: "MIX", name: Some("Mix"), usages: &[("PROPERTY", None), ("OTHER", None)], ..ROW },
            Row { n: 5, code: "OFF", status: "INACTIVE", services: &["VIDEO_ENABLED"], ..ROW },
            Row { n: 6, code: "OLD", name: Some("Old"), status: "ARCHIVED", ..ROW },
            Row { n: 7, code: "HID", name: Some("Hid"), ..ROW },
            Row { n: 8, code: "RTU", name: Some("RTU"), ..ROW },
            Row { n: 9, code: "NEW", name: Some("New"), status: "DRAFT", ..ROW },
        ],
    )
    .await;
    set(&service, 7, "hidden_from_list = true").await;
    set(&service, 4, "location_type = 'STORE'").await;
    for (query, expected) in [
        ("", vec!["MIX", "P", "P-C", "OFF"]),
        ("status=", vec!["HID", "MIX", "NEW", "OLD", "P", "P-C", "OFF"]),
        ("status=ACTIVE", vec!["MIX", "P", "P-C"]),
        ("status=ARCHIVED", vec!["HID", "OLD"]),
        ("status=DRAFT,INACTIVE", vec!["NEW", "OFF"]),
        ("includeProperty=true", vec!["BOX", "MIX", "P", "P-C", "OFF"]),
        ("localName=%20100%25%20", vec!["P"]),
        ("localName=CHI", vec!["P-C"]),
        ("localName=%20", vec!["MIX", "P", "P-C"]),
        ("localName=_", vec![]),
        ("filterParents=true", vec!["MIX", "P-C", "OFF"]),
        ("locationType=STORE,BOX", vec!["MIX"]),
        ("serviceFamilyType=USE_OF_FORCE", vec!["P-C"]),
        ("serviceFamilyType=USE_OF_FORCE,ACTIVITIES_APPOINTMENTS", vec!["P", "P-C"]),
        ("serviceFamilyType=VIDEO_LINK_APPOINTMENTS&includeProperty=true", vec!["BOX", "OFF"]),
        ("serviceType=USE_OF_FORCE", vec!["P", "P-C"]),
        ("serviceType=APPOINTMENT&serviceFamilyType=VIDEO_LINK_APPOINTMENTS", vec!["P", "OFF"]),
        ("sort=localName,desc", vec!["OFF", "P-C", "P", "MIX"]),
        ("sort=status,desc&sort=pathHierarchy", vec!["OFF", "MIX", "P", "P-C"]),
    ] {
        assert_eq!(paths(&service, query).await, expected, "{query}");
    }
    for query in ["sort=key", "sort=parent.code", "status=active", "filterParents=maybe", "locationType=WING"] {
        view(&service, &format!("/locations/non-residential/summary/LEI?{query}")).await.refused(400, None);
    }
}

#[tokio::test]
async fn the_list_comes_in_pages() {
    let service = TestService::start().await;
    let codes: Vec<String> = (0..5).map(|n| format!("R{n}")).collect();
    let rows: Vec<Row<'_>> = codes.iter().zip(1..).map(|(code, n)| Row { n, code, name: Some(code), ..ROW }).collect();
    given(&service, &rows).await;
    let page = |query: &'static str| {
        let service = &service;
        async move { view(service, &format!("/locations/non-residential/summary/LEI?{query}")).await.expect(200) }
    };
    let second = page("size=2&page=1").await;
    let locations = &second["locations"];
    assert_eq!(second["prisonId"], "LEI");
    assert_eq!(all(&locations["content"], "code"), ["R2", "R3"]);
    assert_eq!(
        (&locations["totalElements"], &locations["totalPages"], &locations["number"], &locations["last"]),
        (&json!(5), &json!(3), &json!(1), &json!(false))
    );
    let past = page("size=2&page=9").await;
    assert_eq!(past["locations"]["content"], json!([]));
    assert_eq!(
        (&past["locations"]["totalElements"], &past["locations"]["last"], &past["locations"]["empty"]),
        (&json!(5), &json!(true), &json!(true))
    );
    for (query, size) in [("size=x", 100), ("size=5000", 2000), ("size=0", 100)] {
        assert_eq!(page(query).await["locations"]["size"], size, "{query}");
    }
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
