//! What came of it: answers of the service, and the summary for people.

use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::path::PathBuf;

use serde::Deserialize;

/// One line of the answer of `POST /migrate/locations` (decisions D3).
#[derive(Debug, Deserialize)]
pub struct Answer {
    /// Number of the line in what was sent, from 1.
    pub line: u64,
    /// What came of it.
    pub status: AnswerStatus,
    /// Why it failed.
    #[serde(default)]
    pub error: Option<ErrorBody>,
}

/// What came of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AnswerStatus {
    /// The location is there now.
    Created,
    /// The location was there already, just like this.
    Unchanged,
    /// The location is not there, or not like this.
    Failed,
}

/// The error body of the service (07 section 2).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ErrorBody {
    /// HTTP status.
    pub status: u16,
    /// The service's own code.
    pub error_code: Option<u32>,
    /// What went wrong, for people.
    pub user_message: Option<String>,
    /// What went wrong, in detail.
    pub developer_message: Option<String>,
}

impl ErrorBody {
    /// The words for people, or what there is.
    pub fn message(&self) -> &str {
        let words = self.user_message.as_deref().or(self.developer_message.as_deref());
        words.unwrap_or("no reason given")
    }
}

/// Reasons that are told apart in the summary; whatever else turns up is counted together.
const MOST_REASONS: usize = 40;

/// Why lines failed: equal reasons counted, with the first line of each.
#[derive(Debug, Default)]
pub struct Reasons {
    found: BTreeMap<(u16, Option<u32>, String), Reason>,
    others: u64,
}

#[derive(Debug)]
struct Reason {
    count: u64,
    first_line: u64,
    example: String,
}

impl Reasons {
    /// Counts a line that failed. `line` is its number in the file.
    pub fn add(&mut self, line: u64, error: &ErrorBody) {
        let message = error.message();
        // Messages are `<category>: <detail>` (07 section 2.3): lines of one category belong together.
        let category = message.split(": ").next().unwrap_or(message).to_owned();
        let key = (error.status, error.error_code, category);
        if let Some(reason) = self.found.get_mut(&key) {
            reason.count += 1;
        } else if self.found.len() < MOST_REASONS {
            self.found.insert(key, Reason { count: 1, first_line: line, example: message.to_owned() });
        } else {
            self.others += 1;
        }
    }
}

impl Display for Reasons {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut reasons: Vec<_> = self.found.iter().collect();
        reasons.sort_by_key(|(key, reason)| (std::cmp::Reverse(reason.count), *key));
        for ((status, code, _), reason) in reasons {
            let code = code.map(|code| format!(" / {code}")).unwrap_or_default();
            let Reason { count, first_line, example } = reason;
            writeln!(f, "{count:>9}  {:<9}  {example} (line {first_line})", format!("{status}{code}"))?;
        }
        if self.others > 0 {
            writeln!(f, "{:>9}  for other reasons", self.others)?;
        }
        Ok(())
    }
}

/// What came of all lines.
#[derive(Debug, Default)]
pub struct Summary {
    /// Locations that are there now and were not before.
    pub created: u64,
    /// Locations that were there already, just like this.
    pub unchanged: u64,
    /// Lines that failed.
    pub failed: u64,
    /// Why they did.
    pub reasons: Reasons,
    /// Where the failed lines are, if there are any.
    pub failures: Option<PathBuf>,
}

impl Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = self.created + self.unchanged + self.failed;
        writeln!(f, "{all} lines: {} created, {} unchanged, {} failed", self.created, self.unchanged, self.failed)?;
        if let Some(failures) = &self.failures {
            writeln!(f, "Why lines failed, with an example each:")?;
            write!(f, "{}", self.reasons)?;
            writeln!(
                f,
                "The failed lines are in {}. When the reason is out of the way, send that file.",
                failures.display()
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(status: u16, code: Option<u32>, message: &str) -> ErrorBody {
        ErrorBody { status, error_code: code, user_message: Some(message.into()), developer_message: None }
    }

    #[test]
    fn equal_reasons_are_counted_and_the_commonest_comes_first() {
        let mut reasons = Reasons::default();
        reasons.add(3, &error(404, Some(101), "Location not found: LEI-Z"));
        reasons.add(7, &error(409, Some(103), "Location already exists: LEI-A"));
        reasons.add(9, &error(409, Some(103), "Location already exists: LEI-B"));
        reasons.add(12, &error(400, None, "Not JSON"));
        let text = reasons.to_string();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines,
            [
                "        2  409 / 103  Location already exists: LEI-A (line 7)",
                "        1  400        Not JSON (line 12)",
                "        1  404 / 101  Location not found: LEI-Z (line 3)",
            ]
        );
    }

    #[test]
    fn a_thousand_different_reasons_do_not_fill_the_memory() {
        let mut reasons = Reasons::default();
        for n in 0..1_000 {
            reasons.add(n, &error(400, None, &format!("reason {n}")));
        }
        assert!(reasons.to_string().ends_with("      960  for other reasons\n"));
    }

    #[test]
    fn an_answer_is_read_with_and_without_an_error() {
        let created = r#"{"line":1,"status":"created","id":"0190f0a2-0000-7000-8000-000000000001","key":"LEI-A"}"#;
        let created: Answer = serde_json::from_str(created).unwrap();
        assert_eq!((created.line, created.status, created.error), (1, AnswerStatus::Created, None));
        let failed = r#"{"line":2,"status":"failed","error":{"status":409,"errorCode":103,"userMessage":"taken"}}"#;
        let failed: Answer = serde_json::from_str(failed).unwrap();
        assert_eq!(failed.error.unwrap(), error(409, Some(103), "taken"));
    }
}
