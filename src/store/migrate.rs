//! Makes the tables, or adds ours to those of the live service (issue 3, "Database"; decisions A2).
//!
//! `migrations/live` holds the live service's tables, `migrations/own` ours in a schema of their own. Each of the two keeps
//! its bookkeeping beside its tables: what is restored, dropped or copied together stays together, and a database made by
//! the live service gets nothing into its `public` schema.

use std::time::{Duration, Instant};

use sqlx::migrate::{Migrate, Migrator};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use super::pool::{DatabaseSettings, SettingsError};

/// The schema of our own tables.
pub const OWN_SCHEMA: &str = "locations_service";

/// The key of the advisory lock that keeps replicas from migrating at the same time.
const MIGRATION_LOCK: i64 = 0x4C4D << 40;

/// How long a start waits for another process that migrates.
const PATIENCE: Duration = Duration::from_secs(120);

/// Who made the tables of a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// This very run: the database was empty.
    Empty,
    /// An earlier run of ours.
    Ours,
    /// The live service; its tables are left as they are.
    LiveService,
}

/// What a migration found and did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// Who had made the tables.
    pub origin: Origin,
    /// How many migrations have been applied now; 0 if the database was up to date.
    pub applied: usize,
}

/// Why a database was not migrated. Each migration is all or nothing; those before it stay.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// Somebody else's tables are there.
    #[error(
        "the database has a table `location`, but neither `flyway_schema_history` nor `_sqlx_migrations`: \
         neither the live service nor this one has made it, so it is left as it is"
    )]
    UnknownOrigin,
    /// Another process has been migrating for too long.
    #[error("another process has been migrating this database for {} seconds", .0.as_secs())]
    Busy(Duration),
    /// The settings of the database can't be used.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// A migration failed, or was changed after it had been applied.
    #[error("{0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// The database did not do what was asked.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
}

/// Migrates the database of these settings over a connection of its own. Several processes may do so at once.
///
/// When nothing is to be done this takes two or three short statements and no lock.
///
/// # Errors
/// See [`MigrateError`].
pub async fn migrate(settings: &DatabaseSettings) -> Result<Outcome, MigrateError> {
    let mut conn = PgConnection::connect_with(&settings.migration_options()?).await?;
    let outcome = migrate_on(&mut conn, settings.grantee()).await;
    // The answer does not depend on a clean farewell.
    let _ = conn.close().await;
    outcome
}

/// The same on a connection that is there. `grantee` is the user of the service, where another one makes the tables.
///
/// # Errors
/// See [`MigrateError`].
pub async fn migrate_on(conn: &mut PgConnection, grantee: Option<&str>) -> Result<Outcome, MigrateError> {
    let (origin, pending) = look(conn).await?;
    if pending.is_empty() {
        return Ok(Outcome { origin, applied: 0 });
    }
    lock(conn).await?;
    let outcome = migrate_locked(conn, grantee).await;
    let unlocked = sqlx::query_scalar!("SELECT pg_advisory_unlock($1)", MIGRATION_LOCK).fetch_one(conn).await;
    let outcome = outcome?;
    unlocked?;
    Ok(outcome)
}

/// The migrations of the live service's tables, for a database that we make.
pub fn live_migrations() -> Migrator {
    prepared(sqlx::migrate!("migrations/live"), "public")
}

/// The migrations of our own tables.
pub fn own_migrations() -> Migrator {
    let mut migrator = prepared(sqlx::migrate!("migrations/own"), OWN_SCHEMA);
    // The bookkeeping comes before the first migration.
    migrator.create_schema(OWN_SCHEMA);
    migrator
}

fn prepared(mut migrator: Migrator, schema: &'static str) -> Migrator {
    migrator.dangerous_set_table_name(format!("{schema}._sqlx_migrations"));
    // A newer release may have been here: migrations are made so that the release before can work with them.
    migrator.set_ignore_missing(true);
    // Our own lock covers recognition and both sets; sqlx would also keep its lock after an error.
    migrator.set_locking(false);
    migrator
}

