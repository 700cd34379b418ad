//! The approval requests on locations that are loaded.

use std::collections::HashMap;

use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::approval::RequestedCapacity;
use crate::domain::location::Location;
use crate::store::rows::{RequestRow, requests};

/// Gives locations their approval requests, whatever the state of these. One statement, and one more if one of them is pending.
pub async fn load(conn: &mut PgConnection, locations: &mut [Location]) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = locations.iter().map(|l| l.id).collect();
    let rows = sqlx::query!(
        r#"
        SELECT r.location_id AS "location_id!", r.id, r.approval_type, r.status, r.requested_date, r.reason_for_change,
            r.cell_mark, r.in_cell_sanitation, r.pending_specialist_cell_types, r.proposed_reactivation_date
        FROM certification_approval_request r WHERE r.location_id = ANY($1)
        "#,
        &ids
    )
    .fetch_all(&mut *conn)
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
    for location in locations.iter_mut() {
        if let Some(rows) = by_location.remove(&location.id) {
            location.requests = requests(rows)?;
        }
    }
    load_trees(conn, locations).await
}

/// Gives pending requests the numbers of their saved location trees (01 section 6.3 rule 1).
pub async fn load_trees(conn: &mut PgConnection, locations: &mut [Location]) -> Result<(), sqlx::Error> {
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
