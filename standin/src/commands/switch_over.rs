//! `switch-over`: puts one prison over to DPS, or back, as one operation that can be repeated at any point (08 section 15.8, X14):
//! NOMIS's screens first, then the direction of the sync, then the proof by reconciliation. What is as it should be already is success.

use axum::http::{Method, StatusCode};
use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::operator::{CommandError, Operator, OperatorSettings};
use super::reconcile::{open_findings, reconcile};

/// The screens of NOMIS that change locations (08 section 13.2, S4 and S5).
const SCREENS: [&str; 3] = ["OIMMHOLO", "OIMILOCA", "OIMULOCA"];
/// The switch of NOMIS's housing checkbox (S3).
const CHECKBOX: &str = "DISPLAY_HOUSING_CHECKBOX";

/// Where a prison goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Target {
    /// Staff work in DPS: NOMIS's screens are blocked, both directions are still synced.
    Dps,
    /// The same, and DPS is master: NOMIS changes nothing in DPS any more.
    OneWay,
    /// Staff work in NOMIS: its screens warn only, both directions are synced.
    Nomis,
}

/// Which prison, and where it goes.
#[derive(Args, Clone, Debug)]
pub struct SwitchOverSettings {
    /// Where the estate is.
    #[command(flatten)]
    pub operator: OperatorSettings,
    /// The prison.
    #[arg(long)]
    pub prison: String,
    /// Where it goes.
    #[arg(long, value_enum)]
    pub to: Target,
}

/// Runs the command.
///
/// # Errors
/// At the first step that can't be done: the command can be repeated. And when the proof finds a difference.
pub async fn run(settings: SwitchOverSettings) -> Result<(), CommandError> {
    let operator = Operator::new(settings.operator)?;
    let report = switch_over(&operator, &settings.prison, settings.to).await?;
    let open = open_findings(&report);
    if open == 0 {
        println!("{}: both sides are equal", settings.prison);
        return Ok(());
    }
    Err(CommandError(format!("{}: {open} differences; see run {}", settings.prison, report["id"])))
}

/// Puts a prison over, or back; answers the reconciliation that proves it.
///
/// # Errors
/// At the first step that can't be done.
pub async fn switch_over(operator: &Operator, prison: &str, to: Target) -> Result<Value, CommandError> {
    if to == Target::Nomis {
        // DPS has to take NOMIS's changes before anybody can make any.
        direction(operator, prison, "TWO_WAY").await?;
        service(operator, prison, "INACTIVE").await?;
        checkbox(operator, prison, false).await?;
        screens(operator, prison, false).await?;
    } else {
        screens(operator, prison, true).await?;
        checkbox(operator, prison, true).await?;
        service(operator, prison, "ACTIVE").await?;
        if to == Target::OneWay {
            // What NOMIS's screens changed before they were blocked still has to arrive.
            settled(operator).await?;
            direction(operator, prison, "ONE_WAY").await?;
        } else {
            direction(operator, prison, "TWO_WAY").await?;
        }
    }
    settled(operator).await?;
    show(operator, prison).await?;
    reconcile(operator, "DIGEST", Some(prison), false).await
}

async fn screens(operator: &Operator, prison: &str, blocked: bool) -> Result<(), CommandError> {
    for module in SCREENS {
        let condition = format!("{}/api/splash-screen/{module}/condition", operator.settings.nomis_url);
        let own = format!("{condition}/CASELOAD/{prison}");
        let found = operator.done(Method::GET, &own, None, &[StatusCode::NOT_FOUND]).await?;
        if found.status == StatusCode::NOT_FOUND {
            let body = json!({ "conditionType": "CASELOAD", "conditionValue": prison, "blockAccess": blocked });
            let made = operator.done(Method::POST, &condition, Some(&body), &[StatusCode::CONFLICT]).await?;
            if made.status != StatusCode::CONFLICT {
                continue;
            }
        }
        operator.done(Method::PUT, &format!("{own}/{blocked}"), None, &[]).await?;
    }
    println!("{prison}: NOMIS's screens {}", if blocked { "are blocked" } else { "warn only" });
    Ok(())
}

async fn checkbox(operator: &Operator, prison: &str, off: bool) -> Result<(), CommandError> {
    let url = format!("{}/api/agency-switches/{CHECKBOX}/agency/{prison}", operator.settings.nomis_url);
    let (method, also) =
        if off { (Method::POST, StatusCode::CONFLICT) } else { (Method::DELETE, StatusCode::NOT_FOUND) };
    operator.done(method, &url, None, &[also]).await.map(drop)
}

async fn service(operator: &Operator, prison: &str, status: &str) -> Result<(), CommandError> {
    for service in ["resi-service", "non-resi-service"] {
        let url = format!("{}/prison-configuration/{prison}/{service}/{status}", operator.settings.locations_url);
        operator.done(Method::PUT, &url, None, &[]).await?;
    }
    println!("{prison}: DPS's screens {status}");
    Ok(())
}

async fn direction(operator: &Operator, prison: &str, mode: &str) -> Result<(), CommandError> {
    let url = format!("{}/prison-configuration/{prison}/nomis-sync/{mode}", operator.settings.locations_url);
    operator.done(Method::PUT, &url, None, &[]).await?;
    println!("{prison}: sync {mode}");
    Ok(())
}

/// Waits until nothing is under way: NOMIS's events are published, and both queues are empty.
async fn settled(operator: &Operator) -> Result<(), CommandError> {
    let settings = &operator.settings;
    let roles = [&settings.nomis_url, &settings.from_nomis_url, &settings.to_nomis_url];
    operator
        .until("the queues", async || {
            for role in roles {
                let quiet = format!("{role}/standin/quiet");
                let answer = operator.done(Method::GET, &quiet, None, &[StatusCode::CONFLICT]).await?;
                if answer.status == StatusCode::CONFLICT {
                    return Ok(None);
                }
            }
            Ok(Some(()))
        })
        .await
}

/// Reads back what is set now.
async fn show(operator: &Operator, prison: &str) -> Result<(), CommandError> {
    let settings = &operator.settings;
    for module in SCREENS {
        let url = format!("{}/standin/screens/{module}/prisons/{prison}", settings.nomis_url);
        let answer = operator.done(Method::GET, &url, None, &[StatusCode::NOT_FOUND]).await?;
        println!("{prison}: screen {module} {}", answer.body);
    }
    let url = format!("{}/prison-configuration/{prison}/nomis-sync", settings.locations_url);
    let answer = operator.done(Method::GET, &url, None, &[]).await?;
    println!("{prison}: {}", answer.body);
    Ok(())
}
