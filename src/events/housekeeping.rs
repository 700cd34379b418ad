//! Prunes what was published long ago, and measures what waits.

use std::time::Duration;

use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

use super::status::stand_still;
use crate::store::outbox::control::{self, Identity};
use crate::store::outbox::{Backlog, audit, events};

/// How often the backlog is measured.
const MEASURE: Duration = Duration::from_secs(10);

/// How often published events are pruned, how many in one statement, and the pause between two statements.
const PRUNE: Duration = Duration::from_secs(60);
const PRUNE_STEP: i64 = 1_000;
const PRUNE_PAUSE: Duration = Duration::from_millis(100);

/// Works until `stop`. `identity` is what the settings say, `retention` how long published events are kept.
pub async fn run(pool: PgPool, identity: Identity, retention: Duration, stop: CancellationToken) {
    let measuring = every(MEASURE, || measure(&pool, &identity));
    let pruning = every(PRUNE, || prune(&pool, retention));
    let _: Option<((), ())> = stop.run_until_cancelled(async { tokio::join!(measuring, pruning) }).await;
}

async fn every<F: Future<Output = Result<(), sqlx::Error>>>(period: Duration, work: impl Fn() -> F) {
    let mut tick = tokio::time::interval(period);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        if let Err(error) = work().await {
            tracing::debug!(%error, "housekeeping of the outbox has to wait");
        }
    }
}

/// Deletes the published events that were kept long enough, in small steps. Answers when there are none left.
///
/// # Errors
/// Whatever the database says.
pub async fn prune(pool: &PgPool, retention: Duration) -> Result<(), sqlx::Error> {
    loop {
        let pruned = events::prune(pool, retention, PRUNE_STEP).await?;
        metrics::counter!("events_pruned_total").increment(pruned);
        if i64::try_from(pruned).is_ok_and(|n| n < PRUNE_STEP) {
            return Ok(());
        }
        tokio::time::sleep(PRUNE_PAUSE).await;
    }
}

/// Sets the gauges of both tables of the outbox. Each replica says the same.
async fn measure(pool: &PgPool, identity: &Identity) -> Result<(), sqlx::Error> {
    gauge("events", events::backlog(pool).await?);
    gauge("audit", audit::backlog(pool).await?);
    let still = stand_still(&control::read(pool).await?, identity);
    metrics::gauge!("outbox_standing_still").set(if still.is_some() { 1.0 } else { 0.0 });
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "a gauge need not tell millions of billions apart")]
fn gauge(outbox: &'static str, backlog: Backlog) {
    metrics::gauge!("outbox_unsent", "outbox" => outbox).set(backlog.unsent as f64);
    metrics::gauge!("outbox_lag_seconds", "outbox" => outbox).set(backlog.lag.as_secs_f64());
    metrics::gauge!("outbox_set_aside", "outbox" => outbox).set(backlog.set_aside as f64);
}
