//! `asyncapi`: prints the document of what we publish.

use std::process::ExitCode;

use super::failed;
use crate::events::asyncapi;

pub(super) fn run() -> ExitCode {
    match asyncapi::yaml() {
        Ok(yaml) => {
            print!("{yaml}");
            ExitCode::SUCCESS
        }
        Err(error) => failed(&error),
    }
}
