//! Cell certificates: the state of a prison's residential locations as certified (06 section 7).

use super::reference::{AccommodationType, ConvertedCellType, LocationType, SpecialistCellType, UsedForType};

/// One location of a cell certificate, as it was when the certificate was made.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the fields are the columns of cell_certificate_location, 01 section 2.1")]
pub struct CertificateLocation {
    pub location_code: String,
    pub path: String,
    pub certified_normal_accommodation: Option<i32>,
    pub working_capacity: Option<i32>,
    pub max_capacity: Option<i32>,
    pub in_cell_sanitation: Option<bool>,
    pub location_type: LocationType,
    pub accommodation_types: Option<Vec<AccommodationType>>,
    pub specialist_cell_types: Option<Vec<SpecialistCellType>>,
    pub used_for: Option<Vec<UsedForType>>,
    pub local_name: Option<String>,
    pub cell_mark: Option<String>,
    pub level: i32,
    pub converted_cell_type: Option<ConvertedCellType>,
    pub other_converted_cell_type: Option<String>,
    /// What is below it, where it was loaded.
    pub sub_locations: Vec<CertificateLocation>,
}
