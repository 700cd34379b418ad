//! B1 to B10: NOMIS to DPS.

use reqwest::Method;
use serde_json::json;

use super::attempt;
use crate::support::{Estate, Prison};

pub async fn all(estate: &Estate) {
    attempt(estate, "B1", b1_a_cell_before_its_wing(estate)).await;
    attempt(estate, "B2", b2_one_save_of_three_tables(estate)).await;
    attempt(estate, "B3", b3_crash_before_the_mapping(estate)).await;
    attempt(estate, "B4", b4_the_mapping_fails_once(estate)).await;
    attempt(estate, "B5", b5_a_visit_room(estate)).await;
    attempt(estate, "B6", b6_an_edit_of_what_dps_has_archived(estate)).await;
    attempt(estate, "B7", b7_unknown_codes(estate)).await;
    attempt(estate, "B8", b8_a_landing_before_its_cell_is_deleted(estate)).await;
    attempt(estate, "B9", b9_a_prison_that_is_left_alone(estate)).await;
    attempt(estate, "B10", b10_a_wing_is_closed(estate)).await;
}

async fn b1_a_cell_before_its_wing(estate: &Estate) {
    let prison = Prison::new(estate, "BAI").await;
    let hold = json!({"at": format!("{}.deliver", estate.queues.prison_queue), "phase": "before",
        "action": {"hold": 1}, "times": 1, "match": {"description": prison.key("A")}});
    estate.fault(&estate.from_nomis, hold).await;
    prison.screen_add("A", "WING", &json!({})).await;
    prison.screen_add("A-001", "CELL", &json!({})).await;
    estate.quiet().await;
    if estate.live() {
        estate.redrive().await;
    }
    prison.converged().await;
    assert!(prison.in_dps("A-001").await.is_some());
}

/// B2: a location event, one for each profile and usage row; one state in DPS.
pub async fn b2_one_save_of_three_tables(estate: &Estate) {
    let prison = Prison::new(estate, "BBI").await;
    prison.built_in_nomis(&["001"]).await;
    let profile = json!({"profileType": "HOU_UNIT_ATT", "profileCode": "LF"});
    prison.screen_change("A-1-001", &json!({"comment": "flat", "capacity": 3, "profiles": [profile]})).await;
    prison.converged().await;
    let dps = prison.in_dps("A-1-001").await.unwrap();
    assert_eq!(
        (&dps["comments"], &dps["attributes"], &dps["capacity"]["maxCapacity"]),
        (&json!("flat"), &json!(["LOCATE_FLAT"]), &json!(3))
    );
    let usage = json!({"internalLocationUsageType": "VISIT", "capacity": 9, "sequence": 2});
    prison.screen_add("ROOM", "VISIT", &json!({"usages": [usage]})).await;
    prison.converged().await;
}

async fn b3_crash_before_the_mapping(estate: &Estate) {
    let prison = Prison::new(estate, "BCI").await;
    let starts = estate.roles.from_nomis.starts();
    let crash = json!({"at": "from-nomis.locations.create", "phase": "after", "action": "crash", "times": 1,
        "match": {"prisonId": prison.id}});
    estate.fault(&estate.from_nomis, crash).await;
    prison.screen_add("A", "WING", &json!({})).await;
    estate.eventually("the role has crashed", async || estate.roles.from_nomis.starts() > starts).await;
    estate.quiet().await;
    // Our service answers a repeated create with the row that is there (decision D4), where nothing has changed in between: so the profile
    // `live` converges as well.
    prison.converged().await;
}

async fn b4_the_mapping_fails_once(estate: &Estate) {
    let prison = Prison::new(estate, "BDI").await;
    let rule = json!({"at": "from-nomis.mapping.create", "phase": "after", "action": {"status": 503}, "times": 1});
    estate.fault(&estate.from_nomis, rule).await;
    prison.screen_add("A", "WING", &json!({})).await;
    prison.converged().await;
    let name = "locations-mapping-created-synchronisation-success";
    assert_eq!(estate.told(&estate.from_nomis, name, &prison.key("A")).await, 1);
}

async fn b5_a_visit_room(estate: &Estate) {
    let prison = Prison::new(estate, "BEI").await;
    prison.screen_add("VISIT", "VISIT", &json!({})).await;
    estate.quiet().await;
    let url = format!("{}/standin/nomis/visit-rooms", estate.nomis);
    estate.good(Method::POST, &url, Some(&json!({"prisonId": prison.id, "kind": "SOCIAL"}))).await;
    prison.converged().await;
    assert_eq!(prison.in_dps("VISIT-VSIP_SOC").await.unwrap()["localName"], "VISITS - SOCIAL");
}

