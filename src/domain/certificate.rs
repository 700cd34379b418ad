//! Cell certificates: the state of a prison's residential locations as certified (06 section 7).

use chrono::NaiveDateTime;
use uuid::Uuid;

use super::location::Capacity;
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

impl CertificateLocation {
    /// The same row without what is below it.
    #[must_use]
    pub fn without_rows_below(&self) -> Self {
        Self {
            location_code: self.location_code.clone(),
            path: self.path.clone(),
            certified_normal_accommodation: self.certified_normal_accommodation,
            working_capacity: self.working_capacity,
            max_capacity: self.max_capacity,
            in_cell_sanitation: self.in_cell_sanitation,
            location_type: self.location_type,
            accommodation_types: self.accommodation_types.clone(),
            specialist_cell_types: self.specialist_cell_types.clone(),
            used_for: self.used_for.clone(),
            local_name: self.local_name.clone(),
            cell_mark: self.cell_mark.clone(),
            level: self.level,
            converted_cell_type: self.converted_cell_type,
            other_converted_cell_type: self.other_converted_cell_type.clone(),
            sub_locations: Vec::new(),
        }
    }
}

/// A cell certificate of a prison without its rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Certificate {
    /// Id, UUID version 7.
    pub id: Uuid,
    /// The prison.
    pub prison_id: String,
    /// Who approved the request that it was made for.
    pub approved_by: String,
    /// When, London time.
    pub approved_date: NaiveDateTime,
    /// The request that it was made for; old rows may have none.
    pub request_id: Option<Uuid>,
    /// Sums over the rows of level 1, in persons.
    pub totals: Capacity,
    /// Signed operational capacity of the prison when it was made, 0 if it had none.
    pub signed_operational_capacity: i32,
    /// Whether it is the one that holds now.
    pub current: bool,
}
