//! Random sequences of writes over HTTP on one prison. After each one the tables are held against what has to be true of
//! every prison, and the events against the difference that the write made to the tables.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::Method;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

use crate::support::around::Around;
use crate::support::estate::add_wing;
use crate::support::service::{Reply, TestService};

/// A location as the tables have it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Row {
    id: String,
    parent: Option<String>,
    path: String,
    code: String,
    status: String,
    kind: String,
    /// Max, working, certified normal accommodation; 0 where there are none.
    capacity: [i64; 3],
    certified: bool,
    /// Everything else of the row, with used-for and specialist types.
    rest: Value,
}

impl Row {
    fn is_draft(&self) -> bool {
        self.status == "DRAFT"
    }
}

/// The prison, by id.
type Prison = BTreeMap<String, Row>;

async fn prison(service: &TestService) -> Prison {
    let sql = "SELECT l.*, c.max_capacity, c.working_capacity, c.certified_normal_accommodation,
            (SELECT jsonb_agg(used_for ORDER BY used_for) FROM cell_used_for u WHERE u.location_id = l.id) AS used_for,
            (SELECT jsonb_agg(specialist_cell_type ORDER BY specialist_cell_type) FROM specialist_cell s
                WHERE s.location_id = l.id) AS specialist
        FROM location l LEFT JOIN capacity c ON c.id = l.capacity_id";
    let text = |v: &Value| v.as_str().map(str::to_owned);
    let number = |v: &Value| v.as_i64().unwrap_or(0);
    let row = |r: Value| {
        let row = Row {
            id: text(&r["id"]).unwrap(),
            parent: text(&r["parent_id"]),
            path: text(&r["path_hierarchy"]).unwrap(),
            code: text(&r["code"]).unwrap(),
            status: text(&r["status"]).unwrap(),
            kind: text(&r["location_type_discriminator"]).unwrap(),
            capacity: ["max_capacity", "working_capacity", "certified_normal_accommodation"].map(|c| number(&r[c])),
            certified: r["certified_cell"] == true,
            rest: r,
        };
        (row.id.clone(), row)
    };
    service.rows(sql).await.into_iter().map(row).collect()
}

fn above<'a>(prison: &'a Prison, row: &'a Row) -> Vec<&'a Row> {
    let mut line = Vec::new();
    let mut next = row.parent.as_ref();
    while let Some(parent) = next.and_then(|id| prison.get(id)) {
        assert!(line.len() < prison.len(), "a circle above {}", row.path);
        line.push(parent);
        next = parent.parent.as_ref();
    }
    line
}

/// A kind of write; what it answers is 2xx or a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Write {
    Deactivate,
    Reactivate,
    Archive,
    Unarchive,
    Capacity,
    Mark,
    Sanitation,
    Specialist,
    UsedFor,
    Room,
    Cell,
    Comments,
    Code,
    NewCells,
    DeleteDraft,
}

const WRITES: [Write; 15] = [
    Write::Deactivate,
    Write::Reactivate,
    Write::Archive,
    Write::Unarchive,
    Write::Capacity,
    Write::Mark,
    Write::Sanitation,
    Write::Specialist,
    Write::UsedFor,
    Write::Room,
    Write::Cell,
    Write::Comments,
    Write::Code,
    Write::NewCells,
    Write::DeleteDraft,
];

