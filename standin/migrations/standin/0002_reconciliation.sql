-- Runs of the reconciliation and what they found (08 section 15.3). Rows of the role `to-nomis`.
create table reconciliation_run (
    id        bigint generated always as identity primary key,
    kind      text        not null check (kind in ('FULL', 'DIGEST')),
    prison    text,
    repairs   boolean     not null,
    status    text        not null default 'RUNNING' check (status in ('RUNNING', 'DONE', 'FAILED')),
    started   timestamptz not null default clock_timestamp(),
    ended     timestamptz,
    -- Pairs that were compared field by field, and subtrees that did not need it.
    compared  bigint      not null default 0,
    unchanged bigint      not null default 0,
    error     text
);

create table reconciliation_finding (
    id       bigint generated always as identity primary key,
    run      bigint      not null references reconciliation_run,
    at       timestamptz not null default clock_timestamp(),
    kind     text        not null,
    prison   text        not null,
    key      text        not null,
    dps_id   uuid,
    nomis_id bigint,
    -- Of a mismatch: which field, and what each side says.
    field    text,
    dps      text,
    nomis    text,
    -- Who has changed since they were last found equal, or what was in the way.
    cause    text        not null,
    -- What the repair did.
    repair   text
);
create index reconciliation_finding_of_run on reconciliation_finding (run, key);

-- Digests of subtrees as they were when the subtree was last compared without a finding.
create table reconciliation_clean (
    key        text primary key,
    prison     text        not null,
    dps_hash   text        not null,
    nomis_hash text        not null,
    at         timestamptz not null default clock_timestamp()
);
create index reconciliation_clean_of_prison on reconciliation_clean (prison);
