//! Cell certificates as clients see them (06 section 7).

use chrono::NaiveDateTime;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::approval::{RequestView, ShowRequest, request_view};
use crate::domain::certificate::{Certificate, CertificateLocation};
use crate::domain::certification::stored::StoredRequest;
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

/// One location of a certificate with all that is below it; the list is there on leaves too.
fn certificate_tree(location: &CertificateLocation) -> CertificateLocationView<'_> {
    CertificateLocationView {
        sub_locations: Some(location.sub_locations.iter().map(certificate_tree).collect()),
        ..certificate_location(location)
    }
}

/// A cell certificate of a prison.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CellCertificateDto)]
#[expect(missing_docs, reason = "the fields are the columns of cell_certificate, 01 section 2.1")]
pub struct CertificateView<'a> {
    pub id: Uuid,
    pub prison_id: &'a str,
    pub approved_by: &'a str,
    #[serde(serialize_with = "super::time::serialize")]
    pub approved_date: NaiveDateTime,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certification_approval_request_id: Option<Uuid>,
    pub total_working_capacity: i32,
    pub total_max_capacity: i32,
    pub total_certified_normal_accommodation: i32,
    pub signed_operation_capacity: i32,
    pub current: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approved_request: Option<RequestView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locations: Option<Vec<CertificateLocationView<'a>>>,
}

/// A certificate with the request that it was made for, and with its rows where they are asked for (06 section 7.3).
pub fn certificate_view<'a>(
    certificate: &'a Certificate,
    request: Option<&'a StoredRequest>,
    rows: Option<&'a [CertificateLocation]>,
) -> CertificateView<'a> {
    CertificateView {
        id: certificate.id,
        prison_id: &certificate.prison_id,
        approved_by: &certificate.approved_by,
        approved_date: certificate.approved_date,
        certification_approval_request_id: certificate.request_id,
        total_working_capacity: certificate.totals.working,
        total_max_capacity: certificate.totals.max,
        total_certified_normal_accommodation: certificate.totals.certified_normal_accommodation,
        signed_operation_capacity: certificate.signed_operational_capacity,
        current: certificate.current,
        approved_request: request.map(|r| request_view(r, ShowRequest::default())),
        locations: rows.map(|rows| rows.iter().map(certificate_tree).collect()),
    }
}

/// A prison with a current cell certificate, on the dashboard of capacity management.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CellCertificateDashboardDto)]
pub struct DashboardView {
    /// Prison ID
    pub prison_id: String,
    /// Prison name
    pub prison_name: String,
    /// Certified working capacity for the prison
    pub certified_working_capacity: i32,
    /// Signed operational capacity for the prison
    pub signed_operation_capacity: i32,
    /// Number of pending certification change requests for the prison
    pub pending_change_requests: i64,
    /// When the current certificate was last updated
    #[serde(serialize_with = "super::time::serialize")]
    pub certificate_last_updated: NaiveDateTime,
}
