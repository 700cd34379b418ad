//! Locations for tests, put into the tables directly.

use super::database::TestDatabase;

/// Id of the wing of [`add_wing`].
pub const WING: &str = "00000000-0000-7000-8000-00000000000a";
/// Id of its landing.
pub const LANDING: &str = "00000000-0000-7000-8000-000000000001";

/// In LEI: wing A, landing A-1 and cells A-1-001 and so on, this many, all active; the cells are certified normal accommodation,
/// each with max 2, working 1, CNA 1 and its code as its mark.
pub async fn add_wing(database: &TestDatabase, cells: usize) {
    let sql = format!(
        "INSERT INTO location (id, prison_id, path_hierarchy, code, location_type, parent_id, local_name,
            residential_housing_type, when_created, when_updated, updated_by, location_type_discriminator, status)
         VALUES ('{WING}', 'LEI', 'A', 'A', 'WING', NULL, 'WING A', 'NORMAL_ACCOMMODATION', now(), now(), 'U',
                'RESIDENTIAL', 'ACTIVE'),
            ('{LANDING}', 'LEI', 'A-1', '1', 'LANDING', '{WING}', NULL, 'NORMAL_ACCOMMODATION', now(), now(), 'U',
                'RESIDENTIAL', 'ACTIVE');
         WITH cells AS (SELECT lpad(n::text, 3, '0') AS code, nextval('capacity_id_seq')::integer AS capacity_id
                FROM generate_series(1, {cells}) n),
            capacities AS (INSERT INTO capacity (id, max_capacity, working_capacity, certified_normal_accommodation)
                SELECT capacity_id, 2, 1, 1 FROM cells),
            locations AS (INSERT INTO location (id, prison_id, path_hierarchy, code, location_type, parent_id,
                    residential_housing_type, accommodation_type, capacity_id, when_created, when_updated, updated_by,
                    location_type_discriminator, status, certified_cell, temporarily_off_cell_cert, cell_mark)
                SELECT gen_random_uuid(), 'LEI', 'A-1-' || code, code, 'CELL', '{LANDING}', 'NORMAL_ACCOMMODATION',
                    'NORMAL_ACCOMMODATION', capacity_id, now(), now(), 'U', 'CELL', 'ACTIVE', true, false, code
                FROM cells RETURNING id)
         INSERT INTO cell_used_for (location_id, used_for) SELECT id, 'STANDARD_ACCOMMODATION' FROM locations;"
    );
    database.execute(&sql).await;
}

/// Configures LEI: whether its certification goes through approvals.
pub async fn configure(database: &TestDatabase, approvals: bool) {
    database
        .execute(&format!(
            "INSERT INTO prison_configuration (prison_id, when_updated, updated_by, certification_approval_required)
             VALUES ('LEI', now(), 'U', {approvals})"
        ))
        .await;
}
