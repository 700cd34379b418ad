//! Cell certificates as clients see them (06 section 7).

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::reference::{AccommodationType, ConvertedCellType, LocationType, SpecialistCellType, UsedForType};

/// One location of a cell certificate, as it was when the certificate was made.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CellCertificateLocationDto)]
#[expect(missing_docs, reason = "the fields are the columns of cell_certificate_location, 01 section 2.1")]
pub struct CertificateLocationView {
    pub location_code: String,
    pub path_hierarchy: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certified_normal_accommodation: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub working_capacity: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_capacity: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_cell_sanitation: Option<bool>,
    pub location_type: LocationType,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accommodation_types: Option<Vec<AccommodationType>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub specialist_cell_types: Option<Vec<SpecialistCellType>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub used_for: Option<Vec<UsedForType>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub local_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cell_mark: Option<String>,
    pub level: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub converted_cell_type: Option<ConvertedCellType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other_converted_cell_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(no_recursion)]
    pub sub_locations: Option<Vec<CertificateLocationView>>,
}
