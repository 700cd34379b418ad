//! Domain events and audit messages: what they say (07 section 3, decisions C).

use serde::Serialize;
use uuid::Uuid;

/// The `service` of every audit message.
const SERVICE: &str = "hmpps-locations-inside-prison-api";

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, strum::VariantArray)]
pub enum EventType {
    /// A location was created.
    Created,
    /// A location was changed.
    Amended,
    /// A location was deactivated or archived.
    Deactivated,
    /// A location was reactivated or un-archived.
    Reactivated,
    /// A location was deleted.
    Deleted,
    /// The signed operational capacity of a prison was changed.
    SignedOperationalCapacityAmended,
    /// A location's own capacity was changed (decisions C2).
    CapacityChanged,
    /// A location's certified flag was changed (decisions C2).
    CertificationChanged,
}

impl EventType {
    /// `eventType` of the message and of its attribute.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "location.inside.prison.created",
            Self::Amended => "location.inside.prison.amended",
            Self::Deactivated => "location.inside.prison.deactivated",
            Self::Reactivated => "location.inside.prison.reactivated",
            Self::Deleted => "location.inside.prison.deleted",
            Self::SignedOperationalCapacityAmended => "location.inside.prison.signed-op-cap.amended",
            Self::CapacityChanged => "location.inside.prison.capacity.changed",
            Self::CertificationChanged => "location.inside.prison.certification.changed",
        }
    }

    /// The verb of the description.
    fn verb(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Amended | Self::SignedOperationalCapacityAmended => "amended",
            Self::Deactivated => "deactivated",
            Self::Reactivated => "reactivated",
            Self::Deleted => "deleted",
            Self::CapacityChanged => "capacity changed",
            Self::CertificationChanged => "certification changed",
        }
    }

    /// `what` of the audit message for this kind of change; the two types of decisions C2 are never audited.
    pub fn audit_what(self) -> &'static str {
        match self {
            Self::Created => "LOCATION_CREATED",
            Self::Deactivated => "LOCATION_DEACTIVATED",
            Self::Reactivated => "LOCATION_REACTIVATED",
            Self::Deleted => "LOCATION_DELETED",
            Self::SignedOperationalCapacityAmended => "SIGNED_OP_CAP_AMENDED",
            Self::Amended | Self::CapacityChanged | Self::CertificationChanged => "LOCATION_AMENDED",
        }
    }
}

/// Which side made the change. NOMIS ignores events of its own changes (02 section 15).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// This service.
    Dps,
    /// The legacy system, by sync.
    Nomis,
}

impl Source {
    /// `source` of the message.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dps => "DPS",
            Self::Nomis => "NOMIS",
        }
    }
}

/// A domain event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DomainEvent {
    /// What happened.
    pub event_type: EventType,
    /// The location; none for the signed operational capacity of a prison.
    pub id: Option<Uuid>,
    /// Key of the location after the change, or the prison id.
    pub key: String,
    /// Which side made the change.
    pub source: Source,
    /// Time of the change, ISO 8601 with the London offset (decisions C4).
    pub occurred_at: String,
    /// What happened, in words.
    pub description: String,
}

impl DomainEvent {
    /// An event about a location (decisions C3).
    pub fn about_location(event_type: EventType, id: Uuid, key: String, source: Source, occurred_at: String) -> Self {
        let description = format!("Location {key} {}", event_type.verb());
        Self { event_type, id: Some(id), key, source, occurred_at, description }
    }

    /// The event of a changed signed operational capacity (07 section 3.1 rules 4 and 5).
    pub fn about_signed_operational_capacity(prison_id: String, capacity: i32, occurred_at: String) -> Self {
        Self {
            event_type: EventType::SignedOperationalCapacityAmended,
            id: None,
            description: format!("Signed Op-Cap changed for {prison_id} to {capacity}"),
            key: prison_id,
            source: Source::Dps,
            occurred_at,
        }
    }

