//! Who may do what: every operation of our own document with no token, the wrong role, the wrong scope and the right ones (07
//! sections 1.1 and 1.7).

use std::collections::BTreeMap;

use axum::http::Method;
use locations_inside_prison_api::api;
use serde_json::{Map, Value, json};

use crate::support::service::{Call, TestService};

const ROLES: &str = include_str!("data/operation-roles.txt");
const METHODS: [&str; 5] = ["get", "put", "post", "delete", "patch"];

/// What an operation needs.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Needs {
    role: String,
    write: bool,
}

/// Needs by method and path, from the table.
fn table() -> BTreeMap<String, Needs> {
    let mut table = BTreeMap::new();
    let mut needs = None;
    for line in ROLES.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        match line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            Some(heading) => {
                let (role, write) = heading.split_once(' ').map_or((heading, false), |(role, _)| (role, true));
                needs = Some(Needs { role: role.to_owned(), write });
            }
            None => assert_eq!(table.insert(line.to_owned(), needs.clone().unwrap()), None, "{line}"),
        }
    }
    table
}

/// Operations of our document by method and path.
fn operations(document: &Value) -> BTreeMap<String, &Value> {
    let mut operations = BTreeMap::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap().iter().filter(|(m, _)| METHODS.contains(&m.as_str())) {
            operations.insert(format!("{} {path}", method.to_uppercase()), operation);
        }
    }
    operations
}

/// A value that a schema allows.
fn sample(document: &Value, schema: &Value) -> Value {
    if let Some(reference) = schema["$ref"].as_str() {
        return sample(document, document.pointer(reference.trim_start_matches('#')).unwrap());
    }
    if let Some(example) = schema.get("example") {
        return example.clone();
    }
    if let Some(constant) = schema["enum"].as_array().and_then(|constants| constants.first()) {
        return constant.clone();
    }
    for choice in ["oneOf", "anyOf"] {
        let mut choices = schema[choice].as_array().into_iter().flatten();
        if let Some(chosen) = choices.find(|chosen| chosen["type"] != "null") {
            return sample(document, chosen);
        }
    }
    let kind = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null"),
        kind => kind.as_str(),
    };
    match kind {
        Some("object") if schema["properties"].is_object() => {
            let fields = schema["properties"].as_object().unwrap().iter();
            fields.map(|(name, field)| (name.clone(), sample(document, field))).collect::<Map<_, _>>().into()
        }
        Some("object") => {
            json!({ "de91dfa7-821f-4552-a427-bf2f32eafeb0": sample(document, &schema["additionalProperties"]) })
        }
        Some("array") => json!([sample(document, &schema["items"])]),
        Some("integer" | "number") => schema.get("minimum").cloned().unwrap_or(json!(1)),
        Some("boolean") => json!(true),
        _ => text(schema).into(),
    }
}

fn text(schema: &Value) -> String {
    match (schema["format"].as_str(), schema["pattern"].as_str()) {
        (Some("uuid"), _) => "de91dfa7-821f-4552-a427-bf2f32eafeb0".into(),
        (Some("date"), _) => "2025-01-05".into(),
        (Some("date-time"), _) => "2025-01-05T10:00:00".into(),
        (_, Some(pattern)) if pattern.contains("[A-Z]{2}I") => "LEI".into(),
        _ => "A".into(),
    }
}

/// A request that is allowed by all that the document says.
fn call<'a>(service: &'a TestService, document: &Value, name: &str, operation: &Value) -> Call<'a> {
    let (method, path) = name.split_once(' ').unwrap();
    let mut path = path.to_owned();
    for parameter in operation["parameters"].as_array().into_iter().flatten().filter(|p| p["in"] == "path") {
        let value = parameter.get("example").cloned().unwrap_or_else(|| sample(document, &parameter["schema"]));
        let name = parameter["name"].as_str().unwrap();
        let value = if name == "prisonId" { "LEI" } else { value.as_str().unwrap() };
        path = path.replace(&format!("{{{name}}}"), &value.replace(' ', "%20"));
    }
    let call = service.request(Method::from_bytes(method.as_bytes()).unwrap(), &path);
    match operation["requestBody"]["content"].as_object().and_then(|content| content.iter().next()) {
        Some((content_type, content)) => call.raw(content_type, sample(document, &content["schema"]).to_string()),
        None => call,
    }
}

#[test]
fn every_operation_has_its_role_in_the_table() {
    let document = serde_json::to_value(api::document("test")).unwrap();
    let named: Vec<String> = table().into_keys().collect();
    let served: Vec<String> = operations(&document).into_keys().collect();
    assert_eq!(named, served);
}

#[tokio::test]
async fn each_operation_asks_for_token_role_and_scope() {
    let service = TestService::start().await;
    let document = serde_json::to_value(api::document("test")).unwrap();
    let operations = operations(&document);
    let mut wrong = Vec::new();
    for (name, needs) in table() {
        let request = || call(&service, &document, &name, operations[&name]);
        let mut expect = |who: &str, status: u16, right: bool, body: &str| {
            if !right {
                wrong.push(format!("{name} with {who}: {status} {body}"));
            }
        };
        let reply = request().anonymous().send().await;
        expect("no token", reply.status.as_u16(), reply.status == 401 && reply.text.is_empty(), &reply.text);
        let other = if needs.role == "VIEW_LOCATIONS" { "SYNC_LOCATIONS" } else { "VIEW_LOCATIONS" };
        let reply = request().role(other).write().send().await;
        expect("another role", reply.status.as_u16(), reply.status == 403, &reply.text);
        if needs.write {
            let reply = request().role(&needs.role).send().await;
            expect("no scope", reply.status.as_u16(), reply.status == 403, &reply.text);
        }
        let right = request().role(&needs.role);
        let reply = if needs.write { right.write() } else { right }.send().await;
        expect("all it needs", reply.status.as_u16(), reply.status != 401 && reply.status != 403, &reply.text);
    }
    assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n"));
}
