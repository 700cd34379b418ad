//! `healthcheck`: for containers, which have no other program to ask with.

use std::process::ExitCode;
use std::time::Duration;

use super::failed;
use crate::clients::http;
use crate::config::process_environment;

/// How long the service may take to answer.
const PATIENCE: Duration = Duration::from_secs(3);

pub(super) async fn run() -> ExitCode {
    let port = process_environment("SERVER_PORT").filter(|port| !port.is_empty()).unwrap_or_else(|| "8080".to_owned());
    let url = format!("http://127.0.0.1:{port}/health/readiness");
    let answer = match http::client(PATIENCE) {
        Ok(client) => client.get(&url).send().await,
        Err(error) => Err(error),
    };
    match answer {
        Ok(answer) if answer.status().is_success() => ExitCode::SUCCESS,
        Ok(answer) => failed(&answer.status()),
        Err(error) => failed(&error),
    }
}