    /// The message as published (07 section 3.1, decisions C1).
    pub fn message(&self) -> String {
        let message = EventMessage {
            event_type: self.event_type.as_str(),
            additional_information: AdditionalInformation {
                id: self.id,
                key: &self.key,
                source: self.source.as_str(),
                location_id: self.id,
                location_key: &self.key,
            },
            version: "1.0",
            occurred_at: &self.occurred_at,
            description: &self.description,
        };
        serde_json::json!(message).to_string()
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EventMessage<'a> {
    event_type: &'static str,
    additional_information: AdditionalInformation<'a>,
    version: &'static str,
    occurred_at: &'a str,
    description: &'a str,
}

/// All five names: those that the live consumers read, and those of the decision record (decisions C1).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AdditionalInformation<'a> {
    id: Option<Uuid>,
    key: &'a str,
    source: &'static str,
    location_id: Option<Uuid>,
    location_key: &'a str,
}

/// The audit message about one changed object (07 section 3.7). `when` is UTC, `details` the JSON text of the object.
pub fn audit_message(event_type: EventType, when: &str, who: &str, details: &str) -> String {
    serde_json::json!({
        "what": event_type.audit_what(),
        "when": when,
        "who": who,
        "service": SERVICE,
        "details": details,
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::{DomainEvent, EventType, Source, audit_message};
    use uuid::Uuid;

    #[test]
    fn an_event_carries_the_names_of_both_kinds_of_consumers() {
        let id = Uuid::from_u128(7);
        let at = "2024-06-05T12:34:56.123456+01:00".to_owned();
        let event = DomainEvent::about_location(EventType::Amended, id, "LEI-A-1-003".to_owned(), Source::Nomis, at);
        let json: serde_json::Value = serde_json::from_str(&event.message()).unwrap();
        assert_eq!(
            json,
            serde_json::json!({
                "eventType": "location.inside.prison.amended",
                "additionalInformation": {
                    "id": id, "key": "LEI-A-1-003", "source": "NOMIS", "locationId": id, "locationKey": "LEI-A-1-003"
                },
                "version": "1.0",
                "occurredAt": "2024-06-05T12:34:56.123456+01:00",
                "description": "Location LEI-A-1-003 amended"
            })
        );
    }

    #[test]
    fn the_signed_capacity_event_is_about_a_prison() {
        let event = DomainEvent::about_signed_operational_capacity("LEI".into(), 130, "2024-01-05T12:00:00Z".into());
        let json: serde_json::Value = serde_json::from_str(&event.message()).unwrap();
        assert_eq!(json["additionalInformation"]["id"], serde_json::Value::Null);
        assert_eq!(json["additionalInformation"]["key"], "LEI");
        assert_eq!(json["description"], "Signed Op-Cap changed for LEI to 130");
        assert_eq!(json["eventType"], "location.inside.prison.signed-op-cap.amended");
    }

    #[test]
    fn audit_details_are_a_text() {
        let text = audit_message(EventType::Deleted, "2024-06-05T11:34:56.123456Z", "ABC12D", r#"{"key":"LEI-A"}"#);
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(json["what"], "LOCATION_DELETED");
        assert_eq!(json["details"], r#"{"key":"LEI-A"}"#);
        assert_eq!(json["service"], "hmpps-locations-inside-prison-api");
    }

    #[test]
    fn each_type_has_its_name_its_words_and_its_audit() {
        use strum::VariantArray;
        let expected = [
            ("created", "Location LEI-A created", "LOCATION_CREATED"),
            ("amended", "Location LEI-A amended", "LOCATION_AMENDED"),
            ("deactivated", "Location LEI-A deactivated", "LOCATION_DEACTIVATED"),
            ("reactivated", "Location LEI-A reactivated", "LOCATION_REACTIVATED"),
            ("deleted", "Location LEI-A deleted", "LOCATION_DELETED"),
            ("signed-op-cap.amended", "", "SIGNED_OP_CAP_AMENDED"),
            ("capacity.changed", "Location LEI-A capacity changed", "LOCATION_AMENDED"),
            ("certification.changed", "Location LEI-A certification changed", "LOCATION_AMENDED"),
        ];
        assert_eq!(EventType::VARIANTS.len(), expected.len());
        for (event_type, (name, words, what)) in EventType::VARIANTS.iter().zip(expected) {
            assert_eq!(event_type.as_str(), format!("location.inside.prison.{name}"));
            assert_eq!(event_type.audit_what(), what);
            if *event_type != EventType::SignedOperationalCapacityAmended {
                let event =
                    DomainEvent::about_location(*event_type, Uuid::nil(), "LEI-A".into(), Source::Dps, String::new());
                assert_eq!(event.description, words);
            }
        }
    }
}
