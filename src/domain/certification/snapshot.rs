//! The location tree that is saved with a request for approval (06 section 2.3).

use std::collections::HashMap;

use uuid::Uuid;

use crate::domain::approval::{ApprovalRequest, RequestedCapacity};
use crate::domain::certificate::CertificateLocation;
use crate::domain::location::{Capacity, Kind};
use crate::domain::naming::capitalise;
use crate::domain::reference::{
    AccommodationType, ApprovalType, ConvertedCellType, LocationType, SpecialistCellType, UsedForType,
};
use crate::domain::tree::{Index, Tree};

/// Three numbers of which each may be missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Numbers {
    /// Max capacity, persons.
    pub max: Option<i32>,
    /// Working capacity, persons.
    pub working: Option<i32>,
    /// Certified normal accommodation, persons.
    pub certified_normal_accommodation: Option<i32>,
}

impl From<Capacity> for Numbers {
    fn from(capacity: Capacity) -> Self {
        Self {
            max: Some(capacity.max),
            working: Some(capacity.working),
            certified_normal_accommodation: Some(capacity.certified_normal_accommodation),
        }
    }
}

impl Numbers {
    /// A missing number is 0.
    pub fn or_zero(self) -> Capacity {
        Capacity {
            max: self.max.unwrap_or(0),
            working: self.working.unwrap_or(0),
            certified_normal_accommodation: self.certified_normal_accommodation.unwrap_or(0),
        }
    }
}

/// One row of `certification_approval_request_location` with the rows below it, by path.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the fields are the columns of the same name, described in 06 section 2.3")]
pub struct Snapshot {
    pub id: Uuid,
    pub location_code: String,
    pub path: String,
    pub level: i32,
    pub location_type: LocationType,
    pub local_name: Option<String>,
    pub cell_mark: Option<String>,
    pub current_cell_mark: Option<String>,
    pub in_cell_sanitation: Option<bool>,
    pub current_in_cell_sanitation: Option<bool>,
    /// What is asked for: `max_capacity`, `working_capacity`, `certified_normal_accommodation`.
    pub asked: Numbers,
    /// What there is: the three `current_` columns.
    pub current: Numbers,
    /// Stored as null when empty.
    pub used_for_types: Vec<UsedForType>,
    /// Stored as null when empty.
    pub accommodation_types: Vec<AccommodationType>,
    pub specialist_cell_types: Option<Vec<SpecialistCellType>>,
    pub current_specialist_cell_types: Option<Vec<SpecialistCellType>>,
    pub converted_cell_type: Option<ConvertedCellType>,
    pub reactivate_this_location: bool,
    pub children: Vec<Snapshot>,
}

/// The tree of a location, with the values that a request of this type begins with.
pub fn snapshot(tree: &Tree, i: Index, approval_type: ApprovalType, new_id: &mut impl FnMut() -> Uuid) -> Snapshot {
    let mut top = node(tree, i, approval_type, new_id());
    top.children = tree
        .children(i)
        .iter()
        .filter(|c| is_saved(tree, **c))
        .map(|c| snapshot(tree, *c, approval_type, new_id))
        .collect();
    top
}

/// Residential, not archived, and structural or of kind CELL.
fn is_saved(tree: &Tree, i: Index) -> bool {
    let location = tree.get(i);
    location.kind.is_residential()
        && !tree.is_archived(i)
        && (location.location_type.is_structural() || location.kind == Kind::Cell)
}

fn node(tree: &Tree, i: Index, approval_type: ApprovalType, id: Uuid) -> Snapshot {
    let location = tree.get(i);
    let cell = location.kind == Kind::Cell;
    let cells = tree.counted_cells(i);
    let request = tree.pending(i).map(|(_, r)| r);
    let of_type = |t: ApprovalType| request.filter(|r: &&ApprovalRequest| r.approval_type == t);
    let mark = location.cell_mark.clone().filter(|_| cell);
    let sanitation = location.in_cell_sanitation.filter(|_| cell);
    let specialist = some_if_any(first_of_each(&cells, |c| tree.get(c).specialist_cell_types.iter().copied()));
    let asked_types = of_type(ApprovalType::SpecialistCellType)
        .map_or_else(|| specialist.clone(), |r| some_if_any(r.specialist_cell_types.clone()));
    Snapshot {
        id,
        location_code: location.code.clone(),
        path: location.path.clone(),
        level: i32::try_from(tree.level(i)).unwrap_or(i32::MAX),
        location_type: location.location_type,
        local_name: location.local_name.as_deref().map(capitalise),
        cell_mark: of_type(ApprovalType::CellMark)
            .filter(|_| cell)
            .map_or_else(|| mark.clone(), |r| r.cell_mark.clone()),
        current_cell_mark: mark,
        in_cell_sanitation: of_type(ApprovalType::CellSanitation)
            .filter(|_| cell)
            .map_or(sanitation, |r| r.in_cell_sanitation),
        current_in_cell_sanitation: sanitation,
        asked: asked_numbers(tree, i, approval_type).into(),
        current: live_numbers(tree, i).into(),
        used_for_types: first_of_each(&cells, |c| tree.get(c).used_for.iter().copied()),
        accommodation_types: first_of_each(&cells, |c| tree.get(c).accommodation_type),
        specialist_cell_types: asked_types,
        current_specialist_cell_types: specialist,
        converted_cell_type: location.converted_cell_type,
        reactivate_this_location: false,
        children: Vec::new(),
    }
}

