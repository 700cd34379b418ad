//! Which non-residential locations a job or a list is about, and the trees that they are shown in (chapter 05).

use std::collections::HashMap;

use sqlx::{AssertSqlSafe, PgConnection};
use uuid::Uuid;

use super::load;
use super::page::order_by_with;
use super::rows::constant;
use crate::domain::location::{Location, Usage};
use crate::domain::non_residential::list::Filter;
use crate::domain::page::PageRequest;
use crate::domain::reference::{NonResidentialUsageType, ServiceType};
use crate::domain::tree::Tree;

/// All non-residential locations of a prison.
///
/// # Errors
/// Whatever the database says.
pub async fn all(conn: &mut PgConnection, prison_id: &str) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "SELECT id FROM location WHERE prison_id = $1 AND location_type_discriminator = 'NON_RESIDENTIAL'",
        prison_id
    )
    .fetch_all(conn)
    .await
}

/// Those of these ids that are non-residential locations.
///
/// # Errors
/// Whatever the database says.
pub async fn among(conn: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "SELECT id FROM location WHERE id = ANY($1) AND location_type_discriminator = 'NON_RESIDENTIAL'",
        ids
    )
    .fetch_all(conn)
    .await
}

/// The non-residential locations of a prison with this local name, in any letter case.
///
/// # Errors
/// Whatever the database says.
pub async fn with_local_name(
    conn: &mut PgConnection,
    prison_id: &str,
    local_name: &str,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "SELECT id FROM location
         WHERE prison_id = $1 AND location_type_discriminator = 'NON_RESIDENTIAL'
             AND upper(local_name) = upper($2)",
        prison_id,
        local_name
    )
    .fetch_all(conn)
    .await
}

/// The non-residential locations of a prison that this service uses.
///
/// # Errors
/// Whatever the database says.
pub async fn with_service(
    conn: &mut PgConnection,
    prison_id: &str,
    service: ServiceType,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "SELECT l.id FROM location l JOIN service_usage s ON s.location_id = l.id
         WHERE l.prison_id = $1 AND l.location_type_discriminator = 'NON_RESIDENTIAL' AND s.service_type = $2",
        prison_id,
        service.as_str()
    )
    .fetch_all(conn)
    .await
}

/// The non-residential locations of a prison with this usage, or with any.
///
/// # Errors
/// Whatever the database says.
pub async fn with_usage(
    conn: &mut PgConnection,
    prison_id: &str,
    usage: Option<NonResidentialUsageType>,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "SELECT DISTINCT l.id FROM location l JOIN non_residential_usage u ON u.location_id = l.id
         WHERE l.prison_id = $1 AND l.location_type_discriminator = 'NON_RESIDENTIAL'
             AND ($2::text IS NULL OR u.usage_type = $2)",
        prison_id,
        usage.map(NonResidentialUsageType::as_str)
    )
    .fetch_all(conn)
    .await
}

/// Which of these paths belong to non-residential locations of a prison, of any status (05 section 6).
///
/// # Errors
/// Whatever the database says.
pub async fn taken_paths(
    conn: &mut PgConnection,
    prison_id: &str,
    paths: &[String],
) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "SELECT path_hierarchy FROM location
         WHERE prison_id = $1 AND path_hierarchy = ANY($2) AND location_type_discriminator = 'NON_RESIDENTIAL'",
        prison_id,
        paths
    )
    .fetch_all(conn)
    .await
}

/// Properties that only non-residential locations can be sorted by.
const COLUMNS: [(&str, &str); 2] =
    [("hiddenFromList", "hidden_from_list"), ("internalMovementAllowed", "internal_movement_allowed")];

/// The order of the paged list as SQL: by the stored columns, equal ones by id, so that pages do not overlap.
///
/// # Errors
/// The property that cannot be sorted by.
pub fn order_by(request: &PageRequest) -> Result<String, String> {
    // Only the location's own properties, not its parent's.
    if let Some(by) = request.sort.iter().find(|by| by.property.starts_with("parent.")) {
        return Err(by.property.clone());
    }
    if request.sort.is_empty() {
        return Ok("l.local_name COLLATE \"C\", l.id".to_owned());
    }
    Ok(format!("{}, l.id", order_by_with(&COLUMNS, &request.sort)?))
}

