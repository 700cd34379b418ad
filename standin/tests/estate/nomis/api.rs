//! The NOMIS API: rules and statuses of 08 sections 4.1 and 4.2.

use reqwest::Method;
use serde_json::{Value, json};

use super::Nomis;
use crate::support::call;

fn body(description: &str) -> Value {
    json!({ "locationCode": "X", "locationType": "CELL", "description": description })
}

#[tokio::test]
async fn a_location_is_created_with_its_defaults_and_read_by_id_and_key() {
    let nomis = Nomis::start().await;
    let wing = nomis.create("A", None, json!({ "locationType": "WING" })).await;
    let cell = nomis
        .create(
            "001",
            Some((wing, "LEI-A")),
            json!({
                "userDescription": "Cell 1", "comment": "c", "unitType": "NA", "listSequence": 4, "capacity": 2, "operationalCapacity": 1,
                "cnaCapacity": 1, "certified": true, "tracking": false, "active": false,
                "profiles": [{ "profileType": "HOU_UNIT_ATT", "profileCode": "ANYTHING" }],
                "usages": [{ "internalLocationUsageType": "VISIT", "capacity": 3, "sequence": 7 }],
            }),
        )
        .await;
    let read = nomis.read(cell).await;
    let mut shown = read.as_object().unwrap().clone();
    assert!(shown.remove("createDatetime").is_some());
    assert_eq!(
        Value::Object(shown),
        json!({
            "locationId": cell, "prisonId": "LEI", "locationType": "CELL", "locationCode": "001", "description": "LEI-A-001",
            "parentLocationId": wing, "parentKey": "LEI-A", "userDescription": "Cell 1", "comment": "c", "unitType": "NA",
            "listSequence": 4, "capacity": 2, "operationalCapacity": 1, "cnaCapacity": 1, "certified": true, "tracking": false,
            "active": false, "profiles": [{ "profileType": "HOU_UNIT_ATT", "profileCode": "ANYTHING" }],
            "usages": [{ "internalLocationUsageType": "VISIT", "capacity": 3, "sequence": 7 }],
            "amendments": [], "createUsername": "prisoner-to-nomis-update",
        })
    );
    assert_eq!(nomis.sync.get("/locations/key/LEI-A-001").await.body, read);
    let wing = nomis.read(wing).await;
    let defaults = ["certified", "tracking", "active"].map(|name| wing[name].as_bool().unwrap());
    assert_eq!(defaults, [false, true, true]);
    assert_eq!(["profiles", "usages", "amendments"].map(|name| wing[name].clone()), [json!([]), json!([]), json!([])]);
}

#[tokio::test]
async fn create_refuses_what_does_not_fit() {
    let nomis = Nomis::start().await;
    let create = async |change: Value| {
        let mut new = body("LEI-X");
        new["prisonId"] = json!("LEI");
        new.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        nomis.sync.post("/locations", new).await.status
    };
    for (change, status) in [
        (json!({ "description": "x".repeat(241) }), 400),
        (json!({ "userDescription": "x".repeat(41) }), 400),
        (json!({ "comment": "x".repeat(241) }), 400),
        (json!({ "locationType": null }), 400),
        (json!({ "prisonId": null }), 400),
        (json!({ "locationCode": null }), 400),
        (json!({ "unitType": "XX" }), 400),
        (json!({ "prisonId": "XXI" }), 400),
        (json!({ "parentLocationId": 1 }), 400),
        (json!({ "usages": [{ "internalLocationUsageType": "OTHER" }] }), 400),
        (json!({ "locationCode": "x".repeat(13) }), 500),
        (json!({ "capacity": 100_000 }), 500),
        (json!({ "locationType": "NONSENSE", "capacity": -1 }), 201),
        (json!({}), 500),
    ] {
        assert_eq!(create(change.clone()).await, status, "{change}");
    }
    let kept: i64 =
        sqlx::query_scalar("select count(*) from agency_internal_locations").fetch_one(&nomis.pool).await.unwrap();
    assert_eq!(kept, 1, "what is refused leaves nothing");
}

#[tokio::test]
async fn update_writes_every_field_but_active_and_an_absent_tracking() {
    let nomis = Nomis::start().await;
    let more = json!({ "userDescription": "u", "comment": "c", "listSequence": 1, "unitType": "NA", "tracking": false, "capacity": 2 });
    let id = nomis.create("X", None, more).await;
    let path = format!("/locations/{id}");
    let mut new = body("LEI-Y");
    new["active"] = json!(false);
    new["locationCode"] = json!("Y");
    let updated = nomis.sync.put(&path, new.clone()).await;
    assert_eq!((updated.status, updated.body), (200, json!("")));
    let read = nomis.read(id).await;
    assert_eq!((&read["active"], &read["tracking"], &read["capacity"]), (&json!(true), &json!(false), &json!(2)));
    assert_eq!((&read["locationCode"], &read["description"]), (&json!("Y"), &json!("LEI-Y")));
    for name in ["userDescription", "comment", "listSequence", "unitType"] {
        assert_eq!(read.get(name), None, "{name}");
    }
    new["tracking"] = json!(true);
    nomis.sync.put(&path, new).await;
    assert_eq!(nomis.read(id).await["tracking"], json!(true));

    assert_eq!(nomis.sync.put("/locations/1", body("LEI-Z")).await.status, 404);
    for (name, value) in
        [("unitType", json!("XX")), ("parentLocationId", json!(1)), ("comment", json!("x".repeat(241)))]
    {
        let mut bad = body("LEI-Y");
        bad[name] = value;
        assert_eq!(nomis.sync.put(&path, bad).await.status, 400, "{name}");
    }
    nomis.create("W", None, json!({})).await;
    assert_eq!(nomis.sync.put(&path, body("LEI-W")).await.status, 500, "the description is taken");
}

