//! The mapping service (08 section 5).

use reqwest::Method;
use serde_json::{Value, json};
use standin::common::role::Running;
use standin::mapping::{self, MappingSettings};

use crate::support::{Auth, Client, Database, call, role_settings};

struct Mapping {
    running: Running,
    auth: Auth,
    sync: Client,
    _database: Database,
}

impl Mapping {
    async fn start() -> Self {
        let database = Database::new().await;
        let auth = Auth::start(&database.url()).await;
        let role = role_settings(&database.url(), &auth.url);
        let running = mapping::start(MappingSettings { role }).await.unwrap();
        let sync = Client::new(&running, auth.token("prisoner-to-nomis-update").await);
        Self { running, auth, sync, _database: database }
    }

    async fn create(&self, dps: &str, nomis: i64, kind: &str, label: Option<&str>) -> crate::support::Answer {
        let mut body = json!({ "dpsLocationId": dps, "nomisLocationId": nomis, "mappingType": kind, "whenCreated": "2001-01-01T00:00:00Z" });
        if let Some(label) = label {
            body["label"] = json!(label);
        }
        self.sync.post("/mapping/locations", body).await
    }
}

#[tokio::test]
async fn a_pair_is_kept_once_and_found_from_both_sides() {
    let mapping = Mapping::start().await;
    let created = mapping.create("d1", 5, "MIGRATED", Some("2024-04-02T10:00:00")).await;
    assert_eq!((created.status, created.body), (201, json!("")));
    assert_eq!(mapping.create("d1", 5, "NOMIS_CREATED", None).await.status, 201, "the same pair again");
    let by_nomis = mapping.sync.get("/mapping/locations/nomis/5").await.body;
    assert_eq!(by_nomis, mapping.sync.get("/mapping/locations/dps/d1").await.body);
    assert_eq!((&by_nomis["mappingType"], &by_nomis["label"]), (&json!("MIGRATED"), &json!("2024-04-02T10:00:00")));
    assert!(!by_nomis["whenCreated"].as_str().unwrap().starts_with("2001"), "what comes in is ignored");
    mapping.create("d2", 6, "LOCATION_CREATED", None).await;
    let second = mapping.sync.get("/mapping/locations/dps/d2").await.body;
    assert_eq!(second.get("label"), None, "nulls are left out");
    assert_eq!(mapping.sync.get("/mapping/locations/nomis/7").await.status, 404);
    assert_eq!(mapping.sync.get("/mapping/locations/dps/d7").await.status, 404);
}

#[tokio::test]
async fn an_id_that_is_taken_is_a_duplicate_with_both_pairs() {
    let mapping = Mapping::start().await;
    mapping.create("d1", 5, "MIGRATED", Some("m")).await;
    for (dps, nomis) in [("d1", 6), ("d2", 5)] {
        let refused = mapping.create(dps, nomis, "NOMIS_CREATED", None).await;
        assert_eq!((refused.status, &refused.body["errorCode"]), (409, &json!(1409)));
        let info = &refused.body["moreInfo"];
        assert_eq!(
            info["duplicate"],
            json!({ "dpsLocationId": dps, "nomisLocationId": nomis, "mappingType": "NOMIS_CREATED" })
        );
        let existing = &info["existing"];
        let pair = (&existing["dpsLocationId"], &existing["nomisLocationId"], &existing["label"]);
        assert_eq!(pair, (&json!("d1"), &json!(5), &json!("m")));
    }
}

#[tokio::test]
async fn bad_pairs_are_refused() {
    let mapping = Mapping::start().await;
    assert_eq!(mapping.create("d1", 5, "MIGRATED", Some(&"x".repeat(21))).await.status, 400);
    assert_eq!(mapping.create(&"x".repeat(41), 5, "MIGRATED", None).await.status, 400);
    assert_eq!(mapping.create("d1", 5, "GUESSED", None).await.status, 500);
    assert_eq!(mapping.sync.post("/mapping/locations", json!({ "dpsLocationId": "d1" })).await.status, 400);
    let url = format!("{}/mapping/locations/nomis/5", mapping.running.url);
    assert_eq!(call(None, Method::GET, &url, None).await.status, 401);
    let operator_of_nothing = mapping.auth.token("locations-inside-prison-api").await;
    assert_eq!(call(Some(&operator_of_nothing), Method::GET, &url, None).await.status, 403);
}