/// One page of the non-residential locations of a prison under a filter, and how many there are under it (05 section 9). What
/// hangs on them is asked for all of them together, which takes half as long as to look for each. `order` is what [`order_by`] gave.
///
/// # Errors
/// Whatever the database says.
pub async fn page(
    conn: &mut PgConnection,
    prison_id: &str,
    filter: &Filter,
    order: &str,
    request: &PageRequest,
) -> Result<(Vec<Uuid>, i64), sqlx::Error> {
    let sql = format!(
        r"
        WITH asked AS (
            SELECT ARRAY(
                SELECT id FROM location WHERE prison_id = $1 AND location_type_discriminator = 'NON_RESIDENTIAL'
            ) AS ids
        ), chosen AS MATERIALIZED (
            SELECT l.id, row_number() OVER (ORDER BY {order}) AS place
            FROM location l
            WHERE l.prison_id = $1 AND l.location_type_discriminator = 'NON_RESIDENTIAL' AND l.code <> 'RTU'
                AND ($2::text[] IS NULL
                    OR CASE WHEN l.hidden_from_list THEN 'ARCHIVED' ELSE l.status END = ANY($2))
                AND ($3::text IS NULL OR strpos(upper(l.local_name), upper($3)) > 0)
                AND (NOT $4 OR l.id NOT IN (SELECT c.parent_id FROM location c
                    WHERE c.parent_id = ANY((SELECT ids FROM asked)::uuid[])))
                AND ($5 OR l.id NOT IN (SELECT u.location_id FROM non_residential_usage u
                    WHERE u.location_id = ANY((SELECT ids FROM asked)::uuid[])
                    GROUP BY u.location_id HAVING bool_and(u.usage_type = 'PROPERTY')))
                AND (cardinality($6::text[]) = 0 OR l.location_type = ANY($6))
                AND (cardinality($7::text[]) = 0 OR l.id IN (SELECT s.location_id FROM service_usage s
                    WHERE s.location_id = ANY((SELECT ids FROM asked)::uuid[]) AND s.service_type = ANY($7)))
        )
        SELECT ARRAY(SELECT id FROM chosen WHERE place > $8 AND place <= $8 + $9 ORDER BY place),
            (SELECT count(*) FROM chosen)
        "
    );
    let statuses: Option<Vec<&str>> =
        filter.statuses.as_ref().map(|statuses| statuses.iter().map(|status| (*status).into()).collect());
    let types: Vec<&str> = filter.location_types.iter().map(|t| t.as_str()).collect();
    let services: Vec<&str> = filter.services.iter().map(|service| service.as_str()).collect();
    sqlx::query_as(AssertSqlSafe(sql))
        .bind(prison_id)
        .bind(statuses)
        .bind(filter.local_name.as_deref())
        .bind(filter.leaves_only)
        .bind(filter.include_property)
        .bind(types)
        .bind(services)
        .bind(request.offset())
        .bind(request.size)
        .fetch_one(conn)
        .await
}

/// Loads non-residential locations with their ancestors, and the locations directly below them, which say whether they
/// are leaves: three statements. Usages and services are those of the locations asked for only; what hangs on residential
/// ones is left out, as nothing of a non-residential location depends on it.
///
/// # Errors
/// Whatever the database says, or a constant that is not known.
pub async fn load(conn: &mut PgConnection, ids: &[Uuid]) -> Result<Tree, sqlx::Error> {
    if ids.is_empty() {
        return Ok(Tree::default());
    }
    let all = sqlx::query_scalar!(
        r#"
        WITH RECURSIVE up AS (
            SELECT DISTINCT l.parent_id AS id FROM location l WHERE l.id = ANY($1) AND l.parent_id IS NOT NULL
            UNION
            SELECT p.parent_id
            FROM up CROSS JOIN LATERAL (SELECT x.parent_id FROM location x WHERE x.id = up.id OFFSET 0) p
            WHERE p.parent_id IS NOT NULL
        )
        SELECT $1::uuid[] || ARRAY(SELECT id FROM up) || ARRAY(SELECT id FROM location WHERE parent_id = ANY($1)) AS "all!"
        "#,
        ids
    )
    .fetch_one(&mut *conn)
    .await?;
    let mut locations = load::rows(conn, None, &all).await?;
    load_usages_and_services(conn, ids, &mut locations).await?;
    Ok(Tree::new(locations))
}

async fn load_usages_and_services(
    conn: &mut PgConnection,
    ids: &[Uuid],
    locations: &mut [Location],
) -> Result<(), sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT s.location_id AS "location_id!", s.service_type::text AS service, NULL::text AS usage,
            NULL::integer AS capacity, NULL::integer AS sequence
        FROM service_usage s WHERE s.location_id = ANY($1)
        UNION ALL
        SELECT u.location_id, NULL, u.usage_type, u.capacity, u.sequence
        FROM non_residential_usage u WHERE u.location_id = ANY($1)
        "#,
        ids
    )
    .fetch_all(conn)
    .await?;
    let by_id: HashMap<Uuid, usize> = locations.iter().enumerate().map(|(i, l)| (l.id, i)).collect();
    for row in rows {
        let Some(location) = by_id.get(&row.location_id).and_then(|i| locations.get_mut(*i)) else { continue };
        if let Some(service) = &row.service {
            location.services.insert(constant("service_type", service)?);
        }
        if let (Some(usage), Some(sequence)) = (&row.usage, row.sequence) {
            location.usages.insert(constant("usage_type", usage)?, Usage { capacity: row.capacity, sequence });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::order_by;
    use crate::domain::page::{PageRequest, SortBy};

    fn sorted_by(properties: &[(&str, bool)]) -> PageRequest {
        let sort = properties
            .iter()
            .map(|(property, descending)| SortBy {
                property: (*property).to_owned(),
                descending: *descending,
                ignore_case: false,
            })
            .collect();
        PageRequest { page: 0, size: 100, sort }
    }

    #[test]
    fn the_order_names_known_columns_only() {
        assert_eq!(order_by(&sorted_by(&[])), Ok("l.local_name COLLATE \"C\", l.id".into()));
        assert_eq!(
            order_by(&sorted_by(&[("status", true), ("localName", false), ("hiddenFromList", true)])),
            Ok("l.status COLLATE \"C\" DESC, l.local_name COLLATE \"C\", l.hidden_from_list DESC, l.id".into())
        );
        for unknown in ["key", "parent.code", "local_name", "id; drop table location"] {
            assert_eq!(order_by(&sorted_by(&[(unknown, false)])), Err(unknown.into()));
        }
    }
}
