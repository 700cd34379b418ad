use serde_json::Value;
use strum::VariantArray;

use super::{audit_example, document, example, message_name, yaml};
use crate::domain::event::EventType;
use crate::events::topic::attributes;
use crate::store::outbox::events::UnsentEvent;

#[test]
fn the_document_in_docs_is_what_the_code_says() {
    let kept = include_str!("../../docs/asyncapi.yaml");
    assert_eq!(kept, yaml().unwrap(), "write it anew: cargo run -- asyncapi > docs/asyncapi.yaml");
}

/// The part of JSON Schema that the document uses, and no more: an unknown word fails.
fn check(value: &Value, schema: &Value, path: &str) {
    for (word, rule) in schema.as_object().unwrap() {
        match word.as_str() {
            "$ref" => {
                let target = rule.as_str().unwrap().strip_prefix('#').unwrap();
                check(value, document().pointer(target).unwrap(), path);
            }
            "allOf" => rule.as_array().unwrap().iter().for_each(|part| check(value, part, path)),
            "const" => assert_eq!(value, rule, "{path}"),
            "enum" => assert!(rule.as_array().unwrap().contains(value), "{path}: {value}"),
            "type" => {
                let kind = match value {
                    Value::Null => "null",
                    Value::String(_) => "string",
                    Value::Object(_) => "object",
                    other => panic!("{path}: {other}"),
                };
                let allowed = rule.as_array().cloned().unwrap_or_else(|| vec![rule.clone()]);
                assert!(allowed.contains(&kind.into()), "{path} is {kind}");
            }
            "required" => {
                for name in rule.as_array().unwrap() {
                    assert!(value.get(name.as_str().unwrap()).is_some(), "{path} lacks {name}");
                }
            }
            "properties" => {
                for (name, property) in rule.as_object().unwrap() {
                    if let Some(inner) = value.get(name) {
                        check(inner, property, &format!("{path}.{name}"));
                    }
                }
            }
            "additionalProperties" => {
                assert_eq!(rule, false);
                let known = schema["properties"].as_object().unwrap();
                let unknown = value.as_object().unwrap().keys().find(|name| !known.contains_key(*name));
                assert_eq!(unknown, None, "{path}");
            }
            "format" if rule == "date-time" => {
                assert!(chrono::DateTime::parse_from_rfc3339(value.as_str().unwrap()).is_ok(), "{path}");
            }
            "format" => {
                assert_eq!(rule, "uuid");
                assert!(value.as_str().is_none_or(|text| uuid::Uuid::parse_str(text).is_ok()), "{path}");
            }
            "contentMediaType" => {
                assert!(serde_json::from_str::<Value>(value.as_str().unwrap()).is_ok(), "{path}");
            }
            "description" | "examples" => {}
            other => panic!("{path}: {other} is not understood"),
        }
    }
}

#[test]
fn every_type_of_event_is_described_as_it_is_sent() {
    let document = document();
    for event_type in EventType::VARIANTS {
        let name = message_name(*event_type);
        let message = &document["components"]["messages"][&name];
        assert_eq!(message["name"], event_type.as_str());
        let sent = example(*event_type);
        assert_eq!(sent["eventType"], event_type.as_str());
        check(&sent, &message["payload"], &name);
        assert!(document["channels"]["domainEvents"]["messages"][&name].is_object());
    }
    assert_eq!(document["components"]["messages"].as_object().unwrap().len(), EventType::VARIANTS.len() + 1);
}

#[test]
fn attributes_are_described_as_they_are_sent() {
    let mut event = UnsentEvent {
        id: 1,
        event_id: uuid::Uuid::from_u128(7),
        prison_id: "LEI".into(),
        location_id: None,
        event_type: EventType::Amended.as_str().into(),
        message: String::new(),
        replay: false,
        traceparent: None,
        written_at: std::time::Instant::now(),
    };
    let as_json = |event: &UnsentEvent| -> Value {
        attributes(event).into_iter().map(|(name, value)| (name.to_owned(), Value::from(value))).collect()
    };
    let schema = &document()["components"]["schemas"]["attributes"];
    check(&as_json(&event), schema, "attributes");
    assert_eq!(as_json(&event).as_object().unwrap().len(), 2);
    event.replay = true;
    event.traceparent = Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".into());
    check(&as_json(&event), schema, "attributes");
    assert_eq!(as_json(&event).as_object().unwrap().len(), 4);
}

#[test]
fn audit_messages_are_described_as_they_are_sent() {
    check(&audit_example(), &document()["components"]["messages"]["audit"]["payload"], "audit");
}

#[test]
fn messages_have_short_names() {
    let names: Vec<String> = EventType::VARIANTS.iter().map(|t| message_name(*t)).collect();
    assert_eq!(
        names,
        [
            "created",
            "amended",
            "deactivated",
            "reactivated",
            "deleted",
            "signedOpCapAmended",
            "capacityChanged",
            "certificationChanged"
        ]
    );
}
