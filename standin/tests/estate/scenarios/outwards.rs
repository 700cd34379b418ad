//! A1 to A14: DPS to NOMIS.

use serde_json::{Value, json};

use super::attempt;
use crate::support::{Estate, Prison};

pub async fn all(estate: &Estate) {
    attempt(estate, "A1", a1_children_before_parents(estate, 20)).await;
    attempt(estate, "A2", a2_crash_before_the_mapping(estate)).await;
    attempt(estate, "A3 A4", a3_a4_mapping_fails_or_its_answer_is_lost(estate)).await;
    attempt(estate, "A5", a5_created_twice(estate)).await;
    attempt(estate, "A6", a6_failure_within_an_amend(estate)).await;
    attempt(estate, "A7", a7_reactivated_overtakes_deactivated(estate)).await;
    attempt(estate, "A8", a8_an_old_deactivated(estate)).await;
    attempt(estate, "A9", a9_a_wing_gets_another_code(estate)).await;
    attempt(estate, "A10", a10_nomis_is_down(estate)).await;
    attempt(estate, "A11", a11_a_long_name(estate)).await;
    attempt(estate, "A12", a12_a_usage_that_the_prison_lacks(estate)).await;
    attempt(estate, "A13", a13_an_attribute_without_a_code(estate)).await;
    attempt(estate, "A14", a14_unarchive(estate)).await;
}

/// A1: a wing with three landings and so many cells on each; what is above comes last. In `live` some go to the dead letter queue, and a
/// re-drive converges.
pub async fn a1_children_before_parents(estate: &Estate, cells: usize) {
    let prison = Prison::new(estate, "AAI").await;
    for path in ["A-3", "A-2", "A-1", "A"] {
        let hold = json!({"at": format!("{}.deliver", estate.queues.domain_queue), "phase": "before",
            "action": {"hold": 3 * cells}, "times": 1, "match": {"key": prison.key(path)}});
        estate.fault(&estate.to_nomis, hold).await;
    }
    let wing = prison.dps_add("A", "WING", None).await;
    for landing in ["1", "2", "3"] {
        let landing = prison.dps_add(landing, "LANDING", Some(&wing)).await;
        for cell in 1..=cells {
            prison.dps_add(&format!("{cell:03}"), "CELL", Some(&landing)).await;
        }
    }
    estate.quiet().await;
    for _ in 0..3 {
        if estate.dead_letters().await > 0 {
            assert!(estate.live(), "the profile fixed needs no re-drive");
            estate.redrive().await;
            estate.quiet().await;
        }
    }
    prison.converged().await;
    assert!(prison.in_nomis(&format!("A-3-{cells:03}")).await.is_some());
}

/// A2: the record is there and the mapping is not.
async fn a2_crash_before_the_mapping(estate: &Estate) {
    let prison = Prison::new(estate, "ABI").await;
    let starts = estate.roles.to_nomis.starts();
    let crash = json!({"at": "to-nomis.nomis.create", "phase": "after", "action": "crash", "times": 1,
        "match": {"key": prison.key("A")}});
    estate.fault(&estate.to_nomis, crash).await;
    prison.dps_add("A", "WING", None).await;
    estate.eventually("the role has crashed", async || estate.roles.to_nomis.starts() > starts).await;
    estate.quiet().await;
    if estate.live() {
        assert_eq!(estate.dead_letters().await, 1, "created again, it meets the unique key");
        let found = prison.findings().await;
        assert!(found.iter().any(|f| f.ends_with("missing-mapping")), "{found:?}");
        estate.forget_dead_letters().await;
    } else {
        prison.converged().await;
    }
}

/// A3 and A4: 503 once, and the answer lost: both are healed by the retry message.
async fn a3_a4_mapping_fails_or_its_answer_is_lost(estate: &Estate) {
    for (id, phase, action) in [("ACI", "before", json!({"status": 503})), ("ADI", "after", json!("reset"))] {
        let prison = Prison::new(estate, id).await;
        let rule = json!({"at": "to-nomis.mapping.create", "phase": phase, "action": action, "times": 1,
            "match": {"key": prison.key("A")}});
        estate.fault(&estate.to_nomis, rule).await;
        prison.dps_add("A", "WING", None).await;
        prison.converged().await;
        let told = estate.told(&estate.to_nomis, "location-create-mapping-retry-success", &prison.key("A")).await;
        assert_eq!(told, 1);
    }
}

