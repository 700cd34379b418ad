//! Objects whose field names are data: keys or ids of locations.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

/// The entries of an object in their order. A name that comes again replaces the value and keeps the first place, as in
/// the live service.
///
/// # Errors
/// For null, whatever is no object, and a value that can't be read.
pub fn entries<'de, D: Deserializer<'de>, V: Deserialize<'de>>(from: D) -> Result<Vec<(String, V)>, D::Error> {
    from.deserialize_map(Entries(PhantomData))
}

/// The same, or null.
///
/// # Errors
/// For whatever is neither null nor an object, and a value that can't be read.
pub fn optional_entries<'de, D: Deserializer<'de>, V: Deserialize<'de>>(
    from: D,
) -> Result<Option<Vec<(String, V)>>, D::Error> {
    struct Held<V>(Vec<(String, V)>);
    impl<'de, V: Deserialize<'de>> Deserialize<'de> for Held<V> {
        fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
            entries(from).map(Self)
        }
    }
    Ok(Option::<Held<V>>::deserialize(from)?.map(|held| held.0))
}

struct Entries<V>(PhantomData<V>);

impl<'de, V: Deserialize<'de>> Visitor<'de> for Entries<V> {
    type Value = Vec<(String, V)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries: Vec<(String, V)> = Vec::new();
        let mut places = std::collections::HashMap::new();
        while let Some((name, value)) = map.next_entry::<String, V>()? {
            match places.get(&name).and_then(|place: &usize| entries.get_mut(*place)) {
                Some(entry) => entry.1 = value,
                None => {
                    places.insert(name.clone(), entries.len());
                    entries.push((name, value));
                }
            }
        }
        Ok(entries)
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    #[derive(Debug, Deserialize, PartialEq)]
    struct Sample {
        #[serde(deserialize_with = "super::entries")]
        all: Vec<(String, u8)>,
        #[serde(default, deserialize_with = "super::optional_entries")]
        some: Option<Vec<(String, u8)>>,
    }

    fn read(json: &str) -> Option<Sample> {
        serde_json::from_str(json).ok()
    }

    #[test]
    fn order_is_kept_and_the_last_value_counts() {
        let sample = read(r#"{"all": {"b": 1, "a": 2, "b": 3}}"#).unwrap();
        assert_eq!(sample, Sample { all: vec![("b".into(), 3), ("a".into(), 2)], some: None });
        assert_eq!(read(r#"{"all": {}, "some": {"x": 1}}"#).unwrap().some, Some(vec![("x".into(), 1)]));
        assert_eq!(read(r#"{"all": {}, "some": null}"#).unwrap().some, None);
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for json in [r#"{"all": null}"#, r#"{"all": []}"#, r#"{"all": {"a": null}}"#, r#"{"all": {}, "some": false}"#] {
            assert_eq!(read(json), None, "{json}");
        }
    }
}