async fn migrate_locked(conn: &mut PgConnection, grantee: Option<&str>) -> Result<Outcome, MigrateError> {
    // Another process may have been faster: look again, now that nobody else is at it.
    let (origin, pending) = look(conn).await?;
    let mut applied = 0;
    for (migrator, missing) in &pending {
        migrator.run_direct(None, conn, false).await?;
        applied += missing;
    }
    if let (Some(user), true) = (grantee, applied > 0) {
        grant(conn, user, origin).await?;
    }
    Ok(Outcome { origin, applied })
}

/// Recognises the database, and finds which sets of migrations have something to do, and how much.
async fn look(conn: &mut PgConnection) -> Result<(Origin, Vec<(Migrator, usize)>), MigrateError> {
    let there = sqlx::query!(
        r#"
        SELECT to_regclass('public.flyway_schema_history') IS NOT NULL AS "live_service!",
            to_regclass('public._sqlx_migrations') IS NOT NULL AS "live_bookkeeping!",
            to_regclass('locations_service._sqlx_migrations') IS NOT NULL AS "own_bookkeeping!",
            to_regclass('public.location') IS NOT NULL AS "location!"
        "#
    )
    .fetch_one(&mut *conn)
    .await?;
    let origin = match (there.live_service, there.live_bookkeeping, there.location) {
        (true, _, _) => Origin::LiveService,
        (false, true, _) => Origin::Ours,
        (false, false, false) => Origin::Empty,
        (false, false, true) => return Err(MigrateError::UnknownOrigin),
    };
    let mut pending = Vec::new();
    if origin != Origin::LiveService {
        pending.extend(if_pending(conn, live_migrations(), there.live_bookkeeping).await?);
    }
    pending.extend(if_pending(conn, own_migrations(), there.own_bookkeeping).await?);
    Ok((origin, pending))
}

/// The set and how many of its migrations are missing, if any is. One that was changed counts too: running the set refuses it.
async fn if_pending(
    conn: &mut PgConnection,
    migrator: Migrator,
    bookkeeping: bool,
) -> Result<Option<(Migrator, usize)>, MigrateError> {
    let applied = if bookkeeping { conn.list_applied_migrations(&migrator.table_name).await? } else { Vec::new() };
    let done =
        |m: &sqlx::migrate::Migration| applied.iter().any(|a| a.version == m.version && a.checksum == m.checksum);
    let missing = migrator.iter().filter(|m| !done(m)).count();
    Ok((missing > 0).then_some((migrator, missing)))
}

/// Takes the lock by asking again and again. A statement that waits for it would hold a snapshot, and `CREATE INDEX CONCURRENTLY`
/// in another process would wait for that one.
async fn lock(conn: &mut PgConnection) -> Result<(), MigrateError> {
    let begin = Instant::now();
    while !sqlx::query_scalar!(r#"SELECT pg_try_advisory_lock($1) AS "got!""#, MIGRATION_LOCK)
        .fetch_one(&mut *conn)
        .await?
    {
        if begin.elapsed() > PATIENCE {
            return Err(MigrateError::Busy(begin.elapsed()));
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok(())
}

/// Lets the user of the service work with the tables that another user has made (`SPRING_FLYWAY_USER`, 07 section 9.1).
async fn grant(conn: &mut PgConnection, user: &str, origin: Origin) -> Result<(), MigrateError> {
    let schemas: &[&str] = if origin == Origin::LiveService { &[OWN_SCHEMA] } else { &["public", OWN_SCHEMA] };
    let user = user.replace('"', "\"\"");
    for schema in schemas {
        let grants = format!(
            "GRANT USAGE ON SCHEMA {schema} TO \"{user}\"; \
             GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO \"{user}\"; \
             GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO \"{user}\""
        );
        // Schema names are ours, and the user's name is quoted: GRANT takes no parameters.
        conn.execute(AssertSqlSafe(grants)).await?;
    }
    Ok(())
}
