//! C1 to C5: both directions at once; and drift that somebody has made with SQL.

use serde_json::{Value, json};

use super::attempt;
use crate::support::{Estate, Prison};

pub async fn all(estate: &Estate) {
    attempt(estate, "C1 C2", c1_c2_no_echo(estate)).await;
    attempt(estate, "C3 C4", c3_c4_what_nomis_can_not_say(estate)).await;
    attempt(estate, "C5", c5_the_same_location_on_both_sides(estate)).await;
    // `live` has no repair.
    if !estate.live() {
        attempt(estate, "injected drift", injected_drift_is_found_and_repaired(estate)).await;
    }
}

pub async fn c1_c2_no_echo(estate: &Estate) {
    let prison = Prison::new(estate, "CAI").await;
    let transactions =
        "select count(*) from linked_transaction where prison_id = 'CAI' and transaction_detail like 'NOMIS%'";
    let wing = prison.dps_add("A", "WING", None).await;
    let cell = prison.dps_add("001", "CELL", Some(&wing)).await;
    prison.dps_deactivate(&cell, "DAMAGED").await;
    prison.converged().await;
    assert_eq!(estate.dps_value::<i64>(transactions).await, 0, "no upsert came back");
    let by_sync = "select count(*) from agency_internal_locations
        where agy_loc_id = 'CAI' and audit_module_name = 'DPS_SYNCHRONISATION'";
    prison.screen_change("A", &json!({"comment": "painted"})).await;
    prison.screen_change("A-001", &json!({"comment": "painted"})).await;
    prison.converged().await;
    assert_eq!(estate.nomis_value::<i64>(by_sync).await, 0, "nothing was written back");
}

/// C3: the reason DAMP; C4: the attribute SAFE_CELL.
async fn c3_c4_what_nomis_can_not_say(estate: &Estate) {
    let prison = Prison::new(estate, "CBI").await;
    prison.built_in_nomis(&["001", "002"]).await;
    let id = |dps: Option<Value>| dps.unwrap()["id"].as_str().unwrap().to_owned();
    let (damp, safe) = (id(prison.in_dps("A-1-001").await), id(prison.in_dps("A-1-002").await));
    prison.dps_deactivate(&damp, "DAMP").await;
    estate.quiet().await;
    let code = prison.in_nomis("A-1-001").await.unwrap().get("reasonCode").cloned();
    assert_eq!(code, if estate.live() { None } else { Some(json!("K")) });
    prison.screen_change("A-1-001", &json!({"comment": "seen"})).await;
    estate.quiet().await;
    let reason = prison.in_dps("A-1-001").await.unwrap()["deactivatedReason"].clone();
    assert_eq!(reason, if estate.live() { "OTHER" } else { "DAMP" });

    let sql = "insert into residential_attribute (location_id, attribute_type, attribute_value) values";
    estate.dps_sql(&format!("{sql} ('{safe}', 'LOCATION_ATTRIBUTE', 'SAFE_CELL')")).await;
    prison.dps_change(&safe, &json!({"comments": "safe"})).await;
    estate.quiet().await;
    prison.screen_change("A-1-002", &json!({"userDescription": "Safe"})).await;
    estate.quiet().await;
    let attributes = prison.in_dps("A-1-002").await.unwrap()["attributes"].clone();
    assert_eq!(attributes, if estate.live() { json!([]) } else { json!(["SAFE_CELL"]) });
    assert_eq!(estate.dead_letters().await, 0);
    if !estate.live() {
        prison.converged().await;
    }
}

async fn c5_the_same_location_on_both_sides(estate: &Estate) {
    let prison = Prison::new(estate, "CCI").await;
    prison.built_in_nomis(&["001"]).await;
    assert_eq!(prison.findings().await, Vec::<String>::new());
    let id = prison.in_dps("A-1-001").await.unwrap()["id"].as_str().unwrap().to_owned();
    let (dps, nomis) = (json!({"comments": "of DPS"}), json!({"comment": "of NOMIS"}));
    tokio::join!(prison.dps_change(&id, &dps), prison.screen_change("A-1-001", &nomis));
    estate.quiet().await;
    let found = prison.findings().await;
    assert!(found.iter().all(|f| f == &format!("{} mismatch comments", prison.key("A-1-001"))), "{found:?}");
    if !estate.live() {
        prison.repair().await;
        prison.converged().await;
    }
}

/// Rows changed with SQL on either side, where no event tells of it: all are found, and all repaired.
pub async fn injected_drift_is_found_and_repaired(estate: &Estate) {
    let prison = Prison::new(estate, "CDI").await;
    prison.built_in_nomis(&["001", "002", "003", "004", "005", "006"]).await;
    assert_eq!(prison.findings().await, Vec::<String>::new());
    let nomis = [
        ("A-1-001", "comment_text = 'by SQL'"),
        ("A-1-002", "capacity = 9"),
        ("A-1-003", "active_flag = 'N', deactivate_reason_code = 'G'"),
    ];
    for (path, set) in nomis {
        let silent = "select set_config('nomis.silent', 'true', false)";
        let update = format!("update agency_internal_locations set {set} where description = '{}'", prison.key(path));
        estate.nomis_sql(&format!("{silent}; {update}")).await;
    }
    for (path, set) in
        [("A-1-004", "local_name = 'by SQL'"), ("A-1-005", "comments = 'by SQL'"), ("A-1-006", "status = 'INACTIVE'")]
    {
        estate
            .dps_sql(&format!("update location set {set} where prison_id = 'CDI' and path_hierarchy = '{path}'"))
            .await;
    }
    let found = prison.repair().await;
    for n in 1..=6 {
        let key = prison.key(&format!("A-1-00{n}"));
        assert!(found.iter().any(|f| f.starts_with(&key)), "{key} was not found: {found:?}");
    }
    prison.converged().await;
    assert_eq!(prison.findings_of_all().await, Vec::<String>::new());
}
