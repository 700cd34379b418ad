//! Cell certificates as clients see them (06 section 7).

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::certificate::CertificateLocation;
use crate::domain::reference::{AccommodationType, ConvertedCellType, LocationType, SpecialistCellType, UsedForType};

/// One location of a cell certificate, as it was when the certificate was made.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CellCertificateLocationDto)]
#[expect(missing_docs, reason = "the fields are the columns of cell_certificate_location, 01 section 2.1")]
pub struct CertificateLocationView<'a> {
    pub location_code: &'a str,
    pub path_hierarchy: &'a str,
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
    pub accommodation_types: Option<&'a [AccommodationType]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub specialist_cell_types: Option<&'a [SpecialistCellType]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub used_for: Option<&'a [UsedForType]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub local_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cell_mark: Option<&'a str>,
    pub level: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub converted_cell_type: Option<ConvertedCellType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other_converted_cell_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(no_recursion)]
    pub sub_locations: Option<Vec<CertificateLocationView<'a>>>,
}

/// One location of a certificate, without what is below it.
pub fn certificate_location(location: &CertificateLocation) -> CertificateLocationView<'_> {
    CertificateLocationView {
        location_code: &location.location_code,
        path_hierarchy: &location.path,
        certified_normal_accommodation: location.certified_normal_accommodation,
        working_capacity: location.working_capacity,
        max_capacity: location.max_capacity,
        in_cell_sanitation: location.in_cell_sanitation,
        location_type: location.location_type,
        accommodation_types: location.accommodation_types.as_deref(),
        specialist_cell_types: location.specialist_cell_types.as_deref(),
        used_for: location.used_for.as_deref(),
        local_name: location.local_name.as_deref(),
        cell_mark: location.cell_mark.as_deref(),
        level: location.level,
        converted_cell_type: location.converted_cell_type,
        other_converted_cell_type: location.other_converted_cell_type.as_deref(),
        sub_locations: None,
    }
}
