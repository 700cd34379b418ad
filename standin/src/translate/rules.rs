//! The one place where the profiles differ in translation (08 section 15.8).

use crate::common::settings::Profile;

/// How codes and texts are translated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// SAFE_CELL goes out as SC, and the code SAFE_CELL is understood when it comes in (X6).
    pub safe_cell_is_sc: bool,
    /// What NOMIS alone holds stays when DPS changes a location (X7).
    pub merges: bool,
    /// Long texts are cut for NOMIS; a cut text that comes back does not overwrite the long one (X8).
    pub cuts_texts: bool,
    /// All DPS reasons have a letter (X9).
    pub all_reasons: bool,
    /// An attribute without a code is left out and reported instead of failing the message (X15).
    pub leaves_out: bool,
}

impl Rules {
    /// The rules of a profile.
    pub fn of(profile: Profile) -> Self {
        let fixed = profile == Profile::Fixed;
        Self { safe_cell_is_sc: fixed, merges: fixed, cuts_texts: fixed, all_reasons: fixed, leaves_out: fixed }
    }
}
