//! Administration of the queues (07 section 4.4).

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::permission::queue_admin;
use super::reading::query;
use super::{ApiError, Caller, ErrorResponse, Path, Query};
use crate::app::App;
use crate::config::QueueSettings;
use crate::events::queue_admin::{self as queues, DeadLetter, DeadLetters, QueueAdminError};

/// The routes of this area.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(retry_dlq))
        .routes(routes!(retry_all_dlqs))
        .routes(routes!(purge_queue))
        .routes(routes!(get_dlq_messages))
}

/// How many dead letters are tried again
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = RetryDlqResult)]
struct RetryView {
    /// Messages that were in the dead-letter queue, about
    #[schema(value_type = i32)]
    messages_found_count: u32,
}

/// How many messages are removed
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PurgeQueueResult)]
struct PurgeView {
    /// Messages that were in the queue, about
    #[schema(value_type = i32)]
    messages_found_count: u32,
}

/// Messages of a dead-letter queue
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = GetDlqResult)]
struct DeadLettersView {
    /// Messages in the dead-letter queue, about
    #[schema(value_type = i32)]
    messages_found_count: u32,
    /// How many of them were asked for
    #[schema(value_type = i32)]
    messages_returned_count: u32,
    /// The messages; they may be fewer, and one may be there twice
    messages: Vec<DeadLetterView>,
}

/// A message of a dead-letter queue
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = DlqMessage)]
struct DeadLetterView {
    /// What it says
    #[schema(value_type = std::collections::HashMap<String, serde_json::Value>)]
    body: serde_json::Map<String, serde_json::Value>,
    /// Its id in SQS
    message_id: String,
}

impl From<DeadLetters> for DeadLettersView {
    fn from(letters: DeadLetters) -> Self {
        let view = |DeadLetter { id, body }| DeadLetterView { body, message_id: id };
        Self {
            messages_found_count: letters.found,
            messages_returned_count: letters.returned,
            messages: letters.letters.into_iter().map(view).collect(),
        }
    }
}

impl From<QueueAdminError> for ApiError {
    fn from(error: QueueAdminError) -> Self {
        match error {
            QueueAdminError::NoSuchDlq(_) | QueueAdminError::NoSuchQueue(_) => {
                Self::without_category(StatusCode::NOT_FOUND, error.to_string())
            }
            QueueAdminError::Sqs(ref reason) => {
                tracing::error!(reason, "SQS did not do what an administrator asked for");
                Self::new(StatusCode::BAD_GATEWAY, "Bad gateway", "SQS could not be asked")
            }
        }
    }
}

/// What an administrator works with, if the caller is one.
async fn administered<'a>(
    app: &'a App,
    caller: &Caller,
) -> Result<(&'a aws_sdk_sqs::Client, &'a QueueSettings), ApiError> {
    caller.require(&queue_admin(&app.config.queues.admin_role))?;
    Ok((&app.aws().await.sqs, &app.config.queues))
}

/// Send the messages of a dead-letter queue back to its queue
///
/// Starts it and does not wait for it. Requires role QUEUE_ADMIN
#[utoipa::path(
    put,
    path = "/queue-admin/retry-dlq/{dlqName}",
    operation_id = "retryDlq",
    tag = "hmpps-queue-resource",
    params(("dlqName" = String, Path, description = "Name of the dead-letter queue")),
    responses(
        (status = 200, description = "Returns how many messages there are", body = RetryView),
        (status = 404, description = "No queue has this dead-letter queue", body = ErrorResponse)
    )
)]
async fn retry_dlq(
    State(app): State<App>,
    caller: Caller,
    Path(dlq): Path<String>,
) -> Result<Json<RetryView>, ApiError> {
    let (sqs, settings) = administered(&app, &caller).await?;
    let messages_found_count = queues::retry_dlq(sqs, settings, &dlq).await?;
    Ok(Json(RetryView { messages_found_count }))
}

/// Send the messages of all dead-letter queues back to their queues
///
/// Starts it and does not wait for it. Requires role QUEUE_ADMIN
#[utoipa::path(
    put,
    path = "/queue-admin/retry-all-dlqs",
    operation_id = "retryAllDlqs",
    tag = "hmpps-queue-resource",
    responses(
        (status = 200, description = "Returns for each queue how many messages there are", body = Vec<RetryView>)
    )
)]
async fn retry_all_dlqs(State(app): State<App>, caller: Caller) -> Result<Json<Vec<RetryView>>, ApiError> {
    let (sqs, settings) = administered(&app, &caller).await?;
    let found = queues::retry_all_dlqs(sqs, settings).await?;
    Ok(Json(found.into_iter().map(|messages_found_count| RetryView { messages_found_count }).collect()))
}

/// Remove all messages of a queue or dead-letter queue
///
/// Starts it and does not wait for it. The queue of the audit messages can't be emptied. Requires role QUEUE_ADMIN
#[utoipa::path(
    put,
    path = "/queue-admin/purge-queue/{queueName}",
    operation_id = "purgeQueue",
    tag = "hmpps-queue-resource",
    params(("queueName" = String, Path, description = "Name of the queue or dead-letter queue")),
    responses(
        (status = 200, description = "Returns how many messages there are", body = PurgeView),
        (status = 404, description = "There is no such queue", body = ErrorResponse)
    )
)]
async fn purge_queue(
    State(app): State<App>,
    caller: Caller,
    Path(queue): Path<String>,
) -> Result<Json<PurgeView>, ApiError> {
    let (sqs, settings) = administered(&app, &caller).await?;
    let messages_found_count = queues::purge(sqs, settings, &queue).await?;
    Ok(Json(PurgeView { messages_found_count }))
}

/// How much of a dead-letter queue is asked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", default)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
struct DeadLettersQuery {
    /// How many messages at most
    #[serde(deserialize_with = "query::optional_integer")]
    #[param(default = 100)]
    max_messages: Option<i32>,
}

/// Get the messages of a dead-letter queue
///
/// Requires role QUEUE_ADMIN
#[utoipa::path(
    get,
    path = "/queue-admin/get-dlq-messages/{dlqName}",
    operation_id = "getDlqMessages",
    tag = "hmpps-queue-resource",
    params(("dlqName" = String, Path, description = "Name of the dead-letter queue"), DeadLettersQuery),
    responses(
        (status = 200, description = "Returns messages", body = DeadLettersView),
        (status = 400, description = "Invalid request", body = ErrorResponse),
        (status = 404, description = "No queue has this dead-letter queue", body = ErrorResponse)
    )
)]
async fn get_dlq_messages(
    State(app): State<App>,
    caller: Caller,
    Path(dlq): Path<String>,
    Query(query): Query<DeadLettersQuery>,
) -> Result<Json<DeadLettersView>, ApiError> {
    let (sqs, settings) = administered(&app, &caller).await?;
    let most = u32::try_from(query.max_messages.unwrap_or(100)).unwrap_or(0);
    Ok(Json(queues::dead_letters(sqs, settings, &dlq, most).await?.into()))
}
