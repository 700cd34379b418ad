-- What every role keeps beside its own data (08 section 15.3). Roles read and write only rows that carry their name.

-- Telemetry events, as Application Insights would have them.
create table telemetry (
    id     bigint generated always as identity primary key,
    at     timestamptz not null default clock_timestamp(),
    role   text        not null,
    name   text        not null,
    fields jsonb       not null
);
create index telemetry_of_role on telemetry (role, name, at);

-- Faults to be made (08 section 15.6). `times_left` is null for "always" and for a percentage.
create table fault_rule (
    id         bigint generated always as identity primary key,
    role       text    not null,
    at         text    not null,
    phase      text    not null,
    action     jsonb   not null,
    match      jsonb   not null default '{}',
    times_left integer,
    percent    double precision
);

-- What an operator has set while the role ran, so that it survives a crash: event switches, messages at a time.
create table role_setting (
    role  text  not null,
    name  text  not null,
    value jsonb not null,
    primary key (role, name)
);
