//! The OpenAPI document that we serve against the live service's: operations, parameters, bodies, statuses and every field of every
//! schema that they lead to. Differences that we want are in `data/openapi-differences.txt`, each with its reason.

use std::collections::{BTreeMap, BTreeSet};

use locations_inside_prison_api::api;
use serde_json::Value;

const LIVE: &str = include_str!("data/openapi-live.json");
const WANTED: &str = include_str!("data/openapi-differences.txt");
const METHODS: [&str; 5] = ["get", "put", "post", "delete", "patch"];

#[test]
fn the_document_differs_from_the_live_one_only_where_we_want() {
    let live: Value = serde_json::from_str(LIVE).unwrap();
    let ours = serde_json::to_value(api::document("test")).unwrap();
    let differences = differences(&live, &ours);
    let wanted = wanted();
    let unexpected: Vec<&String> =
        differences.iter().filter(|d| !wanted.iter().any(|(pattern, _)| matches(pattern, d))).collect();
    let idle: Vec<&str> = wanted
        .iter()
        .filter(|(pattern, _)| !differences.iter().any(|d| matches(pattern, d)))
        .map(|(pattern, _)| *pattern)
        .collect();
    assert!(unexpected.is_empty(), "{} differences are not wanted:\n{unexpected:#?}", unexpected.len());
    assert!(idle.is_empty(), "these differences are wanted but not there any more:\n{idle:#?}");
}

#[test]
fn each_wanted_difference_has_a_reason() {
    for (pattern, reason) in wanted() {
        assert!(reason.len() > 10, "no reason for {pattern}");
    }
}

#[test]
fn what_differs_is_found() {
    let live: Value = serde_json::from_str(LIVE).unwrap();
    assert!(differences(&live, &live).is_empty());
    let summary = "/locations/residential-summary/{prisonId}";
    let mut changed = live.clone();
    let operation = &mut changed["paths"][summary]["get"];
    operation["parameters"][0]["required"] = false.into();
    operation["responses"].as_object_mut().unwrap().remove("404");
    let schemas = &mut changed["components"]["schemas"];
    schemas["Capacity"]["properties"]["maxCapacity"]["type"] = "string".into();
    schemas["Location"]["properties"]["status"]["enum"].as_array_mut().unwrap().pop();
    schemas["PrisonSummary"]["required"].as_array_mut().unwrap().clear();
    schemas["ResidentialSummary"]["properties"].as_object_mut().unwrap().remove("subLocations");
    changed["paths"].as_object_mut().unwrap().remove("/transactions/{txId}");
    let found = differences(&live, &changed);
    for expected in [
        "GET /locations/residential-summary/{prisonId} parameter path prisonId: required true, ours false",
        "GET /locations/residential-summary/{prisonId} response 404: only live",
        "GET /transactions/{txId}: only live",
        "schema Capacity.maxCapacity: type integer, ours string",
        "schema Location.status: enum value LOCKED_NON_RESIDENTIAL only live",
        "schema PrisonSummary.prisonName: required true, ours false",
        "schema ResidentialSummary.subLocations: only live",
    ] {
        assert!(found.contains(expected), "not found: {expected}\n{found:#?}");
    }
}

/// The wanted differences and why: `<difference> | <reason>` on a line; `*` stands for any text, `#` begins a comment.
fn wanted() -> Vec<(&'static str, &'static str)> {
    let lines = WANTED.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
    lines.map(|line| line.split_once(" | ").expect(line)).map(|(d, reason)| (d.trim(), reason.trim())).collect()
}

/// Whether a text is of this form.
fn matches(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((head, rest)) => text.strip_prefix(head).is_some_and(|tail| {
            (0..=tail.len()).filter(|i| tail.is_char_boundary(*i)).any(|i| matches(rest, &tail[i..]))
        }),
    }
}

fn differences(live: &Value, ours: &Value) -> BTreeSet<String> {
    let mut comparison = Comparison { live, ours, found: BTreeSet::new(), compared: BTreeSet::new() };
    let (live_operations, our_operations) = (operations(live), operations(ours));
    both(&live_operations, &our_operations, |name, pair| match pair {
        Pair::Both(live, ours) => comparison.operation(name, live, ours),
        Pair::Live(_) => comparison.note(format!("{name}: only live")),
        Pair::Ours(_) => comparison.note(format!("{name}: only ours")),
    });
    comparison.found
}

