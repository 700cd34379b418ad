//! Cells with room for more prisoners (03 section 13), and what marks a cell (03 section 14).

use std::collections::BTreeSet;

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::domain::location::Location;
use crate::domain::prisoner::Prisoner;
use crate::domain::reference::{ResidentialAttributeValue, SpecialistCellType};

/// Cell with specialist cell attributes details
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CellWithSpecialistCellTypes)]
pub struct CellView<'a> {
    /// Location identifier.
    #[schema(example = "de91dfa7-821f-4552-a427-bf2f32eafeb0")]
    pub id: Uuid,
    /// Prison ID
    #[schema(example = "MDI")]
    pub prison_id: &'a str,
    /// Full path of the location within the prison
    #[schema(example = "A-1-001")]
    pub path_hierarchy: &'a str,
    /// Current occupancy of location.
    #[schema(value_type = i32, example = 1)]
    pub no_of_occupants: usize,
    /// Max capacity of the location.
    #[schema(example = 2)]
    pub max_capacity: i32,
    /// Working capacity of the location.
    #[schema(example = 1)]
    pub working_capacity: i32,
    /// Local Name of the location.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "RES-HB1-ALE")]
    pub local_name: Option<&'a str>,
    /// List of specialist types for the cell.
    pub specialist_cell_types: Vec<CellTypeView>,
    /// List of the old location attributes.
    pub legacy_attributes: Vec<LegacyAttributeView>,
    /// List prisoners in this cell
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prisoners_in_cell: Option<Vec<&'a Prisoner>>,
    /// Business Key for a location
    #[schema(example = "MDI-A-1-001")]
    pub key: String,
}

/// Cell with specialist cell attribute
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CellType)]
pub struct CellTypeView {
    /// Specialist Cell Types
    pub type_code: SpecialistCellType,
    /// Specialist Cell Type Description
    pub type_description: &'static str,
}

/// Cell with old location attribute
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ResidentialLocationAttribute)]
pub struct LegacyAttributeView {
    /// Attribute Type Code
    pub type_code: ResidentialAttributeValue,
    /// Attribute Type Description
    pub type_description: &'static str,
}

/// Cell attribute Information
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = CellAttributes)]
pub struct AttributeView {
    /// Attribute Code
    #[schema(example = "CAT_A")]
    pub code: &'static str,
    /// Attribute description
    #[schema(example = "Cat A cell")]
    pub description: &'static str,
}

/// Whether one more prisoner fits: fewer than the working capacity, or than the max capacity where that is 0.
pub fn has_room(cell: &Location, occupants: usize) -> bool {
    let stored = cell.stored_capacity();
    let limit = if stored.working == 0 { stored.max } else { stored.working };
    usize::try_from(limit).is_ok_and(|limit| occupants < limit)
}

/// A cell, its attributes from NOMIS and who is in it; the prisoners are shown where they are asked for and there are
/// any.
pub fn cell_view<'a>(
    cell: &'a Location,
    legacy_attributes: Option<&BTreeSet<ResidentialAttributeValue>>,
    prisoners: &[&'a Prisoner],
    with_prisoners: bool,
) -> CellView<'a> {
    let stored = cell.stored_capacity();
    let specialist = |t: &SpecialistCellType| CellTypeView { type_code: *t, type_description: t.label() };
    let legacy = |v: &ResidentialAttributeValue| LegacyAttributeView { type_code: *v, type_description: v.label() };
    CellView {
        id: cell.id,
        prison_id: &cell.prison_id,
        path_hierarchy: &cell.path,
        no_of_occupants: prisoners.len(),
        max_capacity: stored.max,
        working_capacity: stored.working,
        local_name: cell.local_name.as_deref(),
        specialist_cell_types: cell.specialist_cell_types.iter().map(specialist).collect(),
        legacy_attributes: legacy_attributes.into_iter().flatten().map(legacy).collect(),
        prisoners_in_cell: (with_prisoners && !prisoners.is_empty()).then(|| prisoners.to_vec()),
        key: cell.key(),
    }
}

/// What marks a cell in an active prison: its specialist types.
pub fn specialist_attributes(cell: &Location) -> Vec<AttributeView> {
    let attribute = |t: &SpecialistCellType| AttributeView { code: t.as_str(), description: t.label() };
    cell.specialist_cell_types.iter().map(attribute).collect()
}

/// What marks a cell in a prison that is not active: its attributes from NOMIS.
pub fn legacy_attributes(attributes: &BTreeSet<ResidentialAttributeValue>) -> Vec<AttributeView> {
    attributes.iter().map(|v| AttributeView { code: v.as_str(), description: v.label() }).collect()
}
