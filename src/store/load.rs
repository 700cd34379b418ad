//! Loads locations as a tree, in a number of statements that does not depend on its size.
//!
//! `OFFSET 0` in a sub-query keeps the planner from turning look-ups by index into a scan, or a hash table, of a whole table: it
//! weighs them by the average over all prisons, and by what it thinks a recursion finds.

use std::collections::HashMap;

use sqlx::PgConnection;
use uuid::Uuid;

use super::rows::{LocationRow, OutlineRow, RequestRow, UsageRow, requests};
use crate::domain::approval::RequestedCapacity;
use crate::domain::location::Location;
use crate::domain::tree::Tree;

/// Loads these locations with all their ancestors and descendants: one statement, and a second one if an approval is
/// pending among them. Ids that are not there are left out. A location has only the child values that its kind can have.
///
/// # Errors
/// Whatever the database says, or a constant that is not known.
pub async fn family(conn: &mut PgConnection, ids: &[Uuid]) -> Result<Tree, sqlx::Error> {
    family_and_line(conn, ids, &[]).await
}

/// The same, and in the same statement further locations with their ancestors only: where something is to be put.
///
/// # Errors
/// See [`family`].
pub async fn family_and_line(conn: &mut PgConnection, ids: &[Uuid], line: &[Uuid]) -> Result<Tree, sqlx::Error> {
    // The planner thinks that there are thousands below any location, and makes room for them in every hash table: so what goes
    // down has none, and is kept from going round in a circle by its depth.
    let rows = sqlx::query_as!(
        LocationRow,
        r#"
        WITH RECURSIVE up AS (
            SELECT l.id, l.parent_id
            FROM UNNEST($1::uuid[] || $2::uuid[]) AS asked (id)
            CROSS JOIN LATERAL (SELECT x.id, x.parent_id FROM location x WHERE x.id = asked.id OFFSET 0) l
            UNION
            SELECT p.id, p.parent_id
            FROM up CROSS JOIN LATERAL (SELECT x.id, x.parent_id FROM location x WHERE x.id = up.parent_id OFFSET 0) p
        ), down AS (
            SELECT l.id, 1 AS depth
            FROM UNNEST($1::uuid[]) AS asked (id)
            CROSS JOIN LATERAL (SELECT x.id FROM location x WHERE x.parent_id = asked.id OFFSET 0) l
            UNION ALL
            SELECT c.id, down.depth + 1
            FROM down CROSS JOIN LATERAL (SELECT x.id FROM location x WHERE x.parent_id = down.id OFFSET 0) c
            WHERE down.depth < 100
        )
        SELECT l.id, l.prison_id, l.path_hierarchy, l.code, l.location_type, l.parent_id, l.local_name, l.comments,
            l.order_within_parent_location, l.residential_housing_type, l.capacity_id, l.deactivated_date,
            l.deactivated_reason, l.proposed_reactivation_date, l.when_created, l.when_updated, l.updated_by,
            l.accommodation_type, l.planet_fm_reference, l.converted_cell_type, l.other_converted_cell_type,
            l.archived_reason, l.deactivated_by, l.deactivation_reason_description, l.location_type_discriminator,
            l.status, l.in_cell_sanitation, l.cell_mark, l.residential_structure, l.internal_movement_allowed,
            l.certified_cell, l.temporarily_off_cell_cert, l.hidden_from_list,
            c.max_capacity AS "max_capacity?", c.working_capacity AS "working_capacity?",
            c.certified_normal_accommodation AS "certified_normal_accommodation?",
            CASE WHEN l.location_type_discriminator = 'CELL'
                THEN ARRAY(SELECT u.used_for::text FROM cell_used_for u WHERE u.location_id = l.id)
                ELSE '{}' END AS "used_for!",
            CASE WHEN l.location_type_discriminator = 'CELL'
                THEN ARRAY(SELECT s.specialist_cell_type::text FROM specialist_cell s WHERE s.location_id = l.id)
                ELSE '{}' END AS "specialist_cell_types!",
            CASE WHEN l.location_type_discriminator = 'CELL'
                THEN ARRAY(SELECT a.attribute_value::text FROM residential_attribute a WHERE a.location_id = l.id)
                ELSE '{}' END AS "attributes!",
            CASE WHEN l.location_type_discriminator = 'NON_RESIDENTIAL'
                THEN ARRAY(SELECT s.service_type::text FROM service_usage s WHERE s.location_id = l.id)
                ELSE '{}' END AS "services!",
            CASE WHEN l.location_type_discriminator = 'NON_RESIDENTIAL'
                THEN (SELECT jsonb_agg(jsonb_build_object('usage_type', n.usage_type, 'capacity', n.capacity,
                        'sequence', n.sequence)) FROM non_residential_usage n WHERE n.location_id = l.id)
                END AS "usages: sqlx::types::Json<Vec<UsageRow>>",
            (SELECT jsonb_agg(jsonb_build_object('id', r.id, 'approval_type', r.approval_type, 'status', r.status,
                    'requested_date', r.requested_date, 'reason_for_change', r.reason_for_change,
                    'cell_mark', r.cell_mark, 'in_cell_sanitation', r.in_cell_sanitation,
                    'specialist_cell_types', r.pending_specialist_cell_types,
                    'proposed_reactivation_date', r.proposed_reactivation_date))
                FROM certification_approval_request r WHERE r.location_id = l.id)
                AS "requests: sqlx::types::Json<Vec<RequestRow>>"
        FROM location l LEFT JOIN capacity c ON c.id = l.capacity_id
        WHERE l.id = ANY(ARRAY(SELECT id FROM up UNION ALL SELECT id FROM down))
        "#,
        ids,
        line
    )
    .fetch_all(&mut *conn)
    .await?;
    let mut locations = rows.into_iter().map(Location::try_from).collect::<Result<Vec<_>, _>>()?;
    load_request_trees(conn, &mut locations).await?;
    Ok(Tree::new(locations))
}

