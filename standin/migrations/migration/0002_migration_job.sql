-- How far a run has come, so that it goes on after a crash, and what it left behind.
create table migration_job (
    migration_id varchar(40) primary key references migration_history,
    pages_done   bigint not null default 0
);

-- Locations whose parent was not there yet.
create table migration_waiting (
    migration_id      varchar(40) not null references migration_history,
    nomis_location_id bigint      not null,
    primary key (migration_id, nomis_location_id)
);

-- Locations that could not be migrated, and why.
create table migration_failure (
    migration_id      varchar(40) not null references migration_history,
    nomis_location_id bigint      not null,
    key               text        not null,
    cause             text        not null,
    at                timestamptz not null default clock_timestamp(),
    primary key (migration_id, nomis_location_id)
);
