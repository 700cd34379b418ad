//! A JSON value that is neither list nor object, before one knows what it should be.

use std::fmt;

use chrono::{Days, NaiveDate, NaiveDateTime};
use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use uuid::Uuid;

use super::Constant;

/// What was sent.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Scalar {
    Null,
    Boolean(bool),
    Integer(i64),
    /// A decimal, or a whole number beyond 64 bits.
    Number(f64),
    Text(String),
    /// `[]`, which stands for null where a date should be.
    EmptyList,
}

/// Why a value is none of its kind, in words.
type Reason = String;

impl Scalar {
    pub(super) fn text(self) -> Result<Option<String>, Reason> {
        match self {
            Self::Null => Ok(None),
            Self::Text(text) => Ok(Some(text)),
            Self::Boolean(_) | Self::Integer(_) | Self::Number(_) => Ok(Some(self.to_string())),
            Self::EmptyList => Err(self.is_no("a text")),
        }
    }

    pub(super) fn integer(self) -> Result<Option<i32>, Reason> {
        const KIND: &str = "a whole number";
        match &self {
            Self::Null => Ok(None),
            Self::Integer(number) => i32::try_from(*number).map(Some).map_err(|_| self.is_no(KIND)),
            Self::Number(number) => whole(*number).map(Some).ok_or_else(|| self.is_no(KIND)),
            Self::Text(text) if text.trim().is_empty() => Ok(None),
            Self::Text(text) => text.trim().parse().map(Some).map_err(|_| self.is_no(KIND)),
            Self::Boolean(_) | Self::EmptyList => Err(self.is_no(KIND)),
        }
    }

    pub(super) fn boolean(self) -> Result<Option<bool>, Reason> {
        match &self {
            Self::Null => Ok(None),
            Self::Boolean(boolean) => Ok(Some(*boolean)),
            Self::Integer(number) => Ok(Some(*number != 0)),
            Self::Text(text) => match text.trim() {
                "" => Ok(None),
                "true" | "True" | "TRUE" => Ok(Some(true)),
                "false" | "False" | "FALSE" => Ok(Some(false)),
                _ => Err(self.is_no("true or false")),
            },
            Self::Number(_) | Self::EmptyList => Err(self.is_no("true or false")),
        }
    }

    pub(super) fn id(self) -> Result<Option<Uuid>, Reason> {
        match &self {
            Self::Null => Ok(None),
            Self::Text(text) if text.trim().is_empty() => Ok(None),
            Self::Text(text) => parse_id(text.trim()).map(Some).ok_or_else(|| self.is_no("a UUID")),
            _ => Err(self.is_no("a UUID")),
        }
    }

    pub(super) fn date(self) -> Result<Option<NaiveDate>, Reason> {
        const KIND: &str = "a date (YYYY-MM-DD)";
        match &self {
            Self::Null | Self::EmptyList => Ok(None),
            Self::Integer(days) => days_since_1970(*days).map(Some).ok_or_else(|| self.is_no(KIND)),
            Self::Text(text) if text.trim().is_empty() => Ok(None),
            Self::Text(text) => parse_date(text.trim())
                .or_else(|| parse_date_time(text.trim()).map(|at| at.date()))
                .map(Some)
                .ok_or_else(|| self.is_no(KIND)),
            Self::Boolean(_) | Self::Number(_) => Err(self.is_no(KIND)),
        }
    }

    pub(super) fn date_time(self) -> Result<Option<NaiveDateTime>, Reason> {
        const KIND: &str = "a date-time (YYYY-MM-DDTHH:MM:SS)";
        match &self {
            Self::Null | Self::EmptyList => Ok(None),
            Self::Text(text) if text.trim().is_empty() => Ok(None),
            Self::Text(text) => parse_date_time(text.trim()).map(Some).ok_or_else(|| self.is_no(KIND)),
            _ => Err(self.is_no(KIND)),
        }
    }

    pub(super) fn constant<T: Constant>(self) -> Result<Option<T>, Reason> {
        match &self {
            Self::Null => Ok(None),
            Self::Text(text) => text.parse().map(Some).map_err(|_| self.is_no(&one_of::<T>())),
            _ => Err(self.is_no(&one_of::<T>())),
        }
    }

    /// `must be a whole number, not "x"`. What was sent is cut, so that an answer can't be made as long as a request.
    fn is_no(&self, kind: &str) -> Reason {
        const SHOWN: usize = 40;
        match self {
            Self::Text(text) if text.chars().count() > SHOWN => {
                let start: String = text.chars().take(SHOWN).collect();
                format!("must be {kind}, not {:?}...", start)
            }
            Self::Text(text) => format!("must be {kind}, not {text:?}"),
            other => format!("must be {kind}, not {other}"),
        }
    }
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Boolean(boolean) => boolean.fmt(f),
            Self::Integer(number) => number.fmt(f),
            // `{:?}` keeps the `.0` that JSON has too.
            Self::Number(number) => write!(f, "{number:?}"),
            Self::Text(text) => f.write_str(text),
            Self::EmptyList => f.write_str("a list"),
        }
    }
}

