//! How full the queues and their dead-letter queues are, as metrics.

use std::time::Duration;

use aws_sdk_sqs::Client;
use tokio_util::sync::CancellationToken;

use crate::config::QueueSettings;
use crate::events::aws::queue_depth;

/// How often SQS is asked. Its counts are approximate and lag by about a minute anyway.
const MEASURE: Duration = Duration::from_secs(30);

/// Measures until `stop`. Each replica says the same.
pub async fn run(settings: QueueSettings, sqs: Client, stop: CancellationToken) {
    let mut tick = tokio::time::interval(MEASURE);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let measuring = async {
        loop {
            tick.tick().await;
            measure(&settings, &sqs).await;
        }
    };
    let _: Option<()> = stop.run_until_cancelled(measuring).await;
}

/// Asks once, and sets the gauges. What can't be known keeps its last value: health tells that it can't.
pub async fn measure(settings: &QueueSettings, sqs: &Client) {
    for (id, queue) in settings.configured() {
        gauge(sqs, id, "queue", &queue.name).await;
        if let Some(dlq) = &queue.dlq {
            gauge(sqs, id, "dlq", dlq).await;
        }
    }
}

async fn gauge(sqs: &Client, id: &'static str, part: &'static str, name: &str) {
    match queue_depth(sqs, name).await {
        Ok(depth) => match depth.visible.parse::<f64>() {
            Ok(messages) => metrics::gauge!("queue_depth", "queue" => id, "part" => part).set(messages),
            Err(error) => tracing::debug!(%error, name, depth.visible, "no number of messages"),
        },
        Err(error) => tracing::debug!(error, name, "the depth of a queue can't be had"),
    }
}
