//! A fresh database for each test.
//!
//! `TEST_DATABASE_URL` names a cluster to use, as a superuser. There a template is migrated once for each state of the migrations.
//! To copy it takes a third of a second, which is too long for hundreds of tests; so most tests share a few copies, one after the
//! other, each emptied before it is handed out ([`TestDatabase::new`]). Tests that change tables get a copy of their own, dropped
//! afterwards ([`TestDatabase::own_copy`], [`TestDatabase::empty`]).
//!
//! A thread of its own does all that, over one connection. Advisory locks of that connection tell other test processes what is in
//! use; what carries the number of a lock that nobody holds is a left-over, and the next run drops it.

use std::hash::{BuildHasher, DefaultHasher, Hash, Hasher, RandomState};
use std::sync::{LazyLock, Mutex, mpsc};

use locations_inside_prison_api::store::migrate::{self, live_migrations, own_migrations};
use locations_inside_prison_api::store::pool::{self, DatabaseSettings};
use locations_inside_prison_api::store::schema;
use reqwest::Url;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, PgPool};

/// A database that nobody else uses for as long as this value lives.
pub struct TestDatabase {
    /// Connections as the service has them.
    pub pool: PgPool,
    name: String,
    /// The number of a shared copy.
    slot: Option<i32>,
}

impl TestDatabase {
    /// A database with all tables and no locations. Don't change its tables.
    pub async fn new() -> Self {
        let slot = ask(Order::Take);
        Self::connected(shared_name(slot), Some(slot)).await
    }

    /// The same, but its tables may be changed.
    pub async fn own_copy() -> Self {
        Self::copy_of(template_name()).await
    }

    /// A database with nothing in it.
    pub async fn empty() -> Self {
        Self::copy_of("template0".to_owned()).await
    }

    /// A copy of this database, whose connections are closed for it.
    pub async fn copied(&self) -> Self {
        self.pool.close().await;
        Self::copy_of(self.name.clone()).await
    }

    async fn copy_of(template: String) -> Self {
        let name = ask(|answer| Order::Copy(template, answer));
        Self::connected(name, None).await
    }

    async fn connected(name: String, slot: Option<i32>) -> Self {
        let pool = pool::connect(&settings_for(&name), 5).await.unwrap();
        Self { pool, name, slot }
    }

    /// How the service connects to it.
    pub fn settings(&self) -> DatabaseSettings {
        settings_for(&self.name)
    }

    /// For `DATABASE_URL` of a process.
    pub fn url(&self) -> String {
        let mut url = Url::parse(&admin_url()).unwrap();
        url.set_path(&self.name);
        url.to_string()
    }

    /// Runs statements that take no parameters.
    pub async fn execute(&self, sql: &str) {
        self.pool.execute(AssertSqlSafe(sql)).await.unwrap();
    }

    /// The only value of the only row.
    pub async fn value<T>(&self, sql: &str) -> T
    where
        T: for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres> + Send + Unpin,
    {
        sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&self.pool).await.unwrap()
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let name = std::mem::take(&mut self.name);
        match self.slot {
            Some(slot) => KEEPER.lock().unwrap().send(Order::Release(slot)).unwrap(),
            // The process may end with this test: wait until it is gone.
            None => ask(|answer| Order::Drop(name, answer)),
        }
    }
}

fn admin_url() -> String {
    std::env::var("TEST_DATABASE_URL").expect("TEST_DATABASE_URL is to name a Postgres superuser: `make test` sets it")
}

fn settings_for(database: &str) -> DatabaseSettings {
    let url = admin_url();
    let read = |name: &str| (name == "DATABASE_URL").then(|| url.clone());
    DatabaseSettings { database: database.to_owned(), ..DatabaseSettings::from_env(&read).unwrap() }
}

/// What tests ask of the keeper.
enum Order {
    Take(mpsc::Sender<i32>),
    Release(i32),
    Copy(String, mpsc::Sender<String>),
    Drop(String, mpsc::Sender<()>),
}

