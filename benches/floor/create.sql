-- A new cell below a landing: the parent is read, then all is written at once.
\set number random(1, 1000000000)
BEGIN;
SELECT id, status, local_name FROM location WHERE prison_id = :'prison' AND path_hierarchy = :'parent' FOR KEY SHARE;
WITH room AS (
    INSERT INTO capacity (max_capacity, working_capacity, certified_normal_accommodation) VALUES (2, 1, 1) RETURNING id
), made AS (
    INSERT INTO location (id, prison_id, path_hierarchy, code, location_type, parent_id, residential_housing_type, capacity_id,
        when_created, when_updated, updated_by, accommodation_type, location_type_discriminator, status, certified_cell,
        temporarily_off_cell_cert)
    SELECT gen_random_uuid(), :'prison', p.path_hierarchy || '-F' || :number, 'F' || :number, 'CELL', p.id, 'NORMAL_ACCOMMODATION',
        room.id, now(), now(), 'FLOOR', 'NORMAL_ACCOMMODATION', 'CELL', 'ACTIVE', true, false
    FROM location p, room WHERE p.prison_id = :'prison' AND p.path_hierarchy = :'parent'
    RETURNING id, prison_id, path_hierarchy
), use AS (
    INSERT INTO cell_used_for (location_id, used_for) SELECT id, 'STANDARD_ACCOMMODATION' FROM made
), work AS (
    INSERT INTO linked_transaction (id, transaction_type, transaction_detail, transaction_invoked_by, tx_start_time, tx_end_time, prison_id)
    SELECT gen_random_uuid(), 'LOCATION_CREATE', 'Floor', 'FLOOR', now(), now(), prison_id FROM made
    RETURNING id
), audit AS (
    INSERT INTO locations_service.audit_message (message) SELECT repeat('x', 600) FROM made
)
INSERT INTO locations_service.domain_event (event_id, prison_id, location_id, location_key, event_type, message)
SELECT gen_random_uuid(), prison_id, id, prison_id || '-' || path_hierarchy, 'location.inside.prison.created', repeat('x', 400)
FROM made;
COMMIT;
