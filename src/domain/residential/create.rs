//! New residential locations (04 sections 4 to 7, 01 section 3.3).

use std::collections::BTreeSet;

use uuid::Uuid;

use crate::domain::capacity::check_capacity;
use crate::domain::change::cell::add_used_for;
use crate::domain::journal::Journal;
use crate::domain::location::{Capacity, Kind, Location, NewLocation};
use crate::domain::reference::{
    AccommodationType, LocationAttribute, LocationStatus, LocationType, ResidentialHousingType, SpecialistCellType,
    StructuralType, UsedForType, join_constants,
};
use crate::domain::refusal::Refusal;
use crate::domain::tree::{Index, Tree};

/// The order of new locations that are not cells.
const FIRST: i32 = 1;

/// A wing as it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewWing {
    /// The prison.
    pub prison_id: String,
    /// Its code.
    pub code: String,
    /// Its local name.
    pub description: Option<String>,
    /// Its levels from the top down; not empty.
    pub structure: Vec<StructuralType>,
}

/// Adds a wing as a draft.
///
/// # Errors
/// 400 without levels.
pub fn add_wing(tree: &mut Tree, journal: &Journal, wing: &NewWing, id: Uuid) -> Result<Index, Refusal> {
    let Some(top) = wing.structure.first() else {
        return Err(Refusal::Invalid("wingStructure must name at least one level".into()));
    };
    let level = NewLevel { code: wing.code.clone(), local_name: wing.description.clone(), level: *top };
    let i = add_level(tree, journal, &wing.prison_id, &level, None, id);
    tree.edit(i).residential_structure = Some(join_constants(wing.structure.iter().copied()));
    Ok(i)
}

/// A level above new cells, usually a landing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewLevel {
    /// Its code.
    pub code: String,
    /// Its local name.
    pub local_name: Option<String>,
    /// What it is.
    pub level: StructuralType,
}

/// Adds a level as a draft.
pub fn add_level(
    tree: &mut Tree,
    journal: &Journal,
    prison_id: &str,
    level: &NewLevel,
    parent: Option<Index>,
    id: Uuid,
) -> Index {
    let mut location = Location::new(NewLocation {
        id,
        kind: Kind::Residential,
        prison_id: prison_id.to_owned(),
        code: level.code.clone(),
        location_type: level.level.location_type(),
        status: LocationStatus::Draft,
        user: journal.user.clone(),
        at: journal.now,
    });
    location.local_name.clone_from(&level.local_name);
    location.order_within_parent = Some(FIRST);
    location.housing_type = Some(ResidentialHousingType::NormalAccommodation);
    let i = tree.add(location);
    tree.set_parent(i, parent);
    i
}

/// Says whether the level may stand below this parent, by the structure of the wing (04 section 5 rule 2.2).
///
/// # Errors
/// 400 when the structure wants another level there.
pub fn check_level(tree: &Tree, parent: Index, level: StructuralType) -> Result<(), Refusal> {
    let top = tree.residential_line(parent).last().unwrap_or(parent);
    let Some(structure) = tree.get(top).structure() else { return Ok(()) };
    let structure: Vec<StructuralType> = structure.into_iter().filter_map(|level| level.parse().ok()).collect();
    match StructuralType::next_level(&structure, tree.get(parent).location_type) {
        Some(wanted) if wanted != level => Err(Refusal::Invalid(format!(
            "the structure of {} has a {} below {}, not a {}",
            tree.get(top).key(),
            wanted.as_str(),
            tree.get(parent).key(),
            level.as_str()
        ))),
        _ => Ok(()),
    }
}

/// A draft cell as it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftCell {
    /// The cell to change; none for a new one.
    pub id: Option<Uuid>,
    /// Its code.
    pub code: String,
    /// Its mark.
    pub cell_mark: Option<String>,
    /// Its capacity.
    pub capacity: Capacity,
    /// Its specialist types.
    pub specialist_cell_types: BTreeSet<SpecialistCellType>,
    /// Whether it has sanitation.
    pub in_cell_sanitation: bool,
}

/// What all draft cells of a request have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftCells {
    /// Their accommodation type.
    pub accommodation_type: AccommodationType,
    /// Their used-for types, nothing added.
    pub used_for: BTreeSet<UsedForType>,
    /// The cells.
    pub cells: Vec<DraftCell>,
}

/// The paths that cells with these codes have below a parent, or at the top.
pub fn path_below(parent_path: Option<&str>, code: &str) -> String {
    parent_path.map_or_else(|| code.to_owned(), |parent| format!("{parent}-{code}"))
}

