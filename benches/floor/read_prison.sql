-- All locations of a prison with what hangs on them.
SELECT l.*, c.max_capacity, c.working_capacity, c.certified_normal_accommodation, u.used_for, s.specialist, n.usages, v.services
FROM location l
LEFT JOIN capacity c ON c.id = l.capacity_id
LEFT JOIN (SELECT u.location_id, array_agg(u.used_for) AS used_for
           FROM cell_used_for u JOIN location l ON l.id = u.location_id WHERE l.prison_id = :'prison' GROUP BY 1) u
    ON u.location_id = l.id
LEFT JOIN (SELECT s.location_id, array_agg(s.specialist_cell_type) AS specialist
           FROM specialist_cell s JOIN location l ON l.id = s.location_id WHERE l.prison_id = :'prison' GROUP BY 1) s
    ON s.location_id = l.id
LEFT JOIN (SELECT n.location_id, array_agg((n.usage_type, n.capacity, n.sequence)) AS usages
           FROM non_residential_usage n JOIN location l ON l.id = n.location_id WHERE l.prison_id = :'prison' GROUP BY 1) n
    ON n.location_id = l.id
LEFT JOIN (SELECT v.location_id, array_agg(v.service_type) AS services
           FROM service_usage v JOIN location l ON l.id = v.location_id WHERE l.prison_id = :'prison' GROUP BY 1) v
    ON v.location_id = l.id
WHERE l.prison_id = :'prison';
