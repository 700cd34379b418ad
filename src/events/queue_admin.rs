//! What administrators do to queues: send dead letters back to work, empty a queue, look at dead letters (07 section 4.4).

use aws_sdk_sqs::Client;
use serde_json::{Map, Value, json};

use super::aws::{QueueDepth, describe, queue_depth, queue_url};
use crate::config::{Queue, QueueSettings};

/// Seconds for which a dead letter that is shown is hidden from others.
const SHOWN_FOR: i32 = 1;
/// Seconds for which a dead letter that is being moved is hidden from others.
const MOVED_FOR: i32 = 30;

/// Why a queue was not administered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueueAdminError {
    /// No queue of the settings has a dead-letter queue of this name.
    #[error("No dead letter queue found for {0}")]
    NoSuchDlq(String),
    /// No queue or dead-letter queue of the settings that may be emptied has this name.
    #[error("No queue found for {0}")]
    NoSuchQueue(String),
    /// SQS did not do it, or gave no usable answer.
    #[error("SQS: {0}")]
    Sqs(String),
}

/// A message in a dead-letter queue.
#[derive(Clone, Debug, PartialEq)]
pub struct DeadLetter {
    /// Its id in SQS.
    pub id: String,
    /// What it says. A body that is no JSON object is shown as the field `text` of one: such a message is just what an
    /// administrator looks for, so it must not hide the others (07 section 4.4 rule 4 has the live service fail).
    pub body: Map<String, Value>,
}

/// What was found in a dead-letter queue.
#[derive(Clone, Debug, PartialEq)]
pub struct DeadLetters {
    /// About how many messages wait there.
    pub found: u32,
    /// How many of them were asked for; `letters` may hold fewer, as SQS does not show all of them at once.
    pub returned: u32,
    /// Some of them, in no order; one may be there twice.
    pub letters: Vec<DeadLetter>,
}

/// Sends the messages of a dead-letter queue back to its queue, without waiting for it; about how many there are.
///
/// # Errors
/// When there is no such dead-letter queue, or SQS can't do it.
pub async fn retry_dlq(sqs: &Client, settings: &QueueSettings, dlq: &str) -> Result<u32, QueueAdminError> {
    let queue = queue_of_dlq(settings, dlq)?;
    retry(sqs, settings, &queue).await.map_err(QueueAdminError::Sqs)
}

/// The same for every queue of the settings, in their order; a queue without dead-letter queue counts 0.
///
/// # Errors
/// When SQS can't do it; those before are under way then.
pub async fn retry_all_dlqs(sqs: &Client, settings: &QueueSettings) -> Result<Vec<u32>, QueueAdminError> {
    let mut found = Vec::new();
    for (_, queue) in settings.configured() {
        found.push(retry(sqs, settings, &queue).await.map_err(QueueAdminError::Sqs)?);
    }
    Ok(found)
}

/// Empties a queue or dead-letter queue, without waiting for it; about how many messages there are.
///
/// # Errors
/// When there is no such queue or it is that of the audit messages, or SQS can't do it.
pub async fn purge(sqs: &Client, settings: &QueueSettings, name: &str) -> Result<u32, QueueAdminError> {
    let queues = settings.configured().into_iter().filter(|(id, _)| *id != "audit");
    let known = queues.flat_map(|(_, queue)| [Some(queue.name), queue.dlq]).flatten().any(|known| known == name);
    if !known {
        return Err(QueueAdminError::NoSuchQueue(name.to_owned()));
    }
    empty(sqs, name).await.map_err(QueueAdminError::Sqs)
}

/// Shows messages of a dead-letter queue, `most` at most.
///
/// # Errors
/// When there is no such dead-letter queue, or SQS can't be asked.
pub async fn dead_letters(
    sqs: &Client,
    settings: &QueueSettings,
    dlq: &str,
    most: u32,
) -> Result<DeadLetters, QueueAdminError> {
    queue_of_dlq(settings, dlq)?;
    show(sqs, dlq, most).await.map_err(QueueAdminError::Sqs)
}

