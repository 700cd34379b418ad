//! One message at a time for a location, over all instances of a role (08 section 15.8, X4).

use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, PgPool, Postgres, Transaction};

/// Each message at work may hold one; repair, migration and reconciliation come on top.
const CONNECTIONS: u32 = 32;
/// A lock that is not had in this time fails the message, which comes again.
const WAIT: Duration = Duration::from_secs(20);

/// Gives locks. They have connections of their own, so that who waits for a lock keeps nobody from writing telemetry.
#[derive(Clone)]
pub struct Locks {
    role: &'static str,
    pool: PgPool,
}

/// A lock, given back when dropped.
pub struct Held {
    _transaction: Transaction<'static, Postgres>,
}

impl Locks {
    /// Locks of a role in this database; connections are opened when they are needed.
    ///
    /// # Errors
    /// When the address can't be read.
    pub fn new(role: &'static str, database_url: &str) -> Result<Self, sqlx::Error> {
        let options = PgConnectOptions::from_str(database_url)?
            .application_name("standin locks")
            .disable_statement_logging()
            .options([("lock_timeout", WAIT.as_millis().to_string())]);
        let pool = PgPoolOptions::new().max_connections(CONNECTIONS).acquire_timeout(WAIT).connect_lazy_with(options);
        Ok(Self { role, pool })
    }

    /// Waits for the lock on the location with this id.
    ///
    /// # Errors
    /// When it can't be had in time.
    pub async fn hold(&self, id: impl ToString) -> Result<Held, sqlx::Error> {
        let mut transaction = self.pool.begin().await?;
        sqlx::query("select pg_advisory_xact_lock(hashtextextended($1, 0))")
            .bind(format!("{} {}", self.role, id.to_string()))
            .execute(&mut *transaction)
            .await?;
        Ok(Held { _transaction: transaction })
    }
}
