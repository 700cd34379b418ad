//! Cell certificates: reading them whole or in part, and storing new ones (06 section 7).
//!
//! A certificate is kept as a tree: rows of level 1 point to the certificate, each other row to the row above it.

use std::collections::{BTreeSet, HashMap};

use serde::Serialize;
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use super::rows::{constant, constant_list, optional_constant};
use crate::domain::certificate::{Certificate, CertificateLocation};
use crate::domain::location::Capacity;
use crate::domain::reference::join_constants;

/// The row with this path in the prison's current cell certificate, searched through all its levels, without what is
/// below it (01 section 11.1, 03 section 6.1 rule 3).
///
/// # Errors
/// Whatever the database says, or a constant that is not known.
pub async fn current_row(
    conn: &mut PgConnection,
    prison_id: &str,
    path: &str,
) -> Result<Option<CertificateLocation>, sqlx::Error> {
    Ok(current_rows(conn, prison_id, &[path.to_owned()]).await?.remove(path))
}

/// The rows with these paths in the prison's current cell certificate, by path: one statement.
///
/// # Errors
/// Whatever the database says, or a constant that is not known.
pub async fn current_rows(
    conn: &mut PgConnection,
    prison_id: &str,
    paths: &[String],
) -> Result<HashMap<String, CertificateLocation>, sqlx::Error> {
    // From the top of the certificate down, as the same paths are found in every prison and in every old certificate; only
    // where one of these paths may be below.
    let on_the_way = self_and_prefixes(paths);
    let rows = sqlx::query_as!(
        ValueRow,
        r#"
        WITH RECURSIVE line AS (
            SELECT l.id, l.path_hierarchy
            FROM cell_certificate c JOIN cell_certificate_location l ON l.cell_certificate_id = c.id
            WHERE c.prison_id = $1 AND c.current AND l.path_hierarchy = ANY($3)
            UNION ALL
            SELECT l.id, l.path_hierarchy
            FROM line CROSS JOIN LATERAL (
                SELECT x.id, x.path_hierarchy FROM cell_certificate_location x
                WHERE x.parent_location_id = line.id AND x.path_hierarchy = ANY($3) OFFSET 0
            ) l
        )
        SELECT l.location_code, l.path_hierarchy, l.certified_normal_accommodation, l.working_capacity, l.max_capacity,
            l.in_cell_sanitation, l.location_type, l.specialist_cell_types, l.cell_mark, l.level, l.local_name,
            l.converted_cell_type, l.used_for_types, l.accommodation_types, l.other_converted_cell_type
        FROM line JOIN cell_certificate_location l ON l.id = line.id
        WHERE line.path_hierarchy = ANY($2)
        "#,
        prison_id,
        paths,
        &on_the_way
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            let location = CertificateLocation::try_from(row)?;
            Ok((location.path.clone(), location))
        })
        .collect()
}

/// Each of these paths, and every path that may belong to a location above it. Codes may contain `-` themselves, so some of
/// them belong to nothing.
pub(super) fn self_and_prefixes(paths: &[String]) -> Vec<String> {
    let mut found: BTreeSet<&str> = BTreeSet::new();
    for path in paths {
        found.insert(path);
        found.extend(path.match_indices('-').map(|(at, _)| &path[..at]));
    }
    found.into_iter().map(str::to_owned).collect()
}

/// A row of `cell_certificate_location`, but for what links it to others.
#[derive(Debug)]
struct ValueRow {
    location_code: String,
    path_hierarchy: String,
    certified_normal_accommodation: Option<i32>,
    working_capacity: Option<i32>,
    max_capacity: Option<i32>,
    in_cell_sanitation: Option<bool>,
    location_type: String,
    specialist_cell_types: Option<String>,
    cell_mark: Option<String>,
    level: i32,
    local_name: Option<String>,
    converted_cell_type: Option<String>,
    used_for_types: Option<String>,
    accommodation_types: Option<String>,
    other_converted_cell_type: Option<String>,
}

impl TryFrom<ValueRow> for CertificateLocation {
    type Error = sqlx::Error;

    fn try_from(r: ValueRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            location_code: r.location_code,
            path: r.path_hierarchy,
            certified_normal_accommodation: r.certified_normal_accommodation,
            working_capacity: r.working_capacity,
            max_capacity: r.max_capacity,
            in_cell_sanitation: r.in_cell_sanitation,
            location_type: constant("location_type", &r.location_type)?,
            accommodation_types: list("accommodation_types", r.accommodation_types.as_deref())?,
            specialist_cell_types: list("specialist_cell_types", r.specialist_cell_types.as_deref())?,
            used_for: list("used_for_types", r.used_for_types.as_deref())?,
            local_name: r.local_name,
            cell_mark: r.cell_mark,
            level: r.level,
            converted_cell_type: optional_constant("converted_cell_type", r.converted_cell_type.as_deref())?,
            other_converted_cell_type: r.other_converted_cell_type,
            sub_locations: Vec::new(),
        })
    }
}

