-- New capacities for many cells of a prison: taken and locked, then written set-based, with three rows of history, two events and
-- an audit message for each cell.
\set most random(3, 90)
BEGIN;
SELECT l.*, c.max_capacity, c.working_capacity, c.certified_normal_accommodation
FROM location l JOIN capacity c ON c.id = l.capacity_id
WHERE l.prison_id = :'prison' AND l.location_type_discriminator = 'CELL' AND l.status = 'ACTIVE'
ORDER BY l.path_hierarchy
LIMIT :'count'::bigint
FOR UPDATE;
WITH chosen AS (
    SELECT id, prison_id, path_hierarchy, capacity_id FROM location
    WHERE prison_id = :'prison' AND location_type_discriminator = 'CELL' AND status = 'ACTIVE' AND capacity_id IS NOT NULL
    ORDER BY path_hierarchy
    LIMIT :'count'::bigint
), room AS (
    UPDATE capacity c
    SET max_capacity = :most, working_capacity = :most - 1, certified_normal_accommodation = 2
    FROM chosen WHERE c.id = chosen.capacity_id
), changed AS (
    UPDATE location l SET when_updated = now(), updated_by = 'FLOOR' FROM chosen WHERE l.id = chosen.id
), work AS (
    INSERT INTO linked_transaction (id, transaction_type, transaction_detail, transaction_invoked_by, tx_start_time, tx_end_time, prison_id)
    VALUES (gen_random_uuid(), 'CAPACITY_CHANGE', 'Floor', 'FLOOR', now(), now(), :'prison')
    RETURNING id
), history AS (
    INSERT INTO location_history (location_id, attribute_name, old_value, new_value, amended_by, amended_date, linked_transaction_id)
    SELECT chosen.id, attribute, '1', '2', 'FLOOR', now(), work.id
    FROM chosen, work, unnest(ARRAY['MAX_CAPACITY', 'WORKING_CAPACITY', 'CERTIFIED_CAPACITY']) attribute
), audit AS (
    INSERT INTO locations_service.audit_message (message) SELECT repeat('x', 600) FROM chosen
)
INSERT INTO locations_service.domain_event (event_id, prison_id, location_id, location_key, event_type, message)
SELECT gen_random_uuid(), prison_id, id, prison_id || '-' || path_hierarchy, event_type, repeat('x', 400)
FROM chosen, unnest(ARRAY['location.inside.prison.amended', 'location.inside.prison.capacity.changed']) event_type;
COMMIT;
