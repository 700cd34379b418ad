//! Uploads of cell certificates (06 section 8).

use chrono::NaiveDateTime;
use serde::Serialize;
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use super::rows::constant;
use crate::domain::certification::upload::{Outcome, Previous, RowValues, Upload, UploadRow};

/// Which uploads of a prison are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listed {
    /// Waiting or at work.
    Processing,
    /// Finished.
    Complete,
    /// All of them.
    All,
}

/// A row of `cell_certificate_upload`.
#[derive(Debug)]
struct UploadRecord {
    id: Uuid,
    prison_id: String,
    status: String,
    requested_by: String,
    requested_date: NaiveDateTime,
    start_time: Option<NaiveDateTime>,
    end_time: Option<NaiveDateTime>,
    total_records: i32,
    processed_records: i32,
    skipped_records: i32,
    failed_records: i32,
    reason_for_change: Option<String>,
    cell_certificate_id: Option<Uuid>,
}

impl TryFrom<UploadRecord> for Upload {
    type Error = sqlx::Error;

    fn try_from(r: UploadRecord) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: r.id,
            prison_id: r.prison_id,
            status: constant("cell_certificate_upload.status", &r.status)?,
            requested_by: r.requested_by,
            requested_date: r.requested_date,
            start_time: r.start_time,
            end_time: r.end_time,
            total_records: r.total_records,
            processed_records: r.processed_records,
            skipped_records: r.skipped_records,
            failed_records: r.failed_records,
            reason_for_change: r.reason_for_change,
            cell_certificate_id: r.cell_certificate_id,
        })
    }
}

/// An upload by its id, without its rows.
///
/// # Errors
/// Whatever the database says, or a constant that is not known.
pub async fn by_id(conn: &mut PgConnection, id: Uuid) -> Result<Option<Upload>, sqlx::Error> {
    sqlx::query_as!(UploadRecord, "SELECT * FROM cell_certificate_upload WHERE id = $1", id)
        .fetch_optional(conn)
        .await?
        .map(TryInto::try_into)
        .transpose()
}

/// The same, and nobody else may change it until the transaction ends: not the live service either.
///
/// # Errors
/// Whatever the database says, or a constant that is not known.
pub async fn by_id_for_update(conn: &mut PgConnection, id: Uuid) -> Result<Option<Upload>, sqlx::Error> {
    sqlx::query_as!(UploadRecord, "SELECT * FROM cell_certificate_upload WHERE id = $1 FOR UPDATE", id)
        .fetch_optional(conn)
        .await?
        .map(TryInto::try_into)
        .transpose()
}

/// The uploads of a prison, the latest first, without their rows.
///
/// # Errors
/// Whatever the database says, or a constant that is not known.
pub async fn of_prison(conn: &mut PgConnection, prison_id: &str, listed: Listed) -> Result<Vec<Upload>, sqlx::Error> {
    let statuses: &[&str] = match listed {
        Listed::Processing => &["PENDING", "STARTED"],
        Listed::Complete => &["FINISHED"],
        Listed::All => &["PENDING", "STARTED", "FINISHED"],
    };
    let rows = sqlx::query_as!(
        UploadRecord,
        "SELECT * FROM cell_certificate_upload WHERE prison_id = $1 AND status = ANY($2)
         ORDER BY requested_date DESC, id",
        prison_id,
        statuses as _
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// Whether an upload is waiting or at work for a prison.
///
/// # Errors
/// Whatever the database says.
pub async fn is_in_progress(conn: &mut PgConnection, prison_id: &str) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT 1 FROM cell_certificate_upload
            WHERE prison_id = $1 AND status IN ('PENDING', 'STARTED')) AS "found!""#,
        prison_id
    )
    .fetch_one(conn)
    .await
}

/// The rows of an upload, in plain string order of their keys.
///
/// # Errors
/// Whatever the database says, or a constant that is not known.
pub async fn rows(conn: &mut PgConnection, upload_id: Uuid) -> Result<Vec<UploadRow>, sqlx::Error> {
    let records =
        sqlx::query!("SELECT * FROM cell_certificate_upload_location WHERE cell_certificate_upload_id = $1", upload_id)
            .fetch_all(conn)
            .await?;
    let mut rows = records
        .into_iter()
        .map(|r| {
            let previous = Previous {
                max: r.previous_max_capacity,
                working: r.previous_working_capacity,
                certified_normal_accommodation: r.previous_certified_normal_accommodation,
                cell_mark: r.previous_cell_mark,
                in_cell_sanitation: r.previous_in_cell_sanitation,
            };
            Ok(UploadRow {
                id: r.id,
                values: RowValues {
                    location_key: r.location_key,
                    max: r.max_capacity,
                    working: r.working_capacity,
                    certified_normal_accommodation: r.certified_normal_accommodation,
                    cell_mark: r.cell_mark,
                    in_cell_sanitation: r.in_cell_sanitation,
                },
                outcome: Outcome {
                    status: constant("cell_certificate_upload_location.status", &r.status)?,
                    message: r.message,
                    previous: Some(previous).filter(|p| *p != Previous::default()),
                    processed_date: r.processed_date,
                },
            })
        })
        .collect::<Result<Vec<_>, sqlx::Error>>()?;
    rows.sort_by(|a, b| a.values.location_key.cmp(&b.values.location_key));
    Ok(rows)
}

