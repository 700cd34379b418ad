//! NOMIS to DPS (08 section 3.7): the target is the body of an upsert or a migration.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::codes::{
    ATTRIBUTES, HOUSING_TYPES, LOCATION_TYPES, NON_ASSOCIATION, OLD_ATTRIBUTES, OLD_LOCATION_TYPES, OLD_OTHER_USAGE,
    REASONS_IN, SAFE_CELL, SANITATION, SUPERVISION, UNIT_ATTRIBUTE, USAGES, USED_FOR,
};
use super::{LONGEST_COMMENT, LONGEST_USER_DESCRIPTION, Rules, Untranslatable, backward, cut, untranslatable};
use crate::clients::locations::{Capacity, LegacyLocation, Upsert, Usage};
use crate::clients::nomis::{NomisLocation, Profile};

/// The DPS type of a NOMIS code.
pub fn location_type_in(code: &str) -> Option<&'static str> {
    backward(&LOCATION_TYPES, code).or_else(|| backward(&OLD_LOCATION_TYPES, code))
}

/// The DPS usage of a NOMIS code.
pub fn usage_in(code: &str) -> Option<&'static str> {
    if code == OLD_OTHER_USAGE { Some("OTHER") } else { backward(&USAGES, code) }
}

/// The DPS attribute of a profile; none for those that are dropped.
pub fn attribute_in(profile: &Profile, rules: Rules) -> Option<&'static str> {
    if rules.safe_cell_is_sc && profile.profile_type == UNIT_ATTRIBUTE && profile.profile_code == SAFE_CELL {
        return Some(SAFE_CELL);
    }
    let same = |(_, kind, code): &&(&str, &str, &str)| profile.profile_type == *kind && profile.profile_code == *code;
    ATTRIBUTES.iter().chain(&OLD_ATTRIBUTES).find(same).map(|(dps, ..)| *dps)
}

/// The word that is sent for a NOMIS reason.
fn reason_in(code: &str) -> Option<&'static str> {
    REASONS_IN.iter().find(|(letter, ..)| *letter == code).map(|(_, sent, _)| *sent)
}

/// The DPS reason that comes of a NOMIS one: OTHER where there is none.
pub fn stored_reason(code: Option<&str>) -> &'static str {
    REASONS_IN.iter().find(|(letter, ..)| Some(*letter) == code).map_or("OTHER", |(.., stored)| *stored)
}

/// A location as it is sent, and the profiles that DPS does not know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Translated {
    /// The body.
    pub body: Upsert,
    /// Profiles that were dropped.
    pub dropped: Vec<Profile>,
}

/// The body of an upsert. `id` and `parent` are DPS's; `current` is what DPS has: with it, and rules that cut texts, a text that is only
/// the cut form of DPS's does not overwrite it.
///
/// # Errors
/// For a location type, unit type, usage, reason or profile type that is not in the lists.
pub fn upsert(
    nomis: &NomisLocation,
    id: Option<Uuid>,
    parent: Option<Uuid>,
    current: Option<&LegacyLocation>,
    rules: Rules,
) -> Result<Translated, Untranslatable> {
    let current = current.filter(|_| rules.cuts_texts);
    let (attributes, dropped) = attributes(nomis, rules)?;
    let kept = |text: &Option<String>, held: Option<&String>, length| match held {
        Some(held) if text.as_deref() == Some(cut(held, length).as_str()) => Some(held.clone()),
        _ => text.clone(),
    };
    let local_name = current.and_then(|c| c.local_name.as_ref());
    let comments = current.and_then(|c| c.comments.as_ref());
    let inactive = !nomis.active;
    let body = Upsert {
        id,
        prison_id: nomis.prison_id.clone(),
        code: nomis.location_code.clone(),
        location_type: location_type_in(&nomis.location_type)
            .ok_or_else(|| untranslatable("location type", &nomis.location_type))?
            .to_owned(),
        residential_housing_type: nomis.unit_type.as_deref().map(housing_type).transpose()?,
        local_name: kept(&nomis.user_description, local_name, LONGEST_USER_DESCRIPTION),
        comments: kept(&nomis.comment, comments, LONGEST_COMMENT),
        order_within_parent_location: nomis.list_sequence,
        parent_id: parent,
        parent_location_path: None,
        capacity: capacity(nomis),
        certified_cell: nomis.certified,
        attributes,
        usage: usages(nomis)?,
        internal_movement_allowed: nomis.tracking,
        last_updated_by: nomis.modify_username.clone().unwrap_or_else(|| nomis.create_username.clone()),
        create_date: nomis.create_datetime,
        deactivated_date: nomis.deactivate_date.filter(|_| inactive),
        deactivation_reason: if inactive { Some(reason(nomis)?.to_owned()) } else { None },
        proposed_reactivation_date: nomis.reactivate_date.filter(|_| inactive),
        is_deactivated: inactive,
        history: Vec::new(),
    };
    Ok(Translated { body, dropped })
}

fn housing_type(code: &str) -> Result<String, Untranslatable> {
    backward(&HOUSING_TYPES, code).map(str::to_owned).ok_or_else(|| untranslatable("unit type", code))
}

fn reason(nomis: &NomisLocation) -> Result<&'static str, Untranslatable> {
    match nomis.reason_code.as_deref() {
        None => Ok("OTHER"),
        Some(code) => reason_in(code).ok_or_else(|| untranslatable("reason", code)),
    }
}

fn capacity(nomis: &NomisLocation) -> Option<Capacity> {
    let known = nomis.capacity.is_some() || nomis.operational_capacity.is_some();
    known.then(|| Capacity {
        max_capacity: nomis.capacity.unwrap_or(0),
        working_capacity: nomis.operational_capacity.unwrap_or(0),
        certified_normal_accommodation: nomis.cna_capacity,
    })
}

type Attributes = (Vec<String>, Vec<Profile>);

fn attributes(nomis: &NomisLocation, rules: Rules) -> Result<Attributes, Untranslatable> {
    let mut names: BTreeSet<&str> = BTreeSet::new();
    let mut dropped = Vec::new();
    for profile in &nomis.profiles {
        if ![SANITATION, UNIT_ATTRIBUTE, USED_FOR, SUPERVISION, NON_ASSOCIATION]
            .contains(&profile.profile_type.as_str())
        {
            return Err(untranslatable("profile type", &profile.profile_type));
        }
        match attribute_in(profile, rules) {
            Some(name) => drop(names.insert(name)),
            None => dropped.push(profile.clone()),
        }
    }
    Ok((names.into_iter().map(str::to_owned).collect(), dropped))
}

/// The usages, each once: OTH and OTHER are one.
fn usages(nomis: &NomisLocation) -> Result<Vec<Usage>, Untranslatable> {
    let mut usages: Vec<Usage> = Vec::new();
    for usage in &nomis.usages {
        let code = &usage.internal_location_usage_type;
        let usage_type = usage_in(code).ok_or_else(|| untranslatable("usage", code))?;
        if !usages.iter().any(|u| u.usage_type == usage_type) {
            let sequence = usage.sequence.unwrap_or(0);
            usages.push(Usage { usage_type: usage_type.to_owned(), capacity: usage.capacity, sequence });
        }
    }
    Ok(usages)
}
