//! DPS to NOMIS (08 section 3.6): the source is the legacy form of a location.

use std::collections::BTreeSet;

use super::codes::{
    ATTRIBUTES, FURTHER_REASONS_OUT, HOUSING_TYPES, LOCATION_TYPES, OLD_OTHER_USAGE, REASONS_OUT, SAFE_CELL,
    UNIT_ATTRIBUTE, USAGES,
};
use super::to_dps::{attribute_in, location_type_in, usage_in};
use super::{LONGEST_COMMENT, LONGEST_USER_DESCRIPTION, Rules, Untranslatable, cut, forward, untranslatable};
use crate::clients::locations::LegacyLocation;
use crate::clients::nomis::{CapacityBody, Certification, Common, Create, Deactivate, NomisLocation, Profile, Usage};

/// A location in NOMIS's words, and what was left out on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Translated<T> {
    /// The body.
    pub body: T,
    /// What NOMIS does not get.
    pub left_out: Vec<Untranslatable>,
}

/// The body that creates a location below this parent.
///
/// # Errors
/// For what has no translation, unless the rules leave it out.
pub fn create(dps: &LegacyLocation, parent: Option<i64>, rules: Rules) -> Result<Translated<Create>, Untranslatable> {
    let Translated { body: mut common, left_out } = update(dps, parent, None, rules)?;
    // Tracking and activity are only told to a new location.
    common.tracking = Some(dps.internal_movement_allowed.unwrap_or(true));
    let body =
        Create { prison_id: dps.prison_id.clone(), common, capacity: capacity(dps), certification: certification(dps) };
    Ok(Translated { body, left_out })
}

/// The body that changes a location. `current` is what NOMIS has; with it, and rules that merge, what NOMIS alone holds stays.
///
/// # Errors
/// For what has no translation, unless the rules leave it out.
pub fn update(
    dps: &LegacyLocation,
    parent: Option<i64>,
    current: Option<&NomisLocation>,
    rules: Rules,
) -> Result<Translated<Common>, Untranslatable> {
    let current = current.filter(|_| rules.merges);
    let mut left_out = Vec::new();
    let profiles = profiles(dps, current, rules, &mut left_out)?;
    let text = |text: &Option<String>, length| match text {
        Some(text) if rules.cuts_texts => Some(cut(text, length)),
        other => other.clone(),
    };
    let body = Common {
        location_code: dps.code.clone(),
        location_type: location_type(&dps.location_type, current)?,
        description: dps.key.clone(),
        parent_location_id: parent,
        user_description: text(&dps.local_name, LONGEST_USER_DESCRIPTION),
        comment: text(&dps.comments, LONGEST_COMMENT),
        unit_type: dps.residential_housing_type.as_deref().map(unit_type).transpose()?,
        list_sequence: dps.order_within_parent_location,
        tracking: dps.internal_movement_allowed,
        active: dps.active,
        profiles,
        usages: usages(dps, current)?,
    };
    Ok(Translated { body, left_out })
}

/// The type; where NOMIS has an older code of the same meaning, that one stays (08 section 3.8, L1).
fn location_type(dps: &str, current: Option<&NomisLocation>) -> Result<String, Untranslatable> {
    if let Some(current) = current
        && location_type_in(&current.location_type) == Some(dps)
    {
        return Ok(current.location_type.clone());
    }
    forward(&LOCATION_TYPES, dps).map(str::to_owned).ok_or_else(|| untranslatable("location type", dps))
}

fn unit_type(dps: &str) -> Result<String, Untranslatable> {
    forward(&HOUSING_TYPES, dps).map(str::to_owned).ok_or_else(|| untranslatable("housing type", dps))
}

