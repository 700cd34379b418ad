//! M1 to M5, and N5: a prison is migrated, with bad data, failing mappings, busy screens; again; cancelled; and its mappings are lost.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::attempt;
use crate::support::{Estate, Prison};

pub async fn all(estate: &Estate) {
    let prison = Prison::new(estate, "MAI").await;
    attempt(estate, "M1 M2 M3", m1_m2_m3_bad_data_failing_mappings_and_busy_screens(estate, &prison)).await;
    attempt(estate, "M5", m5_again(estate, &prison)).await;
    attempt(estate, "M4", m4_cancelled(estate)).await;
    attempt(estate, "N5", n5_the_mappings_are_lost(estate, &prison)).await;
}

async fn start(estate: &Estate) -> String {
    // The id of a run is its second.
    let url = format!("{}/migrate/locations", estate.from_nomis);
    let mut id = None;
    estate
        .eventually("the migration starts", async || {
            let answer = estate.call(Method::POST, &url, Some(&json!({}))).await;
            id = answer.body["migrationId"].as_str().map(str::to_owned);
            answer.status == 202
        })
        .await;
    id.unwrap()
}

async fn ended(estate: &Estate, id: &str) -> Value {
    let url = format!("{}/migrate/locations/history/{id}", estate.from_nomis);
    let mut record = Value::Null;
    estate
        .eventually("the migration ends", async || {
            record = estate.good(Method::GET, &url, None).await;
            record["status"] == "COMPLETED" || record["status"] == "CANCELLED"
        })
        .await;
    record
}

async fn m1_m2_m3_bad_data_failing_mappings_and_busy_screens(estate: &Estate, prison: &Prison<'_>) {
    estate.takes(&estate.from_nomis, 0).await;
    prison.screen_add("A", "HBLK", &json!({"unitType": "NA"})).await;
    prison.screen_add("A-1", "TIER", &json!({"unitType": "NA"})).await;
    for cell in 1..=20 {
        let listener = json!([{"profileType": "HOU_UNIT_ATT", "profileCode": "LISTENER"}]);
        let more = if cell % 5 == 0 { json!({"profiles": listener}) } else { json!({}) };
        prison.screen_add(&format!("A-1-{cell:03}"), "CELL", &more).await;
    }
    prison.screen_change("A-1-001", &json!({"comment": "with history", "capacity": 3})).await;
    prison.screen_add("CASTLE", "CASTLE", &json!({})).await;
    prison.screen_add("CASTLE-1", "ROOM", &json!({})).await;
    // A child whose id is below that of its parent.
    prison.screen_add("B", "WING", &json!({})).await;
    let (b, a1) = (prison.nomis_id("B").await, prison.nomis_id("A-1-002").await);
    prison
        .screen_change(
            "A-1-002",
            &json!({"parentLocationId": b, "description": prison.key("B-002"), "locationCode": "002"}),
        )
        .await;
    assert!(a1 < b);
    let rule = json!({"at": "from-nomis.mapping.create", "phase": "before", "action": {"status": 503}, "times": 3});
    estate.fault(&estate.from_nomis, rule).await;
    let busy = async {
        for n in 1..=5 {
            prison.screen_change("A-1-003", &json!({"comment": format!("busy {n}")})).await;
        }
    };
    let id = start(estate).await;
    tokio::join!(busy, estate.takes(&estate.from_nomis, 10));
    let record = ended(estate, &id).await;
    assert_eq!(record["status"], "COMPLETED", "{record}");
    let url = format!("{}/migrate/locations/history/{id}/failures", estate.from_nomis);
    let failures = estate.good(Method::GET, &url, None).await;
    let causes: Vec<&str> = failures.as_array().unwrap().iter().filter_map(|f| f["cause"].as_str()).collect();
    assert!(causes.iter().any(|cause| cause.contains("CASTLE")), "{causes:?}");
    assert!(causes.iter().any(|cause| cause.contains("parent")), "{causes:?}");
    estate.quiet().await;
    estate.forget_dead_letters().await;
    let found = prison.findings().await;
    assert!(found.len() == 2 && found.iter().all(|f| f.ends_with("missing-mapping")), "{found:?}");
    let dps = prison.in_dps("B-002").await;
    assert!(dps.is_some(), "the child came after its parent");
}

/// M5: nothing new.
async fn m5_again(estate: &Estate, prison: &Prison<'_>) {
    let count = "select count(*) from location";
    let before: i64 = estate.dps_value(count).await;
    tokio::time::sleep(Duration::from_millis(1)).await;
    let id = start(estate).await;
    let record = ended(estate, &id).await;
    assert_eq!((record["status"].as_str(), &record["recordsMigrated"]), (Some("COMPLETED"), &json!(0)));
    assert_eq!(estate.dps_value::<i64>(count).await, before);
    assert_eq!(prison.findings().await.len(), 2);
}

/// M4: cancelled, and the second run does the rest.
async fn m4_cancelled(estate: &Estate) {
    estate.takes(&estate.from_nomis, 0).await;
    let prison = Prison::new(estate, "MBI").await;
    prison.screen_add("A", "WING", &json!({})).await;
    for cell in 1..=10 {
        prison.screen_add(&format!("A-{cell:03}"), "CELL", &json!({})).await;
    }
    prison.screen_change("A-001", &json!({"comment": "with history"})).await;
    let slow = json!({"at": "from-nomis.nomis.ids", "phase": "before", "action": {"delay": 1500}, "times": 2});
    estate.fault(&estate.from_nomis, slow).await;
    let id = start(estate).await;
    let url = format!("{}/migrate/locations/{id}/cancel", estate.from_nomis);
    estate.good(Method::POST, &url, None).await;
    let record = ended(estate, &id).await;
    assert_eq!(record["status"], "CANCELLED", "{record}");
    estate.no_faults(&estate.from_nomis).await;
    let id = start(estate).await;
    assert_eq!(ended(estate, &id).await["status"], "COMPLETED");
    // The sync is still off: nothing but the migration can have brought it.
    let history = "select count(*) from location_history h join location l on l.id = h.location_id
        where l.prison_id = 'MBI' and h.attribute_name = 'COMMENTS'";
    assert!(estate.dps_value::<i64>(history).await > 0, "the amendments came along");
    estate.takes(&estate.from_nomis, 10).await;
    prison.converged().await;
}

/// N5: `live` finds that everything is missing; `fixed` builds the pairs anew by the keys. The digests know nothing of pairs, so everything is compared.
async fn n5_the_mappings_are_lost(estate: &Estate, prison: &Prison<'_>) {
    let here = "select internal_location_id from nomis.agency_internal_locations where agy_loc_id = 'MAI'";
    estate.mapping_sql(&format!("delete from location_mapping where nomis_location_id in ({here})")).await;
    if estate.live() {
        let in_nomis: i64 = estate.nomis_value(&here.replace("internal_location_id", "count(*)")).await;
        let found = prison.findings_of_all().await;
        let missing = found.iter().filter(|f| f.ends_with("missing-mapping")).count();
        assert_eq!(i64::try_from(missing).unwrap(), in_nomis, "{found:?}");
        return;
    }
    prison.repair_all().await;
    estate.quiet().await;
    estate.forget_dead_letters().await;
    let found = prison.findings().await;
    assert!(found.iter().all(|f| f.contains("CASTLE")), "{found:?}");
}
