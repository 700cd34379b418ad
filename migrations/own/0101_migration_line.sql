-- Lines of a bulk migration on their way in: staged, inserted level by level, answered, deleted (decisions D3).
-- Unlogged: a crash ends the request, and the client sends it again.
CREATE UNLOGGED TABLE locations_service.migration_line
(
    run_id      uuid        NOT NULL,
    line        bigint      NOT NULL,
    prison_id   varchar(5),
    parent_path text,
    parent_id   uuid,
    body        jsonb,
    status      varchar(10) NOT NULL CHECK (status IN ('PENDING', 'CREATED', 'UNCHANGED', 'FAILED')),
    location_id uuid,
    key         text,
    error       jsonb,
    staged_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (run_id, line)
);

CREATE INDEX migration_line_pending_idx ON locations_service.migration_line (run_id, prison_id, line)
    WHERE status = 'PENDING';
