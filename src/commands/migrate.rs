//! `migrate`: makes the tables, or brings them up to date, and compares them with what is needed.

use std::process::ExitCode;

use sqlx::{Connection, PgConnection};

use super::{bad_settings, failed};
use crate::config::process_environment;
use crate::store::pool::DatabaseSettings;
use crate::store::{migrate, schema};

pub(super) async fn run() -> ExitCode {
    crate::clients::http::install_tls_provider();
    let settings = match DatabaseSettings::from_env(&process_environment) {
        Ok(settings) => settings,
        Err(problems) => return bad_settings(&problems),
    };
    match migrate::migrate(&settings).await {
        Ok(outcome) => println!("{} migrations applied ({:?})", outcome.applied, outcome.origin),
        Err(error) => return failed(&error),
    }
    match differences(&settings).await {
        Ok(differences) if differences.is_empty() => ExitCode::SUCCESS,
        Ok(differences) => failed(&differences.join("\n")),
        Err(error) => failed(&error),
    }
}

async fn differences(settings: &DatabaseSettings) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    let mut connection = PgConnection::connect_with(&settings.options()?).await?;
    let differences = schema::differences(&mut connection).await?;
    Ok(differences.iter().map(ToString::to_string).collect())
}
