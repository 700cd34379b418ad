//! The database of the measurement: made for it, looked into while it lasts, dropped afterwards.

use std::time::{Duration, Instant};

use reqwest::Url;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use crate::{Outcome, say};

/// Its name. One measurement at a time makes sense on a machine.
const NAME: &str = "locations_bench";
/// How long the relays may take to send what is left.
const PATIENCE: Duration = Duration::from_secs(120);

/// The database.
pub struct Database {
    /// For `DATABASE_URL`.
    pub url: String,
    /// Version and settings of the server, for the report.
    pub server: String,
    admin: PgConnection,
    connection: PgConnection,
    counts_statements: bool,
}

/// What requests have cost the database.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// SQL statements, those that begin and end a transaction among them.
    pub statements: i64,
    /// Pages of 8 KB that they touched, in memory or not.
    pub buffers: i64,
    /// Statements by which the relays have sent the events and audit messages of the requests.
    pub relayed: i64,
}

impl Database {
    /// Makes it anew on this server.
    pub async fn create(server: &str) -> Outcome<Self> {
        let mut admin = PgConnection::connect(server).await?;
        drop_database(&mut admin).await?;
        admin.execute(AssertSqlSafe(format!("CREATE DATABASE {NAME}"))).await?;
        let mut url = Url::parse(server)?;
        url.set_path(NAME);
        let mut connection = PgConnection::connect(url.as_str()).await?;
        let extension = "CREATE EXTENSION IF NOT EXISTS pg_stat_statements; SELECT pg_stat_statements_reset()";
        let counts_statements = connection.execute(sqlx::raw_sql(extension)).await.is_ok();
        if !counts_statements {
            say("the server does not have pg_stat_statements loaded: statements and buffers are left out");
        }
        let server = sqlx::query_scalar(
            "SELECT 'PostgreSQL ' || current_setting('server_version') || ', shared_buffers '
             || current_setting('shared_buffers') || ', fsync ' || current_setting('fsync')",
        )
        .fetch_one(&mut connection)
        .await?;
        Ok(Self { url: url.into(), server, admin, connection, counts_statements })
    }

    /// Runs statements that take no parameters.
    pub async fn run(&mut self, sql: &str) -> Outcome<()> {
        self.connection.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await?;
        Ok(())
    }

    /// Begins to count anew.
    pub async fn forget_cost(&mut self) -> Outcome<()> {
        if self.counts_statements {
            self.run("SELECT pg_stat_statements_reset()").await?;
        }
        Ok(())
    }

    /// What has been done in the database since, by everybody but this connection; none where the server does not count.
    pub async fn cost(&mut self) -> Outcome<Option<Cost>> {
        if !self.counts_statements {
            return Ok(None);
        }
        // Requests only ever insert into the tables of the outbox; whatever else is done with them is done by the relays.
        let (statements, buffers, relayed) = sqlx::query_as(
            "SELECT coalesce(sum(calls) FILTER (WHERE NOT relay), 0)::bigint,
                    coalesce(sum(shared_blks_hit + shared_blks_read) FILTER (WHERE NOT relay), 0)::bigint,
                    coalesce(sum(calls) FILTER (WHERE relay), 0)::bigint
             FROM (SELECT s.*, query ~ 'locations_service\\.(domain_event|audit_message|outbox_control)'
                               AND query !~ 'INSERT INTO locations_service' AS relay
                   FROM pg_stat_statements s) s
             WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
               AND query NOT LIKE '%pg_stat_statements%' AND query NOT LIKE '%waits for the relays%'",
        )
        .fetch_one(&mut self.connection)
        .await?;
        Ok(Some(Cost { statements, buffers, relayed }))
    }

    /// Waits until everything that is to be sent has been sent.
    pub async fn settle(&mut self) -> Outcome<()> {
        let begun = Instant::now();
        while self.has_unsent().await? {
            if begun.elapsed() > PATIENCE {
                return Err(format!("events are still waiting to be sent after {PATIENCE:?}").into());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    async fn has_unsent(&mut self) -> Outcome<bool> {
        let unsent = sqlx::query_scalar(
            "SELECT /* waits for the relays */
                EXISTS (SELECT FROM locations_service.domain_event WHERE sent_at IS NULL AND set_aside_at IS NULL)
                OR EXISTS (SELECT FROM locations_service.audit_message WHERE set_aside_at IS NULL)",
        );
        Ok(unsent.fetch_one(&mut self.connection).await?)
    }

    /// Drops it.
    pub async fn drop(mut self) -> Outcome<()> {
        self.connection.close().await?;
        drop_database(&mut self.admin).await
    }
}

async fn drop_database(admin: &mut PgConnection) -> Outcome<()> {
    admin.execute(AssertSqlSafe(format!("DROP DATABASE IF EXISTS {NAME} WITH (FORCE)"))).await?;
    Ok(())
}
