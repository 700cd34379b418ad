//! How locations are kept: the only place with SQL, the outbox tables included.

pub mod approval;
pub mod certificate;
pub mod certification;
pub mod changes;
pub mod find;
pub mod history;
pub mod load;
pub mod lock;
pub mod migrate;
pub mod migration;
pub mod nomis_switch;
pub mod non_residential;
pub mod outbox;
pub mod page;
pub mod pool;
pub mod prison;
pub mod prison_configuration;
pub mod prison_switches;
pub mod queue_message;
pub mod rows;
pub mod save;
pub mod schema;
pub mod select;
pub mod signed_capacity;
pub mod training;
pub mod unit_of_work;
pub mod upload;
pub mod wake;

use sqlx::PgPool;

pub use changes::Changes;
pub use unit_of_work::UnitOfWork;
pub use wake::Wake;

use lock::PrisonQueues;

/// What the jobs need to read and write.
#[derive(Clone)]
pub struct Store {
    /// Connections to the database.
    pub pool: PgPool,
    /// Writers queue here for their prison before they take a connection.
    pub queues: PrisonQueues,
    /// Wakes the relays after a commit.
    pub wake: Wake,
    /// Whether `capacity.changed` and `certification.changed` are published (decisions C2).
    pub capacity_and_certification_events: bool,
}

/// A read-only transaction in which several statements see the same state of the database.
///
/// # Errors
/// Whatever the database says.
pub async fn snapshot(pool: &PgPool) -> Result<sqlx::Transaction<'static, sqlx::Postgres>, sqlx::Error> {
    pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await
}
