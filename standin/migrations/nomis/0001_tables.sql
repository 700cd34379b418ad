-- The tables of NOMIS that location sync meets (08 section 2), with the names, sizes and keys that they have there.
-- Numbers of n digits are integers with a check, so that too long a value is refused as Oracle would refuse it.

create table agency_locations (
    agy_loc_id  varchar(6)  primary key,
    description varchar(40) not null,
    active_flag char(1)     not null default 'Y' check (active_flag in ('Y', 'N'))
);

create table reference_codes (
    domain      varchar(12) not null,
    code        varchar(12) not null,
    description varchar(40) not null,
    active_flag char(1)     not null default 'Y' check (active_flag in ('Y', 'N')),
    primary key (domain, code)
);

-- Ids never agree by chance with those of another table (08 section 15.3 rule 1).
create sequence internal_location_id start 26001;
create sequence usage_location_id start 913001;
create sequence internal_location_usage_id start 5201;
create sequence agy_int_loc_amendment_id start 4700001;

create table agency_internal_locations (
    internal_location_id          bigint       primary key default nextval('internal_location_id'),
    internal_location_code        varchar(12)  not null,
    agy_loc_id                    varchar(6)   not null references agency_locations,
    internal_location_type        varchar(12)  not null,
    description                   varchar(240) not null,
    parent_internal_location_id   bigint       references agency_internal_locations,
    user_desc                     varchar(40),
    comment_text                  varchar(240),
    list_seq                      integer      check (abs(list_seq) <= 999999),
    unit_type                     varchar(12),
    capacity                      integer      check (abs(capacity) <= 99999),
    operation_capacity            integer      check (abs(operation_capacity) <= 99999),
    cna_no                        integer,
    certified_flag                char(1)      not null default 'N' check (certified_flag in ('Y', 'N')),
    active_flag                   char(1)      not null default 'Y' check (active_flag in ('Y', 'N')),
    deactivate_date               date,
    deactivate_reason_code        varchar(12),
    reactivate_date               date,
    tracking_flag                 char(1)      not null default 'N' check (tracking_flag in ('Y', 'N')),
    no_of_occupant                integer      default 0,
    security_level_code           varchar(12),
    aca_cap_rating                integer,
    create_datetime               timestamp(6) not null,
    create_user_id                varchar(32)  not null,
    modify_datetime               timestamp(6),
    modify_user_id                varchar(32),
    audit_timestamp               timestamp(6),
    audit_user_id                 varchar(32),
    audit_module_name             varchar(65),
    audit_client_user_id          varchar(64),
    audit_client_ip_address       varchar(39),
    audit_client_workstation_name varchar(64),
    audit_additional_info         varchar(256),
    unique (agy_loc_id, description)
);
create index on agency_internal_locations (agy_loc_id);
create index on agency_internal_locations (agy_loc_id, parent_internal_location_id);
create index on agency_internal_locations (description);
create index on agency_internal_locations (parent_internal_location_id);

create table agy_int_loc_profiles (
    internal_location_id          bigint       not null references agency_internal_locations,
    int_loc_profile_type          varchar(12)  not null,
    int_loc_profile_code          varchar(12)  not null,
    create_datetime               timestamp(6) not null,
    create_user_id                varchar(32)  not null,
    modify_datetime               timestamp(6),
    modify_user_id                varchar(32),
    audit_timestamp               timestamp(6),
    audit_user_id                 varchar(32),
    audit_module_name             varchar(65),
    audit_client_user_id          varchar(64),
    audit_client_ip_address       varchar(39),
    audit_client_workstation_name varchar(64),
    audit_additional_info         varchar(256),
    primary key (internal_location_id, int_loc_profile_type, int_loc_profile_code)
);

create table internal_location_usages (
    internal_location_usage_id bigint      primary key default nextval('internal_location_usage_id'),
    agy_loc_id                 varchar(6)  not null references agency_locations,
    internal_location_usage    varchar(12) not null,
    event_sub_type             varchar(12),
    unique nulls not distinct (agy_loc_id, internal_location_usage, event_sub_type)
);

-- There is no foreign key to the location: rows for missing locations exist.
create table int_loc_usage_locations (
    usage_location_id             bigint       primary key default nextval('usage_location_id'),
    internal_location_usage_id    bigint       not null references internal_location_usages,
    internal_location_id          bigint       not null,
    capacity                      integer      check (abs(capacity) <= 99999),
    list_seq                      integer      check (abs(list_seq) <= 999999),
    usage_location_type           varchar(12),
    parent_usage_location_id      bigint,
    create_datetime               timestamp(6) not null,
    create_user_id                varchar(32)  not null,
    modify_datetime               timestamp(6),
    modify_user_id                varchar(32),
    audit_timestamp               timestamp(6),
    audit_user_id                 varchar(32),
    audit_module_name             varchar(65),
    audit_client_user_id          varchar(64),
    audit_client_ip_address       varchar(39),
    audit_client_workstation_name varchar(64),
    audit_additional_info         varchar(256),
    unique (internal_location_usage_id, internal_location_id)
);
create index on int_loc_usage_locations (internal_location_id);

create table agy_int_loc_amendments (
    agy_int_loc_amendment_id bigint       primary key default nextval('agy_int_loc_amendment_id'),
    internal_location_id     bigint       not null,
    amend_date               timestamp(0) not null,
    column_name              varchar(30),
    old_value                varchar(240),
    new_value                varchar(240),
    amend_user_id            varchar(32)  not null,
    deactivate_reason_code   varchar(12),
    int_loc_profile_code     varchar(12),
    action_code              varchar(12)
);
create index on agy_int_loc_amendments (internal_location_id);

-- The switches of Prison API (08 sections 2.5 and 13.2). Note the two words for "all": **ALL** and *ALL*.
create table splash_screens (
    module_name       varchar(20) primary key,
    block_access_code varchar(12) not null default 'COND' check (block_access_code in ('YES', 'NO', 'COND')),
    warning_text      text,
    blocked_text      text
);

create table splash_conditions (
    module_name        varchar(20) not null references splash_screens,
    condition_type     varchar(12) not null,
    condition_value    varchar(12) not null,
    block_access_yorn  char(1)     not null check (block_access_yorn in ('Y', 'N')),
    primary key (module_name, condition_type, condition_value)
);

create table external_services (
    service_name varchar(40) primary key,
    description  varchar(240)
);

create table service_agency_switches (
    service_name varchar(40) not null references external_services,
    agy_loc_id   varchar(6)  not null,
    primary key (service_name, agy_loc_id)
);

-- What the roll count of a prison asks Prison API: nothing moved, unless a row says so.
create table prison_movements (
    agy_loc_id     varchar(6) primary key references agency_locations,
    in_today       integer    not null default 0,
    out_today      integer    not null default 0,
    en_route_today integer    not null default 0,
    -- [{ "day", "offenderNo", "movementSequence" }]
    out_movements  jsonb      not null default '[]'
);

-- Events of 08 section 6.2 that the publisher has not sent yet.
create table event_outbox (
    id         bigint generated always as identity primary key,
    event_type text not null,
    body       text not null
);