/// Loads the whole branches that these locations belong to: everything below their topmost ancestors. One statement more
/// than [`family`].
///
/// # Errors
/// See [`family`].
pub async fn branches(conn: &mut PgConnection, ids: &[Uuid]) -> Result<Tree, sqlx::Error> {
    let tops = sqlx::query_scalar!(
        r#"
        WITH RECURSIVE up AS (
            SELECT l.id, l.parent_id FROM location l WHERE l.id = ANY($1)
            UNION
            SELECT p.id, p.parent_id
            FROM up CROSS JOIN LATERAL (SELECT x.id, x.parent_id FROM location x WHERE x.id = up.parent_id OFFSET 0) p
        )
        SELECT id AS "id!" FROM up WHERE parent_id IS NULL
        "#,
        ids
    )
    .fetch_all(&mut *conn)
    .await?;
    family(conn, &tops).await
}

/// Gives pending requests the numbers of their saved location trees (01 section 6.3 rule 1).
async fn load_request_trees(conn: &mut PgConnection, locations: &mut [Location]) -> Result<(), sqlx::Error> {
    let pending: Vec<Uuid> =
        locations.iter().flat_map(|l| &l.requests).filter(|r| r.is_pending()).map(|r| r.id).collect();
    if pending.is_empty() {
        return Ok(());
    }
    let rows = sqlx::query!(
        r#"
        WITH RECURSIVE saved AS (
            SELECT t.certification_approval_request_id AS request_id, t.id, t.path_hierarchy, t.max_capacity,
                t.working_capacity, t.certified_normal_accommodation, t.current_working_capacity
            FROM certification_approval_request_location t WHERE t.certification_approval_request_id = ANY($1)
            UNION ALL
            SELECT saved.request_id, t.id, t.path_hierarchy, t.max_capacity, t.working_capacity,
                t.certified_normal_accommodation, t.current_working_capacity
            FROM saved CROSS JOIN LATERAL (
                SELECT * FROM certification_approval_request_location x WHERE x.parent_location_id = saved.id OFFSET 0
            ) t
        )
        SELECT request_id AS "request_id!", path_hierarchy AS "path_hierarchy!", max_capacity, working_capacity,
            certified_normal_accommodation, current_working_capacity
        FROM saved
        "#,
        &pending
    )
    .fetch_all(conn)
    .await?;
    let mut trees: HashMap<Uuid, HashMap<String, RequestedCapacity>> = HashMap::new();
    for row in rows {
        let requested = RequestedCapacity {
            max: row.max_capacity,
            working: row.working_capacity,
            certified_normal_accommodation: row.certified_normal_accommodation,
            current_working: row.current_working_capacity,
        };
        trees.entry(row.request_id).or_default().insert(row.path_hierarchy, requested);
    }
    for request in locations.iter_mut().flat_map(|l| &mut l.requests) {
        request.tree = trees.remove(&request.id).unwrap_or_default();
    }
    Ok(())
}

/// Loads a whole prison, all kinds and statuses: two statements, and one more each if an approval is pending or a
/// location hangs below one of another prison. Call it in a [`snapshot`](super::snapshot) or under the prison's lock.
///
/// The attributes of NOMIS are left out: only what is said to NOMIS shows them, and that asks for a [`family`].
///
/// # Errors
/// Whatever the database says, or a constant that is not known.
pub async fn prison(conn: &mut PgConnection, prison_id: &str) -> Result<Tree, sqlx::Error> {
    let mut locations = locations_of_prison(conn, prison_id).await?;
    load_requests(conn, prison_id, &mut locations).await?;
    load_request_trees(conn, &mut locations).await?;
    with_strangers(conn, locations).await
}

