//! Loads many locations: a statement for each table, which takes all of their ids together through its index.

use std::collections::HashMap;

use sqlx::PgConnection;
use uuid::Uuid;

use super::requests;
use crate::domain::location::{Capacity, Kind, Location, Usage};
use crate::store::rows::{LocationRow, RequestRow, SummandRow, UsageRow, constant};

/// All locations of a prison, without the attributes of NOMIS.
pub async fn of_prison(conn: &mut PgConnection, prison_id: &str) -> Result<Vec<Location>, sqlx::Error> {
    let locations = rows(conn, Some(prison_id), &[]).await?;
    complete(conn, locations, false).await
}

/// All locations of a prison, without the attributes of NOMIS; of those below another one only what the sums above need.
pub async fn of_summary(conn: &mut PgConnection, prison_id: &str) -> Result<Vec<Location>, sqlx::Error> {
    let mut locations = summands(conn, prison_id).await?;
    let top: Vec<Uuid> = locations.iter().filter(|l| l.parent_id.is_none()).map(|l| l.id).collect();
    locations.retain(|l| l.parent_id.is_some());
    locations.extend(rows(conn, None, &top).await?);
    complete(conn, locations, false).await
}

/// The locations with these ids.
pub async fn with_ids(
    conn: &mut PgConnection,
    ids: &[Uuid],
    with_attributes: bool,
) -> Result<Vec<Location>, sqlx::Error> {
    let locations = rows(conn, None, ids).await?;
    complete(conn, locations, with_attributes).await
}

/// The ids of these locations and of all that is above or below them. Some more than once.
pub async fn ids_of_families(conn: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        WITH RECURSIVE up AS (
            SELECT DISTINCT l.parent_id AS id FROM location l
            WHERE l.id = ANY($1) AND l.parent_id IS NOT NULL
            UNION
            SELECT p.parent_id
            FROM up CROSS JOIN LATERAL (SELECT x.parent_id FROM location x WHERE x.id = up.id OFFSET 0) p
            WHERE p.parent_id IS NOT NULL
        ), down AS (
            SELECT l.id, 1 AS depth FROM location l WHERE l.parent_id = ANY($1)
            UNION ALL
            SELECT c.id, down.depth + 1
            FROM down CROSS JOIN LATERAL (SELECT x.id FROM location x WHERE x.parent_id = down.id OFFSET 0) c
            WHERE down.depth < 100
        )
        SELECT $1::uuid[] || ARRAY(SELECT id FROM up) || ARRAY(SELECT id FROM down) AS "ids!"
        "#,
        ids
    )
    .fetch_one(conn)
    .await
}

/// The ids of all that is below the topmost ancestors of these locations, with them.
pub async fn ids_of_branches(conn: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        WITH RECURSIVE up AS (
            SELECT l.id, l.parent_id FROM location l WHERE l.id = ANY($1)
            UNION
            SELECT p.id, p.parent_id
            FROM up CROSS JOIN LATERAL (SELECT x.id, x.parent_id FROM location x WHERE x.id = up.parent_id OFFSET 0) p
        ), down AS (
            SELECT id, 1 AS depth FROM up WHERE parent_id IS NULL
            UNION ALL
            SELECT c.id, down.depth + 1
            FROM down CROSS JOIN LATERAL (SELECT x.id FROM location x WHERE x.parent_id = down.id OFFSET 0) c
            WHERE down.depth < 100
        )
        SELECT ARRAY(SELECT id FROM down) AS "ids!"
        "#,
        ids
    )
    .fetch_one(conn)
    .await
}

async fn complete(
    conn: &mut PgConnection,
    mut locations: Vec<Location>,
    with_attributes: bool,
) -> Result<Vec<Location>, sqlx::Error> {
    load_capacities(conn, &mut locations).await?;
    load_values(conn, &mut locations, with_attributes).await?;
    requests::load(conn, &mut locations).await?;
    Ok(locations)
}

async fn summands(conn: &mut PgConnection, prison_id: &str) -> Result<Vec<Location>, sqlx::Error> {
    sqlx::query_as!(
        SummandRow,
        r#"
        SELECT id, path_hierarchy, code, location_type AS "location_type: _", parent_id, status AS "status: _",
            location_type_discriminator AS "location_type_discriminator: _",
            converted_cell_type AS "converted_cell_type: _", accommodation_type AS "accommodation_type: _",
            certified_cell, temporarily_off_cell_cert, capacity_id
        FROM location
        WHERE prison_id = $1
        "#,
        prison_id
    )
    .map(|row| row.location(prison_id))
    .fetch_all(conn)
    .await
}