/// A list of constants in stored order; none when the column is null.
fn list<T: std::str::FromStr>(column: &str, text: Option<&str>) -> Result<Option<Vec<T>>, sqlx::Error> {
    text.map(|t| constant_list(column, Some(t))).transpose()
}

/// A row of `cell_certificate`.
#[derive(Debug)]
struct CertificateRow {
    id: Uuid,
    prison_id: String,
    approved_by: String,
    approved_date: chrono::NaiveDateTime,
    certification_approval_request_id: Option<Uuid>,
    total_working_capacity: i32,
    total_max_capacity: i32,
    total_certified_normal_accommodation: i32,
    current: bool,
    signed_operation_capacity: i32,
}

impl From<CertificateRow> for Certificate {
    fn from(r: CertificateRow) -> Self {
        Self {
            id: r.id,
            prison_id: r.prison_id,
            approved_by: r.approved_by,
            approved_date: r.approved_date,
            request_id: r.certification_approval_request_id,
            totals: Capacity {
                max: r.total_max_capacity,
                working: r.total_working_capacity,
                certified_normal_accommodation: r.total_certified_normal_accommodation,
            },
            signed_operational_capacity: r.signed_operation_capacity,
            current: r.current,
        }
    }
}

/// A certificate by its id, without its rows.
///
/// # Errors
/// Whatever the database says.
pub async fn by_id(conn: &mut PgConnection, id: Uuid) -> Result<Option<Certificate>, sqlx::Error> {
    let row = sqlx::query_as!(CertificateRow, "SELECT * FROM cell_certificate WHERE id = $1", id)
        .fetch_optional(conn)
        .await?;
    Ok(row.map(Into::into))
}

/// The current certificate of a prison, without its rows. The live service can leave two behind (06 section 11 quirk 17):
/// the latest counts.
///
/// # Errors
/// Whatever the database says.
pub async fn current(conn: &mut PgConnection, prison_id: &str) -> Result<Option<Certificate>, sqlx::Error> {
    let row = sqlx::query_as!(
        CertificateRow,
        "SELECT * FROM cell_certificate WHERE prison_id = $1 AND current ORDER BY approved_date DESC, id DESC LIMIT 1",
        prison_id
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(Into::into))
}

/// All certificates of a prison, the latest first, without their rows.
///
/// # Errors
/// Whatever the database says.
pub async fn of_prison(conn: &mut PgConnection, prison_id: &str) -> Result<Vec<Certificate>, sqlx::Error> {
    let rows = sqlx::query_as!(
        CertificateRow,
        "SELECT * FROM cell_certificate WHERE prison_id = $1 ORDER BY approved_date DESC, id",
        prison_id
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// The rows of a certificate: level 1 with all that is below, each level in plain string order of the paths. One statement.
///
/// # Errors
/// Whatever the database says, or a constant that is not known.
pub async fn rows(conn: &mut PgConnection, certificate_id: Uuid) -> Result<Vec<CertificateLocation>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        WITH RECURSIVE tree AS (
            SELECT * FROM cell_certificate_location t WHERE t.cell_certificate_id = $1
            UNION ALL
            SELECT t.* FROM tree CROSS JOIN LATERAL (
                SELECT * FROM cell_certificate_location x WHERE x.parent_location_id = tree.id OFFSET 0
            ) t
        )
        SELECT id AS "id!", parent_location_id, location_code AS "location_code!", path_hierarchy AS "path_hierarchy!",
            certified_normal_accommodation, working_capacity, max_capacity, in_cell_sanitation,
            location_type AS "location_type!", specialist_cell_types, cell_mark, level AS "level!", local_name,
            converted_cell_type, used_for_types, accommodation_types, other_converted_cell_type
        FROM tree
        "#,
        certificate_id
    )
    .fetch_all(conn)
    .await?;
    let mut below: HashMap<Option<Uuid>, Vec<(Uuid, CertificateLocation)>> = HashMap::new();
    for r in rows {
        let values = ValueRow {
            location_code: r.location_code,
            path_hierarchy: r.path_hierarchy,
            certified_normal_accommodation: r.certified_normal_accommodation,
            working_capacity: r.working_capacity,
            max_capacity: r.max_capacity,
            in_cell_sanitation: r.in_cell_sanitation,
            location_type: r.location_type,
            specialist_cell_types: r.specialist_cell_types,
            cell_mark: r.cell_mark,
            level: r.level,
            local_name: r.local_name,
            converted_cell_type: r.converted_cell_type,
            used_for_types: r.used_for_types,
            accommodation_types: r.accommodation_types,
            other_converted_cell_type: r.other_converted_cell_type,
        };
        below.entry(r.parent_location_id).or_default().push((r.id, values.try_into()?));
    }
    Ok(assemble(&mut below, None))
}

/// The rows below one row, with theirs; the order of the paths is made here, as a database's collation may differ.
fn assemble(
    below: &mut HashMap<Option<Uuid>, Vec<(Uuid, CertificateLocation)>>,
    parent: Option<Uuid>,
) -> Vec<CertificateLocation> {
    let mut rows = below.remove(&parent).unwrap_or_default();
    rows.sort_by(|a, b| a.1.path.cmp(&b.1.path));
    rows.into_iter().map(|(id, row)| CertificateLocation { sub_locations: assemble(below, Some(id)), ..row }).collect()
}

