//! `token`: prints a token that a service in development mode accepts.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::{bad_settings, failed};
use crate::config::process_environment;
use crate::development::{DevelopmentClaims, DevelopmentKey};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Roles, with or without ROLE_, separated by commas
    #[arg(long, value_delimiter = ',')]
    roles: Vec<String>,
    /// Scopes, separated by commas
    #[arg(long, value_delimiter = ',', default_value = "read")]
    scopes: Vec<String>,
    /// Acting user
    #[arg(long, default_value = "DEVELOPER")]
    user: String,
    /// Client that the token is for
    #[arg(long, default_value = "locations-inside-prison-development")]
    client_id: String,
    /// How long it is good, in hours
    #[arg(long, default_value_t = 24)]
    hours: u64,
}

pub(super) fn run(arguments: &Arguments) -> ExitCode {
    let set = |name: &str| process_environment(name).filter(|value| !value.is_empty());
    let mut problems = Vec::new();
    if set("DEVELOPMENT_MODE").as_deref() != Some("true") {
        problems.push("DEVELOPMENT_MODE: is not true; tokens are made for development only".to_owned());
    }
    let file = set("DEVELOPMENT_KEY_FILE").map(PathBuf::from);
    if file.is_none() {
        problems.push("DEVELOPMENT_KEY_FILE: not set".to_owned());
    }
    let (Some(file), true) = (file, problems.is_empty()) else { return bad_settings(&problems) };
    let claims = DevelopmentClaims {
        roles: arguments.roles.clone(),
        scopes: arguments.scopes.clone(),
        user: arguments.user.clone(),
        client_id: arguments.client_id.clone(),
        expires: jsonwebtoken::get_current_timestamp() + arguments.hours * 3600,
    };
    match DevelopmentKey::read(&file).and_then(|key| key.token(&claims)) {
        Ok(token) => {
            println!("{token}");
            ExitCode::SUCCESS
        }
        Err(error) => failed(&error),
    }
}
