//! The tables: made on an empty database, left alone on one of the live service, and checked at start.

use std::time::{Duration, Instant};

use locations_inside_prison_api::store::migrate::{
    MigrateError, Origin, Outcome, live_migrations, migrate, migrate_on, own_migrations,
};
use locations_inside_prison_api::store::pool::{self, DatabaseSettings, Tls};
use locations_inside_prison_api::store::schema::{self, differences};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use crate::support::database::TestDatabase;

/// One location with a row in each table that hangs on it.
const SOME_ROWS: &str = "
    INSERT INTO capacity (max_capacity, working_capacity) VALUES (2, 1);
    INSERT INTO location (id, prison_id, path_hierarchy, code, location_type, capacity_id, when_created, when_updated,
            updated_by, location_type_discriminator, temporarily_off_cell_cert)
        VALUES ('0199a000-0000-7000-8000-000000000001', 'LEI', 'A-1', '1', 'CELL', 1, '2025-07-01 12:00', '2025-07-01 12:00',
            'A_USER', 'CELL', false);
    INSERT INTO cell_used_for (location_id, used_for) SELECT id, 'STANDARD_ACCOMMODATION' FROM location;
    INSERT INTO specialist_cell (location_id, specialist_cell_type) SELECT id, 'ESCAPE_LIST' FROM location;
    INSERT INTO residential_attribute (location_id, attribute_type, attribute_value)
        SELECT id, 'LOCATION_ATTRIBUTE', 'CAT_A' FROM location;
    INSERT INTO location_history (location_id, attribute_name, amended_by, amended_date)
        SELECT id, 'CODE', 'A_USER', '2025-07-01 12:00' FROM location;
    INSERT INTO certification_approval_request (id, prison_id, location_id, status, requested_by, requested_date)
        SELECT gen_random_uuid(), 'LEI', id, 'PENDING', 'A_USER', '2025-07-01 12:00' FROM location";

/// What the live service's migration tool keeps.
const FLYWAY: &str = "
    CREATE TABLE flyway_schema_history (installed_rank integer PRIMARY KEY, version varchar(50), script varchar(1000) NOT NULL);
    INSERT INTO flyway_schema_history VALUES (1, '1_0', 'V1_0__init.sql'), (2, '1_1', 'V1_1__more.sql')";

/// Makes a database as the live service would have left it, a little further than we know it.
async fn made_by_the_live_service() -> TestDatabase {
    let database = TestDatabase::empty().await;
    make_live_tables(&database).await;
    database
}

async fn make_live_tables(database: &TestDatabase) {
    for migration in live_migrations().iter() {
        database.execute(migration.sql.as_str()).await;
    }
    database.execute(FLYWAY).await;
    database.execute("ALTER TABLE location ADD COLUMN colour varchar(10); CREATE TABLE newer (id integer)").await;
    database.execute(SOME_ROWS).await;
}