#[tokio::test]
async fn attributes_and_usages_are_replaced_as_sets_and_rows_that_stay_are_left_alone() {
    let nomis = Nomis::start().await;
    let profile = |code: &str| json!({ "profileType": "HOU_UNIT_ATT", "profileCode": code });
    let usage = |code: &str, sequence: i64| json!({ "internalLocationUsageType": code, "sequence": sequence });
    let first = json!({ "profiles": [profile("SC"), profile("DO")], "usages": [usage("VISIT", 1), usage("APP", 2)] });
    let id = nomis.create("X", None, first).await;
    nomis.forget_events().await;
    let mut new = body("LEI-X");
    new["profiles"] = json!([profile("DO"), profile("SO"), profile("SO")]);
    new["usages"] = json!([usage("VISIT", 9), usage("PROG", 3)]);
    assert_eq!(nomis.sync.put(&format!("/locations/{id}"), new.clone()).await.status, 200);
    let read = nomis.read(id).await;
    assert_eq!(read["profiles"], json!([profile("DO"), profile("SO")]));
    assert_eq!(read["usages"], json!([usage("VISIT", 9), usage("PROG", 3)]));
    let events: Vec<String> =
        nomis.events().await.iter().map(|e| format!("{} {}", e["eventType"], e["recordDeleted"])).collect();
    let expected = [
        "\"AGY_INT_LOC_PROFILES-UPDATED\" true",
        "\"AGY_INT_LOC_PROFILES-UPDATED\" false",
        "\"INT_LOC_USAGE_LOCATIONS-UPDATED\" false",
        "\"INT_LOC_USAGE_LOCATIONS-UPDATED\" false",
        "\"INT_LOC_USAGE_LOCATIONS-UPDATED\" true",
    ];
    assert_eq!(events, expected);
    nomis.forget_events().await;
    nomis.sync.put(&format!("/locations/{id}"), new).await;
    assert_eq!(nomis.events().await, Vec::<Value>::new(), "an amend that changes nothing raises no event");
    nomis.sync.put(&format!("/locations/{id}"), body("LEI-X")).await;
    let read = nomis.read(id).await;
    assert_eq!((&read["profiles"], &read["usages"]), (&json!([]), &json!([])), "absent lists delete all");
}