/// The columns of `cell_certificate_location`, as they are written.
#[derive(Serialize)]
struct Record<'a> {
    id: Uuid,
    cell_certificate_id: Option<Uuid>,
    parent_location_id: Option<Uuid>,
    location_code: &'a str,
    path_hierarchy: &'a str,
    certified_normal_accommodation: Option<i32>,
    working_capacity: Option<i32>,
    max_capacity: Option<i32>,
    in_cell_sanitation: Option<bool>,
    location_type: &'static str,
    specialist_cell_types: Option<String>,
    cell_mark: Option<&'a str>,
    level: i32,
    local_name: Option<&'a str>,
    converted_cell_type: Option<&'static str>,
    used_for_types: Option<String>,
    accommodation_types: Option<String>,
    other_converted_cell_type: Option<&'a str>,
}

/// Stores a certificate with its rows; when it is the current one, none before it stays current. Three statements,
/// whatever the number of rows.
///
/// # Errors
/// Whatever the database says.
pub async fn insert(
    conn: &mut PgConnection,
    certificate: &Certificate,
    rows: &[CertificateLocation],
) -> Result<(), sqlx::Error> {
    if certificate.current {
        sqlx::query!(
            "UPDATE cell_certificate SET current = false WHERE prison_id = $1 AND current",
            certificate.prison_id
        )
        .execute(&mut *conn)
        .await?;
    }
    sqlx::query!(
        "INSERT INTO cell_certificate (id, prison_id, approved_by, approved_date, certification_approval_request_id,
            total_working_capacity, total_max_capacity, total_certified_normal_accommodation, current,
            signed_operation_capacity)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        certificate.id,
        certificate.prison_id,
        certificate.approved_by,
        certificate.approved_date,
        certificate.request_id,
        certificate.totals.working,
        certificate.totals.max,
        certificate.totals.certified_normal_accommodation,
        certificate.current,
        certificate.signed_operational_capacity
    )
    .execute(&mut *conn)
    .await?;
    let mut records = Vec::new();
    collect_records(rows, Some(certificate.id), None, &mut records);
    insert_records(conn, &records).await
}

fn collect_records<'a>(
    rows: &'a [CertificateLocation],
    certificate: Option<Uuid>,
    parent: Option<Uuid>,
    records: &mut Vec<Record<'a>>,
) {
    for row in rows {
        let id = Uuid::now_v7();
        records.push(Record {
            id,
            cell_certificate_id: certificate,
            parent_location_id: parent,
            location_code: &row.location_code,
            path_hierarchy: &row.path,
            certified_normal_accommodation: row.certified_normal_accommodation,
            working_capacity: row.working_capacity,
            max_capacity: row.max_capacity,
            in_cell_sanitation: row.in_cell_sanitation,
            location_type: row.location_type.into(),
            specialist_cell_types: row.specialist_cell_types.as_ref().map(|t| join_constants(t.iter().copied())),
            cell_mark: row.cell_mark.as_deref(),
            level: row.level,
            local_name: row.local_name.as_deref(),
            converted_cell_type: row.converted_cell_type.map(Into::into),
            used_for_types: row.used_for.as_ref().map(|t| join_constants(t.iter().copied())),
            accommodation_types: row.accommodation_types.as_ref().map(|t| join_constants(t.iter().copied())),
            other_converted_cell_type: row.other_converted_cell_type.as_deref(),
        });
        collect_records(&row.sub_locations, None, Some(id), records);
    }
}

async fn insert_records(conn: &mut PgConnection, records: &[Record<'_>]) -> Result<(), sqlx::Error> {
    if records.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        r#"
        INSERT INTO cell_certificate_location (id, cell_certificate_id, parent_location_id, location_code,
            path_hierarchy, certified_normal_accommodation, working_capacity, max_capacity, in_cell_sanitation,
            location_type, specialist_cell_types, cell_mark, level, local_name, converted_cell_type, used_for_types,
            accommodation_types, other_converted_cell_type)
        SELECT id, cell_certificate_id, parent_location_id, location_code, path_hierarchy,
            certified_normal_accommodation, working_capacity, max_capacity, in_cell_sanitation, location_type,
            specialist_cell_types, cell_mark, level, local_name, converted_cell_type, used_for_types,
            accommodation_types, other_converted_cell_type
        FROM jsonb_to_recordset($1) AS n (id uuid, cell_certificate_id uuid, parent_location_id uuid,
            location_code text, path_hierarchy text, certified_normal_accommodation integer, working_capacity integer,
            max_capacity integer, in_cell_sanitation boolean, location_type text, specialist_cell_types text,
            cell_mark text, level integer, local_name text, converted_cell_type text, used_for_types text,
            accommodation_types text, other_converted_cell_type text)
        "#,
        Json(records) as _
    )
    .execute(conn)
    .await?;
    Ok(())
}
