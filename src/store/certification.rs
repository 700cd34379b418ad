//! Writes requests for approval with their location trees, and patches rows of the current cell certificate.

use serde::Serialize;
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use super::certificate::self_and_prefixes;
use crate::domain::certification::request::NewRequest;
use crate::domain::certification::snapshot::Snapshot;
use crate::domain::reference::{ApprovalType, ConvertedCellType, SpecialistCellType, UsedForType, join_constants};

/// The columns of `certification_approval_request`, as they are written.
#[derive(Serialize)]
struct RequestRecord<'a> {
    id: Uuid,
    prison_id: &'a str,
    location_id: Option<Uuid>,
    location_key: Option<&'a str>,
    status: &'static str,
    requested_by: &'a str,
    requested_date: chrono::NaiveDateTime,
    approved_or_rejected_by: Option<&'a str>,
    approved_or_rejected_date: Option<chrono::NaiveDateTime>,
    certified_normal_accommodation_change: i32,
    working_capacity_change: i32,
    max_capacity_change: i32,
    approval_type: &'static str,
    signed_operation_capacity_change: i32,
    signed_operation_capacity_id: Option<i64>,
    reason_for_change: Option<&'a str>,
    current_signed_operation_capacity: i32,
    cell_mark: Option<&'a str>,
    deactivated_reason: Option<String>,
    deactivation_reason_description: Option<&'a str>,
    proposed_reactivation_date: Option<chrono::NaiveDate>,
    planet_fm_reference: Option<&'a str>,
    in_cell_sanitation: Option<bool>,
    current_cell_mark: Option<&'a str>,
    current_in_cell_sanitation: Option<bool>,
    max_capacity: Option<i32>,
    working_capacity: Option<i32>,
    certified_normal_accommodation: Option<i32>,
    pending_specialist_cell_types: Option<String>,
    converted_cell_type: Option<String>,
    other_converted_cell_type: Option<&'a str>,
    accommodation_type: Option<&'static str>,
    used_for_types: Option<String>,
    current_accommodation_types: Option<String>,
    current_used_for_types: Option<String>,
    top_level_accommodation_types: Option<String>,
    top_level_used_for_types: Option<String>,
}

impl<'a> RequestRecord<'a> {
    fn of(r: &'a NewRequest) -> Self {
        Self {
            id: r.id,
            prison_id: &r.prison_id,
            location_id: r.location_id,
            location_key: r.location_key.as_deref(),
            status: r.status.as_str(),
            requested_by: &r.requested_by,
            requested_date: r.requested_date,
            approved_or_rejected_by: r.approved_or_rejected_by.as_deref(),
            approved_or_rejected_date: r.approved_or_rejected_date,
            certified_normal_accommodation_change: r.capacity_change.certified_normal_accommodation,
            working_capacity_change: r.capacity_change.working,
            max_capacity_change: r.capacity_change.max,
            approval_type: r.approval_type.stored(),
            signed_operation_capacity_change: r.signed_operation_capacity_change,
            signed_operation_capacity_id: r.signed_operation_capacity_id,
            reason_for_change: r.reason_for_change.as_deref(),
            current_signed_operation_capacity: r.current_signed_operation_capacity,
            cell_mark: r.cell_mark.as_deref(),
            // The live service keeps the position of the constant here (06 section 2.2).
            deactivated_reason: r.deactivated_reason.map(|d| d.position().to_string()),
            deactivation_reason_description: r.deactivation_reason_description.as_deref(),
            proposed_reactivation_date: r.proposed_reactivation_date,
            planet_fm_reference: r.planet_fm_reference.as_deref(),
            in_cell_sanitation: r.in_cell_sanitation,
            current_cell_mark: r.current_cell_mark.as_deref(),
            current_in_cell_sanitation: r.current_in_cell_sanitation,
            max_capacity: r.capacity.map(|c| c.max),
            working_capacity: r.capacity.map(|c| c.working),
            certified_normal_accommodation: r.capacity.map(|c| c.certified_normal_accommodation),
            pending_specialist_cell_types: list(r.pending_specialist_cell_types.as_ref()),
            converted_cell_type: r.converted_cell_type.map(|room| stored_room(r.approval_type, room)),
            other_converted_cell_type: r.other_converted_cell_type.as_deref(),
            accommodation_type: r.accommodation_type.map(Into::into),
            used_for_types: list(r.used_for_types.as_ref()),
            current_accommodation_types: list(r.current_accommodation_types.as_ref()),
            current_used_for_types: list(r.current_used_for_types.as_ref()),
            top_level_accommodation_types: list(r.top_level_accommodation_types.as_ref()),
            top_level_used_for_types: list(r.top_level_used_for_types.as_ref()),
        }
    }
}

