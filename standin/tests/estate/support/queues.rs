//! Topics and queues of one estate at the private SNS/SQS server, as the infrastructure definitions of the real estate make them.

use aws_sdk_sqs::types::QueueAttributeName;
use clap::Parser;
use serde_json::json;
use standin::common::aws::{Aws, depth};
use standin::common::settings::AwsSettings;

/// See the module.
pub struct Queues {
    pub endpoint: String,
    pub domain_topic: String,
    pub prison_topic: String,
    pub domain_queue: String,
    pub prison_queue: String,
    pub audit_queue: String,
    pub domain_dlq: String,
    pub prison_dlq: String,
    aws: Aws,
}

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    settings: AwsSettings,
}

const DOMAIN_EVENTS: [&str; 5] = ["created", "amended", "deactivated", "reactivated", "deleted"];
const PRISON_EVENTS: [&str; 3] =
    ["AGENCY_INTERNAL_LOCATIONS-UPDATED", "AGY_INT_LOC_PROFILES-UPDATED", "INT_LOC_USAGE_LOCATIONS-UPDATED"];

impl Queues {
    /// Makes them; a message goes to the dead letter queue after so many receives.
    pub async fn new(receives: usize) -> Self {
        let endpoint = std::env::var("TEST_AWS_ENDPOINT_URL").expect("TEST_AWS_ENDPOINT_URL: `make test` sets it");
        let _ = rustls::crypto::ring::default_provider().install_default();
        let line = Line::parse_from(["test", "--aws-endpoint-url", &endpoint]);
        let aws = Aws::new(&line.settings).await;
        let own = uuid::Uuid::new_v4().simple().to_string();
        let name = |what: &str| format!("{what}-{own}");
        let domain: Vec<String> = DOMAIN_EVENTS.iter().map(|e| format!("location.inside.prison.{e}")).collect();
        let prison: Vec<String> = PRISON_EVENTS.iter().map(|&e| e.to_owned()).collect();
        let queues = Self {
            domain_topic: topic(&aws, &name("domain-events")).await,
            prison_topic: topic(&aws, &name("prison-events")).await,
            domain_queue: name("to-nomis"),
            prison_queue: name("from-nomis"),
            audit_queue: name("audit"),
            domain_dlq: name("to-nomis-dlq"),
            prison_dlq: name("from-nomis-dlq"),
            endpoint,
            aws,
        };
        queues.queue(&queues.audit_queue, None, receives).await;
        for (topic, queue, dlq, events) in [
            (&queues.domain_topic, &queues.domain_queue, &queues.domain_dlq, domain),
            (&queues.prison_topic, &queues.prison_queue, &queues.prison_dlq, prison),
        ] {
            queues.queue(dlq, None, receives).await;
            let arn = queues.queue(queue, Some(dlq), receives).await;
            let filter = json!({ "eventType": events }).to_string();
            let subscribe = queues.aws.sns.subscribe().topic_arn(topic).protocol("sqs").endpoint(arn);
            subscribe.attributes("FilterPolicy", filter).send().await.unwrap();
        }
        queues
    }

    /// Makes a queue; answers its ARN.
    async fn queue(&self, name: &str, dlq: Option<&str>, receives: usize) -> String {
        // What a killed process had received comes again soon.
        let create = self.aws.sqs.create_queue().queue_name(name);
        let mut create = create.attributes(QueueAttributeName::VisibilityTimeout, "20");
        if let Some(dlq) = dlq {
            let target = self.arn(&self.url(dlq).await).await;
            let policy = json!({ "deadLetterTargetArn": target, "maxReceiveCount": receives }).to_string();
            create = create.attributes(QueueAttributeName::RedrivePolicy, policy);
        }
        let url = create.send().await.unwrap().queue_url.unwrap();
        self.arn(&url).await
    }

    async fn arn(&self, url: &str) -> String {
        let asked = self.aws.sqs.get_queue_attributes().queue_url(url).attribute_names(QueueAttributeName::QueueArn);
        asked.send().await.unwrap().attributes().unwrap()[&QueueAttributeName::QueueArn].clone()
    }

    async fn url(&self, queue: &str) -> String {
        self.aws.sqs.get_queue_url().queue_name(queue).send().await.unwrap().queue_url.unwrap()
    }

    /// How many messages a queue holds.
    pub async fn depth(&self, queue: &str) -> i64 {
        depth(&self.aws.sqs, &self.url(queue).await).await.unwrap().total()
    }
}

async fn topic(aws: &Aws, name: &str) -> String {
    aws.sns.create_topic().name(name).send().await.unwrap().topic_arn.unwrap()
}
