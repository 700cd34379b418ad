//! The contract's clock: every "now" of columns, events and answers. `FIXED_CLOCK` stops it (decisions E).
//!
//! Time-outs, leases, back-off and tokens go by the machine's clock instead, never by this one.

use chrono::{DateTime, NaiveDateTime, SubsecRound, TimeZone, Utc};
use chrono_tz::Europe::London;

/// Where "now" comes from.
#[derive(Clone, Copy, Debug, Default)]
pub struct Clock {
    fixed: Option<DateTime<Utc>>,
}

impl Clock {
    /// A clock that stands still at `instant` (decisions E).
    pub fn fixed(instant: DateTime<Utc>) -> Self {
        Self { fixed: Some(instant) }
    }

    /// The clock of the machine.
    pub fn system() -> Self {
        Self { fixed: None }
    }

    /// The present instant, cut to the microseconds that the database keeps (01 section 1.1).
    pub fn now(&self) -> Now {
        // The one place that may ask the machine for the contract's time.
        #[expect(clippy::disallowed_methods)]
        let instant = self.fixed.unwrap_or_else(Utc::now);
        Now { instant: instant.trunc_subsecs(6) }
    }
}

/// One instant of the contract's clock, in both forms that the contract uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// The instant: for events (with offset) and audit (UTC).
    pub instant: DateTime<Utc>,
}

impl Now {
    /// The same instant as London wall-clock time without zone: for columns and answers.
    pub fn local(&self) -> NaiveDateTime {
        to_london(self.instant)
    }

    /// ISO 8601 with the London offset, `Z` in winter: `occurredAt` of an event (decisions C4, 07 section 3.1).
    pub fn with_offset(&self) -> String {
        let there = self.instant.with_timezone(&London);
        let local = crate::view::time::local_date_time(&there.naive_local());
        let offset = there.format("%:z").to_string();
        if offset == "+00:00" { format!("{local}Z") } else { format!("{local}{offset}") }
    }

    /// ISO 8601 in UTC with `Z`: `when` of an audit message (07 section 3.7).
    pub fn utc(&self) -> String {
        format!("{}Z", crate::view::time::local_date_time(&self.instant.naive_utc()))
    }
}

/// The London wall-clock time of an instant: the form in which the live service's tables keep time.
pub fn to_london(instant: DateTime<Utc>) -> NaiveDateTime {
    London.from_utc_datetime(&instant.naive_utc()).naive_local()
}

#[cfg(test)]
mod tests {
    use super::{Clock, Now};

    fn at(instant: &str) -> Now {
        Clock::fixed(instant.parse().unwrap()).now()
    }

    #[test]
    fn an_event_tells_london_time_with_its_offset() {
        for (instant, told) in [
            ("2024-06-05T11:34:56.123456Z", "2024-06-05T12:34:56.123456+01:00"),
            ("2024-01-05T11:34:56.100Z", "2024-01-05T11:34:56.1Z"),
            ("2024-01-05T11:34:00Z", "2024-01-05T11:34:00Z"),
            // The hour that comes twice when the clocks go back.
            ("2024-10-27T00:30:00Z", "2024-10-27T01:30:00+01:00"),
            ("2024-10-27T01:30:00Z", "2024-10-27T01:30:00Z"),
        ] {
            assert_eq!(at(instant).with_offset(), told);
        }
    }

    #[test]
    fn an_audit_message_tells_utc_and_a_column_london_time_without_zone() {
        let now = at("2024-06-05T11:34:56.123456789Z");
        assert_eq!(now.utc(), "2024-06-05T11:34:56.123456Z");
        assert_eq!(now.local().to_string(), "2024-06-05 12:34:56.123456");
    }
}
