//! The roll of a prison: who is where, against what there is room for (07 section 7).

use std::collections::HashMap;

use chrono::NaiveDate;

use super::location::Kind;
use super::prisoner::Prisoner;
use super::reference::{AccommodationType, LocationStatus, ShownStatus};
use super::tree::{Index, Tree};

/// Numbers of one location, or of a prison (07 section 7.5). Any of them may be negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RollCount {
    /// Prisoners in all leaves.
    pub beds_in_use: i32,
    /// Those of them who are in.
    pub currently_in_cell: i32,
    /// Those of them who are out.
    pub currently_out: i32,
    /// Working capacity of the active cells, persons.
    pub working_capacity: i32,
    /// Room that is left.
    pub net_vacancies: i32,
    /// Leaves that are inactive.
    pub out_of_order: i32,
    /// Leaves with more prisoners than they are certified for.
    pub cells_overcrowded: i32,
    /// Prisoners above what the leaves are certified for.
    pub total_overcrowded: i32,
}

impl RollCount {
    /// The sum of two counts.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            beds_in_use: self.beds_in_use + other.beds_in_use,
            currently_in_cell: self.currently_in_cell + other.currently_in_cell,
            currently_out: self.currently_out + other.currently_out,
            working_capacity: self.working_capacity + other.working_capacity,
            net_vacancies: self.net_vacancies + other.net_vacancies,
            out_of_order: self.out_of_order + other.out_of_order,
            cells_overcrowded: self.cells_overcrowded + other.cells_overcrowded,
            total_overcrowded: self.total_overcrowded + other.total_overcrowded,
        }
    }
}

/// The prisoners of a prison by the path of their cell, and what counts for net vacancies.
pub struct Roll<'a> {
    by_path: HashMap<&'a str, Vec<&'a Prisoner>>,
    include_segregation: bool,
}

const IN: &str = "IN";
const OUT: &str = "OUT";

impl<'a> Roll<'a> {
    /// The roll of these prisoners; those without a cell are in no cell.
    pub fn new(prisoners: &'a [Prisoner], include_segregation: bool) -> Self {
        let mut by_path: HashMap<&str, Vec<&Prisoner>> = HashMap::new();
        for prisoner in prisoners {
            if let Some(path) = prisoner.cell_location.as_deref() {
                by_path.entry(path).or_default().push(prisoner);
            }
        }
        Self { by_path, include_segregation }
    }

    fn in_leaf(&self, tree: &Tree, leaf: Index) -> &[&'a Prisoner] {
        self.by_path.get(tree.get(leaf).path.as_str()).map_or(&[], Vec::as_slice)
    }

    fn counts_for_vacancies(&self, tree: &Tree, leaf: Index) -> bool {
        self.include_segregation || tree.get(leaf).accommodation_type != Some(AccommodationType::CareAndSeparation)
    }

    /// The numbers of one location.
    pub fn count(&self, tree: &Tree, i: Index) -> RollCount {
        let working = working_capacity(tree, i);
        let mut count = RollCount { working_capacity: working, net_vacancies: working, ..RollCount::default() };
        for leaf in leaves(tree, i) {
            let here = self.in_leaf(tree, leaf);
            let persons = number(here.len());
            count.beds_in_use += persons;
            count.currently_in_cell += with_status(here, IN);
            count.currently_out += with_status(here, OUT);
            if tree.shown_status(leaf) == ShownStatus::Inactive {
                count.out_of_order += 1;
            }
            let too_many = persons - certified_for(tree, leaf);
            if too_many > 0 {
                count.cells_overcrowded += 1;
                count.total_overcrowded += too_many;
            }
            if self.counts_for_vacancies(tree, leaf) {
                count.net_vacancies -= persons;
            }
        }
        count
    }

    /// The totals over these locations: their numbers, but only prisoners who are in or out take room (07 section 12 Q16).
    pub fn totals(&self, tree: &Tree, tops: &[Index]) -> RollCount {
        let total = |i: Index| {
            let mut count = self.count(tree, i);
            let placed: i32 = leaves(tree, i)
                .into_iter()
                .filter(|leaf| self.counts_for_vacancies(tree, *leaf))
                .map(|leaf| self.in_leaf(tree, leaf))
                .map(|here| with_status(here, IN) + with_status(here, OUT))
                .sum();
            count.net_vacancies = count.working_capacity - placed;
            count
        };
        tops.iter().map(|i| total(*i)).fold(RollCount::default(), RollCount::plus)
    }
}

fn number(n: usize) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX)
}

fn with_status(prisoners: &[&Prisoner], status: &str) -> i32 {
    number(prisoners.iter().filter(|p| p.in_out_status == status).count())
}

/// Stored working capacity of the active cells below, persons.
fn working_capacity(tree: &Tree, i: Index) -> i32 {
    let active = tree.counted_cells(i).into_iter().filter(|c| tree.is_active(*c));
    active.map(|c| tree.get(c).stored_capacity().working).sum()
}

/// How many prisoners a leaf is certified for: only cells that are no drafts are (07 section 7.5 rule 1).
fn certified_for(tree: &Tree, leaf: Index) -> i32 {
    let location = tree.get(leaf);
    let certified = location.kind == Kind::Cell && location.status != LocationStatus::Draft;
    if certified { location.stored_capacity().certified_normal_accommodation } else { 0 }
}

