//! The migration as a job (08 section 9): pages of NOMIS's ids, in each those that have no mapping yet, parents before children. What it
//! needs of memory is a page. It goes on after a crash, can be cancelled, and can be run again: what is mapped is left alone.

mod batch;
mod endpoints;
mod record;

pub use endpoints::routes;
pub use record::{Failure, History, Records};

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::sync::FromNomis;
use crate::common::clock;
use crate::common::role::Context;
use crate::common::telemetry::fields;
use crate::sync::SyncError;

/// Ids on a page (08 section 9.3).
const PAGE: u64 = 1000;
/// How often a page is tried when a system does not answer, and the pause after the first failure; it doubles.
const TRIES: u32 = 6;
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// Runs migrations, one at a time. Copies share the one that runs.
#[derive(Clone)]
pub struct Migrations {
    from: FromNomis,
    records: Records,
    context: Context,
    running: Arc<AtomicI64>,
    /// Calls at a time.
    at_once: usize,
}

impl Migrations {
    /// The migrations of a role; `at_once` calls are under way at a time.
    pub fn new(context: &Context, from: FromNomis, at_once: usize) -> Self {
        let migrations = Self {
            from,
            records: Records::new(context.pool.clone()),
            context: context.clone(),
            running: Arc::default(),
            at_once,
        };
        let running = migrations.running.clone();
        context.quiet.watch("migration", move || {
            let running = running.clone();
            Box::pin(async move { running.load(Ordering::SeqCst) })
        });
        migrations
    }

    /// Goes on with a run that a crash has interrupted.
    ///
    /// # Errors
    /// When the history can't be read.
    pub async fn resume(&self) -> Result<(), sqlx::Error> {
        if let Some(history) = self.records.unfinished().await? {
            tracing::info!(migration = history.migration_id, "the migration goes on");
            self.spawn(history.migration_id);
        }
        Ok(())
    }

    /// Starts a run; none while one is at work.
    ///
    /// # Errors
    /// When NOMIS does not say how many there are, or the history can't be written.
    pub async fn start(&self, filter: &str) -> Result<Option<History>, SyncError> {
        if self.records.unfinished().await?.is_some() {
            return Ok(None);
        }
        let total = self.from.tools.clients.nomis.ids(0, 1).await?.total_elements;
        let id = clock::now().with_timezone(&chrono_tz::Europe::London).format("%Y-%m-%dT%H:%M:%S").to_string();
        let estimated = i64::try_from(total).unwrap_or(i64::MAX);
        // Two starts in one second are one run.
        let Some(history) = self.records.begin(&id, estimated, filter).await? else { return Ok(None) };
        let told = fields([("migrationId", &id), ("estimatedCount", &total), ("filter", &filter)]);
        self.from.tools.telemetry.event("locations-migration-started", &told);
        self.spawn(id);
        Ok(Some(history))
    }

    /// Asks a run to end.
    ///
    /// # Errors
    /// When the history can't be written.
    pub async fn cancel(&self, id: &str) -> Result<bool, sqlx::Error> {
        let found = self.records.request_cancel(id).await?;
        if found {
            self.from.tools.telemetry.event("locations-migration-cancel-requested", &fields([("migrationId", &id)]));
        }
        Ok(found)
    }

    fn spawn(&self, id: String) {
        let migrations = self.clone();
        self.running.fetch_add(1, Ordering::SeqCst);
        self.context.tasks.spawn(async move {
            if let Err(error) = migrations.run(&id, &migrations.context.stop).await {
                // The run stays STARTED: it goes on when the role starts again.
                tracing::error!(migration = id, %error, "the migration has stopped");
            }
            migrations.running.fetch_sub(1, Ordering::SeqCst);
        });
    }

    async fn run(&self, id: &str, stop: &CancellationToken) -> Result<(), SyncError> {
        let pages = self.records.estimated(id).await?.div_ceil(PAGE);
        for page in self.records.pages_done(id).await?..pages {
            if stop.is_cancelled() {
                return Ok(());
            }
            if self.records.is_cancelling(id).await? {
                return self.end(id, "CANCELLED").await;
            }
            self.page(id, page).await?;
            self.records.page_done(id, page + 1).await?;
        }
        self.orphans(id, stop).await
    }

    /// A page, again and again while a system does not answer.
    async fn page(&self, id: &str, page: u64) -> Result<(), SyncError> {
        let mut pause = FIRST_PAUSE;
        for attempt in 1.. {
            let done = async {
                let ids = self.from.tools.clients.nomis.ids(page, PAGE).await?.content;
                self.batch(id, &ids).await
            };
            match done.await {
                Err(error) if attempt < TRIES => {
                    tracing::warn!(migration = id, page, %error, "a page of the migration is tried again");
                    tokio::time::sleep(pause).await;
                    pause *= 2;
                }
                other => return other.map(drop),
            }
        }
        Ok(())
    }

    /// Those whose parent came later, until no more of them can be brought over.
    async fn orphans(&self, id: &str, stop: &CancellationToken) -> Result<(), SyncError> {
        loop {
            let before = self.records.waiting(id).await?;
            let mut after_id = 0;
            loop {
                if stop.is_cancelled() {
                    return Ok(());
                }
                if self.records.is_cancelling(id).await? {
                    return self.end(id, "CANCELLED").await;
                }
                let ids = self.records.waiting_after(id, after_id, PAGE).await?;
                let Some(last) = ids.last() else { break };
                after_id = *last;
                let still = self.batch(id, &ids).await?;
                let done: Vec<i64> = ids.into_iter().filter(|n| !still.contains(n)).collect();
                self.records.waited(id, &done).await?;
            }
            let left = self.records.waiting(id).await?;
            if left == 0 {
                break;
            }
            if left == before {
                self.records.fail_waiting(id).await?;
                break;
            }
        }
        self.end(id, "COMPLETED").await
    }

    async fn end(&self, id: &str, status: &str) -> Result<(), SyncError> {
        let migrated = self.from.tools.clients.mappings.migrated(id).await.unwrap_or(0);
        let history = self.records.end(id, status, i64::try_from(migrated).unwrap_or(0)).await?;
        let minutes = history.when_ended.map_or(0, |end| (end - history.when_started).num_minutes());
        let told = fields([
            ("migrationId", &id),
            ("estimatedCount", &history.estimated_record_count),
            ("recordsMigrated", &history.records_migrated),
            ("recordsFailed", &history.records_failed),
            ("durationMinutes", &minutes),
        ]);
        self.from.tools.telemetry.event(&format!("locations-migration-{}", status.to_lowercase()), &told);
        Ok(())
    }
}
