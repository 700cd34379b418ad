//! Loads locations as a tree, in a number of statements that does not depend on its size.
//!
//! Few locations come in one statement, which looks up what hangs on each of them; many come in one statement for each table, which takes
//! a third of the time for a prison, but longer for a cell.
//!
//! `OFFSET 0` in a sub-query keeps the planner from turning look-ups by index into a scan, or a hash table, of a whole table: it
//! weighs them by the average over all prisons, and by what it thinks a recursion finds.

mod requests;
mod set;

pub(super) use set::rows;
use sqlx::PgConnection;
use uuid::Uuid;

use super::rows::{LocationRow, OutlineRow, RequestRow, UsageRow};
use crate::domain::location::Location;
use crate::domain::tree::Tree;

/// Loads a few locations with all their ancestors and descendants: one statement, and a second one if an approval is
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
    let mut locations = sqlx::query_as!(
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
            c.max_capacity AS "max_capacity?", c.working_capacity AS "working_capacity?",
            c.certified_normal_accommodation AS "certified_normal_accommodation?",
            CASE WHEN l.location_type_discriminator = 'CELL'
                THEN ARRAY(SELECT u.used_for::text FROM cell_used_for u WHERE u.location_id = l.id) END AS "used_for: _",
            CASE WHEN l.location_type_discriminator = 'CELL'
                THEN ARRAY(SELECT s.specialist_cell_type::text FROM specialist_cell s WHERE s.location_id = l.id) END AS "specialist_cell_types: _",
            CASE WHEN l.location_type_discriminator = 'CELL'
                THEN ARRAY(SELECT a.attribute_value::text FROM residential_attribute a WHERE a.location_id = l.id) END AS "attributes: _",
            CASE WHEN l.location_type_discriminator = 'NON_RESIDENTIAL'
                THEN ARRAY(SELECT s.service_type::text FROM service_usage s WHERE s.location_id = l.id) END AS "services: _",
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
    .try_map(Location::try_from)
    .fetch_all(&mut *conn)
    .await?;
    requests::load_trees(conn, &mut locations).await?;
    Ok(Tree::new(locations))
}

/// Loads many locations with all their ancestors and descendants: a statement to find them, and one for each table.
///
/// # Errors
/// See [`family`].
pub async fn families(conn: &mut PgConnection, ids: &[Uuid]) -> Result<Tree, sqlx::Error> {
    let all = set::ids_of_families(conn, ids).await?;
    Ok(Tree::new(set::with_ids(conn, &all, true).await?))
}

/// The same without the attributes of NOMIS: what a list shows that is not for NOMIS.
///
/// # Errors
/// See [`family`].
pub async fn list(conn: &mut PgConnection, ids: &[Uuid]) -> Result<Tree, sqlx::Error> {
    let all = set::ids_of_families(conn, ids).await?;
    Ok(Tree::new(set::with_ids(conn, &all, false).await?))
}

/// Loads the whole branches that these locations belong to: everything below their topmost ancestors. Statements as for
/// [`families`].
///
/// # Errors
/// See [`family`].
pub async fn branches(conn: &mut PgConnection, ids: &[Uuid]) -> Result<Tree, sqlx::Error> {
    let branches = set::ids_of_branches(conn, ids).await?;
    Ok(Tree::new(set::with_ids(conn, &branches, true).await?))
}

/// Loads a whole prison, all kinds and statuses: a statement for each table, and one more each if an approval is pending or a
/// location hangs below one of another prison. Call it in a [`snapshot`](super::snapshot) or under the prison's lock.
///
/// The attributes of NOMIS are left out: only what is said to NOMIS shows them, and that asks for a [`family`].
///
/// # Errors
/// Whatever the database says, or a constant that is not known.
pub async fn prison(conn: &mut PgConnection, prison_id: &str) -> Result<Tree, sqlx::Error> {
    let locations = set::of_prison(conn, prison_id).await?;
    with_strangers(conn, locations).await
}

/// Loads a prison for the sums and states of its topmost locations: these as [`prison`] does, and of all others what they add. Of
/// everything else they hold what a new one would: it is for reading only.
///
/// # Errors
/// Whatever the database says, or a constant that is not known.
pub async fn prison_summary(conn: &mut PgConnection, prison_id: &str) -> Result<Tree, sqlx::Error> {
    let locations = set::of_summary(conn, prison_id).await?;
    with_strangers(conn, locations).await
}

/// Loads what shows the shape of a prison: of each location who and where it is, its type and its status. Of everything else a
/// location of the tree holds what a new one would: it is for reading only. One statement, and one more if a location hangs below
/// one of another prison.
///
/// # Errors
/// Whatever the database says, or a constant that is not known.
pub async fn outline(conn: &mut PgConnection, prison_id: &str) -> Result<Tree, sqlx::Error> {
    let locations = sqlx::query_as!(
        OutlineRow,
        r#"
        SELECT id, path_hierarchy, code, location_type AS "location_type: _", parent_id, local_name,
            converted_cell_type AS "converted_cell_type: _", status AS "status: _",
            location_type_discriminator AS "location_type_discriminator: _"
        FROM location
        WHERE prison_id = $1
        "#,
        prison_id
    )
    .map(|row| row.location(prison_id))
    .fetch_all(&mut *conn)
    .await?;
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