/// Loads what shows the shape of a prison: of each location who and where it is, its type and its status. Of everything else a
/// location of the tree holds what a new one would: it is for reading only. One statement, and one more if a location hangs below
/// one of another prison.
///
/// # Errors
/// Whatever the database says, or a constant that is not known.
pub async fn outline(conn: &mut PgConnection, prison_id: &str) -> Result<Tree, sqlx::Error> {
    let rows = sqlx::query_as!(
        OutlineRow,
        r#"
        SELECT id, path_hierarchy, code, location_type, parent_id, local_name, converted_cell_type, status,
            location_type_discriminator
        FROM location
        WHERE prison_id = $1
        "#,
        prison_id
    )
    .fetch_all(&mut *conn)
    .await?;
    let locations = rows.into_iter().map(|row| row.location(prison_id)).collect::<Result<Vec<_>, _>>()?;
    with_strangers(conn, locations).await
}

/// A tree of these locations and of those of other prisons above them.
async fn with_strangers(conn: &mut PgConnection, locations: Vec<Location>) -> Result<Tree, sqlx::Error> {
    let tree = Tree::new(locations);
    let strangers: Vec<Uuid> = tree.roots().filter_map(|i| tree.get(i).parent_id).collect();
    if strangers.is_empty() {
        return Ok(tree);
    }
    Ok(tree.joined_with(family_and_line(conn, &[], &strangers).await?))
}

/// The rows of `location` of a prison with their capacity and child values.
async fn locations_of_prison(conn: &mut PgConnection, prison_id: &str) -> Result<Vec<Location>, sqlx::Error> {
    let rows = sqlx::query_as!(
        LocationRow,
        r#"
        SELECT l.id, l.prison_id, l.path_hierarchy, l.code, l.location_type, l.parent_id, l.local_name, l.comments,
            l.order_within_parent_location, l.residential_housing_type, l.capacity_id, l.deactivated_date,
            l.deactivated_reason, l.proposed_reactivation_date, l.when_created, l.when_updated, l.updated_by,
            l.accommodation_type, l.planet_fm_reference, l.converted_cell_type, l.other_converted_cell_type,
            l.archived_reason, l.deactivated_by, l.deactivation_reason_description, l.location_type_discriminator,
            l.status, l.in_cell_sanitation, l.cell_mark, l.residential_structure, l.internal_movement_allowed,
            l.certified_cell, l.temporarily_off_cell_cert, l.hidden_from_list,
            c.max_capacity AS "max_capacity?", c.working_capacity AS "working_capacity?",
            c.certified_normal_accommodation AS "certified_normal_accommodation?",
            CASE WHEN l.location_type_discriminator = 'CELL'
                THEN ARRAY(SELECT u.used_for::text FROM cell_used_for u WHERE u.location_id = l.id)
                ELSE '{}' END AS "used_for!",
            CASE WHEN l.location_type_discriminator = 'CELL'
                THEN ARRAY(SELECT s.specialist_cell_type::text FROM specialist_cell s WHERE s.location_id = l.id)
                ELSE '{}' END AS "specialist_cell_types!",
            '{}'::text[] AS "attributes!",
            CASE WHEN l.location_type_discriminator = 'NON_RESIDENTIAL'
                THEN ARRAY(SELECT s.service_type::text FROM service_usage s WHERE s.location_id = l.id)
                ELSE '{}' END AS "services!",
            CASE WHEN l.location_type_discriminator = 'NON_RESIDENTIAL'
                THEN (SELECT jsonb_agg(jsonb_build_object('usage_type', n.usage_type, 'capacity', n.capacity,
                        'sequence', n.sequence)) FROM non_residential_usage n WHERE n.location_id = l.id)
                END AS "usages: sqlx::types::Json<Vec<UsageRow>>",
            NULL::jsonb AS "requests: sqlx::types::Json<Vec<RequestRow>>"
        FROM location l
        LEFT JOIN LATERAL (SELECT * FROM capacity x WHERE x.id = l.capacity_id OFFSET 0) c ON TRUE
        WHERE l.prison_id = $1
        "#,
        prison_id
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Location::try_from).collect()
}

/// The approval requests on a prison's locations.
async fn load_requests(
    conn: &mut PgConnection,
    prison_id: &str,
    locations: &mut [Location],
) -> Result<(), sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT r.location_id AS "location_id!", r.id, r.approval_type, r.status, r.requested_date, r.reason_for_change,
            r.cell_mark, r.in_cell_sanitation, r.pending_specialist_cell_types, r.proposed_reactivation_date
        FROM certification_approval_request r JOIN location l ON l.id = r.location_id
        WHERE l.prison_id = $1
        "#,
        prison_id
    )
    .fetch_all(conn)
    .await?;
    let mut by_location: HashMap<Uuid, Vec<RequestRow>> = HashMap::new();
    for r in rows {
        by_location.entry(r.location_id).or_default().push(RequestRow {
            id: r.id,
            approval_type: r.approval_type,
            status: r.status,
            requested_date: r.requested_date,
            reason_for_change: r.reason_for_change,
            cell_mark: r.cell_mark,
            in_cell_sanitation: r.in_cell_sanitation,
            specialist_cell_types: r.pending_specialist_cell_types,
            proposed_reactivation_date: r.proposed_reactivation_date,
        });
    }
    for location in locations {
        if let Some(rows) = by_location.remove(&location.id) {
            location.requests = requests(rows)?;
        }
    }
    Ok(())
}
