//! Every metric: its name, its labels, what it means. What `/metrics` describes and the documentation are made from this table.

/// How a metric moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Only upwards, from 0 at the start of the process.
    Counter,
    /// Up and down.
    Gauge,
    /// Buckets of durations: Prometheus sees `_bucket`, `_sum` and `_count`.
    Histogram,
}

impl Kind {
    /// As Prometheus calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

/// A metric of the service.
#[derive(Clone, Copy, Debug)]
pub struct Metric {
    /// Its name.
    pub name: &'static str,
    /// How it moves.
    pub kind: Kind,
    /// Its labels.
    pub labels: &'static [&'static str],
    /// What it means; a name that ends in `seconds` or `bytes` tells the unit.
    pub meaning: &'static str,
}

const fn counter(name: &'static str, labels: &'static [&'static str], meaning: &'static str) -> Metric {
    Metric { name, kind: Kind::Counter, labels, meaning }
}

const fn gauge(name: &'static str, labels: &'static [&'static str], meaning: &'static str) -> Metric {
    Metric { name, kind: Kind::Gauge, labels, meaning }
}

const fn histogram(name: &'static str, labels: &'static [&'static str], meaning: &'static str) -> Metric {
    Metric { name, kind: Kind::Histogram, labels, meaning }
}

/// All metrics, in the order in which the documentation lists them.
pub const METRICS: &[Metric] = &[
    histogram(
        super::metrics::REQUESTS,
        &["method", "uri", "status"],
        "Duration of requests; `uri` is the route, `UNKNOWN` where there is none",
    ),
    gauge("outbox_unsent", &["outbox"], "Messages that wait to be sent, by outbox (events, audit)"),
    gauge("outbox_lag_seconds", &["outbox"], "For how long the oldest of them has been waiting"),
    gauge("outbox_set_aside", &["outbox"], "Messages that were refused for good and wait for an operator"),
    gauge("outbox_standing_still", &[], "1 if events are paused, or the outbox is another environment's"),
    gauge("event_relay_at_work", &[], "1 in the replica that publishes events"),
    counter("events_published_total", &["event_type"], "Events that SNS took"),
    counter("event_publish_failures_total", &["kind"], "Events that SNS did not take, by kind (failed, refused)"),
    histogram(super::metrics::PUBLISH_DELAY, &[], "Time from a change to its event at SNS"),
    counter("events_pruned_total", &[], "Published events that were deleted after their time"),
    counter("audit_messages_sent_total", &[], "Audit messages that SQS took"),
    counter("audit_send_failures_total", &["kind"], "Failures to send audit messages, by kind (failed, refused)"),
    counter("queue_messages_total", &["queue", "outcome"], "Messages taken from a queue, by outcome (done, failed)"),
    gauge("queue_depth", &["queue", "part"], "Messages that wait in a queue, by part (queue, dlq: its dead letters)"),
    counter(
        "nomis_sync_refused_total",
        &["prison"],
        "Changes of NOMIS that were refused, as DPS is master of the prison",
    ),
    gauge("db_pool_connections", &["pool", "state"], "Connections to the database, by state (idle, used)"),
    gauge("db_pool_connections_max", &["pool"], "Connections that the pool may have"),
    gauge("process_resident_memory_bytes", &[], "Memory in use"),
];

/// Tells the recorder what the metrics are.
pub(super) fn describe() {
    for Metric { name, kind, meaning, .. } in METRICS {
        match kind {
            Kind::Counter => metrics::describe_counter!(*name, *meaning),
            Kind::Gauge => metrics::describe_gauge!(*name, *meaning),
            Kind::Histogram => metrics::describe_histogram!(*name, *meaning),
        }
    }
}
