//! What operators do with queues and dead letter queues (08 section 7.10), for holders of the role SYSCON__QUEUE_ADMIN.

use std::sync::Arc;

use aws_sdk_sqs::types::QueueAttributeName;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, put};
use axum::{Json as Answer, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::common::aws::{describe, queue_url};
use crate::common::consumer::Consumer;
use crate::common::error::{ApiError, Path, Query};
use crate::common::token_check::TokenCheck;

/// The most messages that SQS gives at once.
const AT_ONCE: i32 = 10;
/// A message that is looked at is back after so many seconds.
const LOOK_SECONDS: i32 = 1;
/// A message that is moved is not seen by others for so long.
const MOVE_SECONDS: i32 = 30;

/// The endpoints over the queues of these consumers.
pub fn routes(consumers: Vec<Arc<Consumer>>, tokens: &TokenCheck) -> Router {
    let routes = Router::new()
        .route("/queue-admin/get-dlq-messages/{queue}", get(look))
        .route("/queue-admin/retry-dlq/{queue}", put(retry))
        .route("/queue-admin/retry-all-dlqs", put(retry_all))
        .route("/queue-admin/purge-queue/{queue}", put(purge))
        .with_state(consumers);
    tokens.protect(routes, &["SYSCON__QUEUE_ADMIN"])
}

type Consumers = Vec<Arc<Consumer>>;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Look {
    max_messages: usize,
}

impl Default for Look {
    fn default() -> Self {
        Self { max_messages: 100 }
    }
}

async fn look(
    State(consumers): State<Consumers>,
    Path(dlq): Path<String>,
    Query(wanted): Query<Look>,
) -> Result<Answer<Value>, ApiError> {
    let consumer = of_dlq(&consumers, &dlq).await?;
    let url = queue_url(&consumer.aws.sqs, &dlq).await.map_err(ApiError::internal)?;
    let mut messages: Vec<Value> = Vec::new();
    while messages.len() < wanted.max_messages {
        let received = receive(consumer, &url, LOOK_SECONDS).await?;
        if received.is_empty() {
            break;
        }
        for message in received.into_iter().take(wanted.max_messages - messages.len()) {
            let body: Value = serde_json::from_str(message.body().unwrap_or_default()).unwrap_or_default();
            messages.push(json!({ "messageId": message.message_id(), "body": body }));
        }
    }
    let found = messages.len();
    Ok(Answer(json!({ "messagesFoundCount": found, "messagesReturnedCount": found, "messages": messages })))
}

async fn retry(State(consumers): State<Consumers>, Path(dlq): Path<String>) -> Result<Answer<Value>, ApiError> {
    let consumer = of_dlq(&consumers, &dlq).await?;
    Ok(Answer(json!({ "messagesFoundCount": move_back(consumer, &dlq).await? })))
}

async fn retry_all(State(consumers): State<Consumers>) -> Result<Answer<Value>, ApiError> {
    let mut results = Vec::new();
    for consumer in &consumers {
        if let Some(dlq) = dlq_of(consumer).await? {
            results.push(json!({ "dlq": dlq, "messagesFoundCount": move_back(consumer, &dlq).await? }));
        }
    }
    Ok(Answer(Value::Array(results)))
}

async fn purge(State(consumers): State<Consumers>, Path(queue): Path<String>) -> Result<StatusCode, ApiError> {
    let consumer = match consumers.iter().find(|consumer| consumer.queue == queue) {
        Some(consumer) => consumer,
        None => of_dlq(&consumers, &queue).await?,
    };
    let url = queue_url(&consumer.aws.sqs, &queue).await.map_err(ApiError::internal)?;
    if let Err(error) = consumer.aws.sqs.purge_queue().queue_url(&url).send().await {
        // The broker purges a queue once a minute at most: what is in it is read and deleted.
        tracing::info!(queue, error = describe(&error), "the purge was refused");
        loop {
            let received = receive(consumer, &url, MOVE_SECONDS).await?;
            if received.is_empty() {
                break;
            }
            for message in received {
                delete(consumer, &url, &message).await?;
            }
        }
    }
    Ok(StatusCode::OK)
}

async fn delete(consumer: &Consumer, url: &str, message: &aws_sdk_sqs::types::Message) -> Result<(), ApiError> {
    let receipt = message.receipt_handle().unwrap_or_default();
    let delete = consumer.aws.sqs.delete_message().queue_url(url).receipt_handle(receipt);
    delete.send().await.map(drop).map_err(|e| ApiError::internal(describe(&e)))
}

/// Moves all messages of a dead letter queue back to its queue; answers how many.
async fn move_back(consumer: &Consumer, dlq: &str) -> Result<usize, ApiError> {
    let url = queue_url(&consumer.aws.sqs, dlq).await.map_err(ApiError::internal)?;
    let mut moved = 0;
    loop {
        let received = receive(consumer, &url, MOVE_SECONDS).await?;
        if received.is_empty() {
            return Ok(moved);
        }
        for message in received {
            consumer.send(message.body().unwrap_or_default().to_owned(), 0).await.map_err(ApiError::internal)?;
            delete(consumer, &url, &message).await?;
            moved += 1;
        }
    }
}

async fn receive(
    consumer: &Consumer,
    url: &str,
    visibility: i32,
) -> Result<Vec<aws_sdk_sqs::types::Message>, ApiError> {
    let receive = consumer.aws.sqs.receive_message().queue_url(url).max_number_of_messages(AT_ONCE);
    let received = receive.visibility_timeout(visibility).send().await;
    Ok(received.map_err(|e| ApiError::internal(describe(&e)))?.messages.unwrap_or_default())
}

async fn of_dlq<'a>(consumers: &'a Consumers, dlq: &str) -> Result<&'a Consumer, ApiError> {
    for consumer in consumers {
        if dlq_of(consumer).await?.as_deref() == Some(dlq) {
            return Ok(consumer);
        }
    }
    Err(ApiError::not_found(format!("this role has no queue {dlq}")))
}

/// Name of the dead letter queue of a consumer's queue.
async fn dlq_of(consumer: &Consumer) -> Result<Option<String>, ApiError> {
    let sqs = &consumer.aws.sqs;
    let url = queue_url(sqs, &consumer.queue).await.map_err(ApiError::internal)?;
    let asked = sqs.get_queue_attributes().queue_url(url).attribute_names(QueueAttributeName::RedrivePolicy);
    let answer = asked.send().await.map_err(|e| ApiError::internal(describe(&e)))?;
    let policy = answer.attributes().and_then(|a| a.get(&QueueAttributeName::RedrivePolicy));
    let policy: Value = policy.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    Ok(policy["deadLetterTargetArn"].as_str().and_then(|arn| arn.rsplit(':').next()).map(str::to_owned))
}
