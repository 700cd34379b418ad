//! A JSON object as a list of its entries, in the order in which they were sent (04 section 2.2 rule 4).

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};

/// A key of an object.
pub(super) trait Key: Sized + PartialEq {
    /// Reads the key; none when it is no key of this kind.
    fn read(text: &str) -> Option<Self>;
}

impl Key for String {
    fn read(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }
}

impl Key for uuid::Uuid {
    fn read(text: &str) -> Option<Self> {
        const LENGTH: usize = 36;
        Some(text).filter(|t| t.len() == LENGTH).and_then(|t| t.parse().ok())
    }
}

/// The entries in order; of a key that comes twice the last value counts, at the place of the first.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entries<K, V>(pub Vec<(K, V)>);

impl<'de, K: Key, V: Deserialize<'de>> Deserialize<'de> for Entries<K, V> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(EntriesVisitor(PhantomData))
    }
}

struct EntriesVisitor<K, V>(PhantomData<(K, V)>);

impl<'de, K: Key, V: Deserialize<'de>> Visitor<'de> for EntriesVisitor<K, V> {
    type Value = Entries<K, V>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries: Vec<(K, V)> = Vec::new();
        let mut places = std::collections::HashMap::new();
        while let Some(text) = map.next_key::<String>()? {
            let key = K::read(&text).ok_or_else(|| A::Error::custom(format!("{text:?} is not a UUID")))?;
            let value = map.next_value()?;
            let place = *places.entry(text).or_insert(entries.len());
            match entries.get_mut(place) {
                Some(entry) => entry.1 = value,
                None => entries.push((key, value)),
            }
        }
        Ok(Entries(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::Entries;
    use uuid::Uuid;

    #[test]
    fn entries_keep_the_order_of_the_request() {
        let entries: Entries<String, i32> = serde_json::from_str(r#"{"Z": 1, "A": 2, "M": 3, "A": 4}"#).unwrap();
        assert_eq!(entries.0, [("Z".to_owned(), 1), ("A".to_owned(), 4), ("M".to_owned(), 3)]);
    }

    #[test]
    fn a_key_that_is_no_id_is_refused() {
        let id = Uuid::from_u128(7);
        let read = |key: &str| serde_json::from_str::<Entries<Uuid, i32>>(&format!(r#"{{"{key}": 1}}"#));
        assert_eq!(read(&id.to_string()).unwrap().0, [(id, 1)]);
        assert!(read(&id.simple().to_string()).is_err());
        assert!(read("x").is_err());
        assert!(serde_json::from_str::<Entries<Uuid, i32>>("null").is_err());
    }
}
