//! What operations relies on: the metrics that there are.

use std::collections::BTreeSet;
use std::path::Path;

use locations_inside_prison_api::config::Config;
use locations_inside_prison_api::events::aws::{Aws, make_topic_and_queues};
use locations_inside_prison_api::queues::depth;
use locations_inside_prison_api::telemetry::catalogue::{Kind, METRICS};
use locations_inside_prison_api::telemetry::metrics;
use regex::Regex;
use uuid::Uuid;

use crate::support::relays::eventually;

/// The names of metrics that the sources measure, with the kind of the macro.
fn measured(folder: &Path, into: &mut BTreeSet<(String, String)>) {
    let used = Regex::new(r#"metrics::(counter|gauge|histogram)!\(\s*(?:"(\w+)"|([A-Z_]+))"#).unwrap();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            measured(&path, into);
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        for found in used.captures_iter(&text) {
            let name = match found.get(3).map(|constant| constant.as_str()) {
                None => &found[2],
                Some("REQUESTS") => metrics::REQUESTS,
                Some("PUBLISH_DELAY") => metrics::PUBLISH_DELAY,
                Some(other) => panic!("{}: what is {other}?", path.display()),
            };
            into.insert((name.to_owned(), found[1].to_owned()));
        }
    }
}

#[test]
fn every_metric_that_is_measured_is_in_the_catalogue_and_every_one_there_is_measured() {
    let mut used = BTreeSet::new();
    measured(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut used);
    let known = METRICS.iter().map(|metric| (metric.name.to_owned(), metric.kind.name().to_owned())).collect();
    assert_eq!(used, known);
    for metric in METRICS {
        assert_eq!(metric.kind == Kind::Counter, metric.name.ends_with("_total"), "{}", metric.name);
    }
}

#[tokio::test]
async fn the_depth_of_queues_and_dead_letter_queues_is_measured() {
    let handle = metrics::begin().unwrap();
    let unique = Uuid::new_v4().simple();
    let (queue, dlq) = (format!("uploads-{unique}"), format!("uploads-{unique}-dlq"));
    let server = std::env::var("TEST_AWS_ENDPOINT_URL").expect("TEST_AWS_ENDPOINT_URL: `make test` sets it");
    let nowhere = "http://127.0.0.1:9";
    let settings = |name: &str| {
        let value = match name {
            "DATABASE_URL" => "postgresql://nobody@127.0.0.1:9/nothing",
            "HMPPS_SQS_PROVIDER" => "localstack",
            "HMPPS_SQS_LOCALSTACK_URL" => &server,
            "HMPPS_SQS_QUEUES_UPDATECELLCERTIFICATE_QUEUE_NAME" => &queue,
            "HMPPS_SQS_QUEUES_UPDATECELLCERTIFICATE_DLQ_NAME" => &dlq,
            "LOCATIONS_INSIDE_PRISON_API_CLIENT_ID" | "LOCATIONS_INSIDE_PRISON_API_CLIENT_SECRET" => "test",
            name if name.starts_with("API_BASE_URL_") => nowhere,
            _ => return None,
        };
        Some(value.to_owned())
    };
    let settings = Config::from_env(&settings).unwrap().queues;
    let aws = Aws::new(&settings).await;
    make_topic_and_queues(&aws, &settings).await.unwrap();
    let url = aws.sqs.get_queue_url().queue_name(&dlq).send().await.unwrap().queue_url.unwrap();
    for n in 0..3 {
        aws.sqs.send_message().queue_url(&url).message_body(n.to_string()).send().await.unwrap();
    }
    eventually("both are measured", async || {
        depth::measure(&settings, &aws.sqs).await;
        let page = handle.render();
        page.contains(r#"queue_depth{queue="updatecellcertificate",part="dlq"} 3"#)
            && page.contains(r#"queue_depth{queue="updatecellcertificate",part="queue"} 0"#)
    })
    .await;
}
