-- A change of one cell: taken and locked, then written with its history, its event and its audit message.
\set number random(1, 1000000000)
BEGIN;
SELECT l.*, c.max_capacity, c.working_capacity, c.certified_normal_accommodation,
       (SELECT array_agg(a.attribute_value) FROM residential_attribute a WHERE a.location_id = l.id) AS attributes
FROM location l LEFT JOIN capacity c ON c.id = l.capacity_id
WHERE l.id = :'id'
FOR UPDATE OF l;
WITH changed AS (
    UPDATE location SET comments = 'Floor ' || :number, when_updated = now(), updated_by = 'FLOOR'
    WHERE id = :'id'
    RETURNING id, prison_id, path_hierarchy
), work AS (
    INSERT INTO linked_transaction (id, transaction_type, transaction_detail, transaction_invoked_by, tx_start_time, tx_end_time, prison_id)
    SELECT gen_random_uuid(), 'SYNC', 'Floor', 'FLOOR', now(), now(), prison_id FROM changed
    RETURNING id
), history AS (
    INSERT INTO location_history (location_id, attribute_name, old_value, new_value, amended_by, amended_date, linked_transaction_id)
    SELECT changed.id, 'COMMENTS', 'before', 'Floor ' || :number, 'FLOOR', now(), work.id FROM changed, work
), audit AS (
    INSERT INTO locations_service.audit_message (message) SELECT repeat('x', 600) FROM changed
)
INSERT INTO locations_service.domain_event (event_id, prison_id, location_id, location_key, event_type, message)
SELECT gen_random_uuid(), prison_id, id, prison_id || '-' || path_hierarchy, 'location.inside.prison.amended', repeat('x', 400)
FROM changed;
COMMIT;
