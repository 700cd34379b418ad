//! The command line: a sub-command for each role. Each role is a process of its own and stops on SIGTERM or SIGINT.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use standin::commands::{migrate, reconcile, switch_over};
use standin::common::role::{RoleError, Running};
use standin::{auth, from_nomis, mapping, nomis, seed, to_nomis};
use tokio::signal::unix::{SignalKind, signal};

/// A stand-in for the estate around the Locations Inside Prison API.
#[derive(Parser)]
#[command(version)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// The sign-on service: client credentials and key set.
    Auth(auth::AuthSettings),
    /// NOMIS: tables, NOMIS API, screens, publisher, the switches of Prison API.
    Nomis(nomis::NomisSettings),
    /// The mapping service.
    Mapping(mapping::MappingSettings),
    /// HMPPS Prisoner to NOMIS update: DPS to NOMIS, repair, reconciliation.
    ToNomis(to_nomis::ToNomisSettings),
    /// HMPPS Prisoner from NOMIS Migration: NOMIS to DPS, repair, migration.
    FromNomis(from_nomis::FromNomisSettings),
    /// Fill NOMIS with made-up prisons.
    Seed(seed::SeedSettings),
    /// Migrate what NOMIS has and DPS has not, and follow it.
    MigrateLocations(migrate::MigrateSettings),
    /// Compare the two sides, and repair them if wanted.
    Reconcile(reconcile::ReconcileSettings),
    /// Put one prison over to DPS, or back.
    SwitchOver(switch_over::SwitchOverSettings),
}

#[tokio::main]
async fn main() -> ExitCode {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info,sqlx=warn,aws=warn"));
    tracing_subscriber::fmt().json().flatten_event(true).with_env_filter(filter).init();
    match run(CommandLine::parse().command).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "failed");
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> Result<(), RoleError> {
    let running = match command {
        Command::Auth(settings) => auth::start(settings).await?,
        Command::Nomis(settings) => nomis::start(settings).await?,
        Command::Mapping(settings) => mapping::start(settings).await?,
        Command::ToNomis(settings) => to_nomis::start(settings).await?,
        Command::FromNomis(settings) => from_nomis::start(settings).await?,
        Command::Seed(settings) => {
            let made = seed::run(&settings).await?;
            println!(
                "{} locations, {} profiles, {} usages, {} amendments; {} with something wrong",
                made.locations, made.profiles, made.usages, made.amendments, made.bad
            );
            return Ok(());
        }
        Command::MigrateLocations(settings) => return Ok(migrate::run(settings).await?),
        Command::Reconcile(settings) => return Ok(reconcile::run(settings).await?),
        Command::SwitchOver(settings) => return Ok(switch_over::run(settings).await?),
    };
    until_stopped(running).await
}

/// Waits for a signal, then for the role to finish what is under way.
async fn until_stopped(running: Running) -> Result<(), RoleError> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let stop = running.stopper();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        stop.cancel();
    });
    running.ended().await
}
