//! `openapi`: prints the document that `/v3/api-docs` serves.

use std::process::ExitCode;

use clap::Args;

use super::failed;
use crate::{api, build_info};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Print YAML instead of JSON
    #[arg(long)]
    yaml: bool,
}

pub(super) fn run(arguments: &Arguments) -> ExitCode {
    let document = api::document(build_info::version());
    let printed = if arguments.yaml {
        document.to_yaml().map_err(|error| error.to_string())
    } else {
        document.to_pretty_json().map_err(|error| error.to_string())
    };
    match printed {
        Ok(text) => {
            println!("{text}");
            ExitCode::SUCCESS
        }
        Err(error) => failed(&error),
    }
}
