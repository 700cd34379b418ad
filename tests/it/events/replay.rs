//! Replay tells the present of locations (decisions C5).

use locations_inside_prison_api::clock::Clock;
use locations_inside_prison_api::domain::event::EventType;
use locations_inside_prison_api::events::replay::{self, Replay, Selection};
use locations_inside_prison_api::store::{Store, Wake, lock::PrisonQueues};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::aws::FakeAws;
use crate::support::database::TestDatabase;
use crate::support::relays::TestRelays;

const WING: Uuid = Uuid::from_u128(1);
const CELL: Uuid = Uuid::from_u128(2);
const DRAFT: Uuid = Uuid::from_u128(4);

/// LEI: wing A, active, with a cell 001, inactive, and a draft 002; inactive wing B with an active cell below. MDI: wing A.
async fn a_prison(database: &TestDatabase) {
    let rows = [
        (1, "LEI", "A", None, "WING", "RESIDENTIAL", "ACTIVE"),
        (2, "LEI", "A-001", Some(1), "CELL", "CELL", "INACTIVE"),
        (4, "LEI", "A-002", Some(1), "CELL", "CELL", "DRAFT"),
        (5, "LEI", "B", None, "WING", "RESIDENTIAL", "INACTIVE"),
        (6, "LEI", "B-001", Some(5), "CELL", "CELL", "ACTIVE"),
        (7, "MDI", "A", None, "WING", "RESIDENTIAL", "ARCHIVED"),
    ];
    for (id, prison, path, parent, location_type, kind, status) in rows {
        sqlx::query(
            "INSERT INTO location (id, prison_id, path_hierarchy, code, location_type, parent_id, residential_housing_type,
                accommodation_type, when_created, when_updated, updated_by, location_type_discriminator, status,
                certified_cell, temporarily_off_cell_cert)
             VALUES ($1, $2, $3, 'A', $4, $5, 'NORMAL_ACCOMMODATION', 'NORMAL_ACCOMMODATION', now(), now(), 'U', $6, $7,
                false, false)",
        )
        .bind(Uuid::from_u128(id))
        .bind(prison)
        .bind(path)
        .bind(location_type)
        .bind(parent.map(Uuid::from_u128))
        .bind(kind)
        .bind(status)
        .execute(&database.pool)
        .await
        .unwrap();
    }
}

async fn replay(database: &TestDatabase, selection: Selection, dry_run: bool) -> Replay {
    let store = Store {
        pool: database.pool.clone(),
        queues: PrisonQueues::default(),
        wake: Wake::default(),
        capacity_and_certification_events: true,
    };
    let clock = Clock::fixed("2024-06-05T11:34:56Z".parse().unwrap());
    replay::run(&store, &clock, &selection, dry_run).await.unwrap()
}

fn said(replay: &Replay) -> Vec<(&str, EventType)> {
    replay.events.iter().map(|event| (event.key.as_str(), event.event_type)).collect()
}

fn by_id(ids: &[Uuid]) -> Selection {
    Selection::Locations { ids: ids.to_vec(), keys: Vec::new() }
}

#[tokio::test]
async fn a_prison_is_told_as_it_is_parents_first() {
    let database = TestDatabase::new().await;
    a_prison(&database).await;
    let replay = replay(&database, Selection::Prison("LEI".into()), false).await;
    let expected = [
        ("LEI-A", EventType::Amended),
        ("LEI-A-001", EventType::Amended),
        ("LEI-A-001", EventType::Deactivated),
        ("LEI-B", EventType::Amended),
        ("LEI-B", EventType::Deactivated),
        ("LEI-B-001", EventType::Amended),
        ("LEI-B-001", EventType::Deactivated),
    ];
    assert_eq!(said(&replay), expected);
    assert_eq!(replay.drafts, ["LEI-A-002"]);
    let written: Value = database
        .value(
            "SELECT jsonb_agg(jsonb_build_array(location_key, event_type) ORDER BY id)
             FROM locations_service.domain_event WHERE replay AND prison_id = 'LEI'",
        )
        .await;
    let expected: Vec<Value> = expected.iter().map(|(key, event_type)| json!([key, event_type.as_str()])).collect();
    assert_eq!(written, Value::Array(expected));
}

