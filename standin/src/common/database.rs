//! The database of a role: a schema of its own, and the schema `standin` that all have.

use std::str::FromStr;
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, PgPool};

static STANDIN: Migrator = sqlx::migrate!("migrations/standin");
static NOMIS: Migrator = sqlx::migrate!("migrations/nomis");
static MAPPING: Migrator = sqlx::migrate!("migrations/mapping");
static MIGRATION: Migrator = sqlx::migrate!("migrations/migration");

/// One at a time makes schemas: roles start side by side.
const LOCK: i64 = 0x5354_414e_4449_4e00;

/// A schema, and how it is made.
#[derive(Clone, Copy)]
pub struct Schema {
    name: &'static str,
    migrator: &'static Migrator,
}

/// What every role keeps beside its own data.
pub const STANDIN_SCHEMA: Schema = Schema { name: "standin", migrator: &STANDIN };
/// The NOMIS tables.
pub const NOMIS_SCHEMA: Schema = Schema { name: "nomis", migrator: &NOMIS };
/// The pairs of ids.
pub const MAPPING_SCHEMA: Schema = Schema { name: "mapping", migrator: &MAPPING };
/// The history of migrations.
pub const MIGRATION_SCHEMA: Schema = Schema { name: "migration", migrator: &MIGRATION };

/// Brings `own` and `standin` up to date, and connects: names without a schema are those of `own`, what all roles have is called
/// `standin.name`.
///
/// # Errors
/// When the database can't be reached, or a migration fails.
pub async fn open(url: &str, own: Schema, connections: u32) -> Result<PgPool, sqlx::Error> {
    let options = PgConnectOptions::from_str(url)?.application_name("standin").disable_statement_logging();
    migrate(&options, STANDIN_SCHEMA).await?;
    if own.name != STANDIN_SCHEMA.name {
        migrate(&options, own).await?;
    }
    let options = options.options([("search_path", own.name)]);
    let pool = PgPoolOptions::new().max_connections(connections).acquire_timeout(Duration::from_secs(30));
    pool.connect_with(options).await
}

async fn migrate(options: &PgConnectOptions, schema: Schema) -> Result<(), sqlx::Error> {
    let options = options.clone().options([("search_path", schema.name)]);
    let mut connection = PgConnection::connect_with(&options).await?;
    sqlx::query("select pg_advisory_lock($1)").bind(LOCK).execute(&mut connection).await?;
    let create = format!("create schema if not exists {}", schema.name);
    sqlx::query(AssertSqlSafe(create)).execute(&mut connection).await?;
    schema.migrator.run(&mut connection).await?;
    // Closing gives the lock back as well.
    connection.close().await
}
