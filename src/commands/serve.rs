//! `serve`: the service itself.

use std::process::ExitCode;

use tokio::signal::unix::{SignalKind, signal};

use super::{bad_settings, failed};
use crate::app::{self, ServeError};
use crate::config::{Config, process_environment};
use crate::telemetry;

pub(super) async fn run() -> ExitCode {
    let config = match Config::from_env(&process_environment) {
        Ok(config) => config,
        Err(error) => return bad_settings(&error.0),
    };
    let telemetry = match telemetry::begin(&config.telemetry, &config.version) {
        Ok(telemetry) => telemetry,
        Err(error) => return failed(&error),
    };
    let outcome = app::serve(config, stop_signal()).await;
    // Sending the last traces blocks, and needs this runtime.
    let _ = tokio::task::spawn_blocking(|| telemetry.end()).await;
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error @ ServeError::DevelopmentKey(_)) => bad_settings(&[error.to_string()]),
        Err(error) => failed(&error),
    }
}

/// SIGTERM or SIGINT.
async fn stop_signal() {
    let (Ok(mut terminate), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        tracing::error!("signals can't be heard: the service ends only by being killed");
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}
