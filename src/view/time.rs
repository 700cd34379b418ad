//! Date-times and dates as the contract prints them (01 section 1.1).

use chrono::{Datelike, NaiveDate, NaiveDateTime, TimeDelta, TimeZone, Timelike};
use serde::Serializer;

/// `yyyy-MM-ddTHH:mm:ss`, and a fraction without trailing zeros when it is not zero.
///
/// A time that does not exist in London, in the hour that is skipped in spring, is printed an hour later, as the live
/// service does.
pub fn local_date_time(t: &NaiveDateTime) -> String {
    let shifted = if is_skipped(t) { *t + TimeDelta::hours(1) } else { *t };
    // The debug form of chrono is ISO 8601, and a large answer has thousands of times.
    let mut text = format!("{shifted:?}");
    if text.contains('.') {
        text.truncate(text.trim_end_matches('0').len());
    }
    text
}

/// Whether the clocks of London skip this time in spring; on most days a look at the month says no.
fn is_skipped(t: &NaiveDateTime) -> bool {
    (t.month(), t.hour()) == (3, 1)
        && matches!(chrono_tz::Europe::London.from_local_datetime(t), chrono::offset::LocalResult::None)
}

/// `dd/MM/yyyy`: a date inside a history text.
pub fn history_date(d: NaiveDate) -> String {
    d.format("%d/%m/%Y").to_string()
}

/// Serde: a date-time as the contract prints it.
pub fn serialize<S: Serializer>(t: &NaiveDateTime, s: S) -> Result<S::Ok, S::Error> {
    s.serialize_str(&local_date_time(t))
}

/// Serde: the same for one that may be missing.
pub mod option {
    use chrono::NaiveDateTime;
    use serde::Serializer;

    /// Serde: see the parent module.
    pub fn serialize<S: Serializer>(t: &Option<NaiveDateTime>, s: S) -> Result<S::Ok, S::Error> {
        match t {
            Some(t) => super::serialize(t, s),
            None => s.serialize_none(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::local_date_time;
    use chrono::NaiveDate;

    #[test]
    fn a_fraction_is_printed_only_as_long_as_needed() {
        let day = NaiveDate::from_ymd_opt(2023, 1, 1).unwrap();
        for (micros, printed) in [
            (0, "2023-01-01T00:00:00"),
            (100_000, "2023-01-01T00:00:00.1"),
            (123_450, "2023-01-01T00:00:00.12345"),
            (123_456, "2023-01-01T00:00:00.123456"),
            (6, "2023-01-01T00:00:00.000006"),
        ] {
            assert_eq!(local_date_time(&day.and_hms_micro_opt(0, 0, 0, micros).unwrap()), printed);
        }
    }

    #[test]
    fn a_time_that_the_clocks_skip_is_an_hour_later() {
        let at =
            |month, day, hour| NaiveDate::from_ymd_opt(2023, month, day).unwrap().and_hms_opt(hour, 6, 17).unwrap();
        assert_eq!(local_date_time(&at(3, 26, 1)), "2023-03-26T02:06:17");
        assert_eq!(local_date_time(&at(3, 26, 0)), "2023-03-26T00:06:17");
        assert_eq!(local_date_time(&at(3, 25, 1)), "2023-03-25T01:06:17");
        assert_eq!(local_date_time(&at(10, 29, 1)), "2023-10-29T01:06:17");
    }
}
