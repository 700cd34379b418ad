-- The residential locations of a prison, by name and place only.
SELECT id, parent_id, code, path_hierarchy, location_type, local_name, status, order_within_parent_location
FROM location
WHERE prison_id = :'prison' AND location_type_discriminator IN ('CELL', 'RESIDENTIAL', 'VIRTUAL');
