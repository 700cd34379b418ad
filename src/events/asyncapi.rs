//! The AsyncAPI document of what we publish: made here, kept at `docs/asyncapi.yaml`, and compared with what the code sends.

use chrono::DateTime;
use serde_json::{Value, json};
use strum::VariantArray;
use uuid::Uuid;

use crate::clock::Clock;
use crate::domain::event::{DomainEvent, EventType, Source, audit_message};

/// The document, AsyncAPI 3.0.
pub fn document() -> Value {
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Locations Inside Prison: events and audit",
            "version": "1.0",
            "description": "Domain events about locations inside prisons, and audit messages. Both are written in the transaction of the \
                change and sent after it: none is lost, none is sent for a change that was not made. A message may come twice, with \
                the same eventId.",
            "contact": { "name": "HMPPS Digital Studio", "email": "feedback@digital.justice.gov.uk" }
        },
        "defaultContentType": "application/json",
        "channels": {
            "domainEvents": {
                "address": "domainevents",
                "title": "Domain events",
                "description": "An SNS topic (not FIFO). Events of one location are sent in the order of its changes; SNS does not promise \
                    subscribers that order.",
                "messages": EventType::VARIANTS.iter().map(|t| (message_name(*t), reference("messages", &message_name(*t))))
                    .collect::<serde_json::Map<_, _>>()
            },
            "audit": {
                "address": "audit",
                "title": "Audit messages",
                "description": "An SQS queue of the audit service. No order.",
                "messages": { "audit": reference("messages", "audit") }
            }
        },
        "operations": {
            "publishDomainEvents": {
                "action": "send",
                "channel": { "$ref": "#/channels/domainEvents" },
                "summary": "Tells of each change of a location"
            },
            "sendAuditMessages": {
                "action": "send",
                "channel": { "$ref": "#/channels/audit" },
                "summary": "Tells who changed what"
            }
        },
        "components": {
            "messages": messages(),
            "schemas": {
                "domainEvent": event_schema(),
                "attributes": attributes_schema(),
                "auditMessage": audit_schema()
            }
        }
    })
}

/// The document as YAML.
///
/// # Errors
/// When it can't be written, which is a mistake of ours.
pub fn yaml() -> Result<String, yaml_serde::Error> {
    yaml_serde::to_string(&document())
}

/// `location.inside.prison.capacity.changed` as a name of a message: `capacityChanged`.
fn message_name(event_type: EventType) -> String {
    let name = event_type.as_str();
    let words = name.strip_prefix("location.inside.prison.").unwrap_or(name).split(['.', '-']);
    let capitalised = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_uppercase().chain(letters).collect::<String>()).unwrap_or_default()
    };
    words.enumerate().map(|(i, word)| if i == 0 { word.to_owned() } else { capitalised(word) }).collect()
}

fn reference(section: &str, name: &str) -> Value {
    json!({ "$ref": format!("#/components/{section}/{name}") })
}

/// When each type of event is published.
fn meaning(event_type: EventType) -> &'static str {
    match event_type {
        EventType::Created => "A location was created",
        EventType::Amended => "A location was changed, or one below it",
        EventType::Deactivated => "A location was deactivated, for a time or for good",
        EventType::Reactivated => "A location was reactivated",
        EventType::Deleted => "A location was deleted",
        EventType::SignedOperationalCapacityAmended => "The signed operational capacity of a prison was changed",
        EventType::CapacityChanged => {
            "The max capacity, working capacity or certified normal accommodation of the location itself was changed; published beside \
             amended"
        }
        EventType::CertificationChanged => {
            "The certified flag of the location itself was changed; published beside amended"
        }
    }
}

fn messages() -> Value {
    let mut messages: serde_json::Map<String, Value> = EventType::VARIANTS
        .iter()
        .map(|event_type| {
            let message = json!({
                "name": event_type.as_str(),
                "title": meaning(*event_type),
                "headers": reference("schemas", "attributes"),
                "payload": {
                    "allOf": [
                        reference("schemas", "domainEvent"),
                        { "properties": { "eventType": { "const": event_type.as_str() } } }
                    ]
                },
                "examples": [{ "payload": example(*event_type) }]
            });
            (message_name(*event_type), message)
        })
        .collect();
    messages.insert(
        "audit".to_owned(),
        json!({
            "name": "audit",
            "title": "An audit message",
            "headers": {
                "type": "object",
                "description": "SQS message attributes, data type String",
                "properties": { "traceparent": { "type": "string", "description": "W3C trace context of the request" } }
            },
            "payload": reference("schemas", "auditMessage"),
            "examples": [{ "payload": audit_example() }]
        }),
    );
    Value::Object(messages)
}

