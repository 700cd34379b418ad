-- A wing goes out of use with all that is in it: taken and locked, then written set-based, with three rows of history, an event and an
-- audit message for each location.
BEGIN;
WITH RECURSIVE below AS (
    SELECT id FROM location WHERE id = :'id'
    UNION ALL
    SELECT c.id FROM location c JOIN below b ON c.parent_id = b.id
)
SELECT l.*, c.max_capacity, c.working_capacity, c.certified_normal_accommodation
FROM below b JOIN location l ON l.id = b.id LEFT JOIN capacity c ON c.id = l.capacity_id
FOR UPDATE OF l;
WITH RECURSIVE below AS (
    SELECT id FROM location WHERE id = :'id'
    UNION ALL
    SELECT c.id FROM location c JOIN below b ON c.parent_id = b.id
), changed AS (
    UPDATE location l
    SET status = 'INACTIVE', deactivated_date = now(), deactivated_reason = 'MOTHBALLED', deactivated_by = 'FLOOR', when_updated = now(),
        updated_by = 'FLOOR'
    FROM below WHERE l.id = below.id
    RETURNING l.id, l.prison_id, l.path_hierarchy
), work AS (
    INSERT INTO linked_transaction (id, transaction_type, transaction_detail, transaction_invoked_by, tx_start_time, tx_end_time, prison_id)
    SELECT gen_random_uuid(), 'DEACTIVATION', 'Floor', 'FLOOR', now(), now(), prison_id FROM location WHERE id = :'id'
    RETURNING id
), history AS (
    INSERT INTO location_history (location_id, attribute_name, old_value, new_value, amended_by, amended_date, linked_transaction_id)
    SELECT changed.id, attribute, 'before', 'after', 'FLOOR', now(), work.id
    FROM changed, work, unnest(ARRAY['STATUS', 'DEACTIVATION_REASON', 'WORKING_CAPACITY']) attribute
), audit AS (
    INSERT INTO locations_service.audit_message (message) SELECT repeat('x', 600) FROM changed
)
INSERT INTO locations_service.domain_event (event_id, prison_id, location_id, location_key, event_type, message)
SELECT gen_random_uuid(), prison_id, id, prison_id || '-' || path_hierarchy, 'location.inside.prison.deactivated', repeat('x', 400)
FROM changed;
COMMIT;
