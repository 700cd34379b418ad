//! `migrate-locations`: has the role `from-nomis` migrate what is not in DPS yet, and follows it.

use axum::http::Method;
use clap::Args;
use serde_json::{Value, json};

use super::operator::{CommandError, Operator, OperatorSettings};

/// Where the migration runs.
#[derive(Args, Clone, Debug)]
pub struct MigrateSettings {
    /// Where the estate is.
    #[command(flatten)]
    pub operator: OperatorSettings,
}

/// Runs the command.
///
/// # Errors
/// When the run can't be started or followed, or was cancelled.
pub async fn run(settings: MigrateSettings) -> Result<(), CommandError> {
    let operator = Operator::new(settings.operator)?;
    let ended = migrate(&operator).await?;
    let failed = ended["recordsFailed"].as_i64().unwrap_or(0);
    println!("{} migrated, {failed} failed, {}", ended["recordsMigrated"], ended["status"]);
    let url = format!("{}/migrate/locations/history", operator.settings.from_nomis_url);
    let url = format!("{url}/{}/failures", ended["migrationId"].as_str().unwrap_or_default());
    let failures = operator.done(Method::GET, &url, None, &[]).await?.body;
    for failure in failures.as_array().into_iter().flatten() {
        println!("{} {}: {}", failure["nomisLocationId"], failure["key"], failure["cause"]);
    }
    if ended["status"] == "COMPLETED" { Ok(()) } else { Err(CommandError("it did not complete".into())) }
}

/// Starts a migration and waits for its end; answers its history record.
///
/// # Errors
/// When it can't be started or followed.
pub async fn migrate(operator: &Operator) -> Result<Value, CommandError> {
    let base = format!("{}/migrate/locations", operator.settings.from_nomis_url);
    let started = operator.done(Method::POST, &base, Some(&json!({})), &[]).await?.body;
    let id = started["migrationId"].as_str().unwrap_or_default().to_owned();
    println!("migration {id}: {} locations in NOMIS", started["estimatedCount"]);
    let (progress, history) = (format!("{base}/active-migration"), format!("{base}/history/{id}"));
    let mut told = -1;
    operator
        .until("the migration", async || {
            let now = operator.done(Method::GET, &progress, None, &[]).await?.body;
            let left = now["toBeProcessedCount"].as_i64().unwrap_or(0);
            if left != told {
                told = left;
                println!("{} migrated, {left} to do, {} failed", now["recordsMigrated"], now["recordsFailed"]);
            }
            let record = operator.done(Method::GET, &history, None, &[]).await?.body;
            let ended = record["status"] == "COMPLETED" || record["status"] == "CANCELLED";
            Ok(Some(record).filter(|_| ended))
        })
        .await
}