#[tokio::test]
async fn a_location_is_deactivated_and_reactivated() {
    let nomis = Nomis::start().await;
    let id = nomis.create("X", None, json!({})).await;
    let (off, on) = (format!("/locations/{id}/deactivate"), format!("/locations/{id}/reactivate"));
    assert_eq!(nomis.sync.call(Method::PUT, &on, None).await.status, 400, "it is active");
    assert_eq!(nomis.sync.put(&off, json!({ "reasonCode": "Q" })).await.status, 400, "no such reason");
    let asked = json!({ "deactivateDate": "2024-01-02", "reasonCode": "D", "reactivateDate": "2024-03-04" });
    assert_eq!(nomis.sync.put(&off, asked).await.status, 200);
    let read = nomis.read(id).await;
    let dates = (&read["active"], &read["deactivateDate"], &read["reasonCode"], &read["reactivateDate"]);
    assert_eq!(dates, (&json!(false), &json!("2024-01-02"), &json!("D"), &json!("2024-03-04")));
    assert_eq!(nomis.sync.put(&off, json!({})).await.status, 400, "it is inactive");
    assert_eq!(nomis.sync.put(&off, json!({ "force": true })).await.status, 200);
    let read = nomis.read(id).await;
    let today = standin::common::clock::local_seconds().date().to_string();
    assert_eq!(
        (&read["deactivateDate"], read.get("reasonCode"), read.get("reactivateDate")),
        (&json!(today), None, None)
    );
    assert_eq!(nomis.sync.call(Method::PUT, &on, None).await.status, 200);
    let read = nomis.read(id).await;
    assert_eq!((&read["active"], read.get("deactivateDate")), (&json!(true), None));
    for path in ["/locations/1/deactivate", "/locations/1/reactivate"] {
        assert_eq!(nomis.sync.put(path, json!({})).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn capacity_and_certification_are_calls_of_their_own() {
    let nomis = Nomis::start().await;
    let id = nomis.create("X", None, json!({ "capacity": 2, "operationalCapacity": 2 })).await;
    let path = format!("/locations/{id}/capacity");
    let both = json!({ "capacity": 4, "operationalCapacity": 3 });
    assert_eq!(nomis.sync.put(&format!("{path}?ignoreOperationalCapacity=true"), both.clone()).await.status, 200);
    let read = nomis.read(id).await;
    assert_eq!((&read["capacity"], &read["operationalCapacity"]), (&json!(4), &json!(2)));
    nomis.sync.put(&path, both).await;
    assert_eq!(nomis.read(id).await["operationalCapacity"], json!(3));
    nomis.sync.put(&path, json!({})).await;
    let read = nomis.read(id).await;
    assert_eq!((read.get("capacity"), read.get("operationalCapacity")), (None, None));

    let path = format!("/locations/{id}/certification");
    assert_eq!(nomis.sync.put(&path, json!({ "cnaCapacity": 1 })).await.status, 400);
    assert_eq!(nomis.sync.put(&path, json!({ "cnaCapacity": 1, "certified": true })).await.status, 200);
    let read = nomis.read(id).await;
    assert_eq!((&read["cnaCapacity"], &read["certified"]), (&json!(1), &json!(true)));
    assert_eq!(nomis.sync.put("/locations/1/capacity", json!({})).await.status, 404);
    let certification = json!({ "cnaCapacity": 1, "certified": true });
    assert_eq!(nomis.sync.put("/locations/1/certification", certification).await.status, 404);
}

#[tokio::test]
async fn a_row_that_somebody_keeps_is_423_for_every_write() {
    let nomis = Nomis::start().await;
    let id = nomis.create("X", None, json!({})).await;
    let mut other = nomis.pool.begin().await.unwrap();
    sqlx::query("select from agency_internal_locations where internal_location_id = $1 for update")
        .bind(id)
        .execute(&mut *other)
        .await
        .unwrap();
    let calls = [
        ("", body("LEI-X")),
        ("/deactivate", json!({})),
        ("/reactivate", json!({})),
        ("/capacity", json!({})),
        ("/certification", json!({ "cnaCapacity": 1, "certified": true })),
    ];
    let calls = calls.map(|(end, body)| {
        let path = format!("/locations/{id}{end}");
        let sync = &nomis.sync;
        async move { sync.put(&path, body).await.status }
    });
    assert_eq!(futures_util::future::join_all(calls).await, [423; 5]);
    other.rollback().await.unwrap();
    assert_eq!(nomis.sync.put(&format!("/locations/{id}"), body("LEI-X")).await.status, 200);
}

#[tokio::test]
async fn ids_are_paged_over_the_whole_estate() {
    let nomis = Nomis::start().await;
    let mut ids = Vec::new();
    for n in 0..12 {
        ids.push(nomis.create(&format!("{n}"), None, json!({})).await);
    }
    let first = nomis.sync.get("/locations/ids").await.body;
    assert_eq!((&first["size"], &first["totalElements"], &first["totalPages"]), (&json!(10), &json!(12), &json!(2)));
    let second = nomis.sync.get("/locations/ids?page=1&size=5").await.body;
    let expected: Vec<Value> = ids[5..10].iter().map(|id| json!({ "locationId": id })).collect();
    assert_eq!(second["content"], json!(expected));
    assert_eq!((&second["first"], &second["last"], &second["empty"]), (&json!(false), &json!(false), &json!(false)));
    assert_eq!(nomis.sync.get("/locations/ids?size=30000").await.body["size"], json!(20_000));
}

#[tokio::test]
async fn only_the_sync_may_call() {
    let nomis = Nomis::start().await;
    let other = nomis.auth.token("locations-inside-prison-api").await;
    for (method, path) in [
        (Method::POST, "/locations"),
        (Method::PUT, "/locations/1"),
        (Method::PUT, "/locations/1/deactivate"),
        (Method::PUT, "/locations/1/reactivate"),
        (Method::PUT, "/locations/1/capacity"),
        (Method::PUT, "/locations/1/certification"),
        (Method::GET, "/locations/1"),
        (Method::GET, "/locations/key/LEI-A"),
        (Method::GET, "/locations/ids"),
    ] {
        let url = format!("{}{path}", nomis.running.url);
        let refused = call(None, method.clone(), &url, None).await;
        assert_eq!((refused.status, &refused.body["status"]), (401, &json!(401)), "{method} {path}");
        assert_eq!(call(Some(&other), method, &url, None).await.status, 403, "{path}");
    }
    assert_eq!(nomis.sync.get("/locations/1").await.status, 404);
    assert_eq!(nomis.sync.get("/locations/key/LEI-NONE").await.status, 404);
    assert_eq!(nomis.sync.delete("/locations/1").await.status, 405, "there is no delete");
}
