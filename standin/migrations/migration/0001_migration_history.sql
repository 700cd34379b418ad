-- One row for each run of the migration (08 section 9.2).
create table migration_history (
    migration_id           varchar(40) primary key,
    when_started           timestamptz not null default clock_timestamp(),
    when_ended             timestamptz,
    estimated_record_count bigint      not null,
    records_migrated       bigint      not null default 0,
    records_failed         bigint      not null default 0,
    migration_type         varchar(35) not null,
    status                 varchar(20) not null,
    filter                 text
);
