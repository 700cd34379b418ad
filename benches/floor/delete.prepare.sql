-- Cells to be deleted, more than pgbench will get through, in the order in which it takes them.
DROP TABLE IF EXISTS floor_doomed;
DROP SEQUENCE IF EXISTS floor_next;
CREATE SEQUENCE floor_next;
CREATE TABLE floor_doomed AS SELECT n, gen_random_uuid() AS id FROM generate_series(1, 100000) n;
ALTER TABLE floor_doomed ADD PRIMARY KEY (n);
INSERT INTO location (id, prison_id, path_hierarchy, code, location_type, residential_housing_type, when_created, when_updated,
    updated_by, location_type_discriminator, status, temporarily_off_cell_cert)
SELECT id, 'FLOOR', 'D' || n, 'D' || n, 'CELL', 'NORMAL_ACCOMMODATION', now(), now(), 'FLOOR', 'CELL', 'ACTIVE', false
FROM floor_doomed;
