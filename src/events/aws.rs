//! The clients of SNS and SQS.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_sqs::types::QueueAttributeName;
use aws_smithy_http_client::tls::{self, rustls_provider::CryptoMode};
use tokio::sync::OnceCell;

use crate::config::{Queue, QueueSettings};

/// How long a connection may take to open.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// How long one call may take. A relay that loses its lock may have a batch on its way for that long.
pub const CALL_TIMEOUT: Duration = Duration::from_secs(10);

/// After so many receives a message of a queue that we made ourselves goes to its dead-letter queue (07 section 4.3 rule 4).
const LOCAL_MAX_RECEIVES: u32 = 5;

/// Clients that are made when they are first needed, once.
#[derive(Clone, Debug, Default)]
pub struct LazyAws(Arc<OnceCell<Aws>>);

impl LazyAws {
    /// The clients for these settings, which must be the same at each call.
    pub async fn get(&self, settings: &QueueSettings) -> &Aws {
        self.0.get_or_init(|| Aws::new(settings)).await
    }
}

/// The clients of SNS and SQS, which share connections and credentials.
#[derive(Clone, Debug)]
pub struct Aws {
    /// SNS.
    pub sns: aws_sdk_sns::Client,
    /// SQS.
    pub sqs: aws_sdk_sqs::Client,
}

impl Aws {
    /// Makes the clients. Nothing is sent yet: credentials are looked for when they are first needed.
    pub async fn new(settings: &QueueSettings) -> Self {
        let config = sdk_config(settings).await;
        Self { sns: aws_sdk_sns::Client::new(&config), sqs: aws_sdk_sqs::Client::new(&config) }
    }
}

/// Credentials come from the default chain (environment, profile, web identity, container, instance), or are anything for a local
/// stand-in. Calls are not repeated by the client: the relays know better when to try again.
async fn sdk_config(settings: &QueueSettings) -> SdkConfig {
    let https =
        aws_smithy_http_client::Builder::new().tls_provider(tls::Provider::Rustls(CryptoMode::Ring)).build_https();
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(CALL_TIMEOUT)
        .operation_timeout(CALL_TIMEOUT)
        .build();
    let loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(https)
        .region(Region::new(settings.region.clone()))
        .retry_config(RetryConfig::disabled())
        .timeout_config(timeouts);
    match &settings.localstack_url {
        None => loader.load().await,
        Some(url) => loader.endpoint_url(url).test_credentials().load().await,
    }
}

/// What an error of the AWS clients says, with its causes: on one line, for logs and the outbox.
pub fn describe(error: &(dyn Error + 'static)) -> String {
    let mut texts: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(e) = next {
        let text = e.to_string();
        if texts.last().is_none_or(|last| !last.contains(&text)) {
            texts.push(text);
        }
        next = e.source();
    }
    texts.join(": ")
}

/// Makes the topic and the queues of the settings where they are missing, dead-letter queues first (07 section 4.3 rule 4).
///
/// # Errors
/// What the stand-in says; what was made stays.
pub async fn make_topic_and_queues(aws: &Aws, settings: &QueueSettings) -> Result<(), String> {
    if let Some(name) = settings.topic_arn.as_deref().and_then(|arn| arn.rsplit(':').next()) {
        aws.sns.create_topic().name(name).send().await.map_err(|e| describe(&e))?;
    }
    for (_, queue) in settings.configured() {
        make_queue(&aws.sqs, &queue).await?;
    }
    Ok(())
}

async fn make_queue(sqs: &aws_sdk_sqs::Client, queue: &Queue) -> Result<(), String> {
    let mut create = sqs.create_queue().queue_name(&queue.name);
    if let Some(dlq) = &queue.dlq {
        let made = sqs.create_queue().queue_name(dlq).send().await.map_err(|e| describe(&e))?;
        let attributes = sqs
            .get_queue_attributes()
            .queue_url(made.queue_url().unwrap_or_default())
            .attribute_names(QueueAttributeName::QueueArn)
            .send()
            .await
            .map_err(|e| describe(&e))?;
        let arn = attributes.attributes().and_then(|a| a.get(&QueueAttributeName::QueueArn));
        let redrive = serde_json::json!({ "deadLetterTargetArn": arn, "maxReceiveCount": LOCAL_MAX_RECEIVES });
        create = create.attributes(QueueAttributeName::RedrivePolicy, redrive.to_string());
    }
    create.send().await.map(drop).map_err(|e| describe(&e))
}

/// How many subscriptions of a topic are confirmed, and how many pending, as SNS says it.
///
/// # Errors
/// What SNS says when it can't be known.
pub async fn topic_subscriptions(sns: &aws_sdk_sns::Client, arn: &str) -> Result<(String, String), String> {
    let answer = sns.get_topic_attributes().topic_arn(arn).send().await.map_err(|e| describe(&e))?;
    let attribute = |name: &str| answer.attributes().and_then(|a| a.get(name)).cloned().unwrap_or_default();
    Ok((attribute("SubscriptionsConfirmed"), attribute("SubscriptionsPending")))
}

/// What is in a queue, as SQS says it: approximate numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueDepth {
    /// Messages that wait.
    pub visible: String,
    /// Messages that somebody has received and not yet deleted.
    pub in_flight: String,
    /// Where messages go that failed too often, and how often that is; JSON, as SQS keeps it.
    pub redrive_policy: Option<String>,
    /// ARN of the queue.
    pub arn: String,
}

/// What is in the queue of this name.
///
/// # Errors
/// What SQS says when it can't be known.
pub async fn queue_depth(sqs: &aws_sdk_sqs::Client, name: &str) -> Result<QueueDepth, String> {
    let url = queue_url(sqs, name).await?;
    let answer = sqs
        .get_queue_attributes()
        .queue_url(url)
        .attribute_names(QueueAttributeName::All)
        .send()
        .await
        .map_err(|e| describe(&e))?;
    let attribute = |name| answer.attributes().and_then(|a| a.get(&name)).cloned();
    Ok(QueueDepth {
        visible: attribute(QueueAttributeName::ApproximateNumberOfMessages).unwrap_or_default(),
        in_flight: attribute(QueueAttributeName::ApproximateNumberOfMessagesNotVisible).unwrap_or_default(),
        redrive_policy: attribute(QueueAttributeName::RedrivePolicy),
        arn: attribute(QueueAttributeName::QueueArn).unwrap_or_default(),
    })
}

/// The address of the queue of this name.
///
/// # Errors
/// What SQS says, such as that there is none.
pub async fn queue_url(sqs: &aws_sdk_sqs::Client, name: &str) -> Result<String, String> {
    let found = sqs.get_queue_url().queue_name(name).send().await.map_err(|e| describe(&e))?;
    Ok(found.queue_url.unwrap_or_default())
}