static KEEPER: LazyLock<Mutex<mpsc::Sender<Order>>> = LazyLock::new(|| {
    let (orders, received) = mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let mut keeper = runtime.block_on(Keeper::start());
        while let Ok(order) = received.recv() {
            runtime.block_on(keeper.obey(order));
        }
    });
    Mutex::new(orders)
});

fn ask<T>(order: impl FnOnce(mpsc::Sender<T>) -> Order) -> T {
    let (answer, answered) = mpsc::channel();
    KEEPER.lock().unwrap().send(order(answer)).unwrap();
    answered.recv().expect("there is no database: see the panic of the thread that makes them")
}

/// A number that changes with the content of any migration, and with what is added to the template here.
static STATE: LazyLock<u64> = LazyLock::new(|| {
    let mut hasher = DefaultHasher::new();
    for migrator in [live_migrations(), own_migrations()] {
        for migration in migrator.iter() {
            (migration.version, &migration.checksum).hash(&mut hasher);
        }
    }
    SAVE_FIRST_ROWS.hash(&mut hasher);
    hasher.finish()
});

fn template_name() -> String {
    format!("lip_template_{:016x}", *STATE)
}

fn shared_name(slot: i32) -> String {
    format!("lip_shared_{:016x}_{slot}", *STATE)
}

struct Keeper {
    conn: PgConnection,
    run: u64,
    copies: u32,
    taken: Vec<i32>,
}

impl Keeper {
    async fn start() -> Self {
        let admin = settings_for(Url::parse(&admin_url()).unwrap().path().trim_start_matches('/'));
        let mut conn = PgConnection::connect_with(&admin.migration_options().unwrap()).await.unwrap();
        conn.execute("SET lock_timeout = 0").await.unwrap();
        let run = RandomState::new().hash_one(std::process::id());
        let mut keeper = Self { conn, run, copies: 0, taken: Vec::new() };
        keeper.lock("pg_advisory_lock_shared", run).await;
        keeper.lock("pg_advisory_lock_shared", *STATE).await;
        keeper.drop_left_overs().await;
        keeper.make_template().await;
        keeper
    }