/// The rows of `location` alone: those of a prison, and those with these ids.
pub async fn rows(
    conn: &mut PgConnection,
    prison_id: Option<&str>,
    ids: &[Uuid],
) -> Result<Vec<Location>, sqlx::Error> {
    sqlx::query_as!(
        LocationRow,
        r#"
        SELECT l.id, l.prison_id, l.path_hierarchy, l.code, l.location_type AS "location_type: _", l.parent_id,
            l.local_name, l.comments, l.order_within_parent_location,
            l.residential_housing_type AS "residential_housing_type: _", l.capacity_id, l.deactivated_date,
            l.deactivated_reason AS "deactivated_reason: _", l.proposed_reactivation_date, l.when_created,
            l.when_updated, l.updated_by, l.accommodation_type AS "accommodation_type: _", l.planet_fm_reference,
            l.converted_cell_type AS "converted_cell_type: _", l.other_converted_cell_type, l.archived_reason,
            l.deactivated_by, l.deactivation_reason_description,
            l.location_type_discriminator AS "location_type_discriminator: _", l.status AS "status: _",
            l.in_cell_sanitation, l.cell_mark, l.residential_structure, l.internal_movement_allowed,
            l.certified_cell, l.temporarily_off_cell_cert, l.hidden_from_list,
            NULL::integer AS max_capacity, NULL::integer AS working_capacity,
            NULL::integer AS certified_normal_accommodation, NULL::text[] AS "used_for: _",
            NULL::text[] AS "specialist_cell_types: _", NULL::text[] AS "attributes: _",
            NULL::text[] AS "services: _", NULL::jsonb AS "usages: sqlx::types::Json<Vec<UsageRow>>",
            NULL::jsonb AS "requests: sqlx::types::Json<Vec<RequestRow>>"
        FROM location l
        WHERE l.prison_id = $1 OR l.id = ANY($2)
        "#,
        prison_id,
        ids
    )
    .try_map(Location::try_from)
    .fetch_all(conn)
    .await
}

async fn load_capacities(conn: &mut PgConnection, locations: &mut [Location]) -> Result<(), sqlx::Error> {
    let ids: Vec<i64> = locations.iter().filter_map(|l| l.capacity_id).collect();
    let rows = sqlx::query!(
        r#"
        SELECT c.id, c.max_capacity AS max, c.working_capacity AS working, c.certified_normal_accommodation
        FROM capacity c WHERE c.id = ANY($1::bigint[])
        "#,
        &ids
    )
    .fetch_all(conn)
    .await?;
    let capacities: HashMap<i64, Capacity> = rows
        .into_iter()
        .map(|c| {
            let certified_normal_accommodation = c.certified_normal_accommodation;
            (c.id.into(), Capacity { max: c.max, working: c.working, certified_normal_accommodation })
        })
        .collect();
    for location in locations {
        location.capacity = location.capacity_id.and_then(|id| capacities.get(&id).copied());
    }
    Ok(())
}

/// What cells are used for, their specialist types and attributes; usages and services of non-residential locations. One
/// statement with a row for each table, which holds as many ids as values.
async fn load_values(
    conn: &mut PgConnection,
    locations: &mut [Location],
    with_attributes: bool,
) -> Result<(), sqlx::Error> {
    let of_kind = |kind: Kind| locations.iter().filter(move |l| l.kind == kind).map(|l| l.id).collect::<Vec<Uuid>>();
    let (cells, non_residential) = (of_kind(Kind::Cell), of_kind(Kind::NonResidential));
    let with_attributes = if with_attributes { cells.as_slice() } else { &[] };
    let tables = sqlx::query!(
        r#"
        SELECT 'cell_used_for' AS "table!", array_agg(u.location_id) AS ids, array_agg(u.used_for::text) AS constants,
            NULL::integer[] AS "capacities: Vec<Option<i32>>", NULL::integer[] AS sequences
        FROM cell_used_for u WHERE u.location_id = ANY($1)
        UNION ALL
        SELECT 'specialist_cell', array_agg(s.location_id), array_agg(s.specialist_cell_type::text), NULL, NULL
        FROM specialist_cell s WHERE s.location_id = ANY($1)
        UNION ALL
        SELECT 'residential_attribute', array_agg(a.location_id), array_agg(a.attribute_value::text), NULL, NULL
        FROM residential_attribute a WHERE a.location_id = ANY($2)
        UNION ALL
        SELECT 'service_usage', array_agg(s.location_id), array_agg(s.service_type::text), NULL, NULL
        FROM service_usage s WHERE s.location_id = ANY($3)
        UNION ALL
        SELECT 'non_residential_usage', array_agg(n.location_id), array_agg(n.usage_type::text), array_agg(n.capacity),
            array_agg(n.sequence)
        FROM non_residential_usage n WHERE n.location_id = ANY($3)
        "#,
        &cells,
        with_attributes,
        &non_residential
    )
    .fetch_all(conn)
    .await?;
    let by_id: HashMap<Uuid, usize> = locations.iter().enumerate().map(|(i, l)| (l.id, i)).collect();
    for table in tables {
        let values = table.ids.unwrap_or_default().into_iter().zip(table.constants.unwrap_or_default());
        let mut usages = table.capacities.unwrap_or_default().into_iter().zip(table.sequences.unwrap_or_default());
        for (id, value) in values {
            let usage = usages.next().map(|(capacity, sequence)| Usage { capacity, sequence });
            let Some(location) = by_id.get(&id).and_then(|i| locations.get_mut(*i)) else { continue };
            add_value(location, &table.table, &value, usage)?;
        }
    }
    Ok(())
}

/// Adds a value of one of the tables that hang on locations.
fn add_value(location: &mut Location, table: &str, text: &str, usage: Option<Usage>) -> Result<(), sqlx::Error> {
    match (table, usage) {
        ("cell_used_for", _) => drop(location.used_for.insert(constant(table, text)?)),
        ("specialist_cell", _) => drop(location.specialist_cell_types.insert(constant(table, text)?)),
        ("residential_attribute", _) => drop(location.attributes.insert(constant(table, text)?)),
        ("service_usage", _) => drop(location.services.insert(constant(table, text)?)),
        (_, Some(usage)) => drop(location.usages.insert(constant(table, text)?, usage)),
        (_, None) => {}
    }
    Ok(())
}
