-- A cell is deleted: taken and locked, then removed; its event and its audit message are written. Which cell is looked up in a table
-- made for it (delete.prepare.sql), because a deleted one can't be chosen by chance again.
SELECT nextval('floor_next') AS number \gset
BEGIN;
SELECT l.* FROM location l WHERE l.id = (SELECT id FROM floor_doomed WHERE n = :number) FOR UPDATE OF l;
WITH gone AS (
    DELETE FROM location WHERE id = (SELECT id FROM floor_doomed WHERE n = :number)
    RETURNING id, prison_id, path_hierarchy
), work AS (
    INSERT INTO linked_transaction (id, transaction_type, transaction_detail, transaction_invoked_by, tx_start_time, tx_end_time, prison_id)
    SELECT gen_random_uuid(), 'DELETE', 'Floor', 'FLOOR', now(), now(), prison_id FROM gone
    RETURNING id
), audit AS (
    INSERT INTO locations_service.audit_message (message) SELECT repeat('x', 600) FROM gone
)
INSERT INTO locations_service.domain_event (event_id, prison_id, location_id, location_key, event_type, message)
SELECT gen_random_uuid(), prison_id, id, prison_id || '-' || path_hierarchy, 'location.inside.prison.deleted', repeat('x', 400)
FROM gone;
COMMIT;