/// A5: one message, twice at the same time: one row.
async fn a5_created_twice(estate: &Estate) {
    let prison = Prison::new(estate, "AEI").await;
    let rule = json!({"at": format!("{}.deliver", estate.queues.domain_queue), "phase": "before",
        "action": "duplicate", "times": 1, "match": {"key": prison.key("A")}});
    estate.fault(&estate.to_nomis, rule).await;
    prison.dps_add("A", "WING", None).await;
    prison.converged().await;
}

/// A6: the second of three calls fails; the retry repeats what is needed.
async fn a6_failure_within_an_amend(estate: &Estate) {
    let prison = Prison::new(estate, "AFI").await;
    let wing = prison.dps_add("A", "WING", None).await;
    let cell = prison.dps_add("001", "CELL", Some(&wing)).await;
    estate.quiet().await;
    let rule = json!({"at": "to-nomis.nomis.capacity", "phase": "before", "action": {"status": 500}, "times": 1});
    estate.fault(&estate.to_nomis, rule).await;
    let capacity = json!({"maxCapacity": 3, "workingCapacity": 2, "certifiedNormalAccommodation": 2});
    prison.dps_put(&format!("/locations/{cell}/capacity"), &capacity).await;
    prison.converged().await;
    let nomis = prison.in_nomis("A-001").await.unwrap();
    assert_eq!((&nomis["capacity"], &nomis["operationalCapacity"]), (&json!(3), &json!(2)));
}

/// A wing with a cell, both here and there; answers the cell's id.
async fn a_cell(estate: &Estate, prison: &Prison<'_>) -> String {
    let wing = prison.dps_add("A", "WING", None).await;
    let cell = prison.dps_add("001", "CELL", Some(&wing)).await;
    estate.quiet().await;
    cell
}

/// A fault in the delivery of the `deactivated` of cell A-001; that of the given delivery.
async fn when_deactivated_comes(estate: &Estate, prison: &Prison<'_>, phase: &str, action: Value, delivery: &str) {
    let matching = json!({"key": prison.key("A-001"), "delivery": delivery,
        "eventType": "location.inside.prison.deactivated"});
    let at = format!("{}.deliver", estate.queues.domain_queue);
    let rule = json!({"at": at, "phase": phase, "action": action, "times": 1, "match": matching});
    estate.fault(&estate.to_nomis, rule).await;
}

/// A7: `reactivated` comes first, finds NOMIS active, and comes again.
async fn a7_reactivated_overtakes_deactivated(estate: &Estate) {
    let prison = Prison::new(estate, "ARI").await;
    let cell = a_cell(estate, &prison).await;
    when_deactivated_comes(estate, &prison, "before", json!({"hold": 1}), "1").await;
    estate.takes(&estate.to_nomis, 0).await;
    prison.dps_deactivate(&cell, "DAMAGED").await;
    prison.dps_reactivate(&cell).await;
    estate.eventually("both events are in the queue", async || estate.has_told().await).await;
    estate.takes(&estate.to_nomis, 10).await;
    prison.converged().await;
    assert_eq!(prison.in_nomis("A-001").await.unwrap()["active"], true);
}

/// A8: `deactivated` comes a second time, after `reactivated`.
async fn a8_an_old_deactivated(estate: &Estate) {
    let prison = Prison::new(estate, "AGI").await;
    let cell = a_cell(estate, &prison).await;
    when_deactivated_comes(estate, &prison, "after", json!("reset"), "1").await;
    when_deactivated_comes(estate, &prison, "before", json!({"hold": 1}), "2").await;
    prison.dps_deactivate(&cell, "DAMAGED").await;
    let mut nomis = Value::Null;
    estate
        .eventually("NOMIS has closed it", async || {
            nomis = prison.in_nomis("A-001").await.unwrap();
            nomis["active"] == false
        })
        .await;
    assert_eq!(nomis["reasonCode"], "J");
    estate.takes(&estate.to_nomis, 0).await;
    prison.dps_reactivate(&cell).await;
    estate.eventually("the event is in the queue", async || estate.has_told().await).await;
    estate.takes(&estate.to_nomis, 10).await;
    estate.quiet().await;
    if estate.live() {
        assert_eq!(estate.dead_letters().await, 0);
        let found = prison.findings().await;
        assert!(found.len() == 1 && found[0].ends_with("Active mismatch"), "{found:?}");
    } else {
        prison.converged().await;
    }
}

