-- The same as read_by_id, of a location known by prison and path; what is above it is known by its path too.
WITH RECURSIVE wanted AS (
    SELECT id, parent_id FROM location WHERE prison_id = :'prison' AND path_hierarchy = :'path'
), above AS (
    SELECT id, parent_id FROM wanted
    UNION ALL
    SELECT p.id, p.parent_id FROM location p JOIN above a ON p.id = a.parent_id
), below AS (
    SELECT c.id FROM location c JOIN wanted w ON c.parent_id = w.id
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