/// The constants of a list, as they are named in errors.
pub(super) fn one_of<T: Constant>() -> String {
    let names: Vec<&'static str> = T::VARIANTS.iter().map(|constant| (*constant).into()).collect();
    format!("one of {}", names.join(", "))
}

/// A decimal cut to a whole number of 32 bits.
#[expect(clippy::cast_possible_truncation, reason = "the range is checked before")]
fn whole(number: f64) -> Option<i32> {
    let cut = number.trunc();
    (f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&cut).then_some(cut as i32)
}

/// An id in its form of 36 characters; the other forms of a UUID are none here.
pub(in crate::api) fn parse_id(text: &str) -> Option<Uuid> {
    if text.len() == 36 { Uuid::try_parse(text).ok() } else { None }
}

fn days_since_1970(days: i64) -> Option<NaiveDate> {
    let epoch = NaiveDate::from_ymd_opt(1970, 1, 1)?;
    let count = Days::new(days.unsigned_abs());
    if days < 0 { epoch.checked_sub_days(count) } else { epoch.checked_add_days(count) }
}

/// `YYYY-MM-DD` with exactly so many digits.
fn parse_date(text: &str) -> Option<NaiveDate> {
    let digits = |range: std::ops::Range<usize>| -> Option<u32> {
        let part = text.get(range)?;
        if part.bytes().all(|b| b.is_ascii_digit()) { part.parse().ok() } else { None }
    };
    if text.len() != 10 || text.get(4..5) != Some("-") || text.get(7..8) != Some("-") {
        return None;
    }
    NaiveDate::from_ymd_opt(i32::try_from(digits(0..4)?).ok()?, digits(5..7)?, digits(8..10)?)
}

/// `YYYY-MM-DDTHH:MM[:SS[.f]]`, of which a `Z` at the end is ignored.
fn parse_date_time(text: &str) -> Option<NaiveDateTime> {
    let (date, time) = text.strip_suffix('Z').unwrap_or(text).split_once('T')?;
    let mut parts = time.split(':');
    let two = |part: &str| -> Option<u32> {
        if part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit()) { part.parse().ok() } else { None }
    };
    let (hour, minute) = (two(parts.next()?)?, two(parts.next()?)?);
    let (second, nanos) = match parts.next() {
        None => (0, 0),
        Some(part) => match part.split_once('.') {
            None => (two(part)?, 0),
            Some((second, fraction)) => (two(second)?, nanoseconds(fraction)?),
        },
    };
    if parts.next().is_some() {
        return None;
    }
    parse_date(date)?.and_hms_nano_opt(hour, minute, second, nanos)
}

/// Up to nine digits after the point.
fn nanoseconds(fraction: &str) -> Option<u32> {
    if fraction.len() > 9 || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    format!("{fraction:0<9}").parse().ok()
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(ScalarVisitor)
    }
}

struct ScalarVisitor;

impl<'de> Visitor<'de> for ScalarVisitor {
    type Value = Scalar;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a single value")
    }

    fn visit_unit<E: Error>(self) -> Result<Scalar, E> {
        Ok(Scalar::Null)
    }

    fn visit_none<E: Error>(self) -> Result<Scalar, E> {
        Ok(Scalar::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, from: D) -> Result<Scalar, D::Error> {
        from.deserialize_any(self)
    }

    fn visit_bool<E: Error>(self, boolean: bool) -> Result<Scalar, E> {
        Ok(Scalar::Boolean(boolean))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Scalar, E> {
        Ok(Scalar::Integer(number))
    }

    #[expect(clippy::cast_precision_loss, reason = "beyond 64 bits only the size matters")]
    fn visit_u64<E: Error>(self, number: u64) -> Result<Scalar, E> {
        Ok(i64::try_from(number).map_or(Scalar::Number(number as f64), Scalar::Integer))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Scalar, E> {
        Ok(Scalar::Number(number))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Scalar, E> {
        Ok(Scalar::Text(text.to_owned()))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Scalar, E> {
        Ok(Scalar::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Scalar, A::Error> {
        match list.next_element::<IgnoredAny>()? {
            None => Ok(Scalar::EmptyList),
            Some(_) => Err(Error::custom("must be a single value, not a list")),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<Scalar, A::Error> {
        Err(Error::custom("must be a single value, not an object"))
    }
}
