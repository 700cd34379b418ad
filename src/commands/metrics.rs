//! `metrics`: prints every metric as a table in Markdown; docs/metrics.md is made by it.

use std::process::ExitCode;

use crate::telemetry::catalogue::METRICS;

pub(super) fn run() -> ExitCode {
    print!("{}", page());
    ExitCode::SUCCESS
}

/// The page of the documentation.
pub fn page() -> String {
    let mut page = String::from(
        "# Metrics\n\nWhat `/metrics` on `MANAGEMENT_PORT` shows, in the text format of Prometheus. A metric appears when it has been \
         measured for the first time.\n\nThis page is printed by `locations-inside-prison-api metrics`.\n\n\
         | Metric | Kind | Labels | Meaning |\n|---|---|---|---|\n",
    );
    for metric in METRICS {
        let labels: Vec<String> = metric.labels.iter().map(|label| format!("`{label}`")).collect();
        let (kind, labels) = (metric.kind.name(), labels.join(", "));
        page.push_str(&format!("| `{}` | {kind} | {labels} | {} |\n", metric.name, metric.meaning));
    }
    page
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_documentation_lists_the_metrics_as_they_are() {
        let written = include_str!("../../docs/metrics.md");
        assert!(written == super::page(), "write it anew: locations-inside-prison-api metrics > docs/metrics.md");
    }
}
