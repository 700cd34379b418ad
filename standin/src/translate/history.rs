//! NOMIS's amendments as history rows of DPS, for the migration (08 section 2.4).

use super::{Untranslatable, untranslatable};
use crate::clients::locations::History;
use crate::clients::nomis::Amendment;

/// NOMIS's labels, and the attributes of DPS.
const LABELS: [(&str, &str); 14] = [
    ("Unit Type", "RESIDENTIAL_HOUSING_TYPE"),
    ("Active", "ACTIVE"),
    ("Living Unit Id", "CODE"),
    ("Comments", "COMMENTS"),
    ("Accommodation Type", "LOCATION_TYPE"),
    ("Certified", "CERTIFIED"),
    ("Description", "DESCRIPTION"),
    ("Baseline CNA", "CERTIFIED_CAPACITY"),
    ("Operational Capacity", "OPERATIONAL_CAPACITY"),
    ("Deactivate Reason", "DEACTIVATED_REASON"),
    ("Proposed Reactivate Date", "PROPOSED_REACTIVATION_DATE"),
    ("Sequence", "ORDER_WITHIN_PARENT_LOCATION"),
    ("Deactivate Date", "DEACTIVATED_DATE"),
    ("Maximum Capacity", "CAPACITY"),
];

/// The history row of an amendment.
///
/// # Errors
/// For a label that is not in the list.
pub fn history(amendment: &Amendment) -> Result<History, Untranslatable> {
    let attribute = match amendment.column_name.as_deref() {
        None => "ATTRIBUTES",
        Some(label) => LABELS
            .iter()
            .find(|(known, _)| *known == label)
            .map(|(_, attribute)| *attribute)
            .ok_or_else(|| untranslatable("amended column", label))?,
    };
    Ok(History {
        attribute,
        old_value: amendment.old_value.clone(),
        new_value: amendment.new_value.clone(),
        amended_by: amendment.amended_by.clone(),
        amended_date: amendment.amend_date_time,
    })
}
