//! N1, N3 and N4: a prison goes over and back; events are switched off; DPS is master.

use reqwest::Method;
use serde_json::{Value, json};
use standin::commands::operator::{Operator, OperatorSettings};
use standin::commands::switch_over::{Target, switch_over};

use super::attempt;
use crate::support::{Estate, Prison, SECRET, settings};

pub async fn all(estate: &Estate) {
    attempt(estate, "N1", n1_over_and_back(estate)).await;
    attempt(estate, "N3", n3_an_event_type_is_switched_off(estate)).await;
    attempt(estate, "N4", n4_dps_is_master(estate)).await;
}

fn operator(estate: &Estate) -> Operator {
    let settings: OperatorSettings = settings(&[
        "--auth-url",
        &estate.auth,
        "--client-id",
        "operator",
        "--client-secret",
        SECRET,
        "--locations-url",
        &estate.locations,
        "--nomis-url",
        &estate.nomis,
        "--to-nomis-url",
        &estate.to_nomis,
        "--from-nomis-url",
        &estate.from_nomis,
        "--patience-seconds",
        "60",
    ]);
    Operator::new(settings).unwrap()
}

async fn over(estate: &Estate, prison: &Prison<'_>, to: Target) {
    let proof = switch_over(&operator(estate), prison.id, to).await.unwrap();
    assert_eq!(proof["findings"], json!([]), "{proof}");
}

/// What a screen answers to a change.
async fn screen(estate: &Estate, prison: &Prison<'_>, path: &str, changes: &Value) -> u16 {
    let id = prison.nomis_id(path).await;
    let url = format!("{}/standin/screens/OIMILOCA/locations/{id}?user=NOMIS_USER", estate.nomis);
    estate.call(Method::PATCH, &url, Some(changes)).await.status
}

async fn n1_over_and_back(estate: &Estate) {
    let prison = Prison::new(estate, "NAI").await;
    prison.built_in_nomis(&["001"]).await;
    let id = prison.in_dps("A-1-001").await.unwrap()["id"].as_str().unwrap().to_owned();
    for round in 0..2 {
        over(estate, &prison, Target::Dps).await;
        // The same again is no error.
        over(estate, &prison, Target::Dps).await;
        assert_eq!(screen(estate, &prison, "A-1-001", &json!({"comment": "blocked"})).await, 403);
        prison.dps_change(&id, &json!({"comments": format!("DPS {round}")})).await;
        prison.converged().await;
        over(estate, &prison, Target::Nomis).await;
        assert_eq!(screen(estate, &prison, "A-1-001", &json!({"comment": format!("NOMIS {round}")})).await, 200);
        prison.converged().await;
        assert_eq!(prison.in_dps("A-1-001").await.unwrap()["comments"], format!("NOMIS {round}"));
    }
}

async fn n3_an_event_type_is_switched_off(estate: &Estate) {
    let prison = Prison::new(estate, "NBI").await;
    prison.built_in_nomis(&["001"]).await;
    let url = format!("{}/standin/switches", estate.from_nomis);
    let off = json!({"events": {"AGENCY_INTERNAL_LOCATIONS-UPDATED": "off"}});
    estate.good(Method::PUT, &url, Some(&off)).await;
    prison.screen_change("A-1-001", &json!({"userDescription": "while off"})).await;
    if estate.live() {
        estate.quiet().await;
    }
    estate.good(Method::PUT, &url, Some(&json!({}))).await;
    estate.quiet().await;
    if estate.live() {
        let found = prison.findings().await;
        assert!(found.len() == 1 && found[0].ends_with("Local Name mismatch"), "{found:?}");
    } else {
        prison.converged().await;
    }
}

/// N4: one-way. A change with SQL in NOMIS is found, and DPS's state comes back.
async fn n4_dps_is_master(estate: &Estate) {
    let prison = Prison::new(estate, "NCI").await;
    prison.built_in_nomis(&["001"]).await;
    over(estate, &prison, Target::OneWay).await;
    let sql = "update agency_internal_locations set user_desc = 'by SQL' where description = 'NCI-A-1-001'";
    estate.nomis_sql(sql).await;
    estate.quiet().await;
    assert_eq!(prison.in_dps("A-1-001").await.unwrap().get("localName"), None, "NOMIS changes nothing any more");
    assert_eq!(estate.dead_letters().await, 0, "the refusal is an answer");
    let found = prison.findings().await;
    assert_eq!(found.len(), 1, "{found:?}");
    if !estate.live() {
        prison.repair().await;
        prison.converged().await;
        assert_eq!(prison.in_nomis("A-1-001").await.unwrap().get("userDescription"), None);
        over(estate, &prison, Target::Nomis).await;
    } else {
        // Nobody repairs it: the way back shows it again.
        let proof = switch_over(&operator(estate), prison.id, Target::Nomis).await.unwrap();
        assert_eq!(proof["findings"].as_array().map(Vec::len), Some(1), "{proof}");
    }
}