/// Everything about the tables of the live service that a migration could change: catalogue rows and table rows, both with the
/// place where they are stored and the transaction that wrote them.
async fn state_of_live_tables(database: &TestDatabase) -> Vec<String> {
    let mut state: Vec<String> = sqlx::query_scalar(
        "SELECT concat_ws(' ', c.xmin, c.ctid, c) FROM pg_class c WHERE relnamespace = 'public'::regnamespace
         UNION ALL SELECT concat_ws(' ', a.xmin, a.ctid, attrelid, attname)
            FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid WHERE relnamespace = 'public'::regnamespace
         UNION ALL SELECT concat_ws(' ', k.xmin, k.ctid, conname) FROM pg_constraint k
            WHERE connamespace = 'public'::regnamespace
         ORDER BY 1",
    )
    .fetch_all(&database.pool)
    .await
    .unwrap();
    let tables: Vec<String> =
        sqlx::query_scalar("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
            .fetch_all(&database.pool)
            .await
            .unwrap();
    assert_eq!(tables.len(), 21);
    for table in tables {
        let rows = format!("SELECT concat_ws(' ', xmin, ctid, t) FROM {table} t ORDER BY 1");
        state.extend(sqlx::query_scalar::<_, String>(AssertSqlSafe(rows)).fetch_all(&database.pool).await.unwrap());
    }
    state
}

async fn listing(database: &TestDatabase) -> String {
    schema::listing(&mut database.pool.acquire().await.unwrap()).await.unwrap()
}

async fn reported(conn: &mut PgConnection) -> Vec<String> {
    differences(conn).await.unwrap().iter().map(ToString::to_string).collect()
}

fn live() -> usize {
    live_migrations().iter().count()
}

fn own() -> usize {
    own_migrations().iter().count()
}

/// After a change of `migrations/live`, run this test with `UPDATE_LIVE_SCHEMA=1`, and read what has changed.
#[tokio::test]
async fn an_empty_database_gets_exactly_the_expected_tables() {
    let database = TestDatabase::empty().await;

    let outcome = migrate(&database.settings()).await.unwrap();

    assert_eq!(outcome, Outcome { origin: Origin::Empty, applied: live() + own() });
    let listing = listing(&database).await;
    if std::env::var("UPDATE_LIVE_SCHEMA").is_ok() {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/live_schema.txt"), &listing).unwrap();
    }
    assert_eq!(listing, schema::EXPECTED);
    assert_eq!(reported(&mut database.pool.acquire().await.unwrap()).await, Vec::<String>::new());
    let types: String = database
        .value("SELECT string_agg(concat_ws(' ', sequence, code, description), E'\n' ORDER BY sequence) FROM constant_transaction_type")
        .await;
    insta::assert_snapshot!(types);
}

#[tokio::test]
async fn a_second_migration_does_nothing() {
    let database = TestDatabase::new().await;
    let url = database.url();
    let settings = DatabaseSettings::from_env(&|name| (name == "DATABASE_URL").then(|| url.clone())).unwrap();
    let outcome = migrate(&settings).await.unwrap();
    assert_eq!(outcome, Outcome { origin: Origin::Ours, applied: 0 });
}

#[tokio::test]
async fn the_tables_of_the_live_service_are_left_alone() {
    let database = made_by_the_live_service().await;
    let before = state_of_live_tables(&database).await;

    let outcome = migrate(&database.settings()).await.unwrap();

    assert_eq!(outcome, Outcome { origin: Origin::LiveService, applied: own() });
    assert_eq!(state_of_live_tables(&database).await, before);
    assert_eq!(reported(&mut database.pool.acquire().await.unwrap()).await, Vec::<String>::new());
    assert_eq!(database.value::<i64>("SELECT count(*) FROM locations_service.domain_event").await, 0);

    let again = migrate(&database.settings()).await.unwrap();
    assert_eq!(again, Outcome { origin: Origin::LiveService, applied: 0 });
}

#[tokio::test]
async fn a_database_of_somebody_else_is_refused_and_left_as_it_is() {
    let database = TestDatabase::empty().await;
    database.execute("CREATE TABLE location (id integer)").await;

    let refusal = migrate(&database.settings()).await.unwrap_err();

    assert!(matches!(refusal, MigrateError::UnknownOrigin), "{refusal}");
    let tables = "SELECT count(*) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')";
    assert_eq!(database.value::<i64>(tables).await, 1);
    assert!(!database.value::<bool>("SELECT to_regnamespace('locations_service') IS NOT NULL").await);
}

#[tokio::test]
async fn replicas_that_start_at_once_migrate_once() {
    let database = TestDatabase::empty().await;
    let settings = database.settings();
    let starts = (0..6).map(|_| {
        let settings = settings.clone();
        tokio::spawn(async move { migrate(&settings).await.unwrap() })
    });

    let mut applied = Vec::new();
    for start in starts.collect::<Vec<_>>() {
        applied.push(start.await.unwrap().applied);
    }

    applied.sort_unstable();
    assert_eq!(applied, [0, 0, 0, 0, 0, live() + own()]);
    assert_eq!(listing(&database).await, schema::EXPECTED);
}

#[tokio::test]
async fn a_failed_migration_lets_the_next_one_in() {
    let database = made_by_the_live_service().await;
    database
        .execute("CREATE SCHEMA locations_service; CREATE TABLE locations_service.audit_message (id integer)")
        .await;
    let mut conn = database.pool.acquire().await.unwrap();

    let failure = migrate_on(&mut conn, None).await.unwrap_err().to_string();
    assert!(failure.contains("audit_message"), "{failure}");
    database.execute("DROP TABLE locations_service.audit_message").await;
    // The failed one still has its connection: it must not have kept the lock.
    assert_eq!(migrate(&database.settings()).await.unwrap().applied, own());
}

#[tokio::test]
async fn a_copy_of_a_database_starts_as_the_original_does() {
    let original = made_by_the_live_service().await;
    migrate(&original.settings()).await.unwrap();

    let copy = original.copied().await;

    let outcome = migrate(&copy.settings()).await.unwrap();
    assert_eq!(outcome, Outcome { origin: Origin::LiveService, applied: 0 });
    assert_eq!(reported(&mut copy.pool.acquire().await.unwrap()).await, Vec::<String>::new());
}

/// A restore that replaces `public` and leaves the other schemas, from a database where only the live service has been.
#[tokio::test]
async fn tables_restored_around_ours_are_taken() {
    let database = TestDatabase::own_copy().await;
    database.execute("UPDATE locations_service.outbox_control SET environment = 'preprod'").await;
    database.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public").await;
    make_live_tables(&database).await;

    let outcome = migrate(&database.settings()).await.unwrap();

    assert_eq!(outcome, Outcome { origin: Origin::LiveService, applied: 0 });
    let environment: String = database.value("SELECT environment FROM locations_service.outbox_control").await;
    assert_eq!(environment, "preprod");
}

/// The other way round: only `public` came over.
#[tokio::test]
async fn a_restored_database_without_our_tables_gets_them() {
    let database = TestDatabase::own_copy().await;
    database.execute("DROP SCHEMA locations_service CASCADE").await;
    let outcome = migrate(&database.settings()).await.unwrap();
    assert_eq!(outcome, Outcome { origin: Origin::Ours, applied: own() });
}

#[tokio::test]
async fn a_newer_release_may_have_been_here() {
    let database = TestDatabase::own_copy().await;
    database.execute("INSERT INTO locations_service._sqlx_migrations VALUES (9999, 'newer', now(), true, '', 0)").await;
    assert_eq!(migrate(&database.settings()).await.unwrap().applied, 0);
}

#[tokio::test]
async fn a_migration_that_was_edited_after_release_is_refused() {
    let database = TestDatabase::own_copy().await;
    database.execute("UPDATE public._sqlx_migrations SET checksum = '' WHERE version = 1").await;
    let refusal = migrate(&database.settings()).await.unwrap_err().to_string();
    assert!(refusal.contains("migration 1 was previously applied but has been modified"), "{refusal}");
}

#[tokio::test]
async fn the_service_may_use_what_another_user_has_made() {
    let database = TestDatabase::empty().await;
    let user = format!("lip_role_{}", std::process::id());
    database.execute(&format!("DROP ROLE IF EXISTS {user}; CREATE ROLE {user}")).await;
    let mut conn = database.pool.acquire().await.unwrap();

    migrate_on(&mut conn, Some(&user)).await.unwrap();

    conn.execute(AssertSqlSafe(format!("SET ROLE {user}"))).await.unwrap();
    conn.execute(SOME_ROWS).await.unwrap();
    conn.execute("UPDATE locations_service.outbox_control SET paused = true").await.unwrap();
    conn.execute(AssertSqlSafe(format!("RESET ROLE; DROP OWNED BY {user}; DROP ROLE {user}"))).await.unwrap();
}

#[tokio::test]
async fn each_difference_has_its_line() {
    let cases = [
        ("DROP TABLE cell_used_for", "table cell_used_for is missing"),
        (
            "ALTER TABLE location DROP COLUMN cell_mark",
            "column location.cell_mark is missing, it should be character varying(12)",
        ),
        (
            "ALTER TABLE location ALTER COLUMN when_created TYPE timestamptz",
            "column location.when_created is timestamp with time zone, it should be timestamp without time zone",
        ),
        (
            "ALTER TABLE location ALTER COLUMN local_name TYPE varchar(79)",
            "column location.local_name is character varying(79), it should be character varying(80)",
        ),
        (
            "ALTER TABLE location ADD COLUMN colour text NOT NULL",
            "column location.colour is not known to this version, but is NOT NULL without a default",
        ),
        (
            "ALTER TABLE location_history ALTER COLUMN linked_transaction_id SET NOT NULL",
            "column location_history.linked_transaction_id is NOT NULL, it should allow null",
        ),
        (
            "ALTER TABLE location DROP CONSTRAINT uk_location_prison_code_id",
            "constraint uk_location_prison_code_id on location is missing: UNIQUE (prison_id, path_hierarchy)",
        ),
        (
            "ALTER TABLE service_usage DROP CONSTRAINT service_usage_location_id_fkey",
            "constraint service_usage_location_id_fkey on service_usage is missing: \
             FOREIGN KEY (location_id) REFERENCES location(id) ON DELETE CASCADE",
        ),
        (
            "ALTER TABLE service_usage DROP CONSTRAINT non_residential_service_pk",
            "constraint non_residential_service_pk on service_usage is missing: PRIMARY KEY (id)",
        ),
        (
            "DROP SEQUENCE capacity_id_seq CASCADE",
            "column capacity.id should have the default nextval('capacity_id_seq'::regclass)",
        ),
        (
            "ALTER TABLE residential_attribute ALTER COLUMN id DROP DEFAULT",
            "column residential_attribute.id should have the default nextval('location_attribute_id_seq'::regclass)",
        ),
    ];
    let database = TestDatabase::new().await;
    for (change, line) in cases {
        assert_eq!(reported_after(&database, change).await, [line], "{change}");
    }
}

#[tokio::test]
async fn all_differences_are_reported_at_once() {
    let database = TestDatabase::new().await;
    let change =
        "DROP TABLE cell_certificate_location, cell_certificate; ALTER TABLE capacity DROP COLUMN max_capacity";
    assert_eq!(
        reported_after(&database, change).await,
        [
            "column capacity.max_capacity is missing, it should be integer",
            "table cell_certificate is missing",
            "table cell_certificate_location is missing",
        ]
    );
}

#[tokio::test]
async fn the_live_service_may_evolve() {
    let database = TestDatabase::new().await;
    for change in [
        "ALTER TABLE location ADD COLUMN colour text",
        "ALTER TABLE location ADD COLUMN colour text NOT NULL DEFAULT 'red'",
        "ALTER TABLE location ADD COLUMN number integer GENERATED ALWAYS AS IDENTITY",
        "ALTER TABLE location ADD COLUMN next_date date GENERATED ALWAYS AS (proposed_reactivation_date + 1) STORED NOT NULL",
        "ALTER TABLE location ALTER COLUMN local_name TYPE varchar(81)",
        "ALTER TABLE location ALTER COLUMN local_name TYPE text",
        "CREATE TABLE newer (id integer NOT NULL)",
        "CREATE VIEW newer AS SELECT id FROM location",
        "CREATE INDEX newer ON location (local_name)",
        "DROP INDEX idx_location_path_hierarchy",
        "ALTER TABLE location RENAME CONSTRAINT fk_location_parent_id TO newer",
    ] {
        assert_eq!(reported_after(&database, change).await, Vec::<String>::new(), "{change}");
    }
}

/// What is reported after a change, which is then undone.
async fn reported_after(database: &TestDatabase, change: &str) -> Vec<String> {
    let mut transaction = database.pool.begin().await.unwrap();
    transaction.execute(AssertSqlSafe(change)).await.unwrap();
    let lines = reported(&mut transaction).await;
    transaction.rollback().await.unwrap();
    lines
}

#[tokio::test]
async fn a_session_has_its_limits() {
    let database = TestDatabase::new().await;
    let limits: String = database
        .value(
            "SELECT string_agg(concat(name, '=', setting, unit), ' ' ORDER BY name) FROM pg_settings WHERE name IN
             ('lock_timeout', 'statement_timeout', 'idle_in_transaction_session_timeout', 'TimeZone', 'application_name',
              'jit')",
        )
        .await;
    assert_eq!(
        limits,
        "TimeZone=UTC application_name=locations-inside-prison-api idle_in_transaction_session_timeout=30000ms \
         jit=off lock_timeout=5000ms statement_timeout=20000ms"
    );
}

#[tokio::test]
async fn a_request_does_not_wait_long_for_a_connection() {
    let database = TestDatabase::new().await;
    let pool = pool::connect(&database.settings(), 1).await.unwrap();
    let _held = pool.acquire().await.unwrap();
    let begin = Instant::now();
    let refusal = pool.acquire().await.unwrap_err();
    assert!(matches!(refusal, sqlx::Error::PoolTimedOut), "{refusal}");
    assert!(begin.elapsed() < Duration::from_secs(3), "{:?}", begin.elapsed());
}

/// As when Postgres is restarted: every connection of the pool is dead.
#[tokio::test]
async fn a_pool_heals_by_itself() {
    let database = TestDatabase::new().await;
    let pool = pool::connect(&database.settings(), 2).await.unwrap();
    let (one, two) = (pool.acquire().await.unwrap(), pool.acquire().await.unwrap());
    drop((one, two));
    let others = "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let mut killer = PgConnection::connect_with(&database.settings().options().unwrap()).await.unwrap();
    let killed: i64 = sqlx::query_scalar(others).fetch_one(&mut killer).await.unwrap();
    assert!(killed >= 2, "{killed}");

    let mut failures = 0;
    for _ in 0..6 {
        failures += usize::from(sqlx::query("SELECT 1").execute(&pool).await.is_err());
    }

    assert!(failures <= 2, "{failures} failures with 2 dead connections");
}

#[tokio::test]
async fn a_server_that_cannot_prove_who_it_is_is_refused() {
    let database = TestDatabase::new().await;
    let settings = DatabaseSettings { tls: Tls::VerifyFull, ..database.settings() };
    let refusal = PgConnection::connect_with(&settings.options().unwrap()).await.unwrap_err().to_string();
    // Without TLS on the server, and with a certificate that nobody we trust has signed.
    assert!(refusal.contains("does not support TLS") || refusal.contains("invalid peer certificate"), "{refusal}");
}

#[tokio::test]
async fn a_test_finds_nothing_of_the_test_before() {
    let fresh = state_of_rows(&TestDatabase::own_copy().await).await;
    let first = TestDatabase::new().await;
    let used = first.url();
    first.execute(SOME_ROWS).await;
    first
        .execute("UPDATE locations_service.outbox_control SET paused = true; DELETE FROM constant_transaction_type")
        .await;
    assert_ne!(state_of_rows(&first).await, fresh);
    drop(first);

    // Another test may have it for a while, and those that come before it are handed out first.
    let (begin, mut held) = (Instant::now(), Vec::new());
    loop {
        let next = TestDatabase::new().await;
        assert_eq!(state_of_rows(&next).await, fresh);
        if next.url() == used {
            break;
        }
        if (next.url().len(), next.url()) < (used.len(), used.clone()) {
            held.push(next);
        }
        assert!(begin.elapsed() < Duration::from_secs(60), "{used} was never free");
    }
}

/// Each row of each table, and where the sequences stand.
async fn state_of_rows(database: &TestDatabase) -> Vec<String> {
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
         WHERE schemaname IN ('public', 'locations_service') ORDER BY 1",
    )
    .fetch_all(&database.pool)
    .await
    .unwrap();
    let mut rows = Vec::new();
    for table in tables {
        let in_table = format!("SELECT concat('{table} ', t) FROM {table} t ORDER BY 1");
        rows.extend(sqlx::query_scalar::<_, String>(AssertSqlSafe(in_table)).fetch_all(&database.pool).await.unwrap());
    }
    let sequences = "SELECT concat(sequencename, ' ', last_value) FROM pg_sequences ORDER BY 1";
    rows.extend(sqlx::query_scalar::<_, String>(sequences).fetch_all(&database.pool).await.unwrap());
    rows
}
