//! Reads cell certificates.

use sqlx::PgConnection;

use super::rows::{constant, constant_list, optional_constant};
use crate::domain::certificate::CertificateLocation;

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
    // From the rows with this path, of whatever certificate, up to the row that says which certificate it is.
    let row = sqlx::query!(
        r#"
        WITH RECURSIVE line AS (
            SELECT c.id AS row_id, c.cell_certificate_id, c.parent_location_id
            FROM cell_certificate_location c WHERE c.path_hierarchy = $2
            UNION ALL
            SELECT line.row_id, p.cell_certificate_id, p.parent_location_id
            FROM line JOIN cell_certificate_location p ON p.id = line.parent_location_id
        )
        SELECT l.location_code, l.path_hierarchy, l.certified_normal_accommodation, l.working_capacity, l.max_capacity,
            l.in_cell_sanitation, l.location_type, l.specialist_cell_types, l.cell_mark, l.level, l.local_name,
            l.converted_cell_type, l.used_for_types, l.accommodation_types, l.other_converted_cell_type
        FROM line
        JOIN cell_certificate c ON c.id = line.cell_certificate_id AND c.prison_id = $1 AND c.current
        JOIN cell_certificate_location l ON l.id = line.row_id
        LIMIT 1
        "#,
        prison_id,
        path
    )
    .fetch_optional(conn)
    .await?;
    row.map(|r| {
        Ok(CertificateLocation {
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
    })
    .transpose()
}

/// A list of constants in stored order; none when the column is null.
fn list<T: std::str::FromStr>(column: &str, text: Option<&str>) -> Result<Option<Vec<T>>, sqlx::Error> {
    text.map(|t| constant_list(column, Some(t))).transpose()
}
