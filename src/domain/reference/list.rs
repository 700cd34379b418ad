//! Lists of constants in one text column, separated by commas: `residential_structure`, and several columns of approval
//! requests and certificates (01 section 2.1).

use std::str::FromStr;

/// The constants joined with commas, without blanks; the empty text for none.
pub fn join_constants<T: Into<&'static str>>(constants: impl IntoIterator<Item = T>) -> String {
    let names: Vec<&str> = constants.into_iter().map(Into::into).collect();
    names.join(",")
}

/// Reads a list of constants in its order; blanks around a constant and empty elements do not count.
///
/// # Errors
/// When an element is no constant of the type.
pub fn parse_constants<T: FromStr>(text: &str) -> Result<Vec<T>, T::Err> {
    text.split(',').map(str::trim).filter(|name| !name.is_empty()).map(T::from_str).collect()
}
