//! The queue `updatefromexternalsystemevents`: other organisations deactivate cells (07 section 4.1).

use chrono::NaiveDate;
use serde::{Deserialize, Deserializer};
use uuid::Uuid;

use crate::domain::reference::{DeactivatedReason, LocationType};
use crate::service::residential::deactivate::{DeactivationRequest, Details, deactivate_many};
use crate::service::{Services, residential};

/// Who acts when a message does not say (07 section 12 Q5).
const SYSTEM: &str = "LOCATIONS_INSIDE_PRISON_API";

/// A message; what else it holds is ignored.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ExternalMessage {
    #[serde(rename = "messageId")]
    _message_id: String,
    event_type: String,
    #[serde(default)]
    who: Option<String>,
    #[serde(default)]
    message_attributes: serde_json::Map<String, serde_json::Value>,
}

/// What is said of a deactivation; anything else is a mistake of the sender.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct DeactivatedAttributes {
    id: Uuid,
    deactivation_reason: DeactivatedReason,
    #[serde(default)]
    deactivation_reason_description: Option<String>,
    #[serde(default, deserialize_with = "date_or_the_word_null")]
    proposed_reactivation_date: Option<NaiveDate>,
    #[serde(default)]
    planet_fm_reference: Option<String>,
    #[serde(default, rename = "updatedBy")]
    _updated_by: Option<serde_json::Value>,
}

/// A date that is not known arrives as the text `null` (07 section 12 Q18).
fn date_or_the_word_null<'de, D: Deserializer<'de>>(from: D) -> Result<Option<NaiveDate>, D::Error> {
    match Option::<String>::deserialize(from)?.as_deref() {
        None | Some("null") => Ok(None),
        Some(text) => text.parse().map(Some).map_err(serde::de::Error::custom),
    }
}

/// Does what a message asks for. Repeating it has no further effect.
///
/// # Errors
/// Why the message failed.
pub(super) async fn handle(services: &Services, body: &str) -> Result<(), String> {
    let message: ExternalMessage = serde_json::from_str(body).map_err(|e| format!("not a message: {e}"))?;
    match message.event_type.as_str() {
        "TestEvent" => Ok(()),
        "LocationTemporarilyDeactivated" => deactivate(services, message).await,
        other => Err(format!("unknown event type {other}")),
    }
}

async fn deactivate(services: &Services, message: ExternalMessage) -> Result<(), String> {
    let attributes = serde_json::Value::Object(message.message_attributes);
    let given: DeactivatedAttributes = serde_json::from_value(attributes).map_err(|e| format!("attributes: {e}"))?;
    let shown = residential::displayed_type(services, given.id).await.map_err(|e| e.to_string())?;
    if shown != LocationType::Cell {
        return Err(format!("{} is not a cell", given.id));
    }
    let who = message.who.unwrap_or_else(|| SYSTEM.to_owned());
    let details = Details {
        reason: given.deactivation_reason,
        description: given.deactivation_reason_description,
        proposed_reactivation_date: given.proposed_reactivation_date,
        planet_fm_reference: given.planet_fm_reference,
    };
    let request = DeactivationRequest {
        locations: vec![(given.id, details)],
        requires_approval: false,
        reason_for_change: None,
        updated_by: Some(who.clone()),
    };
    deactivate_many(services, &who, &request).await.map(drop).map_err(|e| e.to_string())
}

#[cfg(test)]
mod tests {
    use super::{DeactivatedAttributes, ExternalMessage};
    use serde_json::{Value, json};

    fn attributes() -> Value {
        json!({"id": "019464e9-05da-77b3-810b-887e199d8190", "deactivationReason": "DAMAGED"})
    }

    fn read(attributes: Value) -> Result<DeactivatedAttributes, serde_json::Error> {
        serde_json::from_value(attributes)
    }

    #[test]
    fn attributes_are_strict_and_the_envelope_is_not() {
        assert!(read(attributes()).is_ok());
        for (name, value) in [("colour", json!("red")), ("deactivationReason", json!("FLOOD")), ("id", json!("x"))] {
            let mut broken = attributes();
            broken[name] = value;
            assert!(read(broken).is_err(), "{name}");
        }
        let envelope = json!({"messageId": "1", "eventType": "TestEvent", "extra": 1});
        assert!(serde_json::from_value::<ExternalMessage>(envelope).is_ok());
        let without_id = json!({"eventType": "TestEvent"});
        assert!(serde_json::from_value::<ExternalMessage>(without_id).is_err());
        let null_attributes = json!({"messageId": "1", "eventType": "TestEvent", "messageAttributes": null});
        assert!(serde_json::from_value::<ExternalMessage>(null_attributes).is_err());
    }

    #[test]
    fn the_word_null_is_no_date() {
        let mut given = attributes();
        given["proposedReactivationDate"] = json!("null");
        assert_eq!(read(given.clone()).unwrap().proposed_reactivation_date, None);
        given["proposedReactivationDate"] = json!("2025-01-05");
        assert!(read(given.clone()).unwrap().proposed_reactivation_date.is_some());
        given["proposedReactivationDate"] = json!("soon");
        assert!(read(given).is_err());
    }
}