/// Operations by method and path.
fn operations(document: &Value) -> BTreeMap<String, &Value> {
    let mut operations = BTreeMap::new();
    for (path, item) in object(&document["paths"]) {
        for (method, operation) in object(item).into_iter().filter(|(m, _)| METHODS.contains(&m.as_str())) {
            operations.insert(format!("{} {path}", method.to_uppercase()), operation);
        }
    }
    operations
}

enum Pair<'a, T> {
    Both(&'a T, &'a T),
    Live(&'a T),
    Ours(&'a T),
}

/// Calls `f` for every name of either side.
fn both<T>(live: &BTreeMap<String, T>, ours: &BTreeMap<String, T>, mut f: impl FnMut(&str, Pair<'_, T>)) {
    for name in live.keys().chain(ours.keys()).collect::<BTreeSet<_>>() {
        match (live.get(name), ours.get(name)) {
            (Some(live), Some(ours)) => f(name, Pair::Both(live, ours)),
            (Some(live), None) => f(name, Pair::Live(live)),
            (None, Some(ours)) => f(name, Pair::Ours(ours)),
            (None, None) => unreachable!("the name comes from one of them"),
        }
    }
}

struct Comparison<'a> {
    live: &'a Value,
    ours: &'a Value,
    found: BTreeSet<String>,
    /// Pairs of named schemas that have been looked at.
    compared: BTreeSet<(String, String)>,
}

impl Comparison<'_> {
    fn note(&mut self, difference: String) {
        self.found.insert(difference);
    }

    fn note_unless_equal(&mut self, place: &str, what: &str, live: &Value, ours: &Value) {
        if live != ours {
            self.note(format!("{place}: {what} {}, ours {}", plain(live), plain(ours)));
        }
    }

    fn operation(&mut self, name: &str, live: &Value, ours: &Value) {
        self.note_unless_equal(name, "operationId", &live["operationId"], &ours["operationId"]);
        self.note_unless_equal(name, "tag", &live["tags"][0], &ours["tags"][0]);
        both(&parameters(live), &parameters(ours), |parameter, pair| {
            let place = format!("{name} parameter {parameter}");
            match pair {
                Pair::Both(live, ours) => {
                    self.note_unless_equal(&place, "required", &truth(&live["required"]), &truth(&ours["required"]));
                    self.note_unless_equal(&place, "default", &live["schema"]["default"], &ours["schema"]["default"]);
                    self.schema(&place, &live["schema"], &ours["schema"]);
                }
                Pair::Live(_) => self.note(format!("{place}: only live")),
                Pair::Ours(_) => self.note(format!("{place}: only ours")),
            }
        });
        let place = format!("{name} body");
        let (live_body, our_body) = (&live["requestBody"], &ours["requestBody"]);
        self.note_unless_equal(&place, "required", &truth(&live_body["required"]), &truth(&our_body["required"]));
        self.content(&place, live_body, our_body);
        both(&object_map(&live["responses"]), &object_map(&ours["responses"]), |status, pair| {
            let place = format!("{name} response {status}");
            match pair {
                Pair::Both(live, ours) => self.content(&place, live, ours),
                Pair::Live(_) => self.note(format!("{place}: only live")),
                Pair::Ours(_) => self.note(format!("{place}: only ours")),
            }
        });
    }

    /// What a body or an answer holds, by content type.
    fn content(&mut self, place: &str, live: &Value, ours: &Value) {
        both(&object_map(&live["content"]), &object_map(&ours["content"]), |content_type, pair| match pair {
            Pair::Both(live, ours) => self.schema(place, &live["schema"], &ours["schema"]),
            Pair::Live(_) => self.note(format!("{place}: {content_type} only live")),
            Pair::Ours(_) => self.note(format!("{place}: {content_type} only ours")),
        });
    }

    fn schema(&mut self, place: &str, live: &Value, ours: &Value) {
        if live.as_object().is_none_or(serde_json::Map::is_empty) {
            // The live document says nothing of it.
            return;
        }
        let (live, ours) = (resolve(self.live, live), resolve(self.ours, ours));
        let mut place = place.to_owned();
        // Constants have a schema of their own in one document, and none in the other.
        let named = |schema: &Resolved<'_>| schema.name.clone().filter(|_| schema.schema["enum"].is_null());
        if let Some(live_name) = named(&live) {
            let our_name = named(&ours);
            if our_name.as_ref() != Some(&live_name) {
                self.note(format!("{place}: schema {live_name}, ours {}", our_name.as_deref().unwrap_or("none")));
                if live.kind() != ours.kind() {
                    return;
                }
            }
            place = match our_name.as_ref().filter(|name| **name != live_name) {
                Some(other) => format!("schema {live_name} (ours {other})"),
                None => format!("schema {live_name}"),
            };
            if !self.compared.insert((live_name, our_name.unwrap_or_default())) {
                return;
            }
        }
        self.note_unless_equal(&place, "type", &live.kind(), &ours.kind());
        self.note_unless_equal(&place, "format", &live.schema["format"], &ours.schema["format"]);
        self.constants(&place, live.schema, ours.schema);
        self.fields(&place, live.schema, ours.schema);
        for inner in ["items", "additionalProperties"] {
            let (live, ours) = (&live.schema[inner], &ours.schema[inner]);
            if live.is_object() && ours.is_object() {
                self.schema(&format!("{place}[]"), live, ours);
            } else {
                self.note_unless_equal(&place, inner, &live.is_object().into(), &ours.is_object().into());
            }
        }
    }

    fn constants(&mut self, place: &str, live: &Value, ours: &Value) {
        let values = |schema: &Value| -> BTreeMap<String, ()> {
            schema["enum"].as_array().into_iter().flatten().filter(|v| !v.is_null()).map(|v| (plain(v), ())).collect()
        };
        both(&values(live), &values(ours), |value, pair| match pair {
            Pair::Both(..) => {}
            Pair::Live(()) => self.note(format!("{place}: enum value {value} only live")),
            Pair::Ours(()) => self.note(format!("{place}: enum value {value} only ours")),
        });
    }

    fn fields(&mut self, place: &str, live: &Value, ours: &Value) {
        let required = |schema: &Value, field: &str| -> Value {
            schema["required"].as_array().is_some_and(|names| names.iter().any(|name| name == field)).into()
        };
        both(&object_map(&live["properties"]), &object_map(&ours["properties"]), |field, pair| {
            let place = format!("{place}.{field}");
            match pair {
                Pair::Both(live_field, our_field) => {
                    self.note_unless_equal(&place, "required", &required(live, field), &required(ours, field));
                    self.schema(&place, live_field, our_field);
                }
                Pair::Live(_) => self.note(format!("{place}: only live")),
                Pair::Ours(_) => self.note(format!("{place}: only ours")),
            }
        });
    }
}