async fn send(service: &TestService, what: Write, target: &Row, chance: &mut StdRng) -> Reply {
    let id = &target.id;
    let number: u32 = chance.random_range(0..4);
    let (method, path, body) = match what {
        Write::Deactivate => {
            let body = json!({"deactivationReason": if number < 2 { "DAMP" } else { "PEST" }});
            (Method::PUT, format!("/locations/{id}/deactivate/temporary"), body)
        }
        Write::Reactivate => {
            let path = format!("/locations/{id}/reactivate?cascade-reactivation={}", number < 2);
            (Method::PUT, path, json!({}))
        }
        Write::Archive => (Method::PUT, format!("/locations/{id}/deactivate/permanent"), json!({"reason": "gone"})),
        Write::Unarchive => {
            (Method::PUT, format!("/locations/{id}/unarchive"), json!({"deactivationReason": "REFURBISHMENT"}))
        }
        Write::Capacity => {
            let [max, working, certified]: [u32; 3] = std::array::from_fn(|_| chance.random_range(0..4));
            let body =
                json!({"maxCapacity": max, "workingCapacity": working, "certifiedNormalAccommodation": certified});
            (Method::PUT, format!("/locations/{id}/capacity"), body)
        }
        Write::Mark => {
            let body = json!({"cellMark": format!("M{number}")});
            (Method::PUT, format!("/locations/residential/{id}/cell-mark-change"), body)
        }
        Write::Sanitation => {
            let body = json!({"inCellSanitation": number < 2});
            (Method::PUT, format!("/locations/residential/{id}/cell-sanitation-change"), body)
        }
        Write::Specialist => {
            let types =
                [json!([]), json!(["CSU"]), json!(["SAFE_CELL"]), json!(["CSU", "DRY"])][number as usize].clone();
            (Method::PUT, format!("/locations/{id}/specialist-cell-types"), types)
        }
        Write::UsedFor => {
            let types = if number < 2 { json!(["REMAND"]) } else { json!(["STANDARD_ACCOMMODATION", "REMAND"]) };
            (Method::PUT, format!("/locations/{id}/used-for-type"), types)
        }
        Write::Room => {
            let body = json!({"convertedCellType": "OFFICE"});
            (Method::PUT, format!("/locations/{id}/convert-cell-to-non-res-cell"), body)
        }
        Write::Cell => {
            let body = json!({"accommodationType": "NORMAL_ACCOMMODATION", "maxCapacity": 2, "workingCapacity": 1});
            (Method::PUT, format!("/locations/{id}/convert-to-cell"), body)
        }
        Write::Comments => {
            (Method::PATCH, format!("/locations/residential/{id}"), json!({"comments": format!("c{number}")}))
        }
        Write::Code => (Method::PATCH, format!("/locations/residential/{id}"), json!({"code": format!("N{number}")})),
        Write::NewCells => {
            let cell = json!({"code": format!("D{number}"), "maxCapacity": 2, "workingCapacity": 1,
                "certifiedNormalAccommodation": 1});
            let body = json!({"prisonId": "LEI", "parentLocation": id, "cells": [cell]});
            (Method::POST, "/locations/create-cells".to_owned(), body)
        }
        Write::DeleteDraft => (Method::DELETE, format!("/locations/{id}"), json!({})),
    };
    let call = service.request(method, &path).role("MAINTAIN_LOCATIONS").role("UNARCHIVE_LOCATIONS").write();
    call.json(&body).send().await
}

/// What has to be true of the tables at any time. A deleted draft leaves its row of `capacity` behind, as the live service
/// does (04 section 23): there may be so many `left`.
async fn assert_whole(service: &TestService, prison: &Prison, left: i64, trail: &[String]) {
    for row in prison.values() {
        let line = above(prison, row);
        let expected = line.first().map_or(row.code.clone(), |parent| format!("{}-{}", parent.path, row.code));
        assert_eq!(row.path, expected);
        let room = !row.rest["converted_cell_type"].is_null();
        assert!(!(room && (row.certified || row.capacity != [0; 3])), "a room with a capacity: {row:?}");
        assert!(row.capacity[1] <= row.capacity[0], "{row:?}");
        assert_eq!(row.status == "ARCHIVED", !row.rest["archived_reason"].is_null(), "{row:?}");
        if row.status == "ACTIVE" {
            for column in ["deactivated_reason", "deactivated_date", "deactivated_by", "proposed_reactivation_date"] {
                assert!(row.rest[column].is_null(), "{column} of {row:?}");
            }
        }
    }
    let capacities = "capacity c WHERE NOT EXISTS (SELECT 1 FROM location l WHERE l.capacity_id = c.id)";
    assert_eq!(service.count(capacities).await, left, "{trail:#?}");
    // Nothing hangs on what is not there, and nothing is left that hangs on nothing.
    for (what, orphans) in [
        ("used-for", "cell_used_for c WHERE NOT EXISTS (SELECT 1 FROM location l WHERE l.id = c.location_id)"),
        ("specialist", "specialist_cell c WHERE NOT EXISTS (SELECT 1 FROM location l WHERE l.id = c.location_id)"),
        ("history", "location_history c WHERE NOT EXISTS (SELECT 1 FROM location l WHERE l.id = c.location_id)"),
        (
            "history's transaction",
            "location_history c WHERE NOT EXISTS (SELECT 1 FROM linked_transaction t WHERE t.id = c.linked_transaction_id)",
        ),
        ("transaction", "linked_transaction WHERE prison_id <> 'LEI' OR tx_end_time IS NULL"),
        ("request", "certification_approval_request"),
    ] {
        assert_eq!(service.count(orphans).await, 0, "{what}: {trail:#?}");
    }
}