/// Adds a draft cell.
///
/// # Errors
/// The capacity rules.
pub fn add_draft_cell(
    tree: &mut Tree,
    journal: &Journal,
    (prison_id, parent): (&str, Option<Index>),
    common: &DraftCells,
    cell: &DraftCell,
    id: Uuid,
) -> Result<Index, Refusal> {
    let mut location = Location::new(NewLocation {
        id,
        kind: Kind::Cell,
        prison_id: prison_id.to_owned(),
        code: cell.code.clone(),
        location_type: LocationType::Cell,
        status: LocationStatus::Draft,
        user: journal.user.clone(),
        at: journal.now,
    });
    location.housing_type = Some(ResidentialHousingType::NormalAccommodation);
    location.accommodation_type = Some(common.accommodation_type);
    location.used_for.clone_from(&common.used_for);
    location.specialist_cell_types.clone_from(&cell.specialist_cell_types);
    location.cell_mark.clone_from(&cell.cell_mark);
    location.in_cell_sanitation = Some(cell.in_cell_sanitation);
    location.capacity = Some(cell.capacity);
    let i = tree.add(location);
    tree.set_parent(i, parent);
    check_capacity(tree, i, cell.capacity)?;
    Ok(i)
}

/// A single residential location as it is asked for (04 section 7).
#[derive(Clone, Debug, PartialEq)]
pub struct NewResidential {
    /// The prison.
    pub prison_id: String,
    /// Its code.
    pub code: String,
    /// Its type; a virtual location becomes an AREA.
    pub location_type: LocationType,
    /// Its accommodation type, for a cell.
    pub accommodation_type: AccommodationType,
    /// Its local name.
    pub local_name: Option<String>,
    /// Its mark, for a cell.
    pub cell_mark: Option<String>,
    /// Its capacity, for a cell or virtual location. Not checked.
    pub capacity: Option<Capacity>,
    /// Whether it is certified, for a cell that is not a draft.
    pub certified: bool,
    /// Its used-for types, for a cell.
    pub used_for: BTreeSet<UsedForType>,
    /// Its specialist types, for a cell.
    pub specialist_cell_types: BTreeSet<SpecialistCellType>,
    /// Whether it has sanitation, for a cell.
    pub in_cell_sanitation: bool,
}

/// Adds a single residential location: a draft where the prison needs approval, else active.
pub fn add_residential(
    tree: &mut Tree,
    journal: &mut Journal,
    new: &NewResidential,
    parent: Option<Index>,
    certified_prison: bool,
    id: Uuid,
) -> Index {
    let kind = Kind::of_new(true, new.location_type, &new.code);
    let mut location = Location::new(NewLocation {
        id,
        kind,
        prison_id: new.prison_id.clone(),
        code: new.code.clone(),
        location_type: if kind == Kind::Virtual { LocationType::Area } else { new.location_type },
        status: if certified_prison { LocationStatus::Draft } else { LocationStatus::Active },
        user: journal.user.clone(),
        at: journal.now,
    });
    location.local_name.clone_from(&new.local_name);
    location.order_within_parent = (kind != Kind::Cell).then_some(FIRST);
    location.housing_type = Some(match kind {
        Kind::Virtual => ResidentialHousingType::OtherUse,
        _ => ResidentialHousingType::NormalAccommodation,
    });
    location.capacity = match kind {
        Kind::Cell => new.capacity,
        Kind::Virtual => new.capacity.map(|c| Capacity { certified_normal_accommodation: 0, ..c }),
        _ => None,
    };
    if kind == Kind::Cell {
        location.accommodation_type = Some(new.accommodation_type);
        location.cell_mark.clone_from(&new.cell_mark);
        location.in_cell_sanitation = Some(new.in_cell_sanitation);
        location.certified_cell = Some(new.certified && !certified_prison);
    }
    let i = tree.add(location);
    tree.set_parent(i, parent);
    if kind == Kind::Cell {
        add_types(tree, i, journal, new);
    }
    let key = tree.get(i).key();
    journal.record(tree.get(i), LocationAttribute::LocationCreated, None, Some(&key));
    i
}

/// Used-for and specialist types of a new cell; both are kept (decisions B11).
fn add_types(tree: &mut Tree, i: Index, journal: &mut Journal, new: &NewResidential) {
    if new.accommodation_type == AccommodationType::NormalAccommodation {
        add_used_for(tree, i, journal, UsedForType::StandardAccommodation);
    }
    for used_for in &new.used_for {
        add_used_for(tree, i, journal, *used_for);
    }
    crate::domain::change::cell::replace_specialist_types(tree, i, journal, &new.specialist_cell_types);
}
