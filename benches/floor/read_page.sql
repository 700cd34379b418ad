-- A page of 200 of all locations, and how many there are.
SELECT count(*) FROM location;
SELECT l.*, c.max_capacity, c.working_capacity, c.certified_normal_accommodation,
       (SELECT array_agg(a.attribute_value) FROM residential_attribute a WHERE a.location_id = l.id) AS attributes,
       (SELECT array_agg((n.usage_type, n.capacity, n.sequence)) FROM non_residential_usage n WHERE n.location_id = l.id) AS usages
FROM (SELECT * FROM location ORDER BY id LIMIT 200 OFFSET :'offset'::bigint) l
LEFT JOIN capacity c ON c.id = l.capacity_id;
