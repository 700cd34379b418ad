use serde::Deserialize;
use serde_json::json;

use super::*;
use crate::api::extract::read_json;
use crate::domain::reference::{LocationType, UsedForType};

/// One field of each kind, as a body of the contract has them.
#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase")]
struct Fields {
    #[serde(deserialize_with = "text")]
    code: String,
    #[serde(default, deserialize_with = "optional_text")]
    comments: Option<String>,
    #[serde(default, deserialize_with = "optional_integer")]
    order: Option<i32>,
    #[serde(default = "ninety_nine", deserialize_with = "integer")]
    sequence: i32,
    #[serde(default, deserialize_with = "boolean")]
    certified: bool,
    #[serde(default, deserialize_with = "optional_boolean")]
    internal_movement_allowed: Option<bool>,
    #[serde(default, deserialize_with = "optional_id")]
    parent_id: Option<Uuid>,
    #[serde(default, deserialize_with = "optional_date")]
    deactivated_date: Option<NaiveDate>,
    #[serde(default, deserialize_with = "optional_date_time")]
    create_date: Option<NaiveDateTime>,
    #[serde(default, deserialize_with = "optional_constant")]
    location_type: Option<LocationType>,
    #[serde(default, deserialize_with = "optional_constants")]
    used_for: Option<Vec<UsedForType>>,
    #[serde(default)]
    capacity: Option<Capacity>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase")]
struct Capacity {
    #[serde(deserialize_with = "integer")]
    max_capacity: i32,
}

fn ninety_nine() -> i32 {
    99
}

/// Reads a body that has, besides a code, this one field.
fn with(field: &str, value: serde_json::Value) -> Result<Fields, String> {
    let body = json!({"code": "A", field: value}).to_string();
    read_json(body.as_bytes()).map_err(|e| e.body().developer_message)
}

fn refused(field: &str, value: serde_json::Value) -> bool {
    match with(field, value) {
        Ok(_) => false,
        Err(words) => {
            assert!(words.contains(field), "{words} does not name {field}");
            true
        }
    }
}

#[test]
fn a_text_takes_the_text_of_numbers_and_booleans() {
    for (sent, read) in [
        (json!(1), "1"),
        (json!(-1), "-1"),
        (json!(1.5), "1.5"),
        (json!(2.0), "2.0"),
        (json!(true), "true"),
        (json!(""), ""),
    ] {
        assert_eq!(with("comments", sent).unwrap().comments.as_deref(), Some(read));
    }
    assert_eq!(with("comments", json!(null)).unwrap().comments, None);
    assert!(refused("comments", json!({})));
    assert!(refused("comments", json!([])));
    assert!(refused("comments", json!(["x"])));
}

#[test]
fn null_for_a_field_that_has_a_default_is_an_error() {
    assert_eq!(with("comments", json!(null)).unwrap().sequence, 99);
    assert!(refused("sequence", json!(null)));
    assert!(refused("sequence", json!("")));
    assert!(refused("certified", json!(null)));
    assert!(refused("code", json!(null)));
}

#[test]
fn a_number_takes_quotes_and_cuts_decimals() {
    for (sent, read) in [
        (json!("3"), Some(3)),
        (json!(1.9), Some(1)),
        (json!(-1.9), Some(-1)),
        (json!(" 3 "), Some(3)),
        (json!(""), None),
    ] {
        assert_eq!(with("order", sent).unwrap().order, read);
    }
    for bad in [
        json!("x"),
        json!("1.9"),
        json!(true),
        json!([]),
        json!({}),
        json!(2_147_483_648_i64),
        json!(1e300),
        json!(u64::MAX),
    ] {
        assert!(refused("order", bad.clone()), "{bad}");
    }
}

#[test]
fn a_boolean_takes_whole_numbers_and_few_texts() {
    for (sent, read) in [
        (json!(1), Some(true)),
        (json!(2), Some(true)),
        (json!(0), Some(false)),
        (json!("true"), Some(true)),
        (json!("FALSE"), Some(false)),
        (json!(""), None),
    ] {
        assert_eq!(with("internalMovementAllowed", sent).unwrap().internal_movement_allowed, read);
    }
    for bad in [json!("x"), json!("tRuE"), json!("yes"), json!(1.0), json!([])] {
        assert!(refused("internalMovementAllowed", bad.clone()), "{bad}");
    }
}

#[test]
fn an_id_has_36_characters() {
    let id = "01a20ce6-2a29-7539-b278-0b7356659fbd";
    assert_eq!(with("parentId", json!(id)).unwrap().parent_id.unwrap().to_string(), id);
    assert_eq!(with("parentId", json!("")).unwrap().parent_id, None);
    for bad in [
        json!("01a20ce62a297539b2780b7356659fbd"),
        json!("x"),
        json!(1),
        json!([]),
        json!("2024-01-31"),
        json!(format!("{{{id}}}")),
    ] {
        assert!(refused("parentId", bad.clone()), "{bad}");
    }
}

#[test]
fn dates() {
    let day = NaiveDate::from_ymd_opt(2024, 1, 31);
    for sent in [json!("2024-01-31"), json!("2024-01-31T10:00:00"), json!("2024-01-31T10:00:00Z"), json!(19753)] {
        assert_eq!(with("deactivatedDate", sent).unwrap().deactivated_date, day);
    }
    assert_eq!(with("deactivatedDate", json!([])).unwrap().deactivated_date, None);
    for bad in [
        json!("2024-02-30"),
        json!("2024-1-5"),
        json!("null"),
        json!("A-1-003"),
        json!(true),
        json!("+024-01-01"),
        json!(i64::MAX),
    ] {
        assert!(refused("deactivatedDate", bad.clone()), "{bad}");
    }
}

#[test]
fn date_times() {
    let at = |text: &str| with("createDate", json!(text)).unwrap().create_date.unwrap().to_string();
    assert_eq!(at("2023-12-05T12:34:56.123456"), "2023-12-05 12:34:56.123456");
    assert_eq!(at("2023-12-05T12:34"), "2023-12-05 12:34:00");
    assert_eq!(at("2023-12-05T12:34:56Z"), "2023-12-05 12:34:56");
    assert_eq!(with("createDate", json!([])).unwrap().create_date, None);
    for bad in [
        "2024-01-31",
        "2023-12-05T24:00:00",
        "2023-12-05T12:34:60",
        "2023-12-05T12:34:56+01:00",
        "2023-12-05 12:34:56",
        "2023-12-05T12:34:56.1234567890",
        "2023-12-05T12",
    ] {
        assert!(refused("createDate", json!(bad)), "{bad}");
    }
    assert!(refused("createDate", json!(1)));
}

#[test]
fn a_constant_is_exact() {
    assert_eq!(with("locationType", json!("CELL")).unwrap().location_type, Some(LocationType::Cell));
    assert_eq!(with("locationType", json!(null)).unwrap().location_type, None);
    for bad in [json!("cell"), json!(" CELL"), json!(0), json!("0"), json!(""), json!({"CELL": null}), json!(true)] {
        assert!(refused("locationType", bad.clone()), "{bad}");
    }
    assert!(with("locationType", json!("X")).unwrap_err().contains("WING, SPUR, LANDING, CELL"));
}

#[test]
fn a_list_of_constants_holds_no_null() {
    assert_eq!(with("usedFor", json!(["REMAND"])).unwrap().used_for, Some(vec![UsedForType::Remand]));
    assert_eq!(with("usedFor", json!(null)).unwrap().used_for, None);
    for bad in
        [json!("REMAND"), json!([null]), json!([""]), json!(["remand"]), json!([["REMAND"]]), json!(0), json!({})]
    {
        assert!(refused("usedFor", bad.clone()), "{bad}");
    }
}

#[test]
fn a_field_is_named_by_its_path() {
    assert_eq!(
        with("capacity", json!({"maxCapacity": "x"})).unwrap_err(),
        "capacity.maxCapacity: must be a whole number, not \"x\""
    );
    assert_eq!(with("capacity", json!({})).unwrap_err(), "capacity.maxCapacity: is missing");
    assert!(refused("capacity", json!("UN_SENTENCED")));
    assert!(refused("capacity", json!(2)));
}

#[test]
fn of_a_key_that_comes_twice_the_last_counts() {
    let read: Fields = read_json(br#"{"code": "A", "order": 1, "code": "B", "order": 2}"#).unwrap();
    assert_eq!((read.code.as_str(), read.order), ("B", Some(2)));
}

#[test]
fn unknown_fields_are_ignored_and_anything_after_the_value_is_not() {
    assert_eq!(read_json::<Fields>(br#"{"code": "A", "isDeactivated": [{}]} "#).unwrap().code, "A");
    for bad in
        [&b"{\"code\": \"A\"} x"[..], b"{\"code\": \"A\"", b"", b"null", b"[]", b"\"x\"", b"{\"code\": \"\xff\"}"]
    {
        let error = read_json::<Fields>(bad).unwrap_err();
        assert_eq!((error.status().as_u16(), error.error_code()), (400, None));
    }
}

/// What lists at the top of a body do with nulls and numbers (recorded: `POST /locations/keys`, `non-residential/batch`).
#[test]
fn lists_of_texts_and_ids_pass_over_nulls() {
    #[derive(Deserialize)]
    struct Keys(#[serde(deserialize_with = "texts")] Vec<String>);
    #[derive(Deserialize)]
    struct Ids(#[serde(deserialize_with = "ids")] Vec<Uuid>);
    assert_eq!(read_json::<Keys>(br#"["MDI-A", null, 2]"#).unwrap().0, ["MDI-A", "2"]);
    assert!(read_json::<Keys>(br#"[["x"]]"#).is_err());
    assert!(read_json::<Keys>(b"null").is_err());
    assert_eq!(read_json::<Ids>(br#"[null, "01a20ce9-0473-73a0-bb6c-64766dcf64e4"]"#).unwrap().0.len(), 1);
    assert!(read_json::<Ids>(br#"["ADJUDICATION"]"#).is_err());
}