/// A schema behind its references and without what says that it may be null.
struct Resolved<'a> {
    name: Option<String>,
    schema: &'a Value,
}

impl Resolved<'_> {
    /// The type; constants and free values may have none in the document.
    fn kind(&self) -> Value {
        match &self.schema["type"] {
            Value::Array(types) => types.iter().find(|t| *t != "null").cloned().unwrap_or_default(),
            Value::Null if self.schema["properties"].is_object() => "object".into(),
            Value::Null if self.schema["enum"].is_array() => "string".into(),
            kind => kind.clone(),
        }
    }
}

fn resolve<'a>(document: &'a Value, schema: &'a Value) -> Resolved<'a> {
    if let Some(name) = schema["$ref"].as_str().and_then(|r| r.strip_prefix("#/components/schemas/")) {
        let inner = resolve(document, &document["components"]["schemas"][name]);
        return Resolved { name: inner.name.or(Some(name.to_owned())), schema: inner.schema };
    }
    for choice in ["oneOf", "anyOf", "allOf"] {
        if let Some(one) = schema[choice].as_array().and_then(|all| all.iter().find(|s| s["type"] != "null")) {
            return resolve(document, one);
        }
    }
    Resolved { name: None, schema }
}

/// Parameters by place and name.
fn parameters(operation: &Value) -> BTreeMap<String, &Value> {
    let all = operation["parameters"].as_array().into_iter().flatten();
    all.map(|p| (format!("{} {}", plain(&p["in"]), plain(&p["name"])), p)).collect()
}

fn object(value: &Value) -> Vec<(&String, &Value)> {
    value.as_object().into_iter().flatten().collect()
}

fn object_map(value: &Value) -> BTreeMap<String, &Value> {
    object(value).into_iter().map(|(name, value)| (name.clone(), value)).collect()
}

/// A flag that is false when it is left out.
fn truth(value: &Value) -> Value {
    (value == &Value::Bool(true)).into()
}

/// A text without quotes, anything else as JSON.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
