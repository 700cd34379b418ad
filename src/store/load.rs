//! Loads locations as a tree, in a number of statements that does not depend on its size.

use std::collections::HashMap;

use sqlx::PgConnection;
use uuid::Uuid;

use super::rows::{LocationRow, RequestRow, UsageRow};
use crate::domain::approval::RequestedCapacity;
use crate::domain::location::Location;
use crate::domain::tree::Tree;

/// Loads these locations with all their ancestors and descendants: one statement, and a second one if an approval is
/// pending among them. Ids that are not there are left out.
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
    // OFFSET 0 keeps the planner from turning the look-ups by index into a scan of the whole table.
    let rows = sqlx::query_as!(
        LocationRow,
        r#"
        WITH RECURSIVE up AS (
            SELECT l.id, l.parent_id FROM location l WHERE l.id = ANY($1::uuid[] || $2::uuid[])
            UNION
            SELECT p.id, p.parent_id
            FROM up CROSS JOIN LATERAL (SELECT x.id, x.parent_id FROM location x WHERE x.id = up.parent_id OFFSET 0) p
        ), down AS (
            SELECT l.id FROM location l WHERE l.parent_id = ANY($1)
            UNION
            SELECT c.id
            FROM down CROSS JOIN LATERAL (SELECT x.id FROM location x WHERE x.parent_id = down.id OFFSET 0) c
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
            ARRAY(SELECT u.used_for::text FROM cell_used_for u WHERE u.location_id = l.id) AS "used_for!",
            ARRAY(SELECT s.specialist_cell_type::text FROM specialist_cell s WHERE s.location_id = l.id)
                AS "specialist_cell_types!",
            ARRAY(SELECT a.attribute_value::text FROM residential_attribute a WHERE a.location_id = l.id)
                AS "attributes!",
            ARRAY(SELECT s.service_type::text FROM service_usage s WHERE s.location_id = l.id) AS "services!",
            (SELECT jsonb_agg(jsonb_build_object('usage_type', n.usage_type, 'capacity', n.capacity,
                    'sequence', n.sequence))
                FROM non_residential_usage n WHERE n.location_id = l.id) AS "usages: sqlx::types::Json<Vec<UsageRow>>",
            (SELECT jsonb_agg(jsonb_build_object('id', r.id, 'approval_type', r.approval_type, 'status', r.status,
                    'requested_date', r.requested_date, 'reason_for_change', r.reason_for_change,
                    'cell_mark', r.cell_mark, 'in_cell_sanitation', r.in_cell_sanitation,
                    'specialist_cell_types', r.pending_specialist_cell_types,
                    'proposed_reactivation_date', r.proposed_reactivation_date))
                FROM certification_approval_request r WHERE r.location_id = l.id)
                AS "requests: sqlx::types::Json<Vec<RequestRow>>"
        FROM location l LEFT JOIN capacity c ON c.id = l.capacity_id
        WHERE l.id = ANY(ARRAY(SELECT id FROM up UNION SELECT id FROM down))
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
