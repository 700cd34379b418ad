//! The digest that makes a reconciliation with NOMIS cheap: count and hash of the canonical form of a prison's
//! locations, for the prison and for each subtree. The form is described, with a test vector, in docs/reconciliation.md:
//! what survives the translation to NOMIS and back (08 section 3.8), so that NOMIS's side can compute the same.

use sha2::{Digest as _, Sha256};

use super::location::{Location, Usage};
use super::reference::{
    DeactivatedReason, LocationStatus, LocationType, NonResidentialUsageType, ResidentialAttributeType,
    ResidentialAttributeValue, ResidentialHousingType,
};
use super::tree::{Index, Tree};

/// Stands between the fields of a canonical form: it is in no field.
const SEPARATOR: char = '\u{1f}';
/// What fits into NOMIS's USER_DESC, in characters (08 section 3.8, L14).
const LOCAL_NAME_LENGTH: usize = 40;
/// What fits into NOMIS's COMMENT_TEXT, in characters (08 section 3.8, L14).
const COMMENTS_LENGTH: usize = 240;

/// How many locations there are, and the sum of their hashes. It does not depend on their order, and that of a subtree
/// is the sum of those of its parts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Digest {
    /// Number of locations.
    pub count: u64,
    /// Sum of the hashes modulo 2^128.
    pub hash: u128,
}

impl Digest {
    /// The digest of a single location.
    fn of(canonical: &str) -> Self {
        let hash = Sha256::digest(canonical.as_bytes());
        // The first 16 of 32 bytes, as a number with the highest byte first.
        let hash = hash.iter().take(16).fold(0_u128, |number, byte| (number << 8) | u128::from(*byte));
        Self { count: 1, hash }
    }

    fn add(&mut self, other: Self) {
        self.count += other.count;
        self.hash = self.hash.wrapping_add(other.hash);
    }
}

/// The digest of a location and of everything below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subtree {
    /// The location on top.
    pub top: Index,
    /// Its digest.
    pub digest: Digest,
}

/// The digests of a prison.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PrisonDigest {
    /// All of its locations but the drafts.
    pub whole: Digest,
    /// Each location that stands at the top of the prison or has children, by path. Drafts are left out.
    pub subtrees: Vec<Subtree>,
    /// Each location but the drafts, by path: parents before children.
    pub locations: Vec<Index>,
}

/// Computes the digests of a prison. Locations of other prisons in the tree, and drafts, do not count.
pub fn digest(tree: &Tree, prison_id: &str) -> PrisonDigest {
    let here = |i: &Index| tree.get(*i).prison_id == prison_id;
    let mut whole = Digest::default();
    let mut locations = Vec::new();
    let mut below = vec![Digest::default(); tree.len()];
    for i in tree.indexes().filter(here) {
        let Some(canonical) = canonical(tree, i) else { continue };
        let own = Digest::of(&canonical);
        whole.add(own);
        locations.push(i);
        for above in tree.self_and_ancestors(i) {
            below[above].add(own);
        }
    }
    let at_top = |i: Index| tree.parent(i).is_none_or(|parent| !here(&parent));
    let shown = |i: &Index| {
        here(i) && tree.get(*i).status != LocationStatus::Draft && (at_top(*i) || !tree.children(*i).is_empty())
    };
    let by_path = |a: &Index, b: &Index| tree.get(*a).path.cmp(&tree.get(*b).path);
    locations.sort_by(by_path);
    let mut tops: Vec<Index> = tree.indexes().filter(shown).collect();
    tops.sort_by(by_path);
    let subtrees = tops.into_iter().map(|top| Subtree { top, digest: below[top] }).collect();
    PrisonDigest { whole, subtrees, locations }
}

