-- A certificate of a prison's residential locations: they are read, then request, certificate and its rows are written.
BEGIN;
SELECT l.*, c.max_capacity, c.working_capacity, c.certified_normal_accommodation
FROM location l LEFT JOIN capacity c ON c.id = l.capacity_id
WHERE l.prison_id = :'prison' AND l.location_type_discriminator IN ('CELL', 'RESIDENTIAL');
UPDATE cell_certificate SET current = false WHERE prison_id = :'prison' AND current;
WITH request AS (
    INSERT INTO certification_approval_request (id, prison_id, status, requested_by, requested_date, approved_or_rejected_by,
        approved_or_rejected_date, approval_type)
    VALUES (gen_random_uuid(), :'prison', 'APPROVED', 'FLOOR', now(), 'FLOOR', now(), 'PRISON_BASELINE')
    RETURNING id
), work AS (
    INSERT INTO linked_transaction (id, transaction_type, transaction_detail, transaction_invoked_by, tx_start_time, tx_end_time, prison_id)
    VALUES (gen_random_uuid(), 'CERTIFICATE_BASELINE', 'Floor', 'FLOOR', now(), now(), :'prison'),
           (gen_random_uuid(), 'APPROVE_CERTIFICATION_REQUEST', 'Floor', 'FLOOR', now(), now(), :'prison')
), certificate AS (
    INSERT INTO cell_certificate (id, prison_id, approved_by, approved_date, certification_approval_request_id, total_working_capacity,
        total_max_capacity, total_certified_normal_accommodation)
    SELECT gen_random_uuid(), :'prison', 'FLOOR', now(), request.id, 1, 2, 1 FROM request
    RETURNING id
), row_ids AS MATERIALIZED (
    SELECT l.id AS location_id, gen_random_uuid() AS row_id FROM location l
    WHERE l.prison_id = :'prison' AND l.location_type_discriminator IN ('CELL', 'RESIDENTIAL')
)
INSERT INTO cell_certificate_location (id, cell_certificate_id, parent_location_id, location_code, path_hierarchy, location_type, level,
    local_name, max_capacity, working_capacity, certified_normal_accommodation, cell_mark, in_cell_sanitation)
SELECT own.row_id, CASE WHEN l.parent_id IS NULL THEN certificate.id END, above.row_id, l.code, l.path_hierarchy, l.location_type,
       1 + length(l.path_hierarchy) - length(replace(l.path_hierarchy, '-', '')), l.local_name, c.max_capacity, c.working_capacity,
       c.certified_normal_accommodation, l.cell_mark, l.in_cell_sanitation
FROM certificate CROSS JOIN location l
JOIN row_ids own ON own.location_id = l.id
LEFT JOIN row_ids above ON above.location_id = l.parent_id
LEFT JOIN capacity c ON c.id = l.capacity_id
WHERE l.prison_id = :'prison' AND l.location_type_discriminator IN ('CELL', 'RESIDENTIAL');
COMMIT;