/// A9: every DESCRIPTION below follows.
async fn a9_a_wing_gets_another_code(estate: &Estate) {
    let prison = Prison::new(estate, "AHI").await;
    let wing = prison.dps_add("A", "WING", None).await;
    for cell in ["001", "002", "003", "004"] {
        prison.dps_add(cell, "CELL", Some(&wing)).await;
    }
    estate.quiet().await;
    prison.dps_change(&wing, &json!({"code": "Z"})).await;
    estate.quiet().await;
    estate.redrive().await;
    prison.converged().await;
    assert!(prison.in_nomis("Z-004").await.is_some() && prison.in_nomis("A-004").await.is_none());
}

/// A10: an outage that outlasts three deliveries, but not ten.
async fn a10_nomis_is_down(estate: &Estate) {
    const CELLS: usize = 20;
    let prison = Prison::new(estate, "AJI").await;
    let wing = prison.dps_add("A", "WING", None).await;
    let mut cells = Vec::new();
    for cell in 1..=CELLS {
        cells.push(prison.dps_add(&format!("{cell:03}"), "CELL", Some(&wing)).await);
    }
    estate.quiet().await;
    let down = json!({"at": "nomis.http", "phase": "before", "action": {"status": 503}, "times": "always"});
    estate.fault(&estate.nomis, down).await;
    for cell in &cells {
        prison.dps_change(cell, &json!({"comments": "while NOMIS is down"})).await;
    }
    if estate.live() {
        estate.quiet().await;
        estate.no_faults(&estate.nomis).await;
        assert!(estate.dead_letters().await >= i64::try_from(CELLS).unwrap());
        estate.redrive().await;
    } else {
        let failures = async || {
            let told = estate.told_of(&estate.to_nomis, "location-amend-failed", "key").await;
            cells_with(&told, &prison.key("A-"), 4)
        };
        estate.eventually("each has failed more than three times", async || failures().await == CELLS).await;
        estate.no_faults(&estate.nomis).await;
    }
    prison.converged().await;
    assert_eq!(prison.in_nomis("A-001").await.unwrap()["comment"], "while NOMIS is down");
}

/// How many of these keys are there at least so often; only those that begin so count.
fn cells_with(told: &[String], beginning: &str, times: usize) -> usize {
    let mut counts = std::collections::BTreeMap::<&str, usize>::new();
    for key in told.iter().filter(|key| key.starts_with(beginning)) {
        *counts.entry(key).or_default() += 1;
    }
    counts.values().filter(|count| **count >= times).count()
}

/// A11: 60 characters are too many for NOMIS.
async fn a11_a_long_name(estate: &Estate) {
    let prison = Prison::new(estate, "AKI").await;
    let wing = prison.dps_add("A", "WING", None).await;
    estate.quiet().await;
    let name = "Wing of sixty characters, which is more than NOMIS can hold.";
    // Our service takes 40 here, but its column holds 80, and old rows do.
    estate.dps_sql(&format!("update location set local_name = '{name}' where id = '{wing}'")).await;
    prison.dps_change(&wing, &json!({"comments": "told"})).await;
    estate.quiet().await;
    let nomis = prison.in_nomis("A").await.unwrap();
    if estate.live() {
        assert_eq!((estate.dead_letters().await, nomis.get("userDescription")), (1, None));
        estate.forget_dead_letters().await;
        return;
    }
    assert_eq!(nomis["userDescription"].as_str().unwrap().chars().count(), 40);
    prison.converged().await;
    prison.screen_change("A", &json!({"comment": "seen"})).await;
    prison.converged().await;
    let dps = prison.in_dps("A").await.unwrap();
    assert_eq!(dps["localName"].as_str().map(str::len), Some(name.len()), "the cut name does not come back");
}