/// The position of the constant for CONVERT_CELL_TO_ROOM, its name for the way back (06 section 2.2).
fn stored_room(approval_type: ApprovalType, room: ConvertedCellType) -> String {
    match approval_type {
        ApprovalType::ConvertCellToRoom => room.position().to_string(),
        _ => room.as_str().to_owned(),
    }
}

fn list<T: Copy + Into<&'static str>>(constants: Option<&Vec<T>>) -> Option<String> {
    constants.map(|c| join_constants(c.iter().copied()))
}

/// The columns of `certification_approval_request_location`, as they are written.
#[derive(Serialize)]
struct SnapshotRecord<'a> {
    id: Uuid,
    certification_approval_request_id: Option<Uuid>,
    parent_location_id: Option<Uuid>,
    location_code: &'a str,
    cell_mark: Option<&'a str>,
    local_name: Option<&'a str>,
    path_hierarchy: &'a str,
    level: i32,
    certified_normal_accommodation: Option<i32>,
    working_capacity: Option<i32>,
    max_capacity: Option<i32>,
    in_cell_sanitation: Option<bool>,
    location_type: &'static str,
    specialist_cell_types: Option<String>,
    converted_cell_type: Option<&'static str>,
    used_for_types: Option<String>,
    accommodation_types: Option<String>,
    current_working_capacity: Option<i32>,
    current_max_capacity: Option<i32>,
    current_certified_normal_accommodation: Option<i32>,
    reactivate_this_location: bool,
    current_specialist_cell_types: Option<String>,
    current_cell_mark: Option<&'a str>,
    current_in_cell_sanitation: Option<bool>,
}

impl<'a> SnapshotRecord<'a> {
    fn of(node: &'a Snapshot, request: Option<Uuid>, parent: Option<Uuid>) -> Self {
        let some_if_any = |text: String| Some(text).filter(|t| !t.is_empty());
        Self {
            id: node.id,
            certification_approval_request_id: request,
            parent_location_id: parent,
            location_code: &node.location_code,
            cell_mark: node.cell_mark.as_deref(),
            local_name: node.local_name.as_deref(),
            path_hierarchy: &node.path,
            level: node.level,
            certified_normal_accommodation: node.asked.certified_normal_accommodation,
            working_capacity: node.asked.working,
            max_capacity: node.asked.max,
            in_cell_sanitation: node.in_cell_sanitation,
            location_type: node.location_type.into(),
            specialist_cell_types: list(node.specialist_cell_types.as_ref()),
            converted_cell_type: node.converted_cell_type.map(Into::into),
            used_for_types: some_if_any(join_constants(node.used_for_types.iter().copied())),
            accommodation_types: some_if_any(join_constants(node.accommodation_types.iter().copied())),
            current_working_capacity: node.current.working,
            current_max_capacity: node.current.max,
            current_certified_normal_accommodation: node.current.certified_normal_accommodation,
            reactivate_this_location: node.reactivate_this_location,
            current_specialist_cell_types: list(node.current_specialist_cell_types.as_ref()),
            current_cell_mark: node.current_cell_mark.as_deref(),
            current_in_cell_sanitation: node.current_in_cell_sanitation,
        }
    }

    /// The node and all below it, parents first. Only the top row names the request (06 section 2.3).
    fn collect(node: &'a Snapshot, request: Option<Uuid>, parent: Option<Uuid>, records: &mut Vec<Self>) {
        records.push(Self::of(node, request, parent));
        for child in &node.children {
            Self::collect(child, None, Some(node.id), records);
        }
    }
}

