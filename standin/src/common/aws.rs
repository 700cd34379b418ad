//! The clients of SNS and SQS, and what is in a queue.

use std::error::Error;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region};
use aws_sdk_sqs::types::QueueAttributeName;
use aws_smithy_http_client::tls::{self, rustls_provider::CryptoMode};

use super::settings::AwsSettings;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// Long enough for a long poll of 10 s.
const CALL_TIMEOUT: Duration = Duration::from_secs(25);

/// Both clients.
#[derive(Clone)]
pub struct Aws {
    /// SNS.
    pub sns: aws_sdk_sns::Client,
    /// SQS.
    pub sqs: aws_sdk_sqs::Client,
}

impl Aws {
    /// Makes the clients; nothing is sent yet.
    pub async fn new(settings: &AwsSettings) -> Self {
        let https =
            aws_smithy_http_client::Builder::new().tls_provider(tls::Provider::Rustls(CryptoMode::Ring)).build_https();
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .operation_attempt_timeout(CALL_TIMEOUT)
            .operation_timeout(CALL_TIMEOUT)
            .build();
        let loader = aws_config::defaults(BehaviorVersion::latest())
            .http_client(https)
            .region(Region::new(settings.aws_region.clone()))
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts);
        let config = match &settings.aws_endpoint_url {
            None => loader.load().await,
            Some(url) => loader.endpoint_url(url).test_credentials().load().await,
        };
        Self { sns: aws_sdk_sns::Client::new(&config), sqs: aws_sdk_sqs::Client::new(&config) }
    }
}

/// What an error says, with its causes, on one line.
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

/// How many messages a queue holds, as SQS says it (approximately).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Depth {
    /// They wait.
    pub visible: i64,
    /// Somebody has received them and not yet deleted.
    pub not_visible: i64,
    /// They were sent with a delay that is not over.
    pub delayed: i64,
    /// After so many receives a message goes to the dead letter queue, where there is one.
    pub max_receives: Option<i32>,
}

impl Depth {
    /// All of them.
    pub fn total(&self) -> i64 {
        self.visible + self.not_visible + self.delayed
    }
}

/// The address of the queue of this name.
///
/// # Errors
/// What SQS says, when there is none.
pub async fn queue_url(sqs: &aws_sdk_sqs::Client, name: &str) -> Result<String, String> {
    let found = sqs.get_queue_url().queue_name(name).send().await.map_err(|e| describe(&e))?;
    Ok(found.queue_url.unwrap_or_default())
}

/// How many messages are in the queue with this address.
///
/// # Errors
/// What SQS says when it can't be known.
pub async fn depth(sqs: &aws_sdk_sqs::Client, url: &str) -> Result<Depth, String> {
    let answer = sqs
        .get_queue_attributes()
        .queue_url(url)
        .attribute_names(QueueAttributeName::All)
        .send()
        .await
        .map_err(|e| describe(&e))?;
    let text = |name| answer.attributes().and_then(|a| a.get(&name)).cloned();
    let number = |name| text(name).and_then(|n| n.parse().ok()).unwrap_or(0);
    let redrive =
        text(QueueAttributeName::RedrivePolicy).and_then(|t| serde_json::from_str::<serde_json::Value>(&t).ok());
    let receives = redrive.and_then(|policy| match policy.get("maxReceiveCount")? {
        serde_json::Value::String(text) => text.parse().ok(),
        other => i32::try_from(other.as_i64()?).ok(),
    });
    Ok(Depth {
        visible: number(QueueAttributeName::ApproximateNumberOfMessages),
        not_visible: number(QueueAttributeName::ApproximateNumberOfMessagesNotVisible),
        delayed: number(QueueAttributeName::ApproximateNumberOfMessagesDelayed),
        max_receives: receives,
    })
}
