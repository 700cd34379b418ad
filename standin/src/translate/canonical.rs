//! The canonical form of a location, from either side (docs/reconciliation.md): what survives the translation, and nothing else. Both the
//! digest of NOMIS's side and the comparison field by field are made of it, so what is no difference is said here only.

use sha2::{Digest as _, Sha256};

use super::codes::HOUSING_TYPES;
use super::to_dps::{attribute_in, location_type_in, stored_reason, usage_in};
use super::{LONGEST_COMMENT, LONGEST_USER_DESCRIPTION, Rules, backward, cut};
use crate::clients::locations::LegacyLocation;
use crate::clients::nomis::NomisLocation;
use crate::common::settings::Profile;

/// Stands between the fields of a canonical form.
const SEPARATOR: char = '\u{1f}';

/// Names of the fields, in their order.
pub const FIELDS: [&str; 15] = [
    "key",
    "location type",
    "housing type",
    "local name",
    "comments",
    "order within parent",
    "maximum capacity",
    "working capacity",
    "certified normal accommodation",
    "certified",
    "attributes",
    "usages",
    "active",
    "deactivation reason",
    "internal movement allowed",
];

/// The fields of a location, texts all. What a side does not know is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Canonical(pub [String; 15]);

impl Canonical {
    /// The first 16 bytes of the SHA-256, as a number.
    pub fn hash(&self) -> u128 {
        let hash = Sha256::digest(self.0.join("\u{1f}").as_bytes());
        hash.iter().take(16).fold(0, |number, byte| (number << 8) | u128::from(*byte))
    }
}

/// What the two sides say of a location, before it is made canonical.
struct Facts<'a> {
    key: String,
    /// DPS's name; NOMIS's code where it has no translation.
    location_type: &'a str,
    housing_type: Option<&'a str>,
    local_name: Option<&'a str>,
    comments: Option<&'a str>,
    order: Option<i32>,
    capacity: [Option<i32>; 3],
    certified: bool,
    attributes: Vec<&'a str>,
    usages: Vec<String>,
    active: bool,
    reason: &'a str,
    internal_movement: bool,
}

impl Facts<'_> {
    fn canonical(self) -> Canonical {
        let residential = self.housing_type.is_some();
        let holding = self.location_type == "CELL" && self.housing_type == Some("HOLDING_CELL");
        let location_type = if holding { "ROOM" } else { self.location_type };
        let cell = residential && location_type == "CELL";
        let when = |shown: bool, value: String| if shown { value } else { String::new() };
        let [max, working, cna] = self.capacity.map(|n| when(cell, n.unwrap_or(0).to_string()));
        let list = |mut parts: Vec<String>| {
            parts.sort_unstable();
            parts.dedup();
            parts.join(",")
        };
        Canonical([
            self.key,
            location_type.to_owned(),
            self.housing_type.unwrap_or_default().to_owned(),
            text(self.local_name, LONGEST_USER_DESCRIPTION),
            text(self.comments, LONGEST_COMMENT),
            self.order.map(|n| n.to_string()).unwrap_or_default(),
            max,
            working,
            cna,
            when(cell, flag(self.certified)),
            when(cell, list(self.attributes.into_iter().map(str::to_owned).collect())),
            when(!residential, list(self.usages)),
            flag(self.active),
            when(residential && !self.active, self.reason.to_owned()),
            when(!residential && self.active, flag(self.internal_movement)),
        ])
    }
}

/// A text as far as NOMIS can hold it; blank counts as none.
fn text(text: Option<&str>, length: usize) -> String {
    let text = text.unwrap_or_default();
    if text.trim().is_empty() { String::new() } else { cut(text, length).replace(SEPARATOR, "") }
}

fn flag(set: bool) -> String {
    if set { "Y" } else { "N" }.to_owned()
}

/// The rules of the canonical form: SAFE_CELL is known by both of its codes.
fn rules() -> Rules {
    Rules::of(Profile::Fixed)
}

/// The form of NOMIS's side. `key` is made of the codes from the top down.
pub fn of_nomis(nomis: &NomisLocation, key: String) -> Canonical {
    let usage = |usage: &crate::clients::nomis::Usage| {
        let code = usage.internal_location_usage_type.as_str();
        shown_usage(usage_in(code).unwrap_or(code), usage.capacity, usage.sequence.unwrap_or(0))
    };
    Facts {
        key,
        location_type: location_type_in(&nomis.location_type).unwrap_or(&nomis.location_type),
        housing_type: nomis.unit_type.as_deref().map(|code| backward(&HOUSING_TYPES, code).unwrap_or(code)),
        local_name: nomis.user_description.as_deref(),
        comments: nomis.comment.as_deref(),
        order: nomis.list_sequence,
        capacity: [nomis.capacity, nomis.operational_capacity, nomis.cna_capacity],
        certified: nomis.certified,
        attributes: nomis.profiles.iter().filter_map(|p| attribute_in(p, rules())).collect(),
        usages: nomis.usages.iter().map(usage).collect(),
        active: nomis.active,
        reason: stored_reason(nomis.reason_code.as_deref()),
        internal_movement: nomis.tracking,
    }
    .canonical()
}

/// The form of DPS's side.
pub fn of_dps(dps: &LegacyLocation) -> Canonical {
    const UNKNOWN_TO_NOMIS: [&str; 5] = ["ELIGIBLE", "INELIGIBLE", "CELL", "LANDING", "WING"];
    const SURVIVING_REASONS: [&str; 5] = ["DAMAGED", "MAINTENANCE", "MOTHBALLED", "REFURBISHMENT", "STAFF_SHORTAGE"];
    let reason = dps.deactivated_reason.as_deref().filter(|r| SURVIVING_REASONS.contains(r)).unwrap_or("OTHER");
    let attributes = dps.attributes.iter().flatten().map(String::as_str);
    Facts {
        key: dps.key.clone(),
        location_type: &dps.location_type,
        housing_type: dps.residential_housing_type.as_deref(),
        local_name: dps.local_name.as_deref(),
        comments: dps.comments.as_deref(),
        order: dps.order_within_parent_location,
        capacity: [
            dps.capacity.map(|c| c.max_capacity),
            dps.capacity.map(|c| c.working_capacity),
            dps.capacity.and_then(|c| c.certified_normal_accommodation),
        ],
        certified: dps.certified_cell == Some(true),
        attributes: attributes.filter(|name| !UNKNOWN_TO_NOMIS.contains(name)).collect(),
        usages: dps.usage.iter().flatten().map(|u| shown_usage(&u.usage_type, u.capacity, u.sequence)).collect(),
        active: dps.active,
        reason,
        internal_movement: dps.internal_movement_allowed != Some(false),
    }
    .canonical()
}

fn shown_usage(name: &str, capacity: Option<i32>, sequence: i32) -> String {
    format!("{name}:{}:{sequence}", capacity.map(|n| n.to_string()).unwrap_or_default())
}
