//! The creation of a mapping, which must not fail the message: the location is there already (08 sections 7.6, 8.5).

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::clients::Mappings;
use crate::clients::mapping::{Created, Mapping};
use crate::common::consumer::{Consumer, Failed};
use crate::common::envelope::Envelope;
use crate::common::remote::RemoteError;
use crate::common::telemetry::{Fields, Telemetry};

/// How often a retry message is sent at most, and the pause after the first failure; it grows.
const SENDS: u32 = 10;
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// What became of a mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is there.
    Created,
    /// One of the two has another partner.
    Duplicate,
    /// A message will try again.
    Queued,
    /// Not even the message could be sent.
    Lost,
}

/// A mapping that is still to be created, as a message carries it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Retry {
    /// The mapping; the two live services name it differently.
    #[serde(alias = "body")]
    mapping: Mapping,
    /// What is told when it succeeds.
    #[serde(default)]
    telemetry_attributes: Fields,
    /// Always `location`.
    #[serde(default)]
    entity_name: String,
}

/// Creates mappings for a role.
#[derive(Clone)]
pub struct MappingCreator {
    /// The mapping service.
    pub mappings: Mappings,
    /// Events.
    pub telemetry: Telemetry,
    /// The queue that retry messages go to.
    pub queue: Arc<Consumer>,
    /// `Type` of a retry message.
    pub retry_type: &'static str,
    /// Telemetry when one of the two has another partner.
    pub duplicate_event: &'static str,
}

impl MappingCreator {
    /// Creates a mapping, or sees to it that it will be.
    pub async fn create(&self, mapping: &Mapping, key: &str, told: &Fields) -> Outcome {
        match self.mappings.create(mapping, key).await {
            Ok(Created::Done) => Outcome::Created,
            Ok(Created::Duplicate(body)) => {
                self.telemetry.event(self.duplicate_event, &duplicate_fields(&body, told));
                Outcome::Duplicate
            }
            Err(error) => {
                tracing::warn!(%error, key, "a mapping could not be created");
                self.queue_retry(mapping, told).await
            }
        }
    }

    /// Creates the mapping of a retry message. Answers what is told of it, and what came of it.
    ///
    /// # Errors
    /// When the message can't be read.
    pub async fn again(&self, message: &str) -> Result<(Fields, Result<Created, RemoteError>), Failed> {
        let retry: Retry = serde_json::from_str(message).map_err(|e| Failed(e.to_string()))?;
        let key = retry.telemetry_attributes.get("key").cloned().unwrap_or_default();
        let outcome = self.mappings.create(&retry.mapping, &key).await;
        Ok((retry.telemetry_attributes, outcome))
    }

    async fn queue_retry(&self, mapping: &Mapping, told: &Fields) -> Outcome {
        let retry =
            Retry { mapping: mapping.clone(), telemetry_attributes: told.clone(), entity_name: "location".to_owned() };
        let message = serde_json::to_string(&retry).unwrap_or_default();
        let body = Envelope::text(self.retry_type, message);
        let mut pause = FIRST_PAUSE;
        for _ in 0..SENDS {
            match self.queue.send(body.clone(), 0).await {
                Ok(()) => return Outcome::Queued,
                Err(error) => {
                    tracing::warn!(error, "the retry of a mapping could not be queued");
                    tokio::time::sleep(pause).await;
                    pause += FIRST_PAUSE;
                }
            }
        }
        Outcome::Lost
    }
}

/// The four ids of a duplicate (08 section 5.3).
fn duplicate_fields(body: &Value, told: &Fields) -> Fields {
    let mut fields = told.clone();
    for (prefix, part) in [("duplicate", "duplicate"), ("existing", "existing")] {
        for (suffix, name) in [("DpsLocationId", "dpsLocationId"), ("NomisLocationId", "nomisLocationId")] {
            let value = match &body["moreInfo"][part][name] {
                Value::Null => continue,
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            fields.insert(format!("{prefix}{suffix}"), value);
        }
    }
    fields
}
