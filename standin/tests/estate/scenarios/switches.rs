//! N1 to N4: a prison goes over and back; all switches in any order; events are switched off; DPS is master.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use reqwest::Method;
use serde_json::{Value, json};
use standin::commands::operator::{Operator, OperatorSettings};
use standin::commands::switch_over::{Target, switch_over};

use super::attempt;
use crate::support::{Estate, Prison, SECRET, number_from, settings};

pub async fn all(estate: &Estate) {
    attempt(estate, "N1", n1_over_and_back(estate)).await;
    attempt(estate, "N2", n2_all_switches_in_any_order(estate)).await;
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

/// Switches that N2 throws if `N2_THROWS` does not say how many.
const N2_THROWS: u64 = 60;
const SCREENS: [&str; 3] = ["OIMILOCA", "OIMMHOLO", "OIMULOCA"];
const STATUS: [&str; 2] = ["INACTIVE", "ACTIVE"];

/// What N2 knows of a prison.
struct Thrown<'a> {
    prison: Prison<'a>,
    /// The cells that are changed in DPS; NOMIS changes the others, for a location that changes on both sides is C5.
    in_dps: Vec<String>,
    /// Whether the screen that NOMIS's changes come from is blocked.
    blocked: bool,
    /// Whether DPS was master for a while, and refused what NOMIS changed.
    was_one_way: bool,
}

impl<'a> Thrown<'a> {
    async fn new(estate: &'a Estate, id: &'static str) -> Self {
        let prison = Prison::new(estate, id).await;
        prison.built_in_nomis(&["001", "002", "003", "004"]).await;
        let mut in_dps = Vec::new();
        for path in ["A-1-001", "A-1-002"] {
            in_dps.push(prison.in_dps(path).await.unwrap()["id"].as_str().unwrap().to_owned());
        }
        Self { prison, in_dps, blocked: false, was_one_way: false }
    }

    /// Throws one of the switches S1 to S6 (08 section 13.2), or, in `fixed`, that of the direction.
    async fn throw(&mut self, dice: &mut StdRng) {
        let (estate, id, on) = (self.prison.estate, self.prison.id, dice.random_bool(0.5));
        let configuration = format!("{}/prison-configuration/{id}", estate.locations);
        let status = STATUS[usize::from(on)];
        let service = match dice.random_range(0..6) {
            0 => "resi-service",
            1 => "non-resi-service",
            2 => "certification-approval-required",
            3 => {
                let method = if on { Method::POST } else { Method::DELETE };
                let url = format!("{}/api/agency-switches/DISPLAY_HOUSING_CHECKBOX/agency/{id}", estate.nomis);
                let thrown = estate.call(method, &url, None).await.status;
                assert!([201, 204, 404, 409].contains(&thrown), "{url}: {thrown}");
                return;
            }
            4 => {
                let screen = SCREENS[dice.random_range(0..SCREENS.len())];
                return self.block(screen, on).await;
            }
            _ if estate.live() => return,
            _ => {
                self.was_one_way |= on;
                let mode = if on { "ONE_WAY" } else { "TWO_WAY" };
                estate.good(Method::PUT, &format!("{configuration}/nomis-sync/{mode}"), None).await;
                return;
            }
        };
        estate.good(Method::PUT, &format!("{configuration}/{service}/{status}"), None).await;
    }

    async fn block(&mut self, screen: &str, blocked: bool) {
        let (estate, id) = (self.prison.estate, self.prison.id);
        let url = format!("{}/api/splash-screen/{screen}/condition", estate.nomis);
        let body = json!({"conditionType": "CASELOAD", "conditionValue": id, "blockAccess": blocked});
        if estate.call(Method::POST, &url, Some(&body)).await.status == 409 {
            estate.good(Method::PUT, &format!("{url}/CASELOAD/{id}/{blocked}"), None).await;
        }
        if screen == SCREENS[0] {
            self.blocked = blocked;
        }
    }

    /// A change on each side.
    async fn change(&self, dice: &mut StdRng, number: u64) {
        let cell = &self.in_dps[dice.random_range(0..self.in_dps.len())];
        self.prison.dps_change(cell, &json!({"comments": format!("DPS {number}")})).await;
        let path = ["A-1-003", "A-1-004"][dice.random_range(0..2)];
        let changes = json!({"comment": format!("NOMIS {number}")});
        let answered = screen(self.prison.estate, &self.prison, path, &changes).await;
        assert_eq!(answered, if self.blocked { 403 } else { 200 }, "blocked: {}", self.blocked);
    }

    /// All as at the beginning: both sides may change, nothing is blocked.
    async fn open(&mut self) {
        let url = format!("{}/prison-configuration/{}", self.prison.estate.locations, self.prison.id);
        self.prison.estate.good(Method::PUT, &format!("{url}/nomis-sync/TWO_WAY"), None).await;
        for screen in SCREENS {
            self.block(screen, false).await;
        }
    }
}

/// S8 to S10: an event type, or all of them, off or on again.
async fn throw_events(estate: &Estate, dice: &mut StdRng) {
    let (role, events) = [
        (&estate.to_nomis, ["location.inside.prison.amended", "location.inside.prison.created"]),
        (&estate.from_nomis, ["AGENCY_INTERNAL_LOCATIONS-UPDATED", "AGY_INT_LOC_PROFILES-UPDATED"]),
    ][dice.random_range(0..2)];
    let wanted = match dice.random_range(0..4) {
        0 => json!({"all": "off"}),
        1 => json!({"events": {(events[dice.random_range(0..2)]): "off"}}),
        _ => json!({}),
    };
    estate.good(Method::PUT, &format!("{role}/standin/switches"), Some(&wanted)).await;
}

/// N2, with two prisons. `live` leaves out what loses changes: events that are off (N3), and the direction (N4).
async fn n2_all_switches_in_any_order(estate: &Estate) {
    let seed = number_from("N2_SEED").unwrap_or_else(|| rand::rng().random());
    let throws = number_from("N2_THROWS").unwrap_or(N2_THROWS);
    println!("N2 again with: N2_SEED={seed} N2_THROWS={throws} SCENARIOS=N2");
    let mut dice = StdRng::seed_from_u64(seed);
    let mut prisons = [Thrown::new(estate, "NDI").await, Thrown::new(estate, "NEI").await];
    for number in 0..throws {
        let one = dice.random_range(0..prisons.len());
        prisons[one].throw(&mut dice).await;
        if !estate.live() && dice.random_bool(0.2) {
            throw_events(estate, &mut dice).await;
        }
        for thrown in &prisons {
            thrown.change(&mut dice, number).await;
        }
    }
    for role in [&estate.to_nomis, &estate.from_nomis] {
        estate.good(Method::PUT, &format!("{role}/standin/switches"), Some(&json!({}))).await;
    }
    for thrown in &mut prisons {
        thrown.open().await;
    }
    estate.quiet().await;
    for thrown in &prisons {
        if thrown.was_one_way {
            // What NOMIS changed while DPS was master was refused: found, and repaired.
            let found = thrown.prison.repair().await;
            assert!(found.iter().all(|f| f.ends_with("mismatch comments")), "{found:?}");
        }
        thrown.prison.converged().await;
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
