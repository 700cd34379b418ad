//! How JSON fields and query parameters are read: as leniently, and as strictly, as the live service does
//! (07 section 2.4, and what the recorded exchanges show).
//!
//! Each function is named in `#[serde(deserialize_with = "reading::...")]`. The plain ones are for fields that must not
//! be null; with `#[serde(default)]` beside them a field may be absent, yet null stays an error, as there. The
//! `optional_` ones take null, and want `#[serde(default)]` too.
//!
//! | Kind | Takes besides its own kind |
//! |---|---|
//! | text | numbers and booleans, by their text |
//! | integer | decimals, cut; numbers in quotes. Not booleans |
//! | boolean | whole numbers (0 is false); `"true"`, `"True"`, `"TRUE"` and the like of false |
//! | date | a date-time, cut; days since 1970; `[]` for null |
//! | date-time | one with `Z`, which is ignored; seconds may be missing; `[]` for null |
//! | id | 36 characters only |
//! | constant | nothing: no other case, no number (decisions B3), no empty text |
//!
//! An empty text is null for numbers, booleans, dates and ids.

pub mod map;
pub mod query;
mod scalar;

use std::str::FromStr;

use chrono::{NaiveDate, NaiveDateTime};
use serde::de::{Deserialize, Deserializer, Error};
use strum::VariantArray;
use uuid::Uuid;

use scalar::Scalar;
pub(super) use scalar::parse_id;

/// A text that must not be null.
///
/// # Errors
/// For null, a list or an object.
pub fn text<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    required(optional_text(from)?)
}

/// A text, or null.
///
/// # Errors
/// For a list or an object.
pub fn optional_text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Scalar::deserialize(from)?.text().map_err(Error::custom)
}

/// A whole number that must not be null.
///
/// # Errors
/// For null and whatever is no number of 32 bits.
pub fn integer<'de, D: Deserializer<'de>>(from: D) -> Result<i32, D::Error> {
    required(optional_integer(from)?)
}

/// A whole number, or null.
///
/// # Errors
/// For whatever is no number of 32 bits.
pub fn optional_integer<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i32>, D::Error> {
    Scalar::deserialize(from)?.integer().map_err(Error::custom)
}

/// A boolean that must not be null.
///
/// # Errors
/// For null and whatever is no boolean.
pub fn boolean<'de, D: Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    required(optional_boolean(from)?)
}

/// A boolean, or null.
///
/// # Errors
/// For whatever is no boolean.
pub fn optional_boolean<'de, D: Deserializer<'de>>(from: D) -> Result<Option<bool>, D::Error> {
    Scalar::deserialize(from)?.boolean().map_err(Error::custom)
}

/// An id that must not be null.
///
/// # Errors
/// For null and whatever is no id of 36 characters.
pub fn id<'de, D: Deserializer<'de>>(from: D) -> Result<Uuid, D::Error> {
    required(optional_id(from)?)
}

/// An id, or null.
///
/// # Errors
/// For whatever is no id of 36 characters.
pub fn optional_id<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Uuid>, D::Error> {
    Scalar::deserialize(from)?.id().map_err(Error::custom)
}

/// A date that must not be null.
///
/// # Errors
/// For null and whatever is no date.
pub fn date<'de, D: Deserializer<'de>>(from: D) -> Result<NaiveDate, D::Error> {
    required(optional_date(from)?)
}

/// A date, or null.
///
/// # Errors
/// For whatever is no date.
pub fn optional_date<'de, D: Deserializer<'de>>(from: D) -> Result<Option<NaiveDate>, D::Error> {
    Scalar::deserialize(from)?.date().map_err(Error::custom)
}

/// A date-time without zone that must not be null.
///
/// # Errors
/// For null and whatever is no date-time.
pub fn date_time<'de, D: Deserializer<'de>>(from: D) -> Result<NaiveDateTime, D::Error> {
    required(optional_date_time(from)?)
}

/// A date-time without zone, or null.
///
/// # Errors
/// For whatever is no date-time.
pub fn optional_date_time<'de, D: Deserializer<'de>>(from: D) -> Result<Option<NaiveDateTime>, D::Error> {
    Scalar::deserialize(from)?.date_time().map_err(Error::custom)
}

/// A constant of the model that must not be null.
///
/// # Errors
/// For null and whatever is no constant of the list; the error names them all.
pub fn constant<'de, D: Deserializer<'de>, T: Constant>(from: D) -> Result<T, D::Error> {
    required(optional_constant(from)?)
}

/// A constant of the model, or null.
///
/// # Errors
/// For whatever is no constant of the list; the error names them all.
pub fn optional_constant<'de, D: Deserializer<'de>, T: Constant>(from: D) -> Result<Option<T>, D::Error> {
    Scalar::deserialize(from)?.constant().map_err(Error::custom)
}

/// A list of constants, none of them null.
///
/// # Errors
/// For null, whatever is no list, and null or no constant in it.
pub fn constants<'de, D: Deserializer<'de>, T: Constant>(from: D) -> Result<Vec<T>, D::Error> {
    required(optional_constants(from)?)
}

/// A list of constants, none of them null; or null instead of the list.
///
/// # Errors
/// For whatever is no list, and null or no constant in it.
pub fn optional_constants<'de, D: Deserializer<'de>, T: Constant>(from: D) -> Result<Option<Vec<T>>, D::Error> {
    let Some(elements) = Option::<Vec<Scalar>>::deserialize(from)? else { return Ok(None) };
    let constants = elements.into_iter().map(|element| match element.constant() {
        Ok(Some(constant)) => Ok(constant),
        Ok(None) => Err(Error::custom("must not hold null")),
        Err(why) => Err(Error::custom(why)),
    });
    constants.collect::<Result<_, _>>().map(Some)
}

/// A list of texts. Nulls in it are left out: the live service takes them, and nothing is found for them.
///
/// # Errors
/// For null, whatever is no list, and a list or an object in it.
pub fn texts<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    let elements = Vec::<Scalar>::deserialize(from)?;
    elements
        .into_iter()
        .filter_map(|element| element.text().transpose())
        .collect::<Result<_, _>>()
        .map_err(Error::custom)
}

/// A list of ids. Nulls in it are left out, as in [`texts`].
///
/// # Errors
/// For null, whatever is no list, and no id in it.
pub fn ids<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Uuid>, D::Error> {
    let elements = Vec::<Scalar>::deserialize(from)?;
    elements.into_iter().filter_map(|element| element.id().transpose()).collect::<Result<_, _>>().map_err(Error::custom)
}

/// A constant of the model: all lists of reference data are.
pub trait Constant: FromStr + VariantArray + Into<&'static str> + Copy {}
impl<T: FromStr + VariantArray + Into<&'static str> + Copy> Constant for T {}

fn required<T, E: Error>(value: Option<T>) -> Result<T, E> {
    value.ok_or_else(|| Error::custom("must not be null"))
}

#[cfg(test)]
mod tests;
