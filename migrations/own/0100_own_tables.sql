-- Tables of our own, apart from those of the contract: in a schema of their own, so that the live service's tables stay as they are.
CREATE SCHEMA IF NOT EXISTS locations_service;

-- Domain events, written in the transaction of the change, published by the relay (docs/architecture.md).
-- `id` is taken under the lock of the prison: the ids of one prison are in the order of its changes.
CREATE TABLE locations_service.domain_event
(
    id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id         uuid        NOT NULL,
    prison_id        varchar(5)  NOT NULL,
    location_id      uuid,
    location_key     text        NOT NULL,
    event_type       text        NOT NULL,
    message          text        NOT NULL,
    replay           boolean     NOT NULL DEFAULT false,
    traceparent      text,
    created_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    attempts         integer     NOT NULL DEFAULT 0, -- how often SNS has not taken it
    last_error       text,                           -- what was said the last time
    sent_at          timestamptz,
    set_aside_at     timestamptz,
    set_aside_reason text
);

CREATE INDEX domain_event_unsent_idx ON locations_service.domain_event (prison_id, id)
    WHERE sent_at IS NULL AND set_aside_at IS NULL;
CREATE INDEX domain_event_set_aside_idx ON locations_service.domain_event (id)
    WHERE set_aside_at IS NOT NULL AND sent_at IS NULL;
CREATE INDEX domain_event_sent_idx ON locations_service.domain_event (sent_at)
    WHERE sent_at IS NOT NULL;

-- Audit messages: no order, deleted when sent. Whoever sends one moves `not_before` into the future first, so that others
-- leave it alone meanwhile.
CREATE TABLE locations_service.audit_message
(
    id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    message          text        NOT NULL,
    traceparent      text,
    created_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    not_before       timestamptz NOT NULL DEFAULT clock_timestamp(),
    attempts         integer     NOT NULL DEFAULT 0,
    set_aside_at     timestamptz,
    set_aside_reason text
);

CREATE INDEX audit_message_unsent_idx ON locations_service.audit_message (id) WHERE set_aside_at IS NULL;

-- Whom this outbox speaks for (decisions C6), and whether an operator has paused it (decisions C7). One row.
CREATE TABLE locations_service.outbox_control
(
    only_row    boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    environment text,
    topic_arn   text,
    paused      boolean     NOT NULL DEFAULT false,
    changed_by  text,
    changed_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);

INSERT INTO locations_service.outbox_control (only_row) VALUES (true);

-- Which prisons NOMIS may still change (decisions D5). No row: TWO_WAY.
CREATE TABLE locations_service.nomis_sync
(
    prison_id    varchar(5) PRIMARY KEY,
    mode         varchar(10) NOT NULL CHECK (mode IN ('TWO_WAY', 'ONE_WAY')),
    updated_by   varchar(80) NOT NULL,
    when_updated timestamptz NOT NULL DEFAULT clock_timestamp()
);
