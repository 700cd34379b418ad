//! What requests cost the database: no scan of the whole table of locations, and no more statements for a larger tree.

use std::cell::Cell;
use std::sync::LazyLock;

use locations_inside_prison_api::store::{load, page};
use serde_json::{Value, json};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::{Layer, Registry};

use crate::support::database::TestDatabase;
use crate::support::service::TestService;

/// The same statement that often, and Postgres has moved on to a plan that knows no parameters, where it likes that better.
const REPEATS: usize = 8;

/// Prisons with four wings of five landings of fifty cells each: 10,240 locations in all.
const PRISONS: &str = "LEI,MDI,BXI,WWI,BMI,PVI,HEI,DGI,EXI,NMI";
/// The prison that is written to.
const LARGE: &str = "LEI";
/// Another one: one wing, one landing, one cell.
const SMALL: &str = "SHI";

/// The service with one connection, so that each statement is repeated in one session, over a large database and a small prison.
async fn service() -> TestService {
    let database = TestDatabase::own_copy().await;
    // As many pages as the rows of the whole estate would fill: what the planner likes best depends on them.
    database.execute("ALTER TABLE location SET (fillfactor = 10)").await;
    for (prisons, wings, landings, cells) in [(PRISONS, 4, 5, 50), (SMALL, 1, 1, 1)] {
        database.execute(&locations(prisons, wings, landings, cells)).await;
    }
    for sql in [CHILD_ROWS, "VACUUM ANALYZE"] {
        database.execute(sql).await;
    }
    // A copy has counted nothing yet: sessions that filled the first one may report their scans late.
    let copy = database.copied().await;
    TestService::over(copy, &[("DATABASE_POOL_SIZE", "1")])
}

/// Locations whose ids are made of their keys.
fn locations(prisons: &str, wings: u32, landings: u32, cells: u32) -> String {
    format!(
        "WITH prison AS (SELECT UNNEST(string_to_array('{prisons}', ',')) AS prison),
        wing AS (SELECT prison, chr(64 + w) AS path FROM prison, generate_series(1, {wings}) w),
        landing AS (SELECT prison, path || '-' || n AS path, path AS parent FROM wing, generate_series(1, {landings}) n),
        cell AS (SELECT prison, path || '-' || lpad(n::text, 3, '0') AS path, path AS parent
            FROM landing, generate_series(1, {cells}) n),
        numbered AS (SELECT *, nextval('capacity_id_seq') AS capacity_id FROM cell),
        capacities AS (INSERT INTO capacity (id, max_capacity, working_capacity, certified_normal_accommodation)
            SELECT capacity_id, 2, 1, 1 FROM numbered)
        INSERT INTO location (id, prison_id, path_hierarchy, code, location_type, parent_id, capacity_id, status,
            location_type_discriminator, residential_housing_type, accommodation_type, certified_cell,
            temporarily_off_cell_cert, when_created, when_updated, updated_by)
        SELECT md5(prison || '-' || path)::uuid, prison, path, substring(path FROM '[^-]*$'), type,
            md5(prison || '-' || parent)::uuid, capacity_id, 'ACTIVE',
            CASE type WHEN 'CELL' THEN 'CELL' ELSE 'RESIDENTIAL' END, 'NORMAL_ACCOMMODATION',
            CASE type WHEN 'CELL' THEN 'NORMAL_ACCOMMODATION' END, CASE type WHEN 'CELL' THEN true END,
            CASE type WHEN 'CELL' THEN false END,
            timestamp '2023-01-01 09:00', timestamp '2023-01-01 09:00', 'MAKER'
        FROM (SELECT prison, path, NULL AS parent, 'WING' AS type, NULL::bigint AS capacity_id FROM wing
            UNION ALL SELECT prison, path, parent, 'LANDING', NULL FROM landing
            UNION ALL SELECT prison, path, parent, 'CELL', capacity_id FROM numbered) l"
    )
}

/// What belongs to the cells, and a history of each location.
const CHILD_ROWS: &str = "
    INSERT INTO cell_used_for (location_id, used_for)
        SELECT id, 'STANDARD_ACCOMMODATION' FROM location WHERE location_type = 'CELL';
    INSERT INTO residential_attribute (location_id, attribute_type, attribute_value)
        SELECT id, 'LOCATION_ATTRIBUTE', 'LISTENER_CELL' FROM location WHERE path_hierarchy LIKE '%-007';
    INSERT INTO linked_transaction (id, transaction_type, transaction_detail, transaction_invoked_by, tx_start_time, prison_id)
        SELECT md5(prison_id)::uuid, 'SYNC', 'Sync', 'MAKER', timestamp '2023-01-01 09:00', prison_id
        FROM location GROUP BY prison_id;
    INSERT INTO location_history (location_id, attribute_name, new_value, amended_by, amended_date, linked_transaction_id)
        SELECT id, 'COMMENTS', 'new', 'MAKER', timestamp '2023-01-01 09:00', md5(prison_id)::uuid FROM location";