/// A12: the usage is left out and told, the rest is written.
async fn a12_a_usage_that_the_prison_lacks(estate: &Estate) {
    let prison = Prison::with_usages(estate, "AQI", &["VISIT", "OTH"]).await;
    let room = prison.dps_add_room("ROOM", &["OFFICIAL_VISITS", "APPOINTMENT"]).await;
    estate.quiet().await;
    if estate.live() {
        assert_eq!((estate.dead_letters().await, prison.in_nomis("ROOM").await), (1, None));
        estate.forget_dead_letters().await;
        return;
    }
    assert_eq!(nomis_usages(&prison).await, ["VISIT"]);
    // No service stands for OTHER; rows from NOMIS have it. The prison calls it OTH.
    let sql = "insert into non_residential_usage (location_id, usage_type, sequence) values";
    estate.dps_sql(&format!("{sql} ('{room}', 'OTHER', 99)")).await;
    prison.dps_change_room(&room, &json!({"comments": "for visits"})).await;
    estate.quiet().await;
    assert_eq!(nomis_usages(&prison).await, ["OTH", "VISIT"]);
    assert_eq!(prison.in_nomis("ROOM").await.unwrap()["comment"], "for visits");
    assert!(estate.told(&estate.to_nomis, "location-left-out", &prison.key("ROOM")).await > 0);
    assert_eq!(estate.dead_letters().await, 0);
    assert_eq!(prison.findings().await, [format!("{} mismatch usages", prison.key("ROOM"))]);
}

async fn nomis_usages(prison: &Prison<'_>) -> Vec<String> {
    let nomis = prison.in_nomis("ROOM").await.unwrap();
    let code = |usage: &Value| usage["internalLocationUsageType"].as_str().map(str::to_owned);
    let mut codes: Vec<String> = nomis["usages"].as_array().unwrap().iter().filter_map(code).collect();
    codes.sort_unstable();
    codes
}

/// A13: ELIGIBLE has no code. Only NOMIS could ever give attributes, so the row is made by SQL.
async fn a13_an_attribute_without_a_code(estate: &Estate) {
    let prison = Prison::new(estate, "AMI").await;
    let wing = prison.dps_add("A", "WING", None).await;
    let cell = prison.dps_add("001", "CELL", Some(&wing)).await;
    estate.quiet().await;
    let sql = "insert into residential_attribute (location_id, attribute_type, attribute_value) values";
    estate.dps_sql(&format!("{sql} ('{cell}', 'SECURITY', 'ELIGIBLE')")).await;
    let capacity = json!({"maxCapacity": 4, "workingCapacity": 2, "certifiedNormalAccommodation": 2});
    prison.dps_put(&format!("/locations/{cell}/capacity"), &capacity).await;
    estate.quiet().await;
    let nomis = prison.in_nomis("A-001").await.unwrap();
    if estate.live() {
        assert!(estate.dead_letters().await > 0);
        assert_eq!(nomis["capacity"], 2);
        estate.forget_dead_letters().await;
    } else {
        assert_eq!(nomis["capacity"], 4);
        prison.converged().await;
    }
}

/// A14: unarchived, a location is inactive in DPS; `live` makes it active in NOMIS.
async fn a14_unarchive(estate: &Estate) {
    let prison = Prison::new(estate, "ANI").await;
    let wing = prison.dps_add("A", "WING", None).await;
    let cell = prison.dps_add("001", "CELL", Some(&wing)).await;
    estate.quiet().await;
    prison.dps_put(&format!("/locations/{cell}/deactivate/permanent"), &json!({"reason": "gone"})).await;
    estate.quiet().await;
    let back = json!({"deactivationReason": "DAMAGED", "deactivationReasonDescription": "not yet"});
    prison.dps_put(&format!("/locations/{cell}/unarchive"), &back).await;
    estate.quiet().await;
    let active = prison.in_nomis("A-001").await.unwrap()["active"].clone();
    estate.forget_dead_letters().await;
    if estate.live() {
        assert_eq!(active, Value::Bool(true));
        let found = prison.findings().await;
        assert!(found.iter().any(|f| f.ends_with("Active mismatch")), "{found:?}");
    } else {
        prison.converged().await;
    }
}
