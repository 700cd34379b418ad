//! Constraints on values: of fields of a body (400 with code 102), and of path and query values (400 without a code).

use std::fmt;
use std::ops::RangeInclusive;

use utoipa::IntoParams;

use super::error::ApiError;
use super::reading::Constant;

/// A field that breaks its constraint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Path of the field in the body, as `capacity.maxCapacity`.
    pub field: String,
    /// What is wrong with it, in words.
    pub message: String,
}

impl Violation {
    /// A field with what is wrong with it.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.message)
    }
}

/// A body whose fields have constraints beyond their types. They are checked before the role is (07 section 1.1).
pub trait Check {
    /// All constraints that are broken.
    fn violations(&self) -> Vec<Violation> {
        Vec::new()
    }
}

/// Lists at the top of a body have no constraints of their own.
impl<T> Check for Vec<T> {}
impl Check for serde_json::Value {}

/// Says that a text must have a length in this range, in UTF-16 units, as the live service counts.
pub fn length(field: &str, text: &str, range: RangeInclusive<usize>) -> Option<Violation> {
    (!range.contains(&utf16_length(text)))
        .then(|| Violation::new(field, format!("size must be between {} and {}", range.start(), range.end())))
}

/// The same for a text that may be missing.
pub fn optional_length(field: &str, text: Option<&str>, range: RangeInclusive<usize>) -> Option<Violation> {
    text.and_then(|text| length(field, text, range))
}

/// Says that a text must hold something besides blanks.
pub fn not_blank(field: &str, text: &str) -> Option<Violation> {
    text.trim().is_empty().then(|| Violation::new(field, "must not be blank"))
}

/// Says that a number must be in this range.
pub fn between(field: &str, number: i32, range: RangeInclusive<i32>) -> Option<Violation> {
    (!range.contains(&number))
        .then(|| Violation::new(field, format!("must be between {} and {}", range.start(), range.end())))
}

/// Says that a field of a body must be a prison id (07 section 2.4 rule 4).
pub fn prison_field(field: &str, text: &str) -> Option<Violation> {
    (!is_prison_id(text)).then(|| Violation::new(field, PRISON_ID_RULE))
}

const PRISON_ID_RULE: &str = "Prison ID must be 3 characters ending in an I or ZZGHI";

/// Whether the whole text is `[A-Z]{2}I` or `ZZGHI` (07 section 2.4 rule 4).
pub fn is_prison_id(text: &str) -> bool {
    text == "ZZGHI" || matches!(text.as_bytes(), [a, b, b'I'] if a.is_ascii_uppercase() && b.is_ascii_uppercase())
}

/// The prison id of a path or query; checked after the role (07 section 1.1).
///
/// # Errors
/// 400 without a code when it is none.
pub fn prison_id(text: &str) -> Result<&str, ApiError> {
    if is_prison_id(text) { Ok(text) } else { Err(ApiError::bad_request(format!("prisonId: {PRISON_ID_RULE}"))) }
}

/// The prison id of a path, for the OpenAPI document; its rule is [`prison_id`].
#[derive(IntoParams)]
#[into_params(parameter_in = Path, rename_all = "camelCase")]
pub struct PrisonIdParam {
    /// Prison Id
    #[param(min_length = 3, max_length = 5, pattern = "^[A-Z]{2}I|ZZGHI$", example = "MDI")]
    #[expect(dead_code, reason = "only its description is used")]
    prison_id: String,
}

/// A constant of the model in a path, exactly written; blanks around it do not count. Read before the role is checked.
///
/// # Errors
/// 400 without a code for any other text; the error names all constants.
pub fn path_constant<T: Constant>(name: &str, text: &str) -> Result<T, ApiError> {
    text.trim().parse().map_err(|_| {
        let constants: Vec<&str> = T::VARIANTS.iter().map(|constant| (*constant).into()).collect();
        ApiError::bad_request(format!("Parameter {name} must be one of the following {}", constants.join(", ")))
    })
}

/// A text of a path or query whose length is limited, in UTF-16 units; checked after the role.
///
/// # Errors
/// 400 without a code when it is too short or too long.
pub fn parameter_length<'a>(name: &str, text: &'a str, range: RangeInclusive<usize>) -> Result<&'a str, ApiError> {
    match length(name, text, range) {
        None => Ok(text),
        Some(violation) => Err(ApiError::bad_request(violation.to_string())),
    }
}

/// Length of a text as the live service counts it.
fn utf16_length(text: &str) -> usize {
    text.encode_utf16().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prison_ids() {
        for good in ["MDI", "LEI", "ZZGHI"] {
            assert_eq!(prison_id(good).unwrap(), good);
        }
        for bad in ["", " ", "mdi", "MDIX", "XYZ", "MDI ", "ZZGHIX", "zzghi", "ÄBI", "M1I", "\nMDI"] {
            let error = prison_id(bad).unwrap_err();
            assert_eq!(error.status(), 400, "{bad}");
            assert_eq!(error.error_code(), None);
        }
    }

    #[test]
    fn lengths_count_as_the_live_service_counts() {
        assert_eq!(length("code", "\u{1F600}", 1..=1).unwrap().message, "size must be between 1 and 1");
        assert_eq!(length("code", "é", 1..=1), None);
        assert_eq!(length("code", "", 1..=12).unwrap().field, "code");
        assert_eq!(optional_length("localName", None, 1..=80), None);
    }

    #[test]
    fn all_broken_constraints_are_named() {
        let error = ApiError::constraints(&[
            prison_field("prisonId", "XXX").unwrap(),
            between("capacity.maxCapacity", 100, 0..=99).unwrap(),
            not_blank("reason", " ").unwrap(),
        ]);
        assert_eq!(error.error_code(), Some(102));
        assert_eq!(
            error.body().developer_message,
            "prisonId: Prison ID must be 3 characters ending in an I or ZZGHI, \
             capacity.maxCapacity: must be between 0 and 99, reason: must not be blank"
        );
    }
}
