//! The lists of `GET /constants/...`, made from the enums, against the answers recorded from the live service
//! (`constants.json`; 03 section 17).

use serde_json::{Value, json};
use strum::VariantArray;

use crate::domain::reference::*;

/// The recorded list behind a path below `/constants/`.
fn recorded(path: &str) -> Value {
    let all: Value = serde_json::from_str(include_str!("constants.json")).unwrap();
    all[path].clone()
}

fn entry(key: &str, description: &str) -> Value {
    json!({"key": key, "description": description})
}

/// An entry with further members.
fn entry_with(key: &str, description: &str, more: Value) -> Value {
    let mut entry = entry(key, description);
    for (name, value) in more.as_object().unwrap() {
        entry[name] = value.clone();
    }
    entry
}

#[test]
fn plain_lists() {
    let list = |entries: Vec<(&str, &str)>| -> Value { entries.into_iter().map(|(k, d)| entry(k, d)).collect() };
    let lists = [
        ("location-type", list(LocationType::by_label().iter().map(|t| (t.as_str(), t.label())).collect())),
        ("deactivated-reason", list(DeactivatedReason::VARIANTS.iter().map(|r| (r.as_str(), r.label())).collect())),
        ("approval-type", list(ApprovalType::VARIANTS.iter().map(|t| (t.as_str(), t.label())).collect())),
        (
            "residential-housing-type",
            list(ResidentialHousingType::VARIANTS.iter().map(|t| (t.as_str(), t.label())).collect()),
        ),
        (
            "non-residential-usage-type",
            list(NonResidentialUsageType::VARIANTS.iter().map(|t| (t.as_str(), t.label())).collect()),
        ),
        ("accommodation-type", list(AccommodationType::VARIANTS.iter().map(|t| (t.as_str(), t.label())).collect())),
        ("used-for-type", list(UsedForType::VARIANTS.iter().map(|t| (t.as_str(), t.label())).collect())),
        ("converted-cell-type", list(ConvertedCellType::VARIANTS.iter().map(|t| (t.as_str(), t.label())).collect())),
    ];
    for (path, list) in lists {
        assert_eq!(list, recorded(path), "{path}");
    }
}

#[test]
fn service_types() {
    let list: Value = ServiceType::VARIANTS
        .iter()
        .map(|service| {
            let family = service.family();
            let more = json!({
                "attributes": {
                    "serviceFamilyType": family.as_str(),
                    "serviceFamilyDescription": family.label(),
                    "editableInParent": family.editable_in_parent(),
                },
                "additionalInformation": service.additional_information(),
            });
            entry_with(service.as_str(), service.label(), more)
        })
        .collect();
    assert_eq!(list, recorded("service-types"));
}

#[test]
fn service_families() {
    let list: Value = ServiceFamilyType::VARIANTS
        .iter()
        .map(|family| {
            let values: Value = family
                .services()
                .map(|service| {
                    let more = json!({"additionalInformation": service.additional_information()});
                    entry_with(service.as_str(), service.label(), more)
                })
                .collect();
            entry_with(family.as_str(), family.label(), json!({"values": values}))
        })
        .collect();
    assert_eq!(list, recorded("service-family-types"));
}

#[test]
fn residential_attributes() {
    let types = ResidentialAttributeType::by_label();
    let list: Value = types
        .iter()
        .map(|attribute_type| {
            let values = attribute_type.values_by_label();
            let values: Value = values.iter().map(|value| entry(value.as_str(), value.label())).collect();
            entry_with(attribute_type.as_str(), attribute_type.label(), json!({"values": values}))
        })
        .collect();
    assert_eq!(list, recorded("residential-attribute-type"));
    let listed: usize = types.iter().map(|t| t.values_by_label().len()).sum();
    assert_eq!(listed, ResidentialAttributeValue::VARIANTS.len(), "every attribute is in the list of one type");
}

#[test]
fn specialist_cell_types() {
    let list: Value = SpecialistCellType::VARIANTS
        .iter()
        .map(|cell_type| {
            let mut more = json!({"attributes": {"affectsCapacity": cell_type.affects_capacity()}});
            if let Some(information) = cell_type.additional_information() {
                more["additionalInformation"] = json!(information);
            }
            entry_with(cell_type.as_str(), cell_type.label(), more)
        })
        .collect();
    assert_eq!(list, recorded("specialist-cell-type"));
}

/// Prisons of the recording: a women's prison, one of the long-term high security estate, and an unknown one.
#[test]
fn used_for_types_of_a_prison() {
    for (path, female, secure) in
        [("used-for-type/STI", true, false), ("used-for-type/WAI", false, true), ("used-for-type/ZZGHI", false, false)]
    {
        let offered = UsedForType::VARIANTS.iter().filter(|t| t.is_offered(female, secure));
        let list: Value = offered.map(|t| entry(t.as_str(), t.label())).collect();
        assert_eq!(list, recorded(path), "{path}");
    }
    let everywhere = UsedForType::VARIANTS.iter().filter(|t| t.is_offered(true, true)).count();
    assert_eq!(everywhere, UsedForType::VARIANTS.len());
}
