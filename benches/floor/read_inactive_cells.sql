-- The cells of a prison that are out of use, with what hangs on them, and what is above them.
WITH RECURSIVE family AS (
    SELECT id, parent_id FROM location
    WHERE prison_id = :'prison' AND status = 'INACTIVE' AND location_type_discriminator = 'CELL'
    UNION
    SELECT p.id, p.parent_id FROM location p JOIN family f ON p.id = f.parent_id
)
SELECT l.*, c.max_capacity, c.working_capacity, c.certified_normal_accommodation,
       (SELECT array_agg(u.used_for) FROM cell_used_for u WHERE u.location_id = l.id) AS used_for,
       (SELECT array_agg(s.specialist_cell_type) FROM specialist_cell s WHERE s.location_id = l.id) AS specialist
FROM location l LEFT JOIN capacity c ON c.id = l.capacity_id
WHERE l.id = ANY (ARRAY(SELECT id FROM family));