fn profiles(
    dps: &LegacyLocation,
    current: Option<&NomisLocation>,
    rules: Rules,
    left_out: &mut Vec<Untranslatable>,
) -> Result<Vec<Profile>, Untranslatable> {
    let attributes: BTreeSet<&str> = dps.attributes.iter().flatten().map(String::as_str).collect();
    let held = current.map(|c| c.profiles.as_slice()).unwrap_or_default();
    let mut profiles: BTreeSet<Profile> = BTreeSet::new();
    for profile in held {
        let known = attribute_in(profile, rules);
        // Only DPS can take away what it knows; profiles of non-residential locations it never knows.
        if known.is_none_or(|name| attributes.contains(name)) || dps.attributes.is_none() {
            profiles.insert(profile.clone());
        }
    }
    for name in attributes {
        if profiles.iter().any(|profile| attribute_in(profile, rules) == Some(name)) {
            continue;
        }
        match attribute_out(name, rules) {
            Some(profile) => drop(profiles.insert(profile)),
            None if rules.leaves_out => left_out.push(untranslatable("attribute", name)),
            None => return Err(untranslatable("attribute", name)),
        }
    }
    Ok(profiles.into_iter().collect())
}

/// The profile of an attribute; none for those that NOMIS has no code for.
fn attribute_out(name: &str, rules: Rules) -> Option<Profile> {
    let profile = |kind: &str, code: &str| Profile { profile_type: kind.to_owned(), profile_code: code.to_owned() };
    if name == SAFE_CELL && !rules.safe_cell_is_sc {
        return Some(profile(UNIT_ATTRIBUTE, SAFE_CELL));
    }
    ATTRIBUTES.iter().find(|(dps, ..)| *dps == name).map(|(_, kind, code)| profile(kind, code))
}

fn usages(dps: &LegacyLocation, current: Option<&NomisLocation>) -> Result<Vec<Usage>, Untranslatable> {
    let held = current.map(|c| c.usages.as_slice()).unwrap_or_default();
    let Some(wanted) = &dps.usage else {
        // A residential location has no usages in DPS: those of NOMIS are its own (08 section 3.8, L13).
        return Ok(held.to_vec());
    };
    let mut usages = Vec::new();
    for usage in wanted {
        let code = forward(&USAGES, &usage.usage_type).ok_or_else(|| untranslatable("usage", &usage.usage_type))?;
        let same = held.iter().find(|h| usage_in(&h.internal_location_usage_type) == Some(usage.usage_type.as_str()));
        let code = same.map_or(code, |h| h.internal_location_usage_type.as_str());
        // A sequence that NOMIS does not have is 0 in DPS (08 section 3.8, L3).
        let unset = same.is_some_and(|h| h.sequence.is_none()) && usage.sequence == 0;
        usages.push(Usage {
            internal_location_usage_type: code.to_owned(),
            capacity: usage.capacity,
            sequence: (!unset).then_some(usage.sequence),
        });
    }
    usages.sort();
    Ok(usages)
}

/// The same usage under the name that prisons without OTHER have (X15).
pub fn other_as_oth(usage: &Usage) -> Usage {
    let mut usage = usage.clone();
    if usage.internal_location_usage_type == "OTHER" {
        usage.internal_location_usage_type = OLD_OTHER_USAGE.to_owned();
    }
    usage
}

/// The capacities.
pub fn capacity(dps: &LegacyLocation) -> CapacityBody {
    CapacityBody {
        capacity: dps.capacity.map(|c| c.max_capacity),
        operational_capacity: dps.capacity.map(|c| c.working_capacity),
    }
}

/// The certification: a number and a flag always.
pub fn certification(dps: &LegacyLocation) -> Certification {
    Certification {
        cna_capacity: dps.capacity.and_then(|c| c.certified_normal_accommodation).unwrap_or(0),
        certified: dps.certified_cell.unwrap_or(false),
    }
}

/// NOMIS's letter for a reason; none for those that have none.
pub fn reason(dps: &str, rules: Rules) -> Option<&'static str> {
    let further = || forward(&FURTHER_REASONS_OUT, dps).filter(|_| rules.all_reasons);
    forward(&REASONS_OUT, dps).or_else(further)
}

/// The body of a deactivation.
pub fn deactivation(dps: &LegacyLocation, rules: Rules) -> Deactivate {
    Deactivate {
        deactivate_date: dps.deactivated_date,
        reason_code: dps.deactivated_reason.as_deref().and_then(|r| reason(r, rules)).map(str::to_owned),
        reactivate_date: dps.proposed_reactivation_date,
        force: true,
    }
}
