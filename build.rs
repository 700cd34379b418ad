//! A new file in migrations/ means a new binary: it is embedded, and the compiler only watches files that it knows already.
//! And it tells the crate when it was built: `/info` shows it, and it is the version of a build that was given none.

use chrono::{DateTime, SecondsFormat};

// The time of a build is no time of the contract.
#[expect(clippy::disallowed_methods)]
fn main() {
    println!("cargo:rerun-if-changed=migrations");
    println!("cargo:rerun-if-changed=build.rs");
    for name in ["BUILD_NUMBER", "GIT_REF", "GIT_BRANCH", "SOURCE_DATE_EPOCH"] {
        println!("cargo:rerun-if-env-changed={name}");
    }
    let given = std::env::var("SOURCE_DATE_EPOCH").ok().and_then(|seconds| seconds.parse().ok());
    let built = given.and_then(|seconds| DateTime::from_timestamp(seconds, 0)).unwrap_or_else(chrono::Utc::now);
    println!("cargo:rustc-env=BUILD_TIME={}", built.to_rfc3339_opts(SecondsFormat::Secs, true));
}