/// Event type and key; how often each.
type Events = BTreeMap<(String, String), usize>;

fn key(row: &Row) -> String {
    format!("LEI-{}", row.path)
}

/// The events that the difference between two states calls for. `target` is what was written to.
fn called_for(what: Write, before: &Prison, after: &Prison, target: &str) -> Events {
    let mut events = Events::new();
    let mut tell = |kind: &str, row: &Row| {
        // What is archived is spoken of, draft or not; but not of the numbers of a draft.
        let shown_as_draft = row.is_draft() && above(after, row).iter().all(|parent| parent.status != "ARCHIVED");
        if !(shown_as_draft || row.is_draft() && kind.ends_with(".changed")) {
            *events.entry((kind.to_owned(), key(row))).or_default() += 1;
        }
    };
    let pairs: Vec<(&Row, &Row)> = after.values().filter_map(|now| Some((before.get(&now.id)?, now))).collect();
    for (was, now) in &pairs {
        if was.capacity != now.capacity {
            tell("capacity.changed", now);
        }
        if was.certified != now.certified {
            tell("certification.changed", now);
        }
    }
    let became = |from: &str, to: &str| -> Vec<&Row> {
        pairs.iter().filter(|(was, now)| was.status == from && now.status == to).map(|(_, now)| *now).collect()
    };
    let each_above = |rows: &[&Row]| -> BTreeSet<String> {
        rows.iter().flat_map(|row| above(after, row)).map(|row| row.id.clone()).collect()
    };
    let Some(row) = after.get(target) else {
        // A deleted draft is spoken of only where it was shown as archived; what was below it was then shown nowhere.
        let gone = &before[target];
        if above(before, gone).iter().any(|parent| parent.status == "ARCHIVED") {
            events.insert(("deleted".to_owned(), key(gone)), 1);
        }
        return events;
    };
    let with_above = |kind: &str, tell: &mut dyn FnMut(&str, &Row)| {
        tell(kind, row);
        above(after, row).into_iter().for_each(|parent| tell("amended", parent));
    };
    match what {
        Write::Mark | Write::Sanitation | Write::NewCells | Write::DeleteDraft => {}
        Write::Deactivate => {
            let closed = became("ACTIVE", "INACTIVE");
            let closed_ids: BTreeSet<&String> = closed.iter().map(|row| &row.id).collect();
            closed.iter().for_each(|row| tell("deactivated", row));
            // Those above, and those that were inactive and got other details.
            let mut amended = each_above(&closed);
            let changed =
                pairs.iter().filter(|(was, now)| was.rest["deactivated_reason"] != now.rest["deactivated_reason"]);
            amended.extend(changed.map(|(_, now)| now.id.clone()));
            amended.iter().filter(|id| !closed_ids.contains(id)).for_each(|id| tell("amended", &after[id]));
        }
        Write::Reactivate => {
            let opened = became("INACTIVE", "ACTIVE");
            opened.iter().for_each(|row| tell("reactivated", row));
            each_above(&opened).iter().for_each(|id| tell("amended", &after[id]));
        }
        Write::Archive => {
            let was = &before[target];
            let open = std::iter::once(was).chain(above(before, was)).all(|row| row.status == "ACTIVE");
            let room = !was.rest["converted_cell_type"].is_null()
                && was.status == "ACTIVE"
                && above(before, was).iter().all(|row| row.status != "ARCHIVED");
            if open || room { with_above("deactivated", &mut tell) } else { tell("deactivated", row) }
        }
        Write::Unarchive => {
            with_above("reactivated", &mut tell);
            let shown = |below: &&Row| {
                let line = above(after, below);
                let place = line.iter().position(|parent| parent.id == row.id);
                place.is_some_and(|p| line[..p].iter().chain([below]).all(|l| l.status != "ARCHIVED"))
            };
            // What is above may keep it archived.
            if above(after, row).iter().all(|parent| parent.status != "ARCHIVED") {
                after.values().filter(shown).for_each(|below| tell("reactivated", below));
            }
        }
        Write::Capacity if row.is_draft() => tell("amended", row),
        Write::Capacity | Write::Room | Write::Cell => with_above("amended", &mut tell),
        Write::Specialist | Write::Comments => tell("amended", row),
        Write::UsedFor | Write::Code => {
            tell("amended", row);
            let changed_code = what == Write::UsedFor || before[target].code != row.code;
            let below = |l: &&Row| changed_code && above(after, l).iter().any(|parent| parent.id == row.id);
            let open = |l: &&Row| std::iter::once(*l).chain(above(after, l)).all(|a| a.status != "ARCHIVED");
            after.values().filter(below).filter(open).for_each(|l| tell("amended", l));
        }
    }
    events
}

