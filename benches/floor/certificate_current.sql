-- The current certificate of a prison with all its rows.
WITH RECURSIVE certificate AS (
    SELECT * FROM cell_certificate WHERE prison_id = :'prison' AND current
), rows AS (
    SELECT r.* FROM cell_certificate_location r JOIN certificate c ON r.cell_certificate_id = c.id
    UNION ALL
    SELECT r.* FROM cell_certificate_location r JOIN rows p ON r.parent_location_id = p.id
)
SELECT certificate.approved_by, certificate.approved_date, rows.* FROM certificate CROSS JOIN rows;
