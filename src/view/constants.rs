//! Reference data as clients read it (03 section 17).

use serde::Serialize;
use serde_json::json;
use strum::VariantArray;
use utoipa::ToSchema;

use crate::domain::reference::{
    AccommodationType, ApprovalType, ConvertedCellType, DeactivatedReason, LocationType, NonResidentialUsageType,
    ResidentialAttributeType, ResidentialHousingType, ServiceFamilyType, ServiceType, SpecialistCellType, UsedForType,
};

/// Reference data information
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Constant {
    /// Code of reference information
    #[schema(example = "ACCESSIBLE_CELL")]
    pub key: &'static str,
    /// Description of reference code
    #[schema(example = "Accessible cell")]
    pub description: &'static str,
    /// More about it, by name
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<std::collections::HashMap<String, serde_json::Value>>)]
    pub attributes: Option<serde_json::Value>,
    /// Additional information about this reference code
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Some useful extra info")]
    pub additional_information: Option<&'static str>,
}

/// Reference data information
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct CompoundConstant {
    /// Code of reference information
    #[schema(example = "ACCESSIBLE_CELL")]
    pub key: &'static str,
    /// Description of reference code
    #[schema(example = "Accessible cell")]
    pub description: &'static str,
    /// Sub list of reference data values
    pub values: Vec<Constant>,
}

fn constant(key: &'static str, description: &'static str) -> Constant {
    Constant { key, description, attributes: None, additional_information: None }
}

/// Location types, by label.
pub fn location_types() -> Vec<Constant> {
    LocationType::by_label().into_iter().map(|t| constant(t.as_str(), t.label())).collect()
}

/// Reasons for a deactivation.
pub fn deactivated_reasons() -> Vec<Constant> {
    DeactivatedReason::VARIANTS.iter().map(|r| constant(r.as_str(), r.label())).collect()
}

/// Types of approval requests.
pub fn approval_types() -> Vec<Constant> {
    ApprovalType::VARIANTS.iter().map(|t| constant(t.as_str(), t.label())).collect()
}

/// Residential housing types of NOMIS.
pub fn residential_housing_types() -> Vec<Constant> {
    ResidentialHousingType::VARIANTS.iter().map(|t| constant(t.as_str(), t.label())).collect()
}

/// Usages of non-residential locations.
pub fn non_residential_usage_types() -> Vec<Constant> {
    NonResidentialUsageType::VARIANTS.iter().map(|t| constant(t.as_str(), t.label())).collect()
}

/// Services that use non-residential locations, each with its family.
pub fn service_types() -> Vec<Constant> {
    let service = |service: &ServiceType| {
        let family = service.family();
        let attributes = json!({
            "serviceFamilyType": family.as_str(),
            "serviceFamilyDescription": family.label(),
            "editableInParent": family.editable_in_parent(),
        });
        Constant { attributes: Some(attributes), ..explained(*service) }
    };
    ServiceType::VARIANTS.iter().map(service).collect()
}

/// Families of services, each with its services.
pub fn service_family_types() -> Vec<CompoundConstant> {
    let family = |family: &ServiceFamilyType| CompoundConstant {
        key: family.as_str(),
        description: family.label(),
        values: family.services().map(explained).collect(),
    };
    ServiceFamilyType::VARIANTS.iter().map(family).collect()
}

fn explained(service: ServiceType) -> Constant {
    let additional_information = Some(service.additional_information());
    Constant { additional_information, ..constant(service.as_str(), service.label()) }
}

/// Residential attributes of NOMIS by type; types and values by label.
pub fn residential_attribute_types() -> Vec<CompoundConstant> {
    let attribute_type = |t: ResidentialAttributeType| CompoundConstant {
        key: t.as_str(),
        description: t.label(),
        values: t.values_by_label().into_iter().map(|v| constant(v.as_str(), v.label())).collect(),
    };
    ResidentialAttributeType::by_label().into_iter().map(attribute_type).collect()
}

/// Accommodation types.
pub fn accommodation_types() -> Vec<Constant> {
    AccommodationType::VARIANTS.iter().map(|t| constant(t.as_str(), t.label())).collect()
}

/// Specialist cell types.
pub fn specialist_cell_types() -> Vec<Constant> {
    let specialist = |t: &SpecialistCellType| Constant {
        attributes: Some(json!({"affectsCapacity": t.affects_capacity()})),
        additional_information: t.additional_information(),
        ..constant(t.as_str(), t.label())
    };
    SpecialistCellType::VARIANTS.iter().map(specialist).collect()
}

/// What cells are used for: all of it, for whatever estate.
pub fn used_for_types() -> Vec<Constant> {
    UsedForType::VARIANTS.iter().map(|t| constant(t.as_str(), t.label())).collect()
}

/// What cells of a prison may be used for (03 section 17.11).
pub fn used_for_types_of_prison(female: bool, secure: bool) -> Vec<Constant> {
    let offered = UsedForType::VARIANTS.iter().filter(|t| t.is_offered(female, secure));
    offered.map(|t| constant(t.as_str(), t.label())).collect()
}

/// Rooms that cells become.
pub fn converted_cell_types() -> Vec<Constant> {
    ConvertedCellType::VARIANTS.iter().map(|t| constant(t.as_str(), t.label())).collect()
}
