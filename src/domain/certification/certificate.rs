//! Makes a cell certificate from a prison's locations and its previous certificate (06 section 7.1).

use std::collections::HashMap;

use super::snapshot::{first_of_each, some_if_any};
use crate::domain::certificate::CertificateLocation;
use crate::domain::location::{Capacity, Kind};
use crate::domain::naming::capitalise;
use crate::domain::reference::{ApprovalType, LocationStatus, LocationType};
use crate::domain::tree::{Index, Tree};

/// The request that a certificate is made for: it decides which rows are made anew (06 section 7.1).
#[derive(Clone, Copy, Debug)]
pub struct MadeFor {
    /// Type of the request.
    pub approval_type: ApprovalType,
    /// Its location; none for requests about a prison.
    pub location: Option<Index>,
}

/// The rows of a new certificate, level 1 with all that is below, each level by path. `tree` holds the whole prison as
/// it is after the decision; `previous` are the rows of the certificate that was current until now.
///
/// A row is made from the locations as they are if the request is about its location, one above or one below it, if it
/// is an upload, or if the previous certificate has no such row; every other row is copied from there.
pub fn make_rows(
    tree: &Tree,
    prison_id: &str,
    previous: &[CertificateLocation],
    made_for: MadeFor,
) -> Vec<CertificateLocation> {
    let mut by_path = HashMap::new();
    collect_by_path(previous, &mut by_path);
    let maker = Maker { tree, previous: by_path, made_for };
    let mut top: Vec<Index> = tree
        .roots()
        .filter(|i| {
            let location = tree.get(*i);
            // A location below one of another prison stands at the top of the tree, but not of the prison.
            location.prison_id == prison_id && location.parent_id.is_none() && location.kind.is_residential()
        })
        .filter(|i| maker.is_listed(*i) && tree.get(*i).location_type.is_structural())
        .collect();
    top.sort_by(|a, b| tree.get(*a).path.cmp(&tree.get(*b).path));
    top.into_iter().map(|i| maker.row(i, 1)).collect()
}

/// The three totals of a certificate: sums over its rows of level 1 (06 section 7.1 rule 3).
pub fn totals(rows: &[CertificateLocation]) -> Capacity {
    let mut totals = Capacity::default();
    for row in rows {
        totals.max += row.max_capacity.unwrap_or(0);
        totals.working += row.working_capacity.unwrap_or(0);
        totals.certified_normal_accommodation += row.certified_normal_accommodation.unwrap_or(0);
    }
    totals
}

/// All rows of a certificate by path, at any depth. The first of two rows with the same path counts.
pub fn collect_by_path<'a>(rows: &'a [CertificateLocation], into: &mut HashMap<&'a str, &'a CertificateLocation>) {
    for row in rows {
        into.entry(row.path.as_str()).or_insert(row);
        collect_by_path(&row.sub_locations, into);
    }
}

/// What all rows of one certificate are made from.
struct Maker<'a> {
    tree: &'a Tree,
    previous: HashMap<&'a str, &'a CertificateLocation>,
    made_for: MadeFor,
}

