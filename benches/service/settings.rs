//! What can be chosen. `scripts/bench` sets the addresses; the rest has defaults.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::Outcome;

/// The choices of one run.
pub struct Settings {
    /// How long each work is measured (`BENCH_SECONDS`).
    pub seconds: Duration,
    /// Number of locations of the estate (`BENCH_LOCATIONS`); none: its natural size, about 200,000.
    pub locations: Option<usize>,
    /// Number of its prisons (`BENCH_PRISONS`); none: 122.
    pub prisons: Option<usize>,
    /// Only works with this text in their names (`BENCH_ONLY`).
    pub only: Option<String>,
    /// The program that is measured (`BENCH_BINARY`).
    pub binary: PathBuf,
    /// A superuser's address of a Postgres (`TEST_DATABASE_URL`).
    pub server: String,
    /// Where pgbench is (`POSTGRES_BIN`); without it there is no floor.
    pub postgres_bin: Option<PathBuf>,
    /// For logs and generated scripts.
    pub scratch: PathBuf,
    /// Where the tables are kept.
    pub report: PathBuf,
}

impl Settings {
    /// Reads them from the environment.
    ///
    /// # Errors
    /// When one makes no sense, or there is no database.
    pub fn read() -> Outcome<Self> {
        let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let number = |name: &str| match set(name) {
            None => Ok(None),
            Some(text) => text.parse().map(Some).map_err(|_| format!("{name}: {text:?} is not a number")),
        };
        let built = Path::new(env!("CARGO_BIN_EXE_locations-inside-prison-api"));
        let temporary = Path::new(env!("CARGO_TARGET_TMPDIR"));
        Ok(Self {
            seconds: Duration::from_secs(number("BENCH_SECONDS")?.unwrap_or(10).max(1)),
            locations: number("BENCH_LOCATIONS")?.map(usize::try_from).transpose()?,
            prisons: number("BENCH_PRISONS")?.map(usize::try_from).transpose()?,
            only: set("BENCH_ONLY"),
            binary: set("BENCH_BINARY").map_or_else(|| built.to_owned(), PathBuf::from),
            server: set("TEST_DATABASE_URL")
                .ok_or("TEST_DATABASE_URL is to name a Postgres superuser: `make bench` sets it")?,
            postgres_bin: set("POSTGRES_BIN").map(PathBuf::from),
            scratch: temporary.join("bench"),
            report: temporary.parent().unwrap_or(temporary).join("bench.md"),
        })
    }

    /// Whether a work of this name is wanted.
    pub fn wants(&self, name: &str) -> bool {
        self.only.as_ref().is_none_or(|only| name.contains(only.as_str()))
    }
}
