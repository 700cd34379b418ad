//! A database that one test has for itself, dropped afterwards.

use std::str::FromStr;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, PgPool};

/// A new, empty database.
pub struct Database {
    name: String,
}

impl Database {
    pub async fn new() -> Self {
        let name = format!("standin_test_{}", uuid::Uuid::new_v4().simple());
        let mut admin = PgConnection::connect(&admin_url()).await.unwrap();
        admin.execute(AssertSqlSafe(format!("create database {name}"))).await.unwrap();
        Self { name }
    }

    /// For settings.
    pub fn url(&self) -> String {
        let mut url = reqwest::Url::parse(&admin_url()).unwrap();
        url.set_path(&self.name);
        url.to_string()
    }

    /// Connections that see this schema.
    pub async fn pool(&self, schema: &str) -> PgPool {
        let options = PgConnectOptions::from_str(&self.url()).unwrap().options([("search_path", schema)]);
        PgPoolOptions::new().max_connections(3).connect_with(options).await.unwrap()
    }

    /// A connection that sees this schema.
    pub async fn connect(&self, schema: &str) -> PgConnection {
        let mut connection = PgConnection::connect(&self.url()).await.unwrap();
        connection.execute(AssertSqlSafe(format!("set search_path to {schema}"))).await.unwrap();
        connection
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let name = self.name.clone();
        // Dropping is not async: a thread with a runtime of its own does it.
        let dropper = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let mut admin = PgConnection::connect(&admin_url()).await.unwrap();
                admin.execute(AssertSqlSafe(format!("drop database if exists {name} with (force)"))).await.unwrap();
            });
        });
        dropper.join().unwrap();
    }
}

fn admin_url() -> String {
    std::env::var("TEST_DATABASE_URL").expect("TEST_DATABASE_URL is to name a Postgres superuser: `make test` sets it")
}
