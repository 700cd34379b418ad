//! The queue `updatecellcertificate`: an upload is to be processed (07 section 4.2).

use serde::Deserialize;
use uuid::Uuid;

use crate::service::Services;
use crate::service::certification::upload;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct UploadMessage {
    event_type: String,
    upload_id: Uuid,
}

/// Processes the upload that a message names.
///
/// # Errors
/// Why the message failed.
pub(super) async fn handle(services: &Services, body: &str) -> Result<(), String> {
    let message: UploadMessage = serde_json::from_str(body).map_err(|e| format!("not a message about uploads: {e}"))?;
    if message.event_type != "START_PROCESSING" {
        return Err(format!("unknown event type {}", message.event_type));
    }
    upload::process(services, message.upload_id).await.map(drop).map_err(|e| e.to_string())
}