    async fn obey(&mut self, order: Order) {
        match order {
            Order::Take(answer) => answer.send(self.take().await).unwrap(),
            Order::Release(slot) => {
                self.sql(&format!(
                    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{}'",
                    shared_name(slot)
                ))
                .await;
                self.sql(&format!("SELECT pg_advisory_unlock({}, {slot})", slot_space())).await;
                self.taken.retain(|taken| *taken != slot);
            }
            Order::Copy(template, answer) => {
                let name = format!("lip_copy_{:016x}_{}", self.run, self.copies);
                self.copies += 1;
                self.sql(&format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
                answer.send(name).unwrap();
            }
            Order::Drop(name, answer) => {
                self.drop_database(&name).await;
                answer.send(()).unwrap();
            }
        }
    }

    /// Finds a shared copy that nobody uses, here or in another process, and empties it.
    async fn take(&mut self) -> i32 {
        let mut slot = 0;
        while self.taken.contains(&slot)
            || !self.answer(&format!("pg_try_advisory_lock({}, {slot})", slot_space())).await
        {
            slot += 1;
        }
        self.taken.push(slot);
        let name = shared_name(slot);
        if self.exists(&name).await && !emptied(&name).await {
            self.drop_database(&name).await;
        }
        if !self.exists(&name).await {
            self.sql(&format!("CREATE DATABASE {name} TEMPLATE {}", template_name())).await;
        }
        slot
    }

    /// Drops what belongs to a run that is gone, or to migrations that no run uses.
    async fn drop_left_overs(&mut self) {
        let names: Vec<String> = sqlx::query_scalar(
            "SELECT datname FROM pg_database WHERE datname ~ '^lip_(copy|shared|template)_[0-9a-f]{16}'",
        )
        .fetch_all(&mut self.conn)
        .await
        .unwrap();
        for name in names {
            let key = u64::from_str_radix(name.split('_').nth(2).unwrap(), 16).unwrap();
            if key != self.run && key != *STATE && self.lock("pg_try_advisory_lock", key).await {
                self.drop_database(&name).await;
                self.lock("pg_advisory_unlock", key).await;
            }
        }
    }

    /// Makes the template unless it is there. It gets its name when it is complete.
    async fn make_template(&mut self) {
        const TEMPLATE_LOCK: u64 = 0x4C54 << 40;
        let name = template_name();
        self.lock("pg_advisory_lock", TEMPLATE_LOCK).await;
        if !self.exists(&name).await {
            let new = format!("{name}_new");
            self.drop_database(&new).await;
            self.sql(&format!("CREATE DATABASE {new} TEMPLATE template0")).await;
            migrate::migrate(&settings_for(&new)).await.unwrap();
            in_database(&new, SAVE_FIRST_ROWS).await;
            self.sql(&format!("ALTER DATABASE {new} RENAME TO {name}")).await;
        }
        self.lock("pg_advisory_unlock", TEMPLATE_LOCK).await;
    }

    async fn exists(&mut self, database: &str) -> bool {
        self.answer(&format!("EXISTS (SELECT FROM pg_database WHERE datname = '{database}')")).await
    }

    async fn drop_database(&mut self, name: &str) {
        self.sql(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
    }

    /// Calls one of the functions for advisory locks; those that wait answer true.
    async fn lock(&mut self, function: &str, key: u64) -> bool {
        self.answer(&format!("coalesce({function}({})::text, '') <> 'false'", key.cast_signed())).await
    }

    async fn answer(&mut self, expression: &str) -> bool {
        sqlx::query_scalar(AssertSqlSafe(format!("SELECT {expression}"))).fetch_one(&mut self.conn).await.unwrap()
    }

    async fn sql(&mut self, sql: &str) {
        self.conn.execute(AssertSqlSafe(sql)).await.unwrap();
    }
}

/// The first of the two numbers of the lock on a shared copy.
fn slot_space() -> i32 {
    (*STATE >> 32) as u32 as i32
}

async fn in_database(database: &str, sql: &'static str) {
    let mut conn = PgConnection::connect_with(&settings_for(database).migration_options().unwrap()).await.unwrap();
    conn.execute(sql).await.unwrap();
    conn.close().await.unwrap();
}

/// Brings a shared copy back to what the template has; false if a test has changed its tables.
async fn emptied(database: &str) -> bool {
    let mut conn = PgConnection::connect_with(&settings_for(database).migration_options().unwrap()).await.unwrap();
    let unchanged = schema::listing(&mut conn).await.unwrap() == schema::EXPECTED;
    if unchanged {
        conn.execute(RESTORE_FIRST_ROWS).await.unwrap();
    }
    conn.close().await.unwrap();
    unchanged
}

/// Keeps the rows that migrations put into tables.
const SAVE_FIRST_ROWS: &str = "
    CREATE SCHEMA first_rows;
    DO $$
    DECLARE
        t regclass;
        filled boolean;
    BEGIN
        FOR t IN SELECT c.oid FROM pg_class c
            WHERE relkind = 'r' AND relnamespace IN ('public'::regnamespace, 'locations_service'::regnamespace)
        LOOP
            EXECUTE format('SELECT EXISTS (SELECT FROM %s)', t) INTO filled;
            IF filled THEN
                EXECUTE format('CREATE TABLE first_rows.%I AS TABLE %s', t::oid, t);
            END IF;
        END LOOP;
    END $$";

/// Empties all tables, fills in the rows that migrations put there, and sets the sequences back.
const RESTORE_FIRST_ROWS: &str = "
    SET session_replication_role = replica;
    DO $$
    DECLARE
        t regclass;
    BEGIN
        FOR t IN SELECT c.oid FROM pg_class c
            WHERE relkind = 'r' AND relnamespace IN ('public'::regnamespace, 'locations_service'::regnamespace)
        LOOP
            EXECUTE format('DELETE FROM %s', t);
            IF to_regclass(format('first_rows.%I', t::oid)) IS NOT NULL THEN
                EXECUTE format('INSERT INTO %s OVERRIDING SYSTEM VALUE TABLE first_rows.%I', t, t::oid);
            END IF;
        END LOOP;
        PERFORM setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false) FROM pg_sequences
            WHERE schemaname IN ('public', 'locations_service') AND last_value IS NOT NULL;
    END $$";
