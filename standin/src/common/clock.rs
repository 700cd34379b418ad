//! The time. The stand-in plays systems that run by the clock of their machine, so nothing here is fixed.

use chrono::{DateTime, NaiveDateTime, Timelike, Utc};
use chrono_tz::Europe::London;

/// Now.
#[expect(clippy::disallowed_methods, reason = "the one place of this crate that asks the machine")]
pub fn now() -> DateTime<Utc> {
    Utc::now()
}

/// Now as NOMIS writes it: London local time, whole seconds.
pub fn local_seconds() -> NaiveDateTime {
    let local = now().with_timezone(&London).naive_local();
    local.with_nanosecond(0).unwrap_or(local)
}