/// The canonical form of a location; none for a draft, which NOMIS never sees (08 section 3.8, L16).
pub fn canonical(tree: &Tree, i: Index) -> Option<String> {
    let location = tree.get(i);
    if location.status == LocationStatus::Draft {
        return None;
    }
    let residential = location.kind.is_residential();
    let housing_type = location.housing_type.filter(|_| residential);
    let location_type = location_type(location, housing_type);
    let compared_cell = residential && location_type == LocationType::Cell;
    let active = tree.is_active(i);
    let capacity = location.stored_capacity();
    let number = |n: i32| if compared_cell { n.to_string() } else { String::new() };
    let fields = [
        location.key(),
        location_type.as_str().to_owned(),
        housing_type.map(|h| h.as_str().to_owned()).unwrap_or_default(),
        text(location.local_name.as_deref(), LOCAL_NAME_LENGTH),
        text(location.comments.as_deref(), COMMENTS_LENGTH),
        location.order_within_parent.map(|n| n.to_string()).unwrap_or_default(),
        number(capacity.max),
        number(capacity.working),
        number(capacity.certified_normal_accommodation),
        if compared_cell { flag(location.certified_cell == Some(true)) } else { String::new() },
        if compared_cell && !tree.is_archived(i) { attributes(location) } else { String::new() },
        if residential { String::new() } else { usages(location) },
        flag(active),
        if residential && !active { reason(tree, i).to_owned() } else { String::new() },
        // NOMIS takes an absent flag as set (08 section 3.6).
        if !residential && active { flag(location.internal_movement_allowed != Some(false)) } else { String::new() },
    ];
    Some(fields.join("\u{1f}"))
}

/// The type. A holding cell is a room: NOMIS's CELL becomes one here when it is created (02 section 9.1), and stays one.
fn location_type(location: &Location, housing_type: Option<ResidentialHousingType>) -> LocationType {
    match (location.displayed_type(), housing_type) {
        (LocationType::Cell, Some(ResidentialHousingType::HoldingCell)) => LocationType::Room,
        (shown, _) => shown,
    }
}

/// A text as far as NOMIS can hold it; blank counts as none.
fn text(text: Option<&str>, length: usize) -> String {
    let text = text.unwrap_or_default();
    if text.trim().is_empty() {
        return String::new();
    }
    text.chars().take(length).filter(|c| *c != SEPARATOR).collect()
}

fn flag(set: bool) -> String {
    if set { "Y" } else { "N" }.to_owned()
}

/// The attributes that have a NOMIS code, by name (08 section 3.8, L11).
fn attributes(location: &Location) -> String {
    let known = |a: &ResidentialAttributeValue| {
        a.attribute_type() != ResidentialAttributeType::NonAssociations
            && !matches!(a, ResidentialAttributeValue::Eligible | ResidentialAttributeValue::Ineligible)
    };
    let mut names: Vec<&str> = location.attributes.iter().filter(|a| known(a)).map(|a| a.as_str()).collect();
    names.sort_unstable();
    names.join(",")
}

/// The usages by name, each as `NAME:capacity:sequence`.
fn usages(location: &Location) -> String {
    let show = |(name, usage): (&NonResidentialUsageType, &Usage)| {
        let capacity = usage.capacity.map(|n| n.to_string()).unwrap_or_default();
        format!("{}:{capacity}:{}", name.as_str(), usage.sequence)
    };
    let mut shown: Vec<String> = location.usages.iter().map(show).collect();
    shown.sort_unstable();
    shown.join(",")
}

/// Why a residential location is inactive: what has no reason of its own in both systems is OTHER (08 section 3.8, L4 to
/// L6).
fn reason(tree: &Tree, i: Index) -> &'static str {
    let stored = tree.deactivation_source(i).and_then(|s| tree.get(s).deactivated_reason);
    match stored {
        Some(
            same @ (DeactivatedReason::Damaged
            | DeactivatedReason::Maintenance
            | DeactivatedReason::Mothballed
            | DeactivatedReason::Refurbishment
            | DeactivatedReason::StaffShortage),
        ) => same.as_str(),
        _ => DeactivatedReason::Other.as_str(),
    }
}