fn queue_of_dlq(settings: &QueueSettings, dlq: &str) -> Result<Queue, QueueAdminError> {
    let mut queues = settings.configured().into_iter().map(|(_, queue)| queue);
    queues.find(|queue| queue.dlq.as_deref() == Some(dlq)).ok_or_else(|| QueueAdminError::NoSuchDlq(dlq.to_owned()))
}

fn visible(depth: &QueueDepth) -> Result<u32, String> {
    depth.visible.parse().map_err(|_| format!("{:?} messages", depth.visible))
}

async fn retry(sqs: &Client, settings: &QueueSettings, queue: &Queue) -> Result<u32, String> {
    let Some(dlq) = &queue.dlq else { return Ok(0) };
    let from = queue_depth(sqs, dlq).await?;
    let found = visible(&from)?;
    if found == 0 {
        return Ok(0);
    }
    let to = queue_depth(sqs, &queue.name).await?;
    let task = sqs.start_message_move_task().source_arn(&from.arn).destination_arn(&to.arn).send().await;
    match task {
        Ok(_) => {}
        // Some local stand-ins know no such tasks.
        Err(_) if settings.localstack_url.is_some() => move_one_by_one(sqs, dlq, &queue.name, found).await?,
        Err(error) => return Err(describe(&error)),
    }
    crate::telemetry::custom_event("RetryDLQ", &[("dlq-name", dlq.clone()), ("messages-found", found.to_string())]);
    Ok(found)
}

async fn move_one_by_one(sqs: &Client, from: &str, to: &str, count: u32) -> Result<(), String> {
    let (from, to) = (queue_url(sqs, from).await?, queue_url(sqs, to).await?);
    for _ in 0..count {
        let receive = sqs.receive_message().queue_url(&from).visibility_timeout(MOVED_FOR);
        let received = receive.send().await.map_err(|e| describe(&e))?;
        for message in received.messages() {
            let send = sqs.send_message().queue_url(&to).message_body(message.body().unwrap_or_default());
            send.send().await.map_err(|e| describe(&e))?;
            let delete = sqs.delete_message().queue_url(&from).set_receipt_handle(message.receipt_handle.clone());
            delete.send().await.map_err(|e| describe(&e))?;
        }
    }
    Ok(())
}

async fn empty(sqs: &Client, name: &str) -> Result<u32, String> {
    let found = visible(&queue_depth(sqs, name).await?)?;
    if found == 0 {
        return Ok(0);
    }
    let purge = sqs.purge_queue().queue_url(queue_url(sqs, name).await?);
    purge.send().await.map_err(|e| describe(&e))?;
    crate::telemetry::custom_event(
        "PurgeQueue",
        &[("queue-name", name.to_owned()), ("messages-found", found.to_string())],
    );
    Ok(found)
}

async fn show(sqs: &Client, dlq: &str, most: u32) -> Result<DeadLetters, String> {
    let found = visible(&queue_depth(sqs, dlq).await?)?;
    let returned = found.min(most);
    let url = queue_url(sqs, dlq).await?;
    let mut letters = Vec::new();
    for _ in 0..returned {
        let receive = sqs.receive_message().queue_url(&url).max_number_of_messages(1).visibility_timeout(SHOWN_FOR);
        let received = receive.send().await.map_err(|e| describe(&e))?;
        letters.extend(received.messages.into_iter().flatten().map(|message| DeadLetter {
            id: message.message_id.unwrap_or_default(),
            body: as_object(&message.body.unwrap_or_default()),
        }));
    }
    Ok(DeadLetters { found, returned, letters })
}

fn as_object(body: &str) -> Map<String, Value> {
    serde_json::from_str(body).unwrap_or_else(|_| Map::from_iter([("text".to_owned(), json!(body))]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_that_is_no_object_is_the_text_of_one() {
        assert_eq!(Value::Object(as_object(r#"{"eventType": "X"}"#)), json!({"eventType": "X"}));
        assert_eq!(Value::Object(as_object("[1]")), json!({"text": "[1]"}));
        assert_eq!(Value::Object(as_object("not JSON")), json!({"text": "not JSON"}));
    }
}
