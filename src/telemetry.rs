//! How the service is watched: log lines as JSON, traces by OTLP, and the trace context that goes from call to call.

pub mod catalogue;
mod export;
pub mod metrics;
pub mod trace_context;

use std::sync::atomic::{AtomicBool, Ordering};

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::TelemetrySettings;
pub use trace_context::{TraceContext, current_traceparent};

/// Name of the service on traces (07 section 11).
pub const SERVICE_NAME: &str = "hmpps-locations-inside-prison-api";

/// Whether spans go to a collector; where not, what only they need is not worked out.
static TRACES_ARE_EXPORTED: AtomicBool = AtomicBool::new(false);

/// Whether spans go to a collector.
pub fn traces_are_exported() -> bool {
    TRACES_ARE_EXPORTED.load(Ordering::Relaxed)
}

/// What has to be ended so that the last traces are not lost.
#[derive(Default)]
pub struct Telemetry {
    traces: Option<SdkTracerProvider>,
}

/// Why nothing can be watched.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// Something in this process logs already.
    #[error("logging: {0}")]
    Logging(#[from] tracing_subscriber::util::TryInitError),
    /// Traces can't be exported.
    #[error("OTEL_EXPORTER_OTLP_ENDPOINT: {0}")]
    Export(String),
}

/// Begins to log, and to export traces where a collector is named. `version` is on every span.
///
/// # Errors
/// When it has been called before, or the exporter can't be made.
pub fn begin(settings: &TelemetrySettings, version: &str) -> Result<Telemetry, TelemetryError> {
    let filter = settings.log_level.clone();
    let traces = match &settings.otlp_endpoint {
        Some(endpoint) => Some(export::provider(endpoint, version).map_err(TelemetryError::Export)?),
        None => None,
    };
    match &traces {
        Some(provider) => tracing_subscriber::registry()
            .with(
                tracing_opentelemetry::layer()
                    .with_tracer(provider.tracer(SERVICE_NAME))
                    .with_filter(LevelFilter::INFO),
            )
            .with(lines(settings.log_as_text).with_filter(filter))
            .try_init()?,
        // Layers with filters of their own ask for the span each time that a request goes on, so for one layer there is one for all.
        None => tracing_subscriber::registry().with(filter).with(lines(settings.log_as_text)).try_init()?,
    }
    TRACES_ARE_EXPORTED.store(traces.is_some(), Ordering::Relaxed);
    Ok(Telemetry { traces })
}

/// The log: a line for each event, with the fields of the request that it belongs to.
fn lines<S: Subscriber + for<'a> LookupSpan<'a>>(as_text: bool) -> Box<dyn Layer<S> + Send + Sync> {
    if as_text {
        tracing_subscriber::fmt::layer().with_writer(std::io::stderr).boxed()
    } else {
        json_subscriber::layer().flatten_event(true).with_span_list(false).boxed()
    }
}

impl Telemetry {
    /// Sends what has not been sent yet. Blocks for a moment.
    pub fn end(self) {
        if let Some(Err(error)) = self.traces.map(|provider| provider.shutdown()) {
            tracing::warn!(%error, "the last traces were not sent");
        }
    }
}

/// An event for dashboards (07 section 3.8): a log line with `customEvent` and its properties.
pub fn custom_event(name: &str, properties: &[(&str, String)]) {
    let properties: serde_json::Map<String, serde_json::Value> =
        properties.iter().map(|(key, value)| ((*key).to_owned(), value.as_str().into())).collect();
    tracing::info!(
        target: "custom_event",
        customEvent = name,
        properties = %serde_json::Value::Object(properties),
        "{name}"
    );
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl Write for Written {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_custom_event_is_a_log_line_with_its_properties() {
        let written = Written::default();
        let writer = written.clone();
        let lines = json_subscriber::layer().flatten_event(true).with_writer(move || writer.clone());
        tracing::subscriber::with_default(tracing_subscriber::registry().with(lines), || {
            custom_event("Deleted Location", &[("key", "MDI-A".to_owned()), ("prisonId", "MDI".to_owned())]);
        });
        let line: serde_json::Value = serde_json::from_slice(&written.0.lock().unwrap()).unwrap();
        assert_eq!(line["customEvent"], "Deleted Location");
        assert_eq!(line["level"], "INFO");
        let properties: serde_json::Value = serde_json::from_str(line["properties"].as_str().unwrap()).unwrap();
        assert_eq!(properties, serde_json::json!({"key": "MDI-A", "prisonId": "MDI"}));
    }
}
