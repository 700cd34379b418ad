-- One location with what hangs on it, all that is above it (its status and level depend on them), and all that is below it (its
-- capacity is the sum of its cells).
WITH RECURSIVE above AS (
    SELECT id, parent_id FROM location WHERE id = :'id'
    UNION ALL
    SELECT p.id, p.parent_id FROM location p JOIN above a ON p.id = a.parent_id
), below AS (
    SELECT id FROM location WHERE parent_id = :'id'
    UNION ALL
    SELECT c.id FROM location c JOIN below b ON c.parent_id = b.id
), family AS (
    SELECT id FROM above UNION ALL SELECT id FROM below
)
SELECT l.*, c.max_capacity, c.working_capacity, c.certified_normal_accommodation,
       (SELECT array_agg(u.used_for) FROM cell_used_for u WHERE u.location_id = l.id) AS used_for,
       (SELECT array_agg(s.specialist_cell_type) FROM specialist_cell s WHERE s.location_id = l.id) AS specialist,
       (SELECT array_agg(n.usage_type) FROM non_residential_usage n WHERE n.location_id = l.id) AS usages,
       (SELECT array_agg(v.service_type) FROM service_usage v WHERE v.location_id = l.id) AS services
FROM location l LEFT JOIN capacity c ON c.id = l.capacity_id
WHERE l.id = ANY (ARRAY(SELECT id FROM family));
