//! `reconcile`: has the role `to-nomis` compare the two sides, and shows what it found.

use axum::http::Method;
use clap::Args;
use serde_json::{Value, json};

use super::operator::{CommandError, Operator, OperatorSettings};

/// What is to be compared.
#[derive(Args, Clone, Debug)]
pub struct ReconcileSettings {
    /// Where the estate is.
    #[command(flatten)]
    pub operator: OperatorSettings,
    /// Everything, instead of what has changed since it was last found equal.
    #[arg(long, conflicts_with = "prison")]
    pub full: bool,
    /// Only this prison.
    #[arg(long)]
    pub prison: Option<String>,
    /// Repair what is found, in the direction that the prison's switch says.
    #[arg(long)]
    pub repair: bool,
}

/// Runs the command.
///
/// # Errors
/// When the run fails, or something was found and not repaired.
pub async fn run(settings: ReconcileSettings) -> Result<(), CommandError> {
    let operator = Operator::new(settings.operator)?;
    let kind = if settings.full { "FULL" } else { "DIGEST" };
    let found = reconcile(&operator, kind, settings.prison.as_deref(), settings.repair).await?;
    show(&found);
    let open = open_findings(&found);
    if open == 0 { Ok(()) } else { Err(CommandError(format!("{open} findings"))) }
}

/// Starts a run and waits for its end; answers it with its findings.
///
/// # Errors
/// When it can't be started, or fails.
pub async fn reconcile(
    operator: &Operator,
    kind: &str,
    prison: Option<&str>,
    repair: bool,
) -> Result<Value, CommandError> {
    let url = format!("{}/standin/reconciliation", operator.settings.to_nomis_url);
    let wanted = json!({ "kind": kind, "prison": prison, "repair": repair });
    let started = operator.done(Method::POST, &url, Some(&wanted), &[]).await?;
    let url = format!("{url}/{}", started.body["run"]);
    let ended = operator
        .until("the reconciliation", async || {
            let run = operator.done(Method::GET, &url, None, &[]).await?.body;
            Ok(Some(run).filter(|run| run["status"] != "RUNNING"))
        })
        .await?;
    if ended["status"] == "FAILED" {
        return Err(CommandError(format!("the reconciliation failed: {}", ended["error"])));
    }
    Ok(ended)
}

/// How many findings a repair has not dealt with.
pub fn open_findings(run: &Value) -> usize {
    let repaired = |finding: &Value| finding["repair"].as_str().is_some_and(|repair| !repair.starts_with("failed"));
    run["findings"].as_array().into_iter().flatten().filter(|finding| !repaired(finding)).count()
}

fn show(run: &Value) {
    println!("run {}: {} pairs compared, {} subtrees unchanged", run["id"], run["compared"], run["unchanged"]);
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    for finding in run["findings"].as_array().into_iter().flatten() {
        let field = finding["field"].as_str().map_or_else(String::new, |field| {
            format!(" {field}: DPS `{}`, NOMIS `{}`;", text(&finding["dps"]), text(&finding["nomis"]))
        });
        let (key, kind, cause) = (text(&finding["key"]), text(&finding["kind"]), text(&finding["cause"]));
        println!("{key} {kind}:{field} {cause}; repair: {}", text(&finding["repair"]));
    }
}
