//! Reads requests for approval and stores decisions on them (06 sections 2, 5 and 6).

use std::collections::HashMap;

use chrono::{NaiveDate, NaiveDateTime};
use sqlx::PgConnection;
use uuid::Uuid;

use super::rows::{constant, constant_list, optional_constant};
use crate::domain::certification::request::NewRequest;
use crate::domain::certification::snapshot::{Numbers, Snapshot};
use crate::domain::certification::stored::StoredRequest;
use crate::domain::location::Capacity;
use crate::domain::reference::{ApprovalStatus, ApprovalType, ConvertedCellType, DeactivatedReason};

/// A row of `certification_approval_request`, with the path of its location and the top of its location tree.
#[derive(Debug)]
struct Row {
    id: Uuid,
    prison_id: String,
    location_id: Option<Uuid>,
    location_key: Option<String>,
    status: String,
    requested_by: String,
    requested_date: NaiveDateTime,
    approved_or_rejected_by: Option<String>,
    approved_or_rejected_date: Option<NaiveDateTime>,
    comments: Option<String>,
    certified_normal_accommodation_change: i32,
    working_capacity_change: i32,
    max_capacity_change: i32,
    approval_type: String,
    signed_operation_capacity_change: i32,
    signed_operation_capacity_id: Option<i64>,
    reason_for_change: Option<String>,
    current_signed_operation_capacity: i32,
    cell_mark: Option<String>,
    deactivated_reason: Option<String>,
    deactivation_reason_description: Option<String>,
    proposed_reactivation_date: Option<NaiveDate>,
    planet_fm_reference: Option<String>,
    in_cell_sanitation: Option<bool>,
    current_cell_mark: Option<String>,
    current_in_cell_sanitation: Option<bool>,
    max_capacity: Option<i32>,
    working_capacity: Option<i32>,
    certified_normal_accommodation: Option<i32>,
    pending_specialist_cell_types: Option<String>,
    converted_cell_type: Option<String>,
    other_converted_cell_type: Option<String>,
    accommodation_type: Option<String>,
    used_for_types: Option<String>,
    current_accommodation_types: Option<String>,
    current_used_for_types: Option<String>,
    top_level_accommodation_types: Option<String>,
    top_level_used_for_types: Option<String>,
    current_specialist_cell_types: Option<String>,
    location_path: Option<String>,
}

impl TryFrom<Row> for StoredRequest {
    type Error = sqlx::Error;

    fn try_from(r: Row) -> Result<Self, sqlx::Error> {
        let capacity = (r.max_capacity.is_some() || r.working_capacity.is_some()).then(|| Capacity {
            max: r.max_capacity.unwrap_or(0),
            working: r.working_capacity.unwrap_or(0),
            certified_normal_accommodation: r.certified_normal_accommodation.unwrap_or(0),
        });
        let made = NewRequest {
            id: r.id,
            prison_id: r.prison_id,
            location_id: r.location_id,
            location_key: r.location_key,
            approval_type: ApprovalType::from_stored(&r.approval_type)
                .ok_or_else(|| unknown("approval_type", &r.approval_type))?,
            status: constant("certification_approval_request.status", &r.status)?,
            requested_by: r.requested_by,
            requested_date: r.requested_date,
            approved_or_rejected_by: r.approved_or_rejected_by,
            approved_or_rejected_date: r.approved_or_rejected_date,
            reason_for_change: r.reason_for_change,
            capacity_change: Capacity {
                max: r.max_capacity_change,
                working: r.working_capacity_change,
                certified_normal_accommodation: r.certified_normal_accommodation_change,
            },
            cell_mark: r.cell_mark,
            current_cell_mark: r.current_cell_mark,
            in_cell_sanitation: r.in_cell_sanitation,
            current_in_cell_sanitation: r.current_in_cell_sanitation,
            deactivated_reason: r.deactivated_reason.as_deref().map(deactivated_reason).transpose()?,
            deactivation_reason_description: r.deactivation_reason_description,
            proposed_reactivation_date: r.proposed_reactivation_date,
            planet_fm_reference: r.planet_fm_reference,
            capacity,
            pending_specialist_cell_types: list(
                "pending_specialist_cell_types",
                r.pending_specialist_cell_types.as_deref(),
            )?,
            converted_cell_type: r.converted_cell_type.as_deref().map(converted_cell_type).transpose()?,
            other_converted_cell_type: r.other_converted_cell_type,
            accommodation_type: optional_constant("accommodation_type", r.accommodation_type.as_deref())?,
            used_for_types: list("used_for_types", r.used_for_types.as_deref())?,
            current_accommodation_types: list("current_accommodation_types", r.current_accommodation_types.as_deref())?,
            current_used_for_types: list("current_used_for_types", r.current_used_for_types.as_deref())?,
            top_level_accommodation_types: list(
                "top_level_accommodation_types",
                r.top_level_accommodation_types.as_deref(),
            )?,
            top_level_used_for_types: list("top_level_used_for_types", r.top_level_used_for_types.as_deref())?,
            signed_operation_capacity_id: r.signed_operation_capacity_id,
            current_signed_operation_capacity: r.current_signed_operation_capacity,
            signed_operation_capacity_change: r.signed_operation_capacity_change,
            snapshot: None,
        };
        Ok(Self {
            made,
            comments: r.comments,
            current_specialist_cell_types: list(
                "current_specialist_cell_types",
                r.current_specialist_cell_types.as_deref(),
            )?,
            location_path: r.location_path,
        })
    }
}

