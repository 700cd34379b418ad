-- One location as NOMIS sees it: nothing of its neighbours but who its parent is, which the row says.
SELECT l.*, c.max_capacity, c.working_capacity, c.certified_normal_accommodation,
       (SELECT array_agg(a.attribute_value) FROM residential_attribute a WHERE a.location_id = l.id) AS attributes,
       (SELECT array_agg((n.usage_type, n.capacity, n.sequence)) FROM non_residential_usage n WHERE n.location_id = l.id) AS usages
FROM location l LEFT JOIN capacity c ON c.id = l.capacity_id
WHERE l.id = :'id';
