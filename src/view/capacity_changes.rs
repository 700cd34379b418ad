//! What a bulk capacity update answers (04 section 22).

use serde::Serialize;
use serde::ser::SerializeMap;
use utoipa::ToSchema;

use crate::domain::location::Capacity;

/// Capacity change audit
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CapacityChanges)]
pub struct CapacityChangesView {
    /// Location reference
    #[schema(example = "MDI-1-1-001")]
    pub key: String,
    /// textual description of the changes
    #[schema(example = "Working capacity from 2 ==> 1")]
    pub message: String,
    /// Attribute changed in the update
    #[schema(example = "workingCapacity")]
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub attribute: Option<&'static str>,
    /// Old value of this attribute
    #[schema(example = 2)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous_value: Option<i32>,
    /// New value of this attribute
    #[schema(example = 1)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new_value: Option<i32>,
}

/// A key with nothing but words.
pub fn said(key: &str, message: &str) -> Vec<CapacityChangesView> {
    vec![CapacityChangesView {
        key: key.to_owned(),
        message: message.to_owned(),
        attribute: None,
        previous_value: None,
        new_value: None,
    }]
}

/// An entry for each number that is to differ from the stored one, as it was asked for.
pub fn changed(key: &str, stored: Capacity, max: i32, working: i32, cna: Option<i32>) -> Vec<CapacityChangesView> {
    let numbers = [
        ("Max capacity", "maxCapacity", stored.max, Some(max)),
        ("Working capacity", "workingCapacity", stored.working, Some(working)),
        ("Baseline CNA", "CNA", stored.certified_normal_accommodation, cna),
    ];
    let differs = numbers.into_iter().filter(|(_, _, old, new)| Some(*old) != *new);
    let entry = |(name, attribute, old, new): (&str, &'static str, i32, Option<i32>)| CapacityChangesView {
        key: key.to_owned(),
        message: format!("{name} from {old} ==> {}", new.map_or_else(|| "null".to_owned(), |n| n.to_string())),
        attribute: Some(attribute),
        previous_value: Some(old),
        new_value: new,
    };
    differs.map(entry).collect()
}

/// Entries by key, in the order of the request.
pub struct ChangesByKey<'a>(pub &'a [(String, Vec<CapacityChangesView>)]);

impl Serialize for ChangesByKey<'_> {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(Some(self.0.len()))?;
        for (key, entries) in self.0 {
            map.serialize_entry(key, entries)?;
        }
        map.end()
    }
}