impl Maker<'_> {
    fn row(&self, i: Index, level: i32) -> CertificateLocation {
        let sub_locations: Vec<CertificateLocation> =
            self.tree.children(i).iter().filter(|c| self.is_listed(**c)).map(|c| self.row(*c, level + 1)).collect();
        match self.previous.get(self.tree.get(i).path.as_str()) {
            Some(previous) if !self.is_concerned(i) => {
                CertificateLocation { sub_locations, ..previous.without_rows_below() }
            }
            _ => CertificateLocation { sub_locations, ..self.values(i, level) },
        }
    }

    /// Whether a location has a row: residential, in use or inactive, and structural or a cell, converted or not.
    fn is_listed(&self, i: Index) -> bool {
        let location = self.tree.get(i);
        location.kind.is_residential()
            && !matches!(location.status, LocationStatus::Archived | LocationStatus::Draft)
            && (location.location_type.is_structural() || location.kind == Kind::Cell)
    }

    /// Whether the request is about this location, one above or one below it.
    fn is_concerned(&self, i: Index) -> bool {
        let about = self.made_for.location;
        self.made_for.approval_type == ApprovalType::CellCertificateUpload
            || about.is_some_and(|l| self.tree.is_at_or_below(l, i) || self.tree.is_at_or_below(i, l))
    }

    /// The values of a row from the locations as they are.
    fn values(&self, i: Index, level: i32) -> CertificateLocation {
        let tree = self.tree;
        let location = tree.get(i);
        let cell = location.kind == Kind::Cell;
        let cells = tree.counted_cells(i);
        let capacity = tree.capacity(i);
        let working = match self.made_for.approval_type {
            ApprovalType::Draft => tree.held_working_capacity(i),
            _ => tree.certificate_working_capacity(i),
        };
        CertificateLocation {
            location_code: location.code.clone(),
            path: location.path.clone(),
            certified_normal_accommodation: Some(capacity.certified_normal_accommodation),
            working_capacity: Some(working),
            max_capacity: Some(capacity.max),
            in_cell_sanitation: location.in_cell_sanitation.filter(|_| cell),
            location_type: if location.is_converted() { LocationType::Room } else { location.location_type },
            accommodation_types: some_if_any(first_of_each(&cells, |c| tree.get(c).accommodation_type)),
            specialist_cell_types: some_if_any(first_of_each(&cells, |c| {
                tree.get(c).specialist_cell_types.iter().copied()
            })),
            used_for: some_if_any(first_of_each(&cells, |c| tree.get(c).used_for.iter().copied())),
            local_name: location.local_name.as_deref().map(capitalise),
            cell_mark: location.cell_mark.clone().filter(|_| cell),
            level,
            converted_cell_type: location.converted_cell_type.filter(|_| cell),
            other_converted_cell_type: location.other_converted_cell_type.clone().filter(|_| location.is_converted()),
            sub_locations: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::reference::ConvertedCellType;
    use crate::domain::tests::fixture::{SmallPrison, small_prison};

    fn rows(prison: &SmallPrison, previous: &[CertificateLocation], made_for: MadeFor) -> Vec<CertificateLocation> {
        make_rows(&prison.tree, "LEI", previous, made_for)
    }

    fn baseline() -> MadeFor {
        MadeFor { approval_type: ApprovalType::PrisonBaseline, location: None }
    }

    /// Path, working and max capacity of all rows.
    fn numbers(rows: &[CertificateLocation]) -> Vec<(String, i32, i32)> {
        let mut all = Vec::new();
        for row in rows {
            all.push((row.path.clone(), row.working_capacity.unwrap(), row.max_capacity.unwrap()));
            all.extend(numbers(&row.sub_locations));
        }
        all
    }

    #[test]
    fn the_first_certificate_is_made_from_the_locations() {
        let prison = small_prison(|l| l.local_name = Some("WING a".into()));
        let made = rows(&prison, &[], baseline());
        assert_eq!(
            numbers(&made),
            [("A", 2, 3), ("A-1", 2, 3), ("A-1-001", 1, 2), ("A-1-002", 1, 1)].map(|(p, w, m)| (p.to_owned(), w, m))
        );
        assert_eq!(made[0].local_name.as_deref(), Some("Wing A"));
        assert_eq!(made[0].accommodation_types.as_ref().map(Vec::len), Some(1));
        assert_eq!(made[0].specialist_cell_types, None);
        assert_eq!(made[0].sub_locations[0].sub_locations[1].level, 3);
        assert_eq!(totals(&made), Capacity { max: 3, working: 2, certified_normal_accommodation: 2 });
    }

    #[test]
    fn rows_that_the_request_does_not_concern_are_copied() {
        let mut prison = small_prison(|_| {});
        let before = rows(&prison, &[], baseline());
        for cell in [prison.cell, prison.second_cell] {
            let capacity = Capacity { max: 9, working: 9, certified_normal_accommodation: 9 };
            prison.tree.edit(cell).capacity = Some(capacity);
        }
        assert_eq!(rows(&prison, &before, baseline()), before);
        let made_for = MadeFor { approval_type: ApprovalType::CapacityChange, location: Some(prison.cell) };
        let made = rows(&prison, &before, made_for);
        // What is above is summed up anew, the other cell stays: so the sums differ (06 section 11 quirk 5).
        assert_eq!(numbers(&made).iter().map(|n| n.2).collect::<Vec<_>>(), [18, 18, 9, 1]);
        let made_for = MadeFor { approval_type: ApprovalType::CellCertificateUpload, location: None };
        let made = rows(&prison, &before, made_for);
        assert_eq!(numbers(&made).iter().map(|n| n.2).collect::<Vec<_>>(), [18, 18, 9, 9]);
    }

    #[test]
    fn drafts_and_archived_locations_have_no_rows() {
        for status in [LocationStatus::Draft, LocationStatus::Archived] {
            let prison = small_prison(|l| {
                if l.code == "001" {
                    l.status = status;
                }
            });
            assert_eq!(numbers(&rows(&prison, &[], baseline())).len(), 3);
        }
    }

    #[test]
    fn an_inactive_cell_counts_while_it_is_off_the_certificate_for_a_short_time() {
        let inactive = |off: bool| {
            small_prison(move |l| {
                if l.code == "001" {
                    l.status = LocationStatus::Inactive;
                    l.temporarily_off_cell_cert = Some(off);
                }
            })
        };
        assert_eq!(totals(&rows(&inactive(true), &[], baseline())).working, 2);
        assert_eq!(totals(&rows(&inactive(false), &[], baseline())).working, 1);
        let prison = inactive(false);
        let draft = MadeFor { approval_type: ApprovalType::Draft, location: Some(prison.landing) };
        assert_eq!(totals(&rows(&prison, &[], draft)).working, 2);
    }

    #[test]
    fn a_converted_cell_is_a_room() {
        let prison = small_prison(|l| {
            if l.code == "001" {
                l.converted_cell_type = Some(ConvertedCellType::Office);
                l.capacity = None;
            }
        });
        let made = rows(&prison, &[], baseline());
        let room = &made[0].sub_locations[0].sub_locations[0];
        assert_eq!(
            (room.location_type, room.converted_cell_type),
            (LocationType::Room, Some(ConvertedCellType::Office))
        );
        assert_eq!(room.max_capacity, Some(0));
    }
}
