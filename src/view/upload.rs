//! Uploads of cell certificates as clients see them (06 section 8.6).

use chrono::NaiveDateTime;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::domain::certification::upload::{Upload, UploadRow};
use crate::domain::reference::{UploadRowStatus, UploadStatus};

/// Cell certificate upload summary
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CellCertificateUploadDto)]
pub struct UploadView<'a> {
    /// Unique identifier for this upload, used to monitor progress
    pub id: Uuid,
    /// Prison ID
    pub prison_id: &'a str,
    /// Current status of the upload
    pub status: UploadStatus,
    /// Total number of records to be processed
    pub total_records: i32,
    /// Number of records processed so far
    pub processed_records: i32,
    /// Number of records skipped
    pub skipped_records: i32,
    /// Number of records that failed
    pub failed_records: i32,
    /// Who requested the upload
    pub requested_by: &'a str,
    /// When the upload was requested
    #[serde(serialize_with = "super::time::serialize")]
    pub requested_date: NaiveDateTime,
    /// When processing started
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "super::time::option::serialize")]
    pub start_time: Option<NaiveDateTime>,
    /// When processing finished
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "super::time::option::serialize")]
    pub end_time: Option<NaiveDateTime>,
    /// ID of the cell certificate generated from this upload, set once complete
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cell_certificate_id: Option<Uuid>,
    /// Reason supplied for the change, where required
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason_for_change: Option<&'a str>,
    /// Per-cell results, only populated when drilling into a single upload
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locations: Option<Vec<UploadRowView<'a>>>,
}

/// Result of processing a single uploaded cell
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CellCertificateUploadLocationDto)]
pub struct UploadRowView<'a> {
    /// Cell location key
    pub location_key: &'a str,
    /// Outcome of processing this cell
    pub status: UploadRowStatus,
    /// Message describing the outcome, e.g. why it was skipped or failed
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<&'a str>,
    /// When this cell was processed
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "super::time::option::serialize")]
    pub processed_date: Option<NaiveDateTime>,
    /// Requested max capacity
    pub max_capacity: i32,
    /// Requested working capacity
    pub working_capacity: i32,
    /// Requested certified normal accommodation
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certified_normal_accommodation: Option<i32>,
    /// Requested cell mark (door number)
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cell_mark: Option<&'a str>,
    /// Requested in-cell sanitation flag
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_cell_sanitation: Option<bool>,
    /// Max capacity before the change
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous_max_capacity: Option<i32>,
    /// Working capacity before the change
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous_working_capacity: Option<i32>,
    /// Certified normal accommodation before the change
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous_certified_normal_accommodation: Option<i32>,
    /// Cell mark before the change
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous_cell_mark: Option<&'a str>,
    /// In-cell sanitation before the change
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous_in_cell_sanitation: Option<bool>,
}

/// An upload, with its rows where they are asked for.
pub fn upload_view<'a>(upload: &'a Upload, rows: Option<&'a [UploadRow]>) -> UploadView<'a> {
    UploadView {
        id: upload.id,
        prison_id: &upload.prison_id,
        status: upload.status,
        total_records: upload.total_records,
        processed_records: upload.processed_records,
        skipped_records: upload.skipped_records,
        failed_records: upload.failed_records,
        requested_by: &upload.requested_by,
        requested_date: upload.requested_date,
        start_time: upload.start_time,
        end_time: upload.end_time,
        cell_certificate_id: upload.cell_certificate_id,
        reason_for_change: upload.reason_for_change.as_deref(),
        locations: rows.map(|rows| rows.iter().map(row_view).collect()),
    }
}

fn row_view(row: &UploadRow) -> UploadRowView<'_> {
    let previous = row.outcome.previous.as_ref();
    UploadRowView {
        location_key: &row.values.location_key,
        status: row.outcome.status,
        message: row.outcome.message.as_deref(),
        processed_date: row.outcome.processed_date,
        max_capacity: row.values.max,
        working_capacity: row.values.working,
        certified_normal_accommodation: row.values.certified_normal_accommodation,
        cell_mark: row.values.cell_mark.as_deref(),
        in_cell_sanitation: row.values.in_cell_sanitation,
        previous_max_capacity: previous.and_then(|p| p.max),
        previous_working_capacity: previous.and_then(|p| p.working),
        previous_certified_normal_accommodation: previous.and_then(|p| p.certified_normal_accommodation),
        previous_cell_mark: previous.and_then(|p| p.cell_mark.as_deref()),
        previous_in_cell_sanitation: previous.and_then(|p| p.in_cell_sanitation),
    }
}
