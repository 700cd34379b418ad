-- Pairs of ids (08 section 5.1).
create table location_mapping (
    dps_location_id   varchar(40)  primary key,
    nomis_location_id bigint       not null unique,
    label             varchar(20),
    mapping_type      varchar(30)  not null,
    when_created      timestamptz  not null default clock_timestamp()
);
create index location_mapping_label on location_mapping (label);
create index location_mapping_when_created on location_mapping (when_created);
