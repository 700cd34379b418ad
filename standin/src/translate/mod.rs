//! Translation between NOMIS and DPS, both ways (08 section 3). What the two profiles do differently is in [`rules::Rules`], and only there.

pub mod canonical;
pub mod codes;
pub mod history;
pub mod rules;
pub mod to_dps;
pub mod to_nomis;

#[cfg(test)]
mod tests;

pub use rules::Rules;

/// The longest USER_DESC, in characters (08 section 2.1).
pub const LONGEST_USER_DESCRIPTION: usize = 40;
/// The longest COMMENT_TEXT, in characters (08 section 2.1).
pub const LONGEST_COMMENT: usize = 240;

/// Something that has no translation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} {value} has no translation")]
pub struct Untranslatable {
    /// What it is: `location type`, `attribute` and so on.
    pub what: &'static str,
    /// The constant or code.
    pub value: String,
}

fn untranslatable(what: &'static str, value: &str) -> Untranslatable {
    Untranslatable { what, value: value.to_owned() }
}

/// The second of the pair with this first one.
fn forward(list: &[(&'static str, &'static str)], first: &str) -> Option<&'static str> {
    list.iter().find(|(dps, _)| *dps == first).map(|(_, nomis)| *nomis)
}

/// The first of the pair with this second one.
fn backward(list: &[(&'static str, &'static str)], second: &str) -> Option<&'static str> {
    list.iter().find(|(_, nomis)| *nomis == second).map(|(dps, _)| *dps)
}

/// The first so many characters.
pub fn cut(text: &str, length: usize) -> String {
    text.chars().take(length).collect()
}
