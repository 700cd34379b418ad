//! The screens (08 section 15.4), and what NOMIS writes by itself.

use reqwest::Method;
use serde_json::{Value, json};

use super::Nomis;

#[tokio::test]
async fn a_screen_adds_changes_and_deletes_with_history_and_audit() {
    let nomis = Nomis::start().await;
    let new = json!({ "prisonId": "LEI", "locationCode": "A", "locationType": "WING", "unitType": "NA" });
    let added = nomis.operator.post("/standin/screens/OIMMHOLO/locations?user=ABC1D&reason=new+wing", new).await;
    assert_eq!(added.status, 201, "{added:?}");
    let wing = added.body["locationId"].as_i64().unwrap();
    let read = nomis.read(wing).await;
    assert_eq!(
        (&read["description"], &read["createUsername"], &read["tracking"]),
        (&json!("LEI-A"), &json!("ABC1D"), &json!(false))
    );
    let audit: (String, String) =
        sqlx::query_as("select audit_module_name, audit_additional_info from agency_internal_locations")
            .fetch_one(&nomis.pool)
            .await
            .unwrap();
    assert_eq!(audit, ("OIMMHOLO".to_owned(), "new wing".to_owned()));

    let path = format!("/standin/screens/OIMMHOLO/locations/{wing}");
    let changed = nomis
        .operator
        .patch(&format!("{path}?user=ABC1D"), json!({ "active": false, "reasonCode": "B", "capacity": 5 }))
        .await;
    assert_eq!(changed.status, 200, "{changed:?}");
    let read = nomis.read(wing).await;
    assert_eq!((&read["active"], &read["reasonCode"]), (&json!(false), &json!("B")));
    assert!(read["deactivateDate"].is_string(), "today, where no date is said");
    let history: Vec<Value> = read["amendments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|a| json!([a["columnName"], a["oldValue"], a["newValue"]]))
        .collect();
    assert!(history.contains(&json!(["Active", "Y", "N"])), "{history:?}");
    assert!(history.contains(&json!(["Deactivate Reason", null, "B"])), "{history:?}");
    assert!(history.contains(&json!(["Maximum Capacity", null, "5"])), "{history:?}");
    assert_eq!(read["amendments"][0]["amendedBy"], json!("ABC1D"));
    assert_eq!(read["modifyUsername"], json!("ABC1D"));
    nomis.operator.patch(&path, json!({ "active": true })).await;
    assert_eq!(nomis.read(wing).await.get("reasonCode"), None);

    let before = nomis.read(wing).await["amendments"].as_array().unwrap().len();
    let update = json!({ "locationCode": "A", "locationType": "WING", "description": "LEI-A", "comment": "from DPS" });
    nomis.sync.put(&format!("/locations/{wing}"), update).await;
    let after = nomis.read(wing).await;
    assert_eq!(after["comment"], json!("from DPS"));
    assert_eq!(after["amendments"].as_array().unwrap().len(), before, "what comes from DPS leaves no history");

    let below = json!({ "prisonId": "LEI", "locationCode": "1", "locationType": "LAND", "parentLocationId": wing });
    let landing =
        nomis.operator.post("/standin/screens/OIMMHOLO/locations", below).await.body["locationId"].as_i64().unwrap();
    assert_eq!(nomis.read(landing).await["description"], json!("LEI-A-1"));
    assert_eq!(nomis.operator.delete(&path).await.status, 409, "there is something below");
    assert_eq!(nomis.operator.delete(&format!("/standin/screens/OIMMHOLO/locations/{landing}")).await.status, 204);
    assert_eq!(nomis.operator.delete(&path).await.status, 204);
    assert_eq!(nomis.sync.get(&format!("/locations/{wing}")).await.status, 404);
    assert_eq!(nomis.operator.delete(&path).await.status, 404);
}

#[tokio::test]
async fn a_screen_offers_only_codes_of_its_lists_unless_it_is_unchecked() {
    let nomis = Nomis::start().await;
    let id = nomis.create("X", None, json!({})).await;
    let path = format!("/standin/screens/OIMILOCA/locations/{id}");
    for change in [
        json!({ "locationType": "BLK" }),
        json!({ "unitType": "XX" }),
        json!({ "reasonCode": "Q" }),
        json!({ "profiles": [{ "profileType": "HOU_UNIT_ATT", "profileCode": "SAFE_CELL" }] }),
        json!({ "profiles": [{ "profileType": "HOU_USED_FOR", "profileCode": "S" }] }),
        json!({ "usages": [{ "internalLocationUsageType": "OTH" }] }),
        json!({ "usages": [{ "internalLocationUsageType": "OTHER" }] }),
        json!({ "userDescription": "x".repeat(41) }),
        json!({ "prisonId": "MDI" }),
        json!({ "colour": "red" }),
        json!({ "capacity": "two" }),
    ] {
        assert_eq!(nomis.operator.patch(&path, change.clone()).await.status, 400, "{change}");
    }
    let bad = json!({ "locationType": "BLK", "usages": [{ "internalLocationUsageType": "OTH" }],
                      "profiles": [{ "profileType": "HOU_USED_FOR", "profileCode": "S" }] });
    assert_eq!(nomis.operator.patch(&format!("{path}?unchecked=true"), bad).await.status, 200);
    let read = nomis.read(id).await;
    assert_eq!(
        (&read["locationType"], &read["usages"][0]["internalLocationUsageType"]),
        (&json!("BLK"), &json!("OTH"))
    );
    assert_eq!(read["profiles"][0]["profileCode"], json!("S"));
}

#[tokio::test]
async fn attributes_and_usages_are_put_and_taken_one_by_one() {
    let nomis = Nomis::start().await;
    let id = nomis.create("X", None, json!({})).await;
    let path = format!("/standin/screens/OIMMHOLO/locations/{id}");
    let put = async |end: &str| nomis.operator.call(Method::PUT, &format!("{path}{end}"), None).await.status;
    assert_eq!(put("/profiles/SUP_LVL_TYPE/N%2FA").await, 200);
    assert_eq!(put("/profiles/SUP_LVL_TYPE/WHAT").await, 400);
    assert_eq!(put("/profiles/WHAT/A?unchecked=true").await, 200);
    assert_eq!(put("/usages/VISIT?capacity=4&sequence=2").await, 200);
    assert_eq!(put("/usages/OTHER").await, 400, "the prison lacks it");
    let read = nomis.read(id).await;
    assert_eq!(read["profiles"].as_array().unwrap().len(), 2);
    assert_eq!(read["usages"], json!([{ "internalLocationUsageType": "VISIT", "capacity": 4, "sequence": 2 }]));
    for end in ["/profiles/SUP_LVL_TYPE/N%2FA", "/profiles/WHAT/A", "/usages/VISIT"] {
        assert_eq!(nomis.operator.delete(&format!("{path}{end}")).await.status, 204, "{end}");
    }
    let read = nomis.read(id).await;
    assert_eq!((&read["profiles"], &read["usages"]), (&json!([]), &json!([])));
    let labels: Vec<&Value> = read["amendments"].as_array().unwrap().iter().map(|a| &a["columnName"]).collect();
    assert_eq!(labels, [&Value::Null; 4], "a change of attributes has no label");
}

#[tokio::test]
async fn a_blocked_screen_refuses_and_a_warning_comes_in_a_header() {
    let nomis = Nomis::start().await;
    let state = async |prison: &str| {
        nomis.operator.get(&format!("/standin/screens/OIMMHOLO/prisons/{prison}")).await.body["state"].clone()
    };
    let condition = "/api/splash-screen/OIMMHOLO/condition";
    assert_eq!(state("LEI").await, json!("accessible"));
    let warn = json!({ "conditionType": "CASELOAD", "conditionValue": "LEI", "blockAccess": false });
    assert_eq!(nomis.operator.post(condition, warn).await.status, 201);
    assert_eq!(state("LEI").await, json!("warning"));
    let id = nomis.create("X", None, json!({})).await;
    let path = format!("/standin/screens/OIMMHOLO/locations/{id}");
    let http = reqwest::Client::new().patch(format!("{}{path}", nomis.running.url));
    let warned =
        http.bearer_auth(nomis.auth.token("operator").await).json(&json!({ "comment": "c" })).send().await.unwrap();
    assert_eq!(warned.status(), 200);
    assert!(warned.headers()["x-screen-warning"].to_str().unwrap().contains("moving to DPS"));

    nomis.operator.call(Method::PUT, &format!("{condition}/CASELOAD/LEI/true"), None).await;
    let blocked = nomis.operator.patch(&path, json!({ "comment": "d" })).await;
    assert_eq!(blocked.status, 403);
    assert!(blocked.body["userMessage"].as_str().unwrap().contains("maintained in DPS"));
    assert_eq!(nomis.read(id).await["comment"], json!("c"));
    let new = json!({ "prisonId": "LEI", "locationCode": "N", "locationType": "CELL" });
    assert_eq!(nomis.operator.post("/standin/screens/OIMMHOLO/locations", new.clone()).await.status, 403);
    assert_eq!(nomis.operator.post("/standin/screens/OIMILOCA/locations", new).await.status, 201, "another screen");
    assert_eq!(nomis.sync.put(&format!("/locations/{id}/capacity"), json!({})).await.status, 200, "the sync goes on");
    let all = json!({ "conditionType": "CASELOAD", "conditionValue": "**ALL**", "blockAccess": true });
    nomis.operator.post(condition, all).await;
    assert_eq!(state("MDI").await, json!("blocked"));
    assert_eq!(nomis.operator.get("/standin/screens/NONE/prisons/LEI").await.status, 404);
}

#[tokio::test]
async fn visit_rooms_and_occupancy_change_by_the_side_door() {
    let nomis = Nomis::start().await;
    let ask = async |kind: &str| {
        nomis.operator.post("/standin/nomis/visit-rooms", json!({ "prisonId": "LEI", "kind": kind })).await
    };
    let social = ask("SOCIAL").await;
    assert_eq!(social.status, 201);
    let read = nomis.read(social.body["locationId"].as_i64().unwrap()).await;
    assert_eq!(
        (&read["description"], &read["userDescription"]),
        (&json!("LEI-VISITS-VSIP_SOC"), &json!("VISITS - SOCIAL"))
    );
    assert_eq!((&read["capacity"], &read["listSequence"], &read["tracking"]), (&json!(99), &json!(99), &json!(true)));
    assert_eq!(nomis.events().await[0]["auditModuleName"], json!("DPS_SYNCHRONISATION"));
    let again = ask("SOCIAL").await;
    assert_eq!((again.status, &again.body), (200, &social.body));
    let visits = nomis.create("VISITS", None, json!({ "locationType": "VISIT" })).await;
    let closed = ask("CLOSED").await.body["locationId"].as_i64().unwrap();
    assert_eq!(nomis.read(closed).await["parentLocationId"], json!(visits));

    nomis.forget_events().await;
    let path = format!("/standin/nomis/occupancy/{closed}");
    assert_eq!(nomis.operator.post(&path, json!({ "occupants": 3 })).await.status, 200);
    assert_eq!(nomis.events().await, Vec::<Value>::new());
    nomis.operator.post(&path, json!({ "occupants": 4, "event": true })).await;
    assert_eq!(nomis.events().await.len(), 1);
    assert_eq!(nomis.operator.post("/standin/nomis/occupancy/1", json!({ "occupants": 3 })).await.status, 404);
}