#[tokio::test]
async fn a_replayed_event_says_so_and_speaks_for_dps_with_a_new_id() {
    let (aws, database) = (FakeAws::start().await, TestDatabase::new().await);
    a_prison(&database).await;
    let relays = TestRelays::start(&database, &aws.url);
    replay(&database, by_id(&[CELL]), false).await;
    replay(&database, by_id(&[CELL]), false).await;
    database.all_sent().await;
    let published = aws.published();
    assert_eq!(published.len(), 4);
    assert!(published.iter().all(|entry| entry.attribute("replay") == "true"));
    let ids: std::collections::HashSet<&str> = published.iter().map(|entry| entry.attribute("eventId")).collect();
    assert_eq!(ids.len(), 4);
    assert_eq!(published[1].attribute("eventType"), "location.inside.prison.deactivated");
    let message: Value = serde_json::from_str(&published[1].message).unwrap();
    assert_eq!(
        message,
        json!({
            "eventType": "location.inside.prison.deactivated",
            "additionalInformation": {
                "id": CELL, "key": "LEI-A-001", "source": "DPS", "locationId": CELL, "locationKey": "LEI-A-001"
            },
            "version": "1.0",
            "occurredAt": "2024-06-05T12:34:56+01:00",
            "description": "Location LEI-A-001 deactivated"
        })
    );
    let audit: i64 = database.value("SELECT count(*) FROM locations_service.audit_message").await;
    assert_eq!(audit, 0, "audit is never replayed");
    relays.stop().await;
}

#[tokio::test]
async fn a_dry_run_says_the_same_and_writes_nothing() {
    let database = TestDatabase::new().await;
    a_prison(&database).await;
    let selection = Selection::Locations { ids: vec![WING], keys: vec!["MDI-A".into(), "LEI-A-001".into()] };
    let dry = replay(&database, selection.clone(), true).await;
    let expected = [
        ("LEI-A", EventType::Amended),
        ("LEI-A-001", EventType::Amended),
        ("LEI-A-001", EventType::Deactivated),
        ("MDI-A", EventType::Amended),
        ("MDI-A", EventType::Deactivated),
    ];
    assert_eq!(said(&dry), expected);
    assert_eq!(database.unsent().await, 0);
    assert_eq!(replay(&database, selection, false).await, dry);
    assert_eq!(database.unsent().await, 5);
}

#[tokio::test]
async fn what_is_gone_is_told_as_deleted_as_long_as_the_outbox_remembers_it() {
    let database = TestDatabase::new().await;
    a_prison(&database).await;
    database.write_events("LEI", &[90, 91]).await;
    let (gone, other, unknown) = (Uuid::from_u128(90), Uuid::from_u128(91), Uuid::from_u128(99));
    let selection = Selection::Locations {
        ids: vec![gone, unknown, DRAFT],
        keys: vec!["LEI-2".into(), "LEI-NEVER".into(), "LEI".into()],
    };
    let replay = replay(&database, selection, false).await;
    assert_eq!(said(&replay), [("LEI-1", EventType::Deleted), ("LEI-2", EventType::Deleted)]);
    assert_eq!(replay.drafts, ["LEI-A-002"]);
    assert_eq!(replay.unknown, ["LEI-NEVER".to_owned(), "LEI".to_owned(), unknown.to_string()]);
    let deleted: Value = database
        .value(
            "SELECT jsonb_agg(location_id ORDER BY id) FROM locations_service.domain_event
             WHERE event_type = 'location.inside.prison.deleted'",
        )
        .await;
    assert_eq!(deleted, json!([gone, other]));
}