/// Children in the roll tree: residential ones that are not archived.
pub fn children(tree: &Tree, i: Index) -> Vec<Index> {
    let in_tree = |c: &Index| tree.get(*c).kind.is_residential() && !tree.is_archived(*c);
    tree.children(i).iter().copied().filter(in_tree).collect()
}

/// A leaf of the roll tree: no child of any kind, neither structural nor an area (07 section 7.1).
pub fn is_leaf(tree: &Tree, i: Index) -> bool {
    tree.get(i).kind.is_residential() && !tree.is_archived(i) && tree.is_leaf(i)
}

/// All leaves of the roll tree at or below a location.
fn leaves(tree: &Tree, i: Index) -> Vec<Index> {
    if is_leaf(tree, i) {
        return vec![i];
    }
    children(tree, i).into_iter().flat_map(|c| leaves(tree, c)).collect()
}

/// A prisoner who left the prison today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Movement {
    /// Number of the prisoner.
    pub offender: String,
    /// Place of the movement among those of the prisoner, as text.
    pub sequence: Option<String>,
}

/// Movements that follow another one of the same prisoner on the same day: they count once only (07 section 7.3).
pub fn double_moves(movements: &[Movement]) -> i32 {
    let mut by_offender: HashMap<&str, Vec<i64>> = HashMap::new();
    for movement in movements {
        // What is no number is no step after another one (07 section 12 Q10).
        if let Some(number) = movement.sequence.as_deref().and_then(|s| s.trim().parse().ok()) {
            by_offender.entry(&movement.offender).or_default().push(number);
        }
    }
    by_offender.values().map(|steps| number(steps.iter().filter(|s| steps.contains(&(*s - 1))).count())).sum()
}

/// Where the prisoners of a prison are who are in no cell of the tree (07 section 7.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Population {
    /// Prisoners who are in.
    pub current: i32,
    /// In reception, at court or on temporary absence by their location, and in.
    pub in_reception: i32,
    /// Without a cell, and in.
    pub no_cell_allocated: i32,
    /// Out since before today, and expected back.
    pub overnights: i32,
}

/// Counts the prisoners of a prison; `today` is London's.
pub fn population(prisoners: &[Prisoner], today: NaiveDate) -> Population {
    let count = |test: &dyn Fn(&Prisoner) -> bool| number(prisoners.iter().filter(|p| test(p)).count());
    let is_in = |p: &Prisoner| p.in_out_status == IN;
    let at = |p: &Prisoner, places: &[&str]| p.cell_location.as_deref().is_some_and(|l| places.contains(&l));
    Population {
        current: count(&is_in),
        in_reception: count(&|p| is_in(p) && at(p, &["RECP", "COURT", "TAP"])),
        no_cell_allocated: count(&|p| is_in(p) && at(p, &["CSWAP"])),
        overnights: count(&|p| {
            p.last_movement_type_code.as_deref().is_some_and(|t| ["CRT", "TAP"].contains(&t))
                && p.status == "ACTIVE OUT"
                && p.last_movement_date.is_some_and(|d| d < today)
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::{Movement, Roll, double_moves};
    use crate::domain::prisoner::Prisoner;
    use crate::domain::tests::fixture::{id, small_prison};

    fn movement(offender: &str, sequence: Option<&str>) -> Movement {
        Movement { offender: offender.into(), sequence: sequence.map(str::to_owned) }
    }

    fn prisoner(cell: &str, in_out: &str) -> Prisoner {
        serde_json::from_value(serde_json::json!({
            "prisonerNumber": "A1234AA", "firstName": "F", "lastName": "L", "gender": "Male", "status": "ACTIVE IN",
            "inOutStatus": in_out, "cellLocation": cell
        }))
        .unwrap()
    }

    #[test]
    fn steps_that_follow_each_other_are_double() {
        let of = |steps: &[&str]| double_moves(&steps.iter().map(|s| movement("A", Some(s))).collect::<Vec<_>>());
        assert_eq!(of(&["1", "2"]), 1);
        assert_eq!(of(&["6", "8"]), 0);
        assert_eq!(of(&["1", "2", "3"]), 2);
        assert_eq!(double_moves(&[movement("A", Some("1")), movement("B", Some("2"))]), 0);
        assert_eq!(double_moves(&[movement("A", Some("1")), movement("A", None), movement("A", Some("x"))]), 0);
    }

    #[test]
    fn a_wing_counts_its_cells() {
        let p = small_prison(|l| {
            if l.id == id(4) {
                l.accommodation_type = Some(crate::domain::reference::AccommodationType::CareAndSeparation);
            }
        });
        let prisoners =
            [prisoner("A-1-001", "IN"), prisoner("A-1-001", "OUT"), prisoner("A-1-002", "TRN"), prisoner("A-1", "IN")];
        let count = Roll::new(&prisoners, false).count(&p.tree, p.wing);
        assert_eq!((count.beds_in_use, count.currently_in_cell, count.currently_out), (3, 1, 1));
        assert_eq!((count.working_capacity, count.net_vacancies), (2, 0));
        assert_eq!((count.cells_overcrowded, count.total_overcrowded), (1, 1));
        let with_segregation = Roll::new(&prisoners, true);
        assert_eq!(with_segregation.count(&p.tree, p.wing).net_vacancies, -1);
        assert_eq!(with_segregation.totals(&p.tree, &[p.wing]).net_vacancies, 0);
    }
}
