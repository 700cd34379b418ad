//! Reads cell certificates.

use std::collections::{BTreeSet, HashMap};

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
    let rows = sqlx::query!(
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
    let locations = rows.into_iter().map(|r| {
        let location = CertificateLocation {
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
        };
        Ok((location.path.clone(), location))
    });
    locations.collect()
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

/// A list of constants in stored order; none when the column is null.
fn list<T: std::str::FromStr>(column: &str, text: Option<&str>) -> Result<Option<Vec<T>>, sqlx::Error> {
    text.map(|t| constant_list(column, Some(t))).transpose()
}
