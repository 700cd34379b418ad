//! Query parameters (07 section 2.4 rule 3, 03 section 1.8): each is optional, an empty value means "not given", of a
//! repeated one the first counts. All fields of a query want `#[serde(default, deserialize_with = "...")]`.

use serde::Deserialize;
use serde::de::{Deserializer, Error};
use uuid::Uuid;

use super::Constant;
use super::scalar::{one_of, parse_id};

/// What a query says for one name.
#[derive(Deserialize)]
#[serde(untagged)]
enum Given {
    Once(String),
    Repeated(Vec<String>),
}

impl Given {
    fn all(self) -> Vec<String> {
        match self {
            Self::Once(value) => vec![value],
            Self::Repeated(values) => values,
        }
    }
}

/// The first value, unless it is empty.
fn first<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let first = Given::deserialize(from)?.all().into_iter().next();
    Ok(first.filter(|value| !value.trim().is_empty()))
}

/// `true/on/yes/1` or `false/off/no/0` in any case; false when it is not given.
///
/// # Errors
/// For any other value.
pub fn boolean<'de, D: Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    Ok(optional_boolean(from)?.unwrap_or_default())
}

/// The same for a parameter whose default is not false.
///
/// # Errors
/// For any other value.
pub fn optional_boolean<'de, D: Deserializer<'de>>(from: D) -> Result<Option<bool>, D::Error> {
    let Some(value) = first(from)? else { return Ok(None) };
    match value.trim().to_ascii_lowercase().as_str() {
        "true" | "on" | "yes" | "1" => Ok(Some(true)),
        "false" | "off" | "no" | "0" => Ok(Some(false)),
        _ => Err(Error::custom("must be of type boolean")),
    }
}

/// A whole number of 32 bits.
///
/// # Errors
/// For any other value.
pub fn optional_integer<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i32>, D::Error> {
    let Some(value) = first(from)? else { return Ok(None) };
    value.trim().parse().map(Some).map_err(|_| Error::custom("must be of type integer"))
}

/// An id.
///
/// # Errors
/// For any other value.
pub fn optional_id<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Uuid>, D::Error> {
    let Some(value) = first(from)? else { return Ok(None) };
    parse_id(value.trim()).map(Some).ok_or_else(|| Error::custom("must be of type UUID"))
}

/// A text as it is; an empty one is a text too.
///
/// # Errors
/// Never for a query.
pub fn optional_text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(Given::deserialize(from)?.all().into_iter().next())
}

/// A constant of the model, exactly written; blanks around it do not count.
///
/// # Errors
/// For any other value; the error names all constants.
pub fn optional_constant<'de, D: Deserializer<'de>, T: Constant>(from: D) -> Result<Option<T>, D::Error> {
    let Some(value) = first(from)? else { return Ok(None) };
    value.trim().parse().map(Some).map_err(|_| Error::custom(format!("must be {}", one_of::<T>())))
}

/// Constants of the model, repeated or separated by commas.
///
/// # Errors
/// For any other value; the error names all constants.
pub fn constants<'de, D: Deserializer<'de>, T: Constant>(from: D) -> Result<Vec<T>, D::Error> {
    let given = Given::deserialize(from)?.all();
    let names = given.iter().flat_map(|value| value.split(',')).map(str::trim).filter(|name| !name.is_empty());
    let constants = names.map(|name| name.parse().map_err(|_| Error::custom(format!("must be {}", one_of::<T>()))));
    constants.collect()
}

/// The same for a parameter whose default is not the empty list: given without a value, it is the empty list.
///
/// # Errors
/// See [`constants`].
pub fn optional_constants<'de, D: Deserializer<'de>, T: Constant>(from: D) -> Result<Option<Vec<T>>, D::Error> {
    constants(from).map(Some)
}

/// Texts as they are, in their order.
///
/// # Errors
/// Never for a query.
pub fn texts<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    Ok(Given::deserialize(from)?.all())
}