fn event_schema() -> Value {
    let id = json!({
        "type": ["string", "null"], "format": "uuid",
        "description": "The location; null in the event about the signed operational capacity of a prison"
    });
    let key = json!({ "type": "string", "description": "Key of the location, or id of the prison", "examples": ["LEI-A-1-003"] });
    json!({
        "type": "object",
        "required": ["eventType", "additionalInformation", "version", "occurredAt", "description"],
        "additionalProperties": false,
        "properties": {
            "eventType": { "type": "string", "enum": EventType::VARIANTS.iter().map(|t| t.as_str()).collect::<Vec<_>>() },
            "additionalInformation": {
                "type": "object",
                "required": ["id", "key", "source", "locationId", "locationKey"],
                "additionalProperties": false,
                "properties": {
                    "id": id,
                    "key": key,
                    "source": {
                        "type": "string", "enum": [Source::Dps.as_str(), Source::Nomis.as_str()],
                        "description": "Which side made the change"
                    },
                    "locationId": { "type": ["string", "null"], "format": "uuid", "description": "The same as id" },
                    "locationKey": { "type": "string", "description": "The same as key" }
                }
            },
            "version": { "const": "1.0" },
            "occurredAt": {
                "type": "string", "format": "date-time",
                "description": "When the change was made: ISO 8601, offset of Europe/London"
            },
            "description": { "type": "string", "description": "What happened, for people" }
        }
    })
}

fn attributes_schema() -> Value {
    json!({
        "type": "object",
        "description": "SNS message attributes, data type String",
        "required": ["eventType", "eventId"],
        "additionalProperties": false,
        "properties": {
            "eventType": { "type": "string", "description": "The same as in the message, to filter by" },
            "eventId": { "type": "string", "format": "uuid", "description": "The same each time that an event is sent" },
            "traceparent": { "type": "string", "description": "W3C trace context of the request" },
            "replay": {
                "const": "true",
                "description": "Only on an event that an operator asked for: it tells the present state of a location again"
            }
        }
    })
}

fn audit_schema() -> Value {
    let mut whats: Vec<&str> = EventType::VARIANTS.iter().map(|t| t.audit_what()).collect();
    whats.sort_unstable();
    whats.dedup();
    json!({
        "type": "object",
        "required": ["what", "when", "who", "service", "details"],
        "additionalProperties": false,
        "properties": {
            "what": { "type": "string", "enum": whats },
            "when": { "type": "string", "format": "date-time", "description": "When the change was made: ISO 8601, UTC" },
            "who": { "type": "string", "description": "User name, or client id where there is no user" },
            "service": { "type": "string" },
            "details": {
                "type": "string", "contentMediaType": "application/json",
                "description": "JSON of the object after the change, as the API shows it"
            }
        }
    })
}

/// An event of the type, as the code makes it.
fn example(event_type: EventType) -> Value {
    let occurred_at = example_clock().now().with_offset();
    let event = if event_type == EventType::SignedOperationalCapacityAmended {
        DomainEvent::about_signed_operational_capacity("LEI".to_owned(), 130, occurred_at)
    } else {
        let id = Uuid::from_u128(0x0194_64e9_05da_77b3_810b_887e_199d_8190);
        DomainEvent::about_location(event_type, id, "LEI-A-1-003".to_owned(), Source::Dps, occurred_at)
    };
    serde_json::from_str(&event.message()).unwrap_or_default()
}

fn audit_example() -> Value {
    let details = json!({ "id": "019464e9-05da-77b3-810b-887e199d8190", "prisonId": "LEI", "key": "LEI-A-1-003" });
    let message = audit_message(EventType::Amended, &example_clock().now().utc(), "ABC12D", &details.to_string());
    serde_json::from_str(&message).unwrap_or_default()
}

fn example_clock() -> Clock {
    // 5 June 2024, 12:34:56 in London.
    Clock::fixed(DateTime::from_timestamp(1_717_587_296, 123_456_000).unwrap_or_default())
}

#[cfg(test)]
#[path = "asyncapi_tests.rs"]
mod tests;
