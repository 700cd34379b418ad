//! The command line: one file for each command, with its arguments and what it does.

mod asyncapi;
mod demo;
mod events;
mod healthcheck;
mod metrics;
mod migrate;
pub mod migrate_from;
mod openapi;
mod serve;
mod settings;
mod token;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Owns every location inside every prison and keeps them in step with NOMIS
#[derive(Debug, Parser)]
#[command(version = crate::build_info::version())]
pub struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the API, and publish events
    Serve,
    /// Make the tables, or bring them up to date
    Migrate,
    /// Write demonstration data as newline-delimited JSON
    Demo(demo::Args),
    /// Send a file of locations to the bulk migration of a running service
    MigrateFrom(migrate_from::Args),
    /// Look after the events and audit messages that wait to be sent
    Events(events::Arguments),
    /// Print the OpenAPI document
    Openapi(openapi::Arguments),
    /// Print the AsyncAPI document of what is published
    Asyncapi,
    /// Print every setting as a table
    Settings,
    /// Print every metric as a table
    Metrics,
    /// Print a token of the development key (development mode only)
    Token(token::Arguments),
    /// Ask the service on this machine whether it is ready: exit code 0 if it is
    Healthcheck,
}

/// The exit code for settings that are missing or wrong.
const BAD_SETTINGS: u8 = 2;

impl CommandLine {
    /// Does what is asked.
    pub async fn run(self) -> ExitCode {
        match self.command {
            Command::Serve => serve::run().await,
            Command::Migrate => migrate::run().await,
            Command::Demo(arguments) => demo::run(&arguments),
            Command::MigrateFrom(arguments) => migrate_from::run(&arguments).await,
            Command::Events(arguments) => events::run(&arguments).await,
            Command::Asyncapi => asyncapi::run(),
            Command::Openapi(arguments) => openapi::run(&arguments),
            Command::Settings => settings::run(),
            Command::Metrics => metrics::run(),
            Command::Token(arguments) => token::run(&arguments),
            Command::Healthcheck => healthcheck::run().await,
        }
    }
}

/// Tells what is wrong with the settings, one line for each.
fn bad_settings(problems: &[String]) -> ExitCode {
    for problem in problems {
        eprintln!("{problem}");
    }
    ExitCode::from(BAD_SETTINGS)
}

/// Tells why a command failed.
fn failed(error: &dyn std::fmt::Display) -> ExitCode {
    eprintln!("{error}");
    ExitCode::FAILURE
}
