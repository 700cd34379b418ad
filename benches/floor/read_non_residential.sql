-- A page of 20 of the non-residential locations of a prison by name, how many there are, and what hangs on those of the page.
SELECT count(*) FROM location
WHERE prison_id = :'prison' AND location_type_discriminator = 'NON_RESIDENTIAL' AND status IN ('ACTIVE', 'INACTIVE');
SELECT l.*,
       (SELECT array_agg(n.usage_type) FROM non_residential_usage n WHERE n.location_id = l.id) AS usages,
       (SELECT array_agg(v.service_type) FROM service_usage v WHERE v.location_id = l.id) AS services
FROM location l
WHERE l.prison_id = :'prison' AND l.location_type_discriminator = 'NON_RESIDENTIAL' AND l.status IN ('ACTIVE', 'INACTIVE')
ORDER BY l.local_name, l.id
LIMIT 20;
