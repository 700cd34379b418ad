-- A thousand new cells below a new landing with two rows of history each, in one transaction, set-based. Their own checks would come
-- on top: that no path is taken the unique index says.
\set number random(1, 1000000000)
BEGIN;
WITH landing AS (
    INSERT INTO location (id, prison_id, path_hierarchy, code, location_type, residential_housing_type, when_created, when_updated,
        updated_by, location_type_discriminator, status)
    VALUES (gen_random_uuid(), 'FLOOR', 'M' || :number, 'M' || :number, 'LANDING', 'NORMAL_ACCOMMODATION', now(), now(), 'FLOOR',
        'RESIDENTIAL', 'ACTIVE')
    RETURNING id, path_hierarchy
), numbers AS MATERIALIZED (
    SELECT n, gen_random_uuid() AS id, gen_random_uuid() AS work_id, nextval('capacity_id_seq') AS capacity_id
    FROM generate_series(1, 1000) n
), room AS (
    INSERT INTO capacity (id, max_capacity, working_capacity, certified_normal_accommodation)
    SELECT capacity_id, 2, 1, 1 FROM numbers
), made AS (
    INSERT INTO location (id, prison_id, path_hierarchy, code, location_type, parent_id, residential_housing_type, capacity_id,
        when_created, when_updated, updated_by, accommodation_type, location_type_discriminator, status, certified_cell,
        temporarily_off_cell_cert)
    SELECT numbers.id, 'FLOOR', landing.path_hierarchy || '-' || n, n::text, 'CELL', landing.id, 'NORMAL_ACCOMMODATION', capacity_id,
        now(), now(), 'FLOOR', 'NORMAL_ACCOMMODATION', 'CELL', 'ACTIVE', true, false
    FROM landing, numbers
), use AS (
    INSERT INTO cell_used_for (location_id, used_for) SELECT id, 'STANDARD_ACCOMMODATION' FROM numbers
), work AS (
    INSERT INTO linked_transaction (id, transaction_type, transaction_detail, transaction_invoked_by, tx_start_time, tx_end_time, prison_id)
    SELECT work_id, 'LOCATION_CREATE', 'Floor', 'FLOOR', now(), now(), 'FLOOR' FROM numbers
)
INSERT INTO location_history (location_id, attribute_name, old_value, new_value, amended_by, amended_date, linked_transaction_id)
SELECT id, 'COMMENTS', 'before', 'after ' || k, 'FLOOR', now(), work_id FROM numbers, generate_series(1, 2) k;
COMMIT;