async fn b6_an_edit_of_what_dps_has_archived(estate: &Estate) {
    let prison = Prison::new(estate, "BFI").await;
    prison.built_in_nomis(&["001"]).await;
    let id = prison.in_dps("A-1-001").await.unwrap()["id"].as_str().unwrap().to_owned();
    prison.dps_put(&format!("/locations/{id}/deactivate/permanent"), &json!({"reason": "gone"})).await;
    estate.quiet().await;
    prison.screen_change("A-1-001", &json!({"comment": "still here"})).await;
    estate.quiet().await;
    let name = "locations-updated-synchronisation-skipped-deactivated";
    assert_eq!(estate.told(&estate.from_nomis, name, &prison.key("A-1-001")).await, 1);
    assert_eq!((estate.dead_letters().await, prison.findings().await), (0, Vec::new()));
}

async fn b7_unknown_codes(estate: &Estate) {
    let prison = Prison::new(estate, "BGI").await;
    prison.built_in_nomis(&["001"]).await;
    let profile = json!({"profileType": "HOU_UNIT_ATT", "profileCode": "LISTENER"});
    prison.screen_change("A-1-001", &json!({"profiles": [profile]})).await;
    prison.converged().await;
    prison.screen_add("CASTLE", "CASTLE", &json!({})).await;
    estate.quiet().await;
    assert_eq!((estate.dead_letters().await, prison.in_dps("CASTLE").await), (1, None));
    let alert = "AGENCY_INTERNAL_LOCATIONS-UPDATED-sent-to-dlq";
    let alerts = estate.told_of(&estate.from_nomis, alert, "description").await;
    assert_eq!(alerts.iter().filter(|key| **key == prison.key("CASTLE")).count(), 1, "{alerts:?}");
    let found = prison.findings().await;
    assert!(found.len() == 1 && found[0].ends_with("missing-mapping"), "{found:?}");
    estate.forget_dead_letters().await;
}

async fn b8_a_landing_before_its_cell_is_deleted(estate: &Estate) {
    let prison = Prison::new(estate, "BHI").await;
    prison.built_in_nomis(&["001"]).await;
    let hold = json!({"at": format!("{}.deliver", estate.queues.prison_queue), "phase": "before",
        "action": {"hold": 1}, "times": 1, "match": {"description": prison.key("A-1-001")}});
    estate.fault(&estate.from_nomis, hold).await;
    prison.screen_delete("A-1-001").await;
    prison.screen_delete("A-1").await;
    prison.converged().await;
    assert!(prison.in_dps("A-1").await.is_none() && prison.in_dps("A").await.is_some());
}

/// B9: a prison for transfers; its profile event has no prison in it, so `live` fails for want of a mapping.
async fn b9_a_prison_that_is_left_alone(estate: &Estate) {
    let prison = Prison::new(estate, "TRN").await;
    prison.screen_add("A", "WING", &json!({})).await;
    estate.quiet().await;
    assert_eq!(estate.dead_letters().await, 0);
    let profile = json!({"profileType": "HOU_UNIT_ATT", "profileCode": "LF"});
    prison.screen_change("A", &json!({"profiles": [profile]})).await;
    estate.quiet().await;
    assert_eq!(estate.dead_letters().await, if estate.live() { 1 } else { 0 });
    estate.forget_dead_letters().await;
}

/// B10: DPS closes what is below; NOMIS does not, and nobody tells it.
pub async fn b10_a_wing_is_closed(estate: &Estate) {
    let prison = Prison::new(estate, "BJI").await;
    prison.built_in_nomis(&["001", "002"]).await;
    assert_eq!(prison.findings().await, Vec::<String>::new());
    prison.screen_change("A", &json!({"active": false, "reasonCode": "J"})).await;
    estate.quiet().await;
    let found = prison.findings().await;
    assert!(!found.is_empty() && found.iter().all(|f| f.contains(&prison.key("A-1"))), "{found:?}");
    if !estate.live() {
        prison.repair().await;
        prison.converged().await;
        assert_eq!(prison.in_nomis("A-1-001").await.unwrap()["active"], false);
    }
}