async fn id(service: &TestService, key: &str) -> String {
    service.database.value(&format!("SELECT md5('{key}')::uuid::text")).await
}

async fn get(service: &TestService, path: &str) -> Value {
    service.get(path).role("VIEW_LOCATIONS").send().await.expect(200)
}

async fn post(service: &TestService, path: &str, body: &Value) -> Value {
    let roles = service.post(path).role("SYNC_LOCATIONS").role("MIGRATE_LOCATIONS").write();
    let reply = roles.json(body).send().await;
    assert!(reply.status.is_success(), "{path} {body}: {reply:?}");
    reply.json()
}

async fn delete(service: &TestService, id: &str) {
    let path = format!("/sync/delete/{id}");
    service.delete(&path).role("SYNC_LOCATIONS").write().send().await.expect(204);
}

/// A location as NOMIS sends it.
fn sent(prison: &str, code: &str, location_type: &str, more: &Value) -> Value {
    let mut body = json!({
        "prisonId": prison, "code": code, "locationType": location_type,
        "residentialHousingType": "NORMAL_ACCOMMODATION", "lastUpdatedBy": "NOMIS_USER"
    });
    if location_type == "CELL" {
        body["capacity"] = json!({"maxCapacity": 2, "workingCapacity": 1});
    }
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

/// How often the table of locations has been scanned as a whole, by the service's session among others.
async fn scans(service: &TestService) -> i64 {
    sqlx::query("SELECT pg_stat_force_next_flush()").execute(&service.services.store.pool).await.unwrap();
    service.database.value("SELECT seq_scan FROM pg_stat_user_tables WHERE relname = 'location'").await
}

/// Runs something again and again, in each round with another number; it must not scan all locations.
async fn assert_no_scan(service: &TestService, what: &str, request: impl AsyncFn(usize)) {
    let before = scans(service).await;
    for n in 1..=REPEATS {
        request(n).await;
    }
    assert_eq!(scans(service).await - before, 0, "{what} scans all locations");
}

#[tokio::test]
async fn a_scan_would_be_noticed() {
    let service = service().await;
    let before = scans(&service).await;
    sqlx::query("SELECT count(comments) FROM location").execute(&service.services.store.pool).await.unwrap();
    assert!(scans(&service).await > before);
}

#[tokio::test]
async fn no_read_scans_all_locations() {
    let service = &service().await;
    let cell = async |n: usize| id(service, &format!("{LARGE}-A-1-00{n}")).await;
    let wing = id(service, &format!("{LARGE}-A")).await;
    assert_no_scan(service, "a read by id", async |n| {
        get(service, &format!("/locations/{}", cell(n).await)).await;
    })
    .await;
    assert_no_scan(service, "a read of a wing with all that is below", async |_| {
        let tree = get(service, &format!("/locations/{wing}?includeChildren=true&includeHistory=true")).await;
        assert_eq!(tree["childLocations"].as_array().unwrap().len(), 5);
    })
    .await;
    assert_no_scan(service, "a read by key", async |n| {
        get(service, &format!("/locations/key/{LARGE}-A-1-00{n}?includeHistory=true")).await;
    })
    .await;
    assert_no_scan(service, "a sync read", async |n| {
        get(service, &format!("/sync/id/{}?includeHistory=true", cell(n).await)).await;
    })
    .await;
}

/// Reads that name a prison; what they find is the least of it.
const READS_OF_A_PRISON: [&str; 13] = [
    "/locations/prison/LEI",
    "/locations/prison/LEI/archived",
    "/locations/prison/LEI/inactive-cells",
    "/locations/prison/LEI/residential-first-level",
    "/locations/prison/LEI/residential-hierarchy?includeVirtualLocations=true",
    "/locations/prison/LEI/residential-hierarchy/A-1",
    "/locations/prison/LEI/location-type/CELL",
    "/locations/prison/LEI/groups",
    "/locations/prison/LEI/group/A/location-prefix",
    "/locations/prison/LEI/non-residential",
    "/locations/prison/LEI/non-residential-usage-type",
    "/locations/prison/LEI/non-residential-usage-type/APPOINTMENT",
    "/locations/groups/LEI/A",
];

#[tokio::test]
async fn no_read_of_a_prison_scans_all_locations() {
    let service = &service().await;
    let mut found = 0;
    for path in READS_OF_A_PRISON {
        assert_no_scan(service, path, async |_| {
            let call = service.get(path).role("VIEW_LOCATIONS").role("SYNC_LOCATIONS").role("MAINTAIN_LOCATIONS");
            let reply = call.send().await;
            assert!(reply.status == 200 || reply.status == 404, "{path}: {reply:?}");
        })
        .await;
        let call = service.get(path).role("VIEW_LOCATIONS").role("SYNC_LOCATIONS").role("MAINTAIN_LOCATIONS");
        found += usize::from(call.send().await.status == 200);
    }
    assert!(found >= 8, "only {found} of them find something");
    assert_no_scan(service, "reads by keys", async |n| {
        let keys = json!([format!("{LARGE}-A-1-00{n}"), format!("{LARGE}-B-1")]);
        let reply = service.post("/locations/keys").role("VIEW_LOCATIONS").json(&keys).send().await;
        assert_eq!(reply.expect(200).as_array().unwrap().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn no_page_scans_all_locations_apart_from_their_count() {
    let service = &service().await;
    let order = page::order_by(&[]).unwrap();
    assert_no_scan(service, "a page", async |n| {
        let mut conn = page::snapshot(&service.services.store.pool).await.unwrap();
        let offset = i64::try_from(n * 1_200).unwrap();
        let ids = page::ids(&mut conn, &order, 200, offset).await.unwrap();
        assert_eq!(ids.len(), 200);
        assert!(load::family(&mut conn, &ids).await.unwrap().find(ids[0]).is_some());
    })
    .await;
}

#[tokio::test]
async fn no_write_scans_all_locations() {
    let service = &service().await;
    let landing = id(service, &format!("{LARGE}-A-1")).await;
    let other_wing = id(service, &format!("{LARGE}-B")).await;
    let cell = async |n: usize| id(service, &format!("{LARGE}-A-1-00{n}")).await;
    let upsert = async |body: &Value| post(service, "/sync/upsert", body).await;
    assert_no_scan(service, "a create", async |n| {
        upsert(&sent(LARGE, &format!("N{n}"), "CELL", &json!({"parentId": landing}))).await;
    })
    .await;
    assert_no_scan(service, "a create below a path", async |n| {
        upsert(&sent(LARGE, &format!("P{n}"), "CELL", &json!({"parentLocationPath": "A-1"}))).await;
    })
    .await;
    assert_no_scan(service, "an update", async |n| {
        let more = json!({"id": cell(n).await, "comments": "leak", "deactivationReason": "LOCAL_WORK"});
        upsert(&sent(LARGE, &format!("00{n}"), "CELL", &more)).await;
    })
    .await;
    assert_no_scan(service, "a move of a cell", async |n| {
        let more = json!({"id": cell(n).await, "parentId": other_wing});
        upsert(&sent(LARGE, &format!("M{n}"), "CELL", &more)).await;
    })
    .await;
    assert_no_scan(service, "a new code of a wing", async |n| {
        let moved = upsert(&sent(LARGE, &format!("C{n}"), "WING", &json!({"id": other_wing}))).await;
        assert_eq!(moved["key"], format!("{LARGE}-C{n}"));
    })
    .await;
    assert_no_scan(service, "a delete", async |n| delete(service, &cell(n).await).await).await;
}

#[tokio::test]
async fn no_migration_scans_all_locations() {
    let service = &service().await;
    let change = json!({"attribute": "COMMENTS", "oldValue": "a", "newValue": "b", "amendedBy": "OLD_USER",
        "amendedDate": "2011-01-01T00:00:00"});
    assert_no_scan(service, "a migration of one location", async |n| {
        let more = json!({"parentLocationPath": "A-1", "history": [change]});
        post(service, "/migrate/location", &sent(LARGE, &format!("N{n}"), "CELL", &more)).await;
    })
    .await;
    let cell = id(service, &format!("{LARGE}-A-1-001")).await;
    assert_no_scan(service, "a history row", async |_| {
        post(service, &format!("/migrate/location/{cell}/history"), &change).await;
    })
    .await;
    assert_no_scan(service, "a migration of many locations", async |n| {
        let line = |code: String| sent(LARGE, &code, "CELL", &json!({"parentLocationPath": "A-2"})).to_string() + "\n";
        let body: String = (0..20).map(|l| line(format!("B{n}X{l}"))).collect();
        let request = service.post("/migrate/locations").role("MIGRATE_LOCATIONS").write();
        let reply = request.raw("application/x-ndjson", body).send().await;
        assert_eq!(reply.text.matches("\"created\"").count(), 20, "{reply:?}");
    })
    .await;
}

thread_local! {
    /// The statements that were sent from this thread: each is logged.
    static SENT: Cell<usize> = const { Cell::new(0) };
}

/// Counts statements. One for all threads: what is logged is decided once, so that a subscriber of one thread may miss it.
struct Statements;

impl<S: Subscriber> Layer<S> for Statements {
    fn on_event(&self, _: &Event<'_>, _: Context<'_, S>) {
        SENT.set(SENT.get() + 1);
    }
}

static COUNTING: LazyLock<()> = LazyLock::new(|| {
    let statements = Targets::new().with_target("sqlx::query", Level::DEBUG);
    tracing::subscriber::set_global_default(Registry::default().with(Statements.with_filter(statements))).unwrap();
});

impl Statements {
    /// How many statements this takes; adds it to the list.
    async fn of(
        &self,
        list: &mut Vec<(&'static str, usize)>,
        what: &'static str,
        request: impl Future<Output = Value>,
    ) {
        let before = SENT.get();
        request.await;
        list.push((what, SENT.get() - before));
    }
}

/// Every kind of request on wing A of a prison or on what is below, and how many statements it takes.
async fn statements_in(service: &TestService, statements: &Statements, prison: &str) -> Vec<(&'static str, usize)> {
    let [wing, landing, cell] = [
        id(service, &format!("{prison}-A")).await,
        id(service, &format!("{prison}-A-1")).await,
        id(service, &format!("{prison}-A-1-001")).await,
    ];
    let upsert = async |body: Value| post(service, "/sync/upsert", &body).await;
    let wing_with = |code: &str, more: Value| {
        let mut body = sent(prison, code, "WING", &more);
        body["id"] = wing.as_str().into();
        body
    };
    let mut list = Vec::new();
    let path = format!("/locations/{wing}?includeChildren=true&includeHistory=true");
    statements.of(&mut list, "read", get(service, &path)).await;
    let path = format!("/locations/key/{prison}-A?includeChildren=true");
    statements.of(&mut list, "read by key", get(service, &path)).await;
    let path = format!("/sync/id/{wing}?includeHistory=true");
    statements.of(&mut list, "sync read", get(service, &path)).await;
    let digests = async {
        let path = format!("/reconciliation/prisons/{prison}");
        let digests = service.get(&path).role("SYNC_LOCATIONS").send().await.expect(200);
        assert!(digests["count"].as_u64() > Some(0));
        digests
    };
    statements.of(&mut list, "digests", digests).await;
    statements.of(&mut list, "update", upsert(wing_with("A", json!({"comments": "new paint"})))).await;
    let down = json!({"deactivationReason": "LOCAL_WORK", "comments": "leak"});
    statements.of(&mut list, "deactivation", upsert(wing_with("A", down))).await;
    statements.of(&mut list, "reactivation", upsert(wing_with("A", json!({})))).await;
    statements.of(&mut list, "new code", upsert(wing_with("Z", json!({})))).await;
    let create = sent(prison, "Y", "WING", &json!({}));
    statements.of(&mut list, "create", upsert(create)).await;
    let moved = sent(prison, "1", "LANDING", &json!({"id": landing, "parentLocationPath": "Y"}));
    statements.of(&mut list, "move", upsert(moved)).await;
    let migrated = sent(prison, "N", "CELL", &json!({"parentLocationPath": "Y-1"}));
    statements.of(&mut list, "migration", post(service, "/migrate/location", &migrated)).await;
    statements
        .of(&mut list, "delete", async {
            delete(service, &cell).await;
            Value::Null
        })
        .await;
    list
}

#[tokio::test]
async fn a_larger_tree_takes_no_more_statements() {
    LazyLock::force(&COUNTING);
    let service = service().await;
    let large = statements_in(&service, &Statements, LARGE).await;
    let small = statements_in(&service, &Statements, SMALL).await;
    assert!(small.iter().all(|(_, count)| *count > 0), "{small:?}");
    assert_eq!(large, small);
    let renamed: i64 = service
        .database
        .value(&format!("SELECT count(*) FROM location WHERE prison_id = '{LARGE}' AND path_hierarchy ~ '^[YZ]'"))
        .await;
    // The wing, its landings and cells; a wing and a cell came, a cell went.
    assert_eq!(renamed, 1 + 5 + 5 * 50 + 2 - 1);
}

#[tokio::test]
async fn a_larger_page_takes_no_more_statements() {
    LazyLock::force(&COUNTING);
    let service = service().await;
    let mut list = Vec::new();
    for path in ["/locations?size=1", "/locations?size=200"] {
        Statements.of(&mut list, "page", get(&service, path)).await;
    }
    assert!(list[0].1 > 0);
    assert_eq!(list[0], list[1]);
}