fn unknown(column: &str, text: &str) -> sqlx::Error {
    sqlx::Error::Decode(format!("{column} holds the unknown constant {text}").into())
}

fn deactivated_reason(text: &str) -> Result<DeactivatedReason, sqlx::Error> {
    DeactivatedReason::from_position_or_name(text).ok_or_else(|| unknown("deactivated_reason", text))
}

fn converted_cell_type(text: &str) -> Result<ConvertedCellType, sqlx::Error> {
    ConvertedCellType::from_position_or_name(text).ok_or_else(|| unknown("converted_cell_type", text))
}

/// A list of constants in stored order; none when the column is null.
fn list<T: std::str::FromStr>(column: &str, text: Option<&str>) -> Result<Option<Vec<T>>, sqlx::Error> {
    text.map(|t| constant_list(column, Some(t))).transpose()
}

/// These requests by id, without their location trees: one statement. Ids that are not there are left out.
///
/// # Errors
/// Whatever the database says, or a constant that is not known.
pub async fn by_ids(conn: &mut PgConnection, ids: &[Uuid]) -> Result<HashMap<Uuid, StoredRequest>, sqlx::Error> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = sqlx::query_as!(
        Row,
        r#"
        SELECT r.*, (SELECT l.path_hierarchy FROM location l WHERE l.id = r.location_id) AS location_path,
            (SELECT t.current_specialist_cell_types FROM certification_approval_request_location t
             WHERE t.certification_approval_request_id = r.id) AS current_specialist_cell_types
        FROM certification_approval_request r
        WHERE r.id = ANY($1)
        "#,
        ids
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(|r| Ok((r.id, r.try_into()?))).collect()
}

/// A request by its id, without its location tree.
///
/// # Errors
/// Whatever the database says, or a constant that is not known.
pub async fn by_id(conn: &mut PgConnection, id: Uuid) -> Result<Option<StoredRequest>, sqlx::Error> {
    Ok(by_ids(conn, &[id]).await?.remove(&id))
}

/// The requests of a prison with this status, the latest first, without their location trees: one statement.
///
/// # Errors
/// Whatever the database says, or a constant that is not known.
pub async fn of_prison(
    conn: &mut PgConnection,
    prison_id: &str,
    status: ApprovalStatus,
) -> Result<Vec<StoredRequest>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        SELECT r.*, (SELECT l.path_hierarchy FROM location l WHERE l.id = r.location_id) AS location_path,
            (SELECT t.current_specialist_cell_types FROM certification_approval_request_location t
             WHERE t.certification_approval_request_id = r.id) AS current_specialist_cell_types
        FROM certification_approval_request r
        WHERE r.prison_id = $1 AND r.status = $2
        ORDER BY r.requested_date DESC, r.id
        "#,
        prison_id,
        status.as_str()
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// The prison of a request.
///
/// # Errors
/// Whatever the database says.
pub async fn prison_of(pool: &sqlx::PgPool, id: Uuid) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar!("SELECT prison_id FROM certification_approval_request WHERE id = $1", id)
        .fetch_optional(pool)
        .await
}

