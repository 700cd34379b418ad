//! The command line.

use std::process::ExitCode;

use clap::Parser;
use locations_inside_prison_api::commands::CommandLine;

#[tokio::main]
async fn main() -> ExitCode {
    CommandLine::parse().run().await
}