/// Writes requests for approval with their location trees: two statements, whatever their number and size.
///
/// # Errors
/// Whatever the database says.
pub async fn insert_requests(conn: &mut PgConnection, requests: &[NewRequest]) -> Result<(), sqlx::Error> {
    if requests.is_empty() {
        return Ok(());
    }
    insert_request_rows(conn, &requests.iter().map(RequestRecord::of).collect::<Vec<_>>()).await?;
    let mut records = Vec::new();
    for request in requests {
        if let Some(top) = &request.snapshot {
            SnapshotRecord::collect(top, Some(request.id), None, &mut records);
        }
    }
    insert_snapshot_rows(conn, &records).await
}

async fn insert_request_rows(conn: &mut PgConnection, records: &[RequestRecord<'_>]) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO certification_approval_request (id, prison_id, location_id, location_key, status, requested_by,
            requested_date, approved_or_rejected_by, approved_or_rejected_date,
            certified_normal_accommodation_change, working_capacity_change, max_capacity_change, approval_type,
            signed_operation_capacity_change, signed_operation_capacity_id, reason_for_change,
            current_signed_operation_capacity, cell_mark, deactivated_reason, deactivation_reason_description,
            proposed_reactivation_date, planet_fm_reference, in_cell_sanitation, current_cell_mark,
            current_in_cell_sanitation, max_capacity, working_capacity, certified_normal_accommodation,
            pending_specialist_cell_types, converted_cell_type, other_converted_cell_type, accommodation_type,
            used_for_types, current_accommodation_types, current_used_for_types, top_level_accommodation_types,
            top_level_used_for_types)
        SELECT id, prison_id, location_id, location_key, status, requested_by,
            requested_date, approved_or_rejected_by, approved_or_rejected_date,
            certified_normal_accommodation_change, working_capacity_change, max_capacity_change, approval_type,
            signed_operation_capacity_change, signed_operation_capacity_id, reason_for_change,
            current_signed_operation_capacity, cell_mark, deactivated_reason, deactivation_reason_description,
            proposed_reactivation_date, planet_fm_reference, in_cell_sanitation, current_cell_mark,
            current_in_cell_sanitation, max_capacity, working_capacity, certified_normal_accommodation,
            pending_specialist_cell_types, converted_cell_type, other_converted_cell_type, accommodation_type,
            used_for_types, current_accommodation_types, current_used_for_types, top_level_accommodation_types,
            top_level_used_for_types
        FROM jsonb_to_recordset($1) AS n (id uuid, prison_id text, location_id uuid, location_key text, status text,
            requested_by text, requested_date timestamp, approved_or_rejected_by text,
            approved_or_rejected_date timestamp, certified_normal_accommodation_change integer,
            working_capacity_change integer, max_capacity_change integer, approval_type text,
            signed_operation_capacity_change integer, signed_operation_capacity_id bigint, reason_for_change text,
            current_signed_operation_capacity integer, cell_mark text, deactivated_reason text,
            deactivation_reason_description text, proposed_reactivation_date date, planet_fm_reference text,
            in_cell_sanitation boolean, current_cell_mark text, current_in_cell_sanitation boolean,
            max_capacity integer, working_capacity integer, certified_normal_accommodation integer,
            pending_specialist_cell_types text, converted_cell_type text, other_converted_cell_type text,
            accommodation_type text, used_for_types text, current_accommodation_types text,
            current_used_for_types text, top_level_accommodation_types text, top_level_used_for_types text)
        "#,
        Json(records) as _
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn insert_snapshot_rows(conn: &mut PgConnection, records: &[SnapshotRecord<'_>]) -> Result<(), sqlx::Error> {
    if records.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        r#"
        INSERT INTO certification_approval_request_location (id, certification_approval_request_id,
            parent_location_id, location_code, cell_mark, local_name, path_hierarchy, level,
            certified_normal_accommodation, working_capacity, max_capacity, in_cell_sanitation, location_type,
            specialist_cell_types, converted_cell_type, used_for_types, accommodation_types,
            current_working_capacity, current_max_capacity, current_certified_normal_accommodation,
            reactivate_this_location, current_specialist_cell_types, current_cell_mark, current_in_cell_sanitation)
        SELECT id, certification_approval_request_id,
            parent_location_id, location_code, cell_mark, local_name, path_hierarchy, level,
            certified_normal_accommodation, working_capacity, max_capacity, in_cell_sanitation, location_type,
            specialist_cell_types, converted_cell_type, used_for_types, accommodation_types,
            current_working_capacity, current_max_capacity, current_certified_normal_accommodation,
            reactivate_this_location, current_specialist_cell_types, current_cell_mark, current_in_cell_sanitation
        FROM jsonb_to_recordset($1) AS n (id uuid, certification_approval_request_id uuid, parent_location_id uuid,
            location_code text, cell_mark text, local_name text, path_hierarchy text, level integer,
            certified_normal_accommodation integer, working_capacity integer, max_capacity integer,
            in_cell_sanitation boolean, location_type text, specialist_cell_types text, converted_cell_type text,
            used_for_types text, accommodation_types text, current_working_capacity integer,
            current_max_capacity integer, current_certified_normal_accommodation integer,
            reactivate_this_location boolean, current_specialist_cell_types text, current_cell_mark text,
            current_in_cell_sanitation boolean)
        "#,
        Json(records) as _
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A column of the current certificate that a direct change sets, with its new values by path (06 section 7.5).
#[derive(Clone, Debug, PartialEq)]
pub enum CertificatePatch {
    /// Specialist cell types; an empty list is stored as null.
    SpecialistCellTypes(Vec<(String, Vec<SpecialistCellType>)>),
    /// Used-for types; an empty list is stored as null.
    UsedFor(Vec<(String, Vec<UsedForType>)>),
    /// The local name in title case.
    LocalName(String, Option<String>),
}

impl CertificatePatch {
    /// Which column it is, the paths, and what each row gets.
    fn columns(&self) -> (&'static str, Vec<String>, Vec<Option<String>>) {
        fn split<T: Copy + Into<&'static str>>(rows: &[(String, Vec<T>)]) -> (Vec<String>, Vec<Option<String>>) {
            let text = |list: &[T]| Some(join_constants(list.iter().copied())).filter(|t| !t.is_empty());
            rows.iter().map(|(path, list)| (path.clone(), text(list))).unzip()
        }
        match self {
            Self::SpecialistCellTypes(rows) => {
                let (paths, values) = split(rows);
                ("specialist_cell_types", paths, values)
            }
            Self::UsedFor(rows) => {
                let (paths, values) = split(rows);
                ("used_for_types", paths, values)
            }
            Self::LocalName(path, name) => ("local_name", vec![path.clone()], vec![name.clone()]),
        }
    }
}

/// Sets one column of the rows with these paths in the prison's current cell certificate; rows above them stay as they
/// are, and without a certificate or a row nothing happens (06 section 7.5).
///
/// # Errors
/// Whatever the database says.
pub async fn patch_certificate(
    conn: &mut PgConnection,
    prison_id: &str,
    patch: &CertificatePatch,
) -> Result<(), sqlx::Error> {
    let (column, paths, values) = patch.columns();
    if paths.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        r#"
        WITH RECURSIVE rows_of AS (
            SELECT l.id, l.path_hierarchy
            FROM cell_certificate c JOIN cell_certificate_location l ON l.cell_certificate_id = c.id
            WHERE c.prison_id = $1 AND c.current AND l.path_hierarchy = ANY($5)
            UNION ALL
            SELECT l.id, l.path_hierarchy
            FROM rows_of CROSS JOIN LATERAL (
                SELECT x.id, x.path_hierarchy FROM cell_certificate_location x
                WHERE x.parent_location_id = rows_of.id AND x.path_hierarchy = ANY($5) OFFSET 0
            ) l
        )
        UPDATE cell_certificate_location t
        SET specialist_cell_types = CASE $2 WHEN 'specialist_cell_types' THEN n.value ELSE t.specialist_cell_types END,
            used_for_types = CASE $2 WHEN 'used_for_types' THEN n.value ELSE t.used_for_types END,
            local_name = CASE $2 WHEN 'local_name' THEN n.value ELSE t.local_name END
        FROM rows_of JOIN UNNEST($3::text[], $4::text[]) AS n (path, value) ON n.path = rows_of.path_hierarchy
        WHERE t.id = rows_of.id
        "#,
        prison_id,
        column,
        &paths,
        &values as _,
        &self_and_prefixes(&paths)
    )
    .execute(conn)
    .await?;
    Ok(())
}
