//! How fast the service is, measured from outside: the built program as a process of its own, over a database of its own with the
//! demonstration estate, its events taken by a sink that accepts everything at once. The tables go to standard output and to
//! `bench.md` in the target directory; docs/performance.md says what they mean.
//!
//! | File | Holds |
//! |---|---|
//! | [`settings`] | what can be chosen, by the environment |
//! | [`database`] | the database: made, measured, dropped |
//! | [`process`] | the service: started, timed, weighed, stopped |
//! | [`sink`] | SNS, SQS and the services around |
//! | [`client`] | a lean HTTP client |
//! | [`estate`] | the locations: migrated, and remembered to ask for |
//! | [`works`] | what is measured |
//! | [`upload`] | the job of our own queue |
//! | [`load`] | many requests at once, timed |
//! | [`session`] | one work after the other, with all that is counted beside |
//! | [`floor`] | what Postgres alone can do |
//! | [`report`] | the tables |

mod client;
mod database;
mod estate;
mod floor;
mod load;
mod process;
mod report;
mod session;
mod settings;
mod sink;
mod upload;
mod works;

use std::process::ExitCode;

/// What can go wrong here is only ever told to whoever runs it.
type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Says what is going on, beside the tables.
fn say(text: &str) {
    eprintln!("[bench] {text}");
}

fn main() -> ExitCode {
    // One thread makes the load: the other core is for the service and Postgres. The sink has a thread of its own.
    let measured = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Into::into)
        .and_then(|runtime| runtime.block_on(session::measure()));
    match measured {
        Ok(report) => {
            println!("{report}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("[bench] {error}");
            ExitCode::FAILURE
        }
    }
}