#[tokio::test]
async fn two_creates_at_once_leave_one_pair() {
    let mapping = Mapping::start().await;
    let answers = futures_util::future::join_all((0..8).map(|n| {
        let (mapping, id) = (&mapping, format!("d{n}"));
        async move { mapping.create(&id, 5, "NOMIS_CREATED", None).await.status }
    }));
    let answers = answers.await;
    assert_eq!(answers.iter().filter(|&&status| status == 201).count(), 1, "{answers:?}");
    assert_eq!(answers.iter().filter(|&&status| status == 409).count(), 7, "{answers:?}");
}

#[tokio::test]
async fn what_a_migration_made_is_paged_and_deletable_apart() {
    let mapping = Mapping::start().await;
    assert_eq!(mapping.sync.get("/mapping/locations/migrated/latest").await.status, 404);
    for n in 1..=3 {
        mapping.create(&format!("d{n}"), n, "MIGRATED", Some("m1")).await;
    }
    mapping.create("d4", 4, "NOMIS_CREATED", None).await;
    let page = mapping.sync.get("/mapping/locations/migration-id/m1?page=1&size=2").await.body;
    assert_eq!(page["content"].as_array().unwrap().len(), 1);
    assert_eq!(page["content"][0]["dpsLocationId"], "d3");
    let numbers =
        ["totalElements", "totalPages", "number", "size", "numberOfElements"].map(|name| page[name].as_i64().unwrap());
    assert_eq!((numbers, &page["last"], &page["first"]), ([3, 2, 1, 2, 1], &json!(true), &json!(false)));
    assert_eq!(mapping.sync.get("/mapping/locations/migrated/latest").await.body["dpsLocationId"], "d3");

    assert_eq!(mapping.sync.delete("/mapping/locations/nomis/1").await.status, 204);
    assert_eq!(mapping.sync.delete("/mapping/locations/nomis/1").await.status, 204, "also if absent");
    assert_eq!(mapping.sync.delete("/mapping/locations/dps/d2").await.status, 204);
    assert_eq!(mapping.sync.delete("/mapping/locations?onlyMigrated=true").await.status, 204);
    assert_eq!(mapping.sync.get("/mapping/locations/dps/d3").await.status, 404);
    assert_eq!(mapping.sync.get("/mapping/locations/dps/d4").await.status, 200);
    assert_eq!(mapping.sync.delete("/mapping/locations").await.status, 204);
    assert_eq!(mapping.sync.get("/mapping/locations/dps/d4").await.status, 404);
}

#[tokio::test]
async fn other_services_look_up_pairs_only() {
    let mapping = Mapping::start().await;
    mapping.create("d1", 1, "MIGRATED", Some("m")).await;
    mapping.create("d2", 2, "NOMIS_CREATED", None).await;
    let pair = json!({ "dpsLocationId": "d1", "nomisLocationId": 1 });
    assert_eq!(mapping.sync.get("/api/locations/nomis/1").await.body, pair);
    assert_eq!(mapping.sync.get("/api/locations/dps/d1").await.body, pair);
    assert_eq!(mapping.sync.get("/api/locations/dps/d9").await.status, 404);
    assert_eq!(mapping.sync.get("/api/locations/nomis/9").await.status, 404);
    let found = mapping.sync.post("/api/locations/nomis", json!([2, 9, 1])).await.body;
    assert_eq!(found.as_array().map(Vec::len), Some(2));
    let found = mapping.sync.post("/api/locations/dps", json!(["d1", "d9"])).await.body;
    assert_eq!(found, Value::Array(vec![pair]));
    assert_eq!(mapping.sync.post("/api/locations/dps", json!({})).await.status, 400);
}