/// The location tree that was saved with a request, each level in plain string order of the paths: one statement.
///
/// # Errors
/// Whatever the database says, or a constant that is not known.
pub async fn location_tree(conn: &mut PgConnection, request_id: Uuid) -> Result<Option<Snapshot>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        WITH RECURSIVE saved AS (
            SELECT * FROM certification_approval_request_location t WHERE t.certification_approval_request_id = $1
            UNION ALL
            SELECT t.* FROM saved CROSS JOIN LATERAL (
                SELECT * FROM certification_approval_request_location x WHERE x.parent_location_id = saved.id OFFSET 0
            ) t
        )
        SELECT id AS "id!", location_code AS "location_code!", cell_mark, local_name,
            path_hierarchy AS "path_hierarchy!", level AS "level!", certified_normal_accommodation, working_capacity,
            max_capacity, in_cell_sanitation, location_type AS "location_type!", specialist_cell_types,
            converted_cell_type, parent_location_id, used_for_types, accommodation_types, current_working_capacity,
            current_max_capacity, current_certified_normal_accommodation,
            reactivate_this_location AS "reactivate_this_location!", current_specialist_cell_types, current_cell_mark,
            current_in_cell_sanitation
        FROM saved
        "#,
        request_id
    )
    .fetch_all(conn)
    .await?;
    let mut below: HashMap<Option<Uuid>, Vec<Snapshot>> = HashMap::new();
    for r in rows {
        let node = Snapshot {
            id: r.id,
            location_code: r.location_code,
            path: r.path_hierarchy,
            level: r.level,
            location_type: constant("location_type", &r.location_type)?,
            local_name: r.local_name,
            cell_mark: r.cell_mark,
            current_cell_mark: r.current_cell_mark,
            in_cell_sanitation: r.in_cell_sanitation,
            current_in_cell_sanitation: r.current_in_cell_sanitation,
            asked: Numbers {
                max: r.max_capacity,
                working: r.working_capacity,
                certified_normal_accommodation: r.certified_normal_accommodation,
            },
            current: Numbers {
                max: r.current_max_capacity,
                working: r.current_working_capacity,
                certified_normal_accommodation: r.current_certified_normal_accommodation,
            },
            used_for_types: constant_list("used_for_types", r.used_for_types.as_deref())?,
            accommodation_types: constant_list("accommodation_types", r.accommodation_types.as_deref())?,
            specialist_cell_types: list("specialist_cell_types", r.specialist_cell_types.as_deref())?,
            current_specialist_cell_types: list(
                "current_specialist_cell_types",
                r.current_specialist_cell_types.as_deref(),
            )?,
            converted_cell_type: optional_constant("converted_cell_type", r.converted_cell_type.as_deref())?,
            reactivate_this_location: r.reactivate_this_location,
            children: Vec::new(),
        };
        below.entry(r.parent_location_id).or_default().push(node);
    }
    Ok(assemble(&mut below, None).into_iter().next())
}

/// The nodes below one node, with theirs.
fn assemble(below: &mut HashMap<Option<Uuid>, Vec<Snapshot>>, parent: Option<Uuid>) -> Vec<Snapshot> {
    let mut nodes = below.remove(&parent).unwrap_or_default();
    nodes.sort_by(|a, b| a.path.cmp(&b.path));
    for node in &mut nodes {
        node.children = assemble(below, Some(node.id));
    }
    nodes
}

/// Stores a decision on a request: status, who, when, and what was said.
///
/// # Errors
/// Whatever the database says.
pub async fn decide(conn: &mut PgConnection, request: &StoredRequest) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE certification_approval_request
         SET status = $2, approved_or_rejected_by = $3, approved_or_rejected_date = $4, comments = $5
         WHERE id = $1",
        request.made.id,
        request.made.status.as_str(),
        request.made.approved_or_rejected_by,
        request.made.approved_or_rejected_date,
        request.comments
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether a change of this signed operational capacity waits for approval.
///
/// # Errors
/// Whatever the database says.
pub async fn is_signed_capacity_pending(conn: &mut PgConnection, id: i32) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT 1 FROM certification_approval_request
            WHERE signed_operation_capacity_id = $1 AND status = 'PENDING' AND approval_type = 'SIGNED_OP_CAP')
            AS "found!""#,
        i64::from(id)
    )
    .fetch_one(conn)
    .await
}

/// A prison on the dashboard, but for its name (06 section 7.6).
#[derive(Debug)]
pub struct DashboardRow {
    /// The prison.
    pub prison_id: String,
    /// Working capacity of its current certificate, persons.
    pub total_working_capacity: i32,
    /// Signed operational capacity when the certificate was made, persons.
    pub signed_operation_capacity: i32,
    /// When the certificate was approved, London time.
    pub approved_date: NaiveDateTime,
    /// Requests that wait for a decision.
    pub pending: i64,
}

/// The current certificates of prisons that need approval, with the number of their pending requests: one statement.
///
/// # Errors
/// Whatever the database says.
pub async fn dashboard(conn: &mut PgConnection) -> Result<Vec<DashboardRow>, sqlx::Error> {
    sqlx::query_as!(
        DashboardRow,
        r#"
        SELECT c.prison_id, c.total_working_capacity, c.signed_operation_capacity, c.approved_date,
            (SELECT count(*) FROM certification_approval_request r
             WHERE r.prison_id = c.prison_id AND r.status = 'PENDING') AS "pending!"
        FROM cell_certificate c JOIN prison_configuration p ON p.prison_id = c.prison_id
        WHERE c.current AND p.certification_approval_required
        ORDER BY c.prison_id
        "#
    )
    .fetch_all(conn)
    .await
}