async fn sent(service: &TestService) -> Events {
    let mut events = Events::new();
    for event in service.events().await {
        let (kind, key) = event.split_once(' ').unwrap();
        *events.entry((kind.to_owned(), key.to_owned())).or_default() += 1;
    }
    service.database.execute("TRUNCATE locations_service.domain_event, locations_service.audit_message").await;
    events
}

/// Tables that a refused write leaves alone, as counts.
async fn leftovers(service: &TestService) -> [i64; 3] {
    let mut counts = [0; 3];
    for (count, table) in counts.iter_mut().zip(["linked_transaction", "location_history", "capacity"]) {
        *count = service.count(table).await;
    }
    counts
}

/// The location to write to; ids differ from run to run, paths do not. What is archived is often asked back.
fn choose(prison: &Prison, what: Write, chance: &mut StdRng) -> Row {
    let mut rows: Vec<&Row> = prison.values().collect();
    rows.sort_by(|a, b| a.path.cmp(&b.path));
    let archived: Vec<&Row> = rows.iter().filter(|row| row.status == "ARCHIVED").copied().collect();
    let rows = if what == Write::Unarchive && !archived.is_empty() { archived } else { rows };
    rows[chance.random_range(0..rows.len())].clone()
}

async fn random_writes(seed: u64, writes: usize) {
    let mut chance = StdRng::seed_from_u64(seed);
    let service = Around::with_prisoners_in(&[]).await.service().await;
    add_wing(&service.database, 3).await;
    let (mut done, mut left, mut trail) = (BTreeSet::new(), 0, Vec::new());
    for _ in 0..writes {
        let before = prison(&service).await;
        let kept = leftovers(&service).await;
        let what = WRITES[chance.random_range(0..WRITES.len())];
        let target = choose(&before, what, &mut chance);
        let reply = send(&service, what, &target, &mut chance).await;
        trail.push(format!("{what:?} {} {} -> {}", target.kind, target.path, reply.status));
        let after = prison(&service).await;
        let gone = before.values().filter(|row| !after.contains_key(&row.id));
        left += i64::try_from(gone.filter(|row| !row.rest["capacity_id"].is_null()).count()).unwrap();
        assert_whole(&service, &after, left, &trail).await;
        let told = sent(&service).await;
        if reply.status.is_success() {
            done.insert(format!("{what:?}"));
            let mut expected = called_for(what, &before, &after, &target.id);
            if what == Write::Capacity && before == after {
                // Which locations are amended depends on what was asked for; it is the target, or its line.
                let amended = ("amended".to_owned(), key(&target));
                assert!(target.is_draft() || told.contains_key(&amended), "seed {seed}: {trail:#?}");
                let line: BTreeSet<String> =
                    above(&after, &target).into_iter().map(key).chain([key(&target)]).collect();
                assert!(
                    told.keys().all(|(kind, key)| kind == "amended" && line.contains(key)),
                    "seed {seed}: {told:?}"
                );
                expected = told.clone();
            }
            assert_eq!(told, expected, "seed {seed}: {trail:#?}");
        } else {
            assert!(reply.status.is_client_error(), "seed {seed}: {trail:#?} {reply:?}");
            assert_eq!(told, Events::new(), "seed {seed}: {trail:#?}");
            assert_eq!(after, before, "seed {seed}: {trail:#?}");
            assert_eq!(leftovers(&service).await, kept, "seed {seed}: {trail:#?}");
        }
    }
    assert!(done.len() >= 8, "seed {seed} did little: {done:?}");
}

#[tokio::test]
async fn any_sequence_of_writes_leaves_whole_tables_and_tells_what_changed() {
    for seed in 1..=2 {
        random_writes(seed, 60).await;
    }
}

#[tokio::test]
#[ignore = "takes minutes"]
async fn many_long_sequences_of_writes_leave_whole_tables_and_tell_what_changed() {
    for seed in 100..120 {
        random_writes(seed, 150).await;
    }
}
