//! Reads settings from an environment, and collects all that is wrong with them.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::settings;

/// Where settings come from: a name gives a value.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Reads one setting after the other; what is wrong is collected, so that all of it can be told at once.
pub(super) struct Reader<'a> {
    environment: Environment<'a>,
    problems: Vec<String>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(environment: Environment<'a>) -> Self {
        Self { environment, problems: Vec::new() }
    }

    /// All that was wrong, one line for each setting.
    pub(super) fn problems(self) -> Vec<String> {
        self.problems
    }

    pub(super) fn add_problems(&mut self, problems: Vec<String>) {
        self.problems.extend(problems);
    }

    /// The value, or the default of the table. An empty value counts as not set.
    pub(super) fn optional(&mut self, name: &str) -> Option<String> {
        let Some(setting) = settings::find(name) else {
            self.problems.push(format!("{name}: is read, but not described"));
            return None;
        };
        let given = (self.environment)(name).filter(|value| !value.trim().is_empty());
        if given.is_none() && setting.required {
            self.problems.push(format!("{name}: not set ({})", setting.meaning));
        }
        given.or_else(|| setting.default.map(str::to_owned))
    }

    /// The value of a setting that is required, or has a default.
    pub(super) fn text(&mut self, name: &str) -> String {
        self.optional(name).unwrap_or_default()
    }

    /// The value as `parse` understands it; where it does not, its words are kept and the value is `T::default()`.
    pub(super) fn parsed<T: Default>(&mut self, name: &str, parse: impl Fn(&str) -> Result<T, String>) -> T {
        self.optionally_parsed(name, parse).unwrap_or_default()
    }

    /// The same for a setting without default.
    pub(super) fn optionally_parsed<T>(&mut self, name: &str, parse: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        let value = self.optional(name)?;
        match parse(value.trim()) {
            Ok(parsed) => Some(parsed),
            Err(expected) => {
                let secret = settings::find(name).is_some_and(|setting| setting.secret);
                let shown = if secret { "its value".to_owned() } else { format!("\"{value}\"") };
                self.problems.push(format!("{name}: {shown} is not {expected}"));
                None
            }
        }
    }
}

pub(super) fn boolean(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err("true or false".into()),
    }
}

pub(super) fn port(text: &str) -> Result<u16, String> {
    text.parse().map_err(|_| "a port number".into())
}

/// A whole number of at least this much.
pub(super) fn number(least: u32) -> impl Fn(&str) -> Result<u32, String> {
    move |text| match text.parse() {
        Ok(number) if number >= least => Ok(number),
        _ => Err(format!("a whole number of at least {least}")),
    }
}

pub(super) fn numbers(text: &str) -> Result<Vec<u32>, String> {
    let parsed = text.split(',').map(|part| part.trim().parse());
    parsed.collect::<Result<_, _>>().map_err(|_| "a list of whole numbers, separated by commas".into())
}

pub(super) fn instant(text: &str) -> Result<DateTime<Utc>, String> {
    DateTime::parse_from_rfc3339(text)
        .map(|instant| instant.to_utc())
        .map_err(|_| "an instant such as 2024-06-05T11:34:56Z".into())
}

/// `arn:aws:sns:<region>:<account>:<name>`.
pub(super) fn topic_arn(text: &str) -> Result<String, String> {
    match text.split(':').collect::<Vec<_>>().as_slice() {
        ["arn", _, "sns", _, _, name] if !name.is_empty() => Ok(text.to_owned()),
        _ => Err("the ARN of a topic, such as arn:aws:sns:eu-west-2:000000000000:domainevents".into()),
    }
}

/// An `http` or `https` address, without the slash at its end.
pub(super) fn base_url(text: &str) -> Result<String, String> {
    let is_web = reqwest::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    if is_web { Ok(text.trim_end_matches('/').to_owned()) } else { Err("an http or https address".into()) }
}

/// `20s`, `500ms`, `2m`, `1h`, `PT20S`, `PT1M30S`, or plain seconds.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let iso = || text.strip_prefix("PT").or_else(|| text.strip_prefix("pt")).and_then(iso_time);
    let suffixed = || {
        let units = [("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3600.0), ("", 1.0)];
        let (unit, seconds) = units.iter().find(|(unit, _)| text.ends_with(unit))?;
        let count: f64 = text.strip_suffix(unit)?.trim().parse().ok()?;
        Duration::try_from_secs_f64(count * seconds).ok()
    };
    iso().or_else(suffixed).ok_or_else(|| "a time such as 20s, 500ms, 2m or PT20S".into())
}

/// `1H2M3.5S` of an ISO 8601 duration.
fn iso_time(text: &str) -> Option<Duration> {
    let mut total = Duration::ZERO;
    let mut digits = String::new();
    for letter in text.to_ascii_uppercase().chars() {
        let seconds = match letter {
            'H' => 3600.0,
            'M' => 60.0,
            'S' => 1.0,
            other => {
                digits.push(other);
                continue;
            }
        };
        let count: f64 = std::mem::take(&mut digits).parse().ok()?;
        total += Duration::try_from_secs_f64(count * seconds).ok()?;
    }
    (digits.is_empty() && !text.is_empty()).then_some(total)
}

/// `10MB`, `512KB`, or plain bytes.
pub(super) fn bytes(text: &str) -> Result<usize, String> {
    let upper = text.to_ascii_uppercase();
    let units = [("KB", 1024), ("MB", 1024 * 1024), ("GB", 1024 * 1024 * 1024), ("B", 1), ("", 1)];
    let (unit, size) = units.iter().find(|(unit, _)| upper.ends_with(unit)).unwrap_or(&("", 1));
    let count: Option<usize> = upper.strip_suffix(unit).and_then(|count| count.trim().parse().ok());
    count.and_then(|count| count.checked_mul(*size)).ok_or_else(|| "a size such as 10MB, 512KB or 4096".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        for (text, millis) in [
            ("20s", 20_000),
            ("500ms", 500),
            ("2m", 120_000),
            ("1h", 3_600_000),
            ("PT20S", 20_000),
            ("PT1M30S", 90_000),
            ("PT0.5S", 500),
            ("20", 20_000),
            ("1.5", 1500),
            ("0s", 0),
        ] {
            assert_eq!(duration(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        for bad in ["", "x", "-1s", "PT", "PT20", "20 parsecs", "s", "PT1X", "NaN", "inf"] {
            assert!(duration(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn sizes() {
        for (text, size) in [("10MB", 10 * 1024 * 1024), ("512kb", 512 * 1024), ("4096", 4096), ("7B", 7)] {
            assert_eq!(bytes(text), Ok(size), "{text}");
        }
        for bad in ["", "MB", "-1", "1.5MB", "99999999999999GB"] {
            assert!(bytes(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn addresses() {
        assert_eq!(base_url("http://localhost:9090/auth/"), Ok("http://localhost:9090/auth".into()));
        for bad in ["", "localhost:9090", "ftp://x", "http://"] {
            assert!(base_url(bad).is_err(), "{bad}");
        }
    }
}
