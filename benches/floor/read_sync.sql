-- One location as NOMIS sees it: with what hangs on it, and all that is above it (whether it is active depends on them).
WITH RECURSIVE above AS (
    SELECT id, parent_id FROM location WHERE id = :'id'
    UNION ALL
    SELECT p.id, p.parent_id FROM location p JOIN above a ON p.id = a.parent_id
)
SELECT l.*, c.max_capacity, c.working_capacity, c.certified_normal_accommodation,
       (SELECT array_agg(a.attribute_value) FROM residential_attribute a WHERE a.location_id = l.id) AS attributes,
       (SELECT array_agg((n.usage_type, n.capacity, n.sequence)) FROM non_residential_usage n WHERE n.location_id = l.id) AS usages
FROM location l LEFT JOIN capacity c ON c.id = l.capacity_id
WHERE l.id = ANY (ARRAY(SELECT id FROM above));
