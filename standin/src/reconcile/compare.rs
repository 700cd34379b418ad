//! What a difference is: field by field, by the canonical form, in profile `fixed`; by the rules of the live service in `live`.

use std::collections::BTreeSet;

use uuid::Uuid;

use crate::clients::locations::LegacyLocation;
use crate::clients::nomis::{NomisLocation, Profile};
use crate::translate::canonical::{FIELDS, of_dps, of_nomis};
use crate::translate::codes::{NON_ASSOCIATION, SANITATION, UNIT_ATTRIBUTE, USED_FOR};

/// What the two sides say of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The field; in `live` the verdict.
    pub field: String,
    /// NOMIS says.
    pub nomis: String,
    /// DPS says.
    pub dps: String,
}

fn difference(field: &str, nomis: impl ToString, dps: impl ToString) -> Difference {
    Difference { field: field.to_owned(), nomis: nomis.to_string(), dps: dps.to_string() }
}

/// Where the key is in the canonical form, and the three capacities.
const KEY: usize = 0;
const CAPACITIES: [usize; 3] = [6, 7, 8];
const CERTIFIED_NORMAL: usize = 8;

/// All differences of a pair. What can't survive the translation is none; nor is anything about a location that DPS has archived, for DPS
/// refuses NOMIS's changes of it, and NOMIS knows no archive. `parent` is DPS's id of NOMIS's parent.
pub fn differences(nomis: &NomisLocation, dps: &LegacyLocation, parent: Option<Uuid>) -> Vec<Difference> {
    if dps.permanently_deactivated {
        return Vec::new();
    }
    let mut found = Vec::new();
    if nomis.prison_id != dps.prison_id {
        found.push(difference("prison", &nomis.prison_id, &dps.prison_id));
    }
    if nomis.location_code != dps.code {
        found.push(difference("code", &nomis.location_code, &dps.code));
    }
    if parent != dps.parent_id || nomis.parent_location_id.is_some() != dps.parent_id.is_some() {
        let shown = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
        found.push(difference("parent", shown(parent), shown(dps.parent_id)));
    }
    let (of_nomis, of_dps) = (of_nomis(nomis, String::new()), of_dps(dps));
    for (i, name) in FIELDS.iter().enumerate() {
        // The key follows from prison, parent and code. A number that NOMIS does not have is not sent, so DPS keeps its own.
        let no_capacity = nomis.capacity.is_none() && nomis.operational_capacity.is_none();
        let unsent =
            (CAPACITIES.contains(&i) && no_capacity) || (i == CERTIFIED_NORMAL && nomis.cna_capacity.is_none());
        if i != KEY && !unsent && of_nomis.0[i] != of_dps.0[i] {
            found.push(difference(name, &of_nomis.0[i], &of_dps.0[i]));
        }
    }
    found
}

/// The first rule of the live service that fires (08 section 10.2).
pub fn verdict(nomis: &NomisLocation, dps: &LegacyLocation, parent: Option<Uuid>) -> Option<Difference> {
    if dps.permanently_deactivated {
        return None;
    }
    let shown = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
    let number = |n: Option<i32>| n.map(|n| n.to_string()).unwrap_or_default();
    let text = |t: &Option<String>| t.clone().unwrap_or_default();
    let residential = dps.residential_housing_type.is_some();
    let cell = residential && dps.location_type == "CELL";
    let compared_cell = cell && dps.residential_housing_type.as_deref() != Some("HOLDING_CELL");
    let positive = |n: Option<i32>| n.is_some_and(|n| n > 0);
    let capacity = |rule: &str, nomis: Option<i32>, dps: Option<i32>| {
        (compared_cell && positive(nomis) && nomis != dps).then(|| difference(rule, number(nomis), number(dps)))
    };
    let when = |fires: bool, rule: &str, nomis: String, dps: String| fires.then(|| difference(rule, nomis, dps));
    let held = dps.capacity;
    let cna = held.and_then(|c| c.certified_normal_accommodation);
    let certified = dps.certified_cell == Some(true);
    let (profiles, attributes) = (valid_profiles(nomis), dps.attributes.as_ref().map_or(0, Vec::len));
    let usages = dps.usage.as_ref().map_or(0, Vec::len);
    let (order, name) = (dps.order_within_parent_location, &dps.local_name);
    let tracking = dps.internal_movement_allowed;
    let rules = [
        when(
            parent != dps.parent_id || nomis.parent_location_id.is_some() != dps.parent_id.is_some(),
            "Parent mismatch",
            shown(parent),
            shown(dps.parent_id),
        ),
        when(nomis.location_code != dps.code, "Location code mismatch", nomis.location_code.clone(), dps.code.clone()),
        when(nomis.prison_id != dps.prison_id, "Prison id mismatch", nomis.prison_id.clone(), dps.prison_id.clone()),
        when(nomis.list_sequence != order, "order mismatch", number(nomis.list_sequence), number(order)),
        when(
            nomis.unit_type.is_some() != residential,
            "Housing type mismatch",
            text(&nomis.unit_type),
            text(&dps.residential_housing_type),
        ),
        when(nomis.user_description != *name, "Local Name mismatch", text(&nomis.user_description), text(name)),
        capacity("Cell operational capacity mismatch", nomis.operational_capacity, held.map(|c| c.working_capacity)),
        capacity("Cell max capacity mismatch", nomis.capacity, held.map(|c| c.max_capacity)),
        when(
            compared_cell && positive(nomis.cna_capacity) && nomis.certified != certified,
            "Cell certification mismatch",
            nomis.certified.to_string(),
            certified.to_string(),
        ),
        capacity("Cell CNA capacity mismatch", nomis.cna_capacity, cna),
        when(cell && profiles != attributes, "Cell attributes mismatch", profiles.to_string(), attributes.to_string()),
        when(
            !residential && nomis.usages.len() != usages,
            "Location usage mismatch",
            nomis.usages.len().to_string(),
            usages.to_string(),
        ),
        when(nomis.active != dps.active, "Active mismatch", nomis.active.to_string(), dps.active.to_string()),
        when(
            !residential && nomis.active && Some(nomis.tracking) != tracking,
            "Tracking mismatch",
            nomis.tracking.to_string(),
            tracking.map(|t| t.to_string()).unwrap_or_default(),
        ),
    ];
    rules.into_iter().flatten().next()
}

/// How many profiles the live check counts (08 section 10.4).
fn valid_profiles(nomis: &NomisLocation) -> usize {
    const INVALID: [(&str, &str); 8] = [
        (USED_FOR, "S"),
        (USED_FOR, "BM"),
        (USED_FOR, "MB"),
        (USED_FOR, "0"),
        (SANITATION, "ABC"),
        (SANITATION, "TVP"),
        (SANITATION, "ST"),
        (UNIT_ATTRIBUTE, "LISTENER"),
    ];
    let counted = |p: &&Profile| {
        p.profile_type != NON_ASSOCIATION && !INVALID.contains(&(p.profile_type.as_str(), p.profile_code.as_str()))
    };
    let code = |p: &Profile| match (p.profile_type.as_str(), p.profile_code.as_str()) {
        (_, "N/A") => "NA".to_owned(),
        (USED_FOR, "V") => "7".to_owned(),
        (_, code) => code.to_owned(),
    };
    let distinct: BTreeSet<(String, String)> =
        nomis.profiles.iter().filter(counted).map(|p| (p.profile_type.clone(), code(p))).collect();
    distinct.len()
}