fn asked_numbers(tree: &Tree, i: Index, approval_type: ApprovalType) -> Capacity {
    let preview = approval_type.uses_pending_values();
    let numbers = if preview { tree.pending_capacity(i) } else { live_numbers(tree, i) };
    match approval_type {
        ApprovalType::Deactivation | ApprovalType::PermanentDeactivation => Capacity { working: 0, ..numbers },
        ApprovalType::Reactivation => Capacity { working: tree.held_working_capacity(i), ..numbers },
        _ => numbers,
    }
}

/// Sums over the counted cells that are not drafts; a virtual location has none.
fn live_numbers(tree: &Tree, i: Index) -> Capacity {
    if tree.get(i).kind == Kind::Virtual { Capacity::default() } else { tree.capacity(i) }
}

/// The values of cells in the order of the cells, each once, at the place where it is first met (06 section 1.4).
pub fn first_of_each<T: PartialEq, V: IntoIterator<Item = T>>(cells: &[Index], values: impl Fn(Index) -> V) -> Vec<T> {
    let mut found = Vec::new();
    for value in cells.iter().flat_map(|c| values(*c)) {
        if !found.contains(&value) {
            found.push(value);
        }
    }
    found
}

/// None for an empty list.
pub fn some_if_any<T>(list: Vec<T>) -> Option<Vec<T>> {
    Some(list).filter(|l| !l.is_empty())
}

impl Snapshot {
    /// This node and all below it, parents before children.
    pub fn nodes(&self) -> Vec<&Snapshot> {
        let mut nodes = vec![self];
        let mut next = 0;
        while let Some(node) = nodes.get(next).copied() {
            nodes.extend(&node.children);
            next += 1;
        }
        nodes
    }

    /// Changes this node and all below it.
    pub fn for_each(&mut self, change: &mut impl FnMut(&mut Snapshot)) {
        change(self);
        for child in &mut self.children {
            child.for_each(change);
        }
    }

    /// Takes the current numbers from the node's row of the certificate, if it has one. Answers whether it has.
    pub fn take_current_from(&mut self, certificate: &HashMap<String, CertificateLocation>) -> bool {
        let Some(row) = certificate.get(&self.path) else { return false };
        self.current = Numbers {
            max: row.max_capacity,
            working: row.working_capacity,
            certified_normal_accommodation: row.certified_normal_accommodation,
        };
        true
    }

    /// Makes the six numbers of every node the sums over its leaves, a missing one counting as 0, and answers what the
    /// request changes: the sums of what is asked for minus those of what there is (06 section 2.3, "refresh").
    pub fn refresh(&mut self) -> Capacity {
        let (asked, current) = self.sum_up();
        Capacity {
            max: asked.max - current.max,
            working: asked.working - current.working,
            certified_normal_accommodation: asked.certified_normal_accommodation
                - current.certified_normal_accommodation,
        }
    }

    fn sum_up(&mut self) -> (Capacity, Capacity) {
        let mut sums = (self.asked.or_zero(), self.current.or_zero());
        if !self.children.is_empty() {
            sums = (Capacity::default(), Capacity::default());
            for child in &mut self.children {
                let (asked, current) = child.sum_up();
                add(&mut sums.0, asked);
                add(&mut sums.1, current);
            }
        }
        (self.asked, self.current) = (sums.0.into(), sums.1.into());
        sums
    }

    /// The numbers that the locations below a request have while it is pending, by path (01 section 6.3 rule 1).
    pub fn pending_numbers(&self) -> HashMap<String, RequestedCapacity> {
        let numbers = |n: &Snapshot| RequestedCapacity {
            max: n.asked.max,
            working: n.asked.working,
            certified_normal_accommodation: n.asked.certified_normal_accommodation,
            current_working: n.current.working,
        };
        self.nodes().into_iter().map(|n| (n.path.clone(), numbers(n))).collect()
    }
}

fn add(sum: &mut Capacity, more: Capacity) {
    sum.max += more.max;
    sum.working += more.working;
    sum.certified_normal_accommodation += more.certified_normal_accommodation;
}

/// The locations that a request on this location saves.
pub fn saved_indexes(tree: &Tree, i: Index) -> Vec<Index> {
    let mut saved = vec![i];
    for &child in tree.children(i).iter().filter(|c| is_saved(tree, **c)) {
        saved.extend(saved_indexes(tree, child));
    }
    saved
}

/// Their paths, for which a certificate may have rows.
pub fn saved_paths(tree: &Tree, i: Index) -> Vec<String> {
    saved_indexes(tree, i).into_iter().map(|s| tree.get(s).path.clone()).collect()
}