/// A row of `cell_certificate_upload_location` as it is written.
#[derive(Serialize)]
struct NewRecord<'a> {
    id: Uuid,
    location_key: &'a str,
    max_capacity: i32,
    working_capacity: i32,
    certified_normal_accommodation: Option<i32>,
    cell_mark: Option<&'a str>,
    in_cell_sanitation: Option<bool>,
}

/// Stores a new upload with its rows, all of them PENDING: two statements.
///
/// # Errors
/// Whatever the database says: texts that are too long, and an upload of the prison that is not finished.
pub async fn insert(conn: &mut PgConnection, upload: &Upload, rows: &[RowValues]) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO cell_certificate_upload (id, prison_id, status, requested_by, requested_date, total_records,
            reason_for_change)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        upload.id,
        upload.prison_id,
        upload.status.as_str(),
        upload.requested_by,
        upload.requested_date,
        upload.total_records,
        upload.reason_for_change
    )
    .execute(&mut *conn)
    .await?;
    let records: Vec<NewRecord<'_>> = rows
        .iter()
        .map(|r| NewRecord {
            id: Uuid::now_v7(),
            location_key: &r.location_key,
            max_capacity: r.max,
            working_capacity: r.working,
            certified_normal_accommodation: r.certified_normal_accommodation,
            cell_mark: r.cell_mark.as_deref(),
            in_cell_sanitation: r.in_cell_sanitation,
        })
        .collect();
    sqlx::query!(
        "INSERT INTO cell_certificate_upload_location (id, cell_certificate_upload_id, location_key, max_capacity,
            working_capacity, certified_normal_accommodation, cell_mark, in_cell_sanitation, status)
         SELECT id, $1, location_key, max_capacity, working_capacity, certified_normal_accommodation, cell_mark,
            in_cell_sanitation, 'PENDING'
         FROM jsonb_to_recordset($2) AS n (id uuid, location_key text, max_capacity integer, working_capacity integer,
            certified_normal_accommodation integer, cell_mark text, in_cell_sanitation boolean)",
        upload.id,
        Json(&records) as _
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What came of a row, as it is written.
#[derive(Serialize)]
struct OutcomeRecord<'a> {
    id: Uuid,
    status: &'static str,
    message: Option<&'a str>,
    processed_date: Option<NaiveDateTime>,
    max: Option<i32>,
    working: Option<i32>,
    cna: Option<i32>,
    cell_mark: Option<&'a str>,
    in_cell_sanitation: Option<bool>,
}

/// Stores what came of these rows: one statement.
///
/// # Errors
/// Whatever the database says.
pub async fn settle_rows(conn: &mut PgConnection, rows: &[UploadRow]) -> Result<(), sqlx::Error> {
    let none = Previous::default();
    let records: Vec<OutcomeRecord<'_>> = rows
        .iter()
        .map(|r| {
            let previous = r.outcome.previous.as_ref().unwrap_or(&none);
            OutcomeRecord {
                id: r.id,
                status: r.outcome.status.as_str(),
                message: r.outcome.message.as_deref(),
                processed_date: r.outcome.processed_date,
                max: previous.max,
                working: previous.working,
                cna: previous.certified_normal_accommodation,
                cell_mark: previous.cell_mark.as_deref(),
                in_cell_sanitation: previous.in_cell_sanitation,
            }
        })
        .collect();
    sqlx::query!(
        "UPDATE cell_certificate_upload_location r
         SET status = n.status, message = n.message, processed_date = n.processed_date, previous_max_capacity = n.max,
            previous_working_capacity = n.working, previous_certified_normal_accommodation = n.cna,
            previous_cell_mark = n.cell_mark, previous_in_cell_sanitation = n.in_cell_sanitation
         FROM jsonb_to_recordset($1) AS n (id uuid, status text, message text, processed_date timestamp, max integer,
            working integer, cna integer, cell_mark text, in_cell_sanitation boolean)
         WHERE r.id = n.id",
        Json(&records) as _
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Stores how an upload ended.
///
/// # Errors
/// Whatever the database says.
pub async fn finish(conn: &mut PgConnection, upload: &Upload) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE cell_certificate_upload
         SET status = $2, start_time = $3, end_time = $4, processed_records = $5, skipped_records = $6,
            failed_records = $7, cell_certificate_id = $8
         WHERE id = $1",
        upload.id,
        upload.status.as_str(),
        upload.start_time,
        upload.end_time,
        upload.processed_records,
        upload.skipped_records,
        upload.failed_records,
        upload.cell_certificate_id
    )
    .execute(conn)
    .await?;
    Ok(())
}
