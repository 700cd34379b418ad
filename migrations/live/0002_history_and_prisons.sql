-- What changed, when and by whom; and what is kept for a prison as a whole.

-- One row for each job that changed something; the history rows of the job refer to it.
CREATE TABLE linked_transaction
(
    id                     uuid        NOT NULL,
    transaction_type       varchar(60) NOT NULL,
    transaction_detail     text        NOT NULL,
    transaction_invoked_by varchar(80) NOT NULL,
    tx_start_time          timestamp   NOT NULL,
    tx_end_time            timestamp,
    prison_id              varchar(5)  NOT NULL,
    CONSTRAINT linked_transaction_pk PRIMARY KEY (id)
);

CREATE INDEX idx_linked_transaction_prison_id ON linked_transaction (prison_id, transaction_type);
CREATE INDEX idx_linked_transaction_tx_start_time ON linked_transaction (tx_start_time);

-- One row for each attribute of a location that changed.
CREATE TABLE location_history
(
    id                    serial,
    location_id           uuid,
    attribute_name        varchar(80)   NOT NULL,
    old_value             varchar(1024),
    new_value             varchar(1024),
    amended_by            varchar(255)  NOT NULL,
    amended_date          timestamp     NOT NULL,
    linked_transaction_id uuid,
    CONSTRAINT location_history_pk PRIMARY KEY (id),
    CONSTRAINT location_history_location_id_fkey
        FOREIGN KEY (location_id) REFERENCES location (id) ON DELETE CASCADE,
    CONSTRAINT linked_transaction_fk
        FOREIGN KEY (linked_transaction_id) REFERENCES linked_transaction (id) ON DELETE CASCADE
);

CREATE INDEX idx_location_history_linked_transaction_id ON location_history (linked_transaction_id);
CREATE INDEX location_history_location_id_idx ON location_history (location_id);
CREATE INDEX location_history_location_id_amend ON location_history (location_id, amended_date, amended_by);

-- The transaction types, for reports. The service does not read it.
CREATE TABLE constant_transaction_type
(
    code        varchar(60) NOT NULL,
    sequence    integer     NOT NULL,
    description varchar(60) NOT NULL,
    CONSTRAINT constant_transaction_type_pkey PRIMARY KEY (code)
);

INSERT INTO constant_transaction_type (code, sequence, description)
VALUES ('LOCATION_CREATE', 0, 'Created residential location'),
       ('LOCATION_CREATE_NON_RESI', 1, 'Created non-residential location'),
       ('LOCATION_UPDATE', 2, 'Updated residential location'),
       ('LOCATION_UPDATE_NON_RESI', 3, 'Updated non-residential location'),
       ('SYNC', 4, 'NOMIS sync (Residential)'),
       ('SYNC_NON_RESIDENTIAL', 5, 'NOMIS sync (Non-Residential)'),
       ('DELETE', 6, 'Locations deleted'),
       ('CAPACITY_CHANGE', 7, 'Capacity change'),
       ('CELL_TYPE_CHANGES', 8, 'Cell type change'),
       ('DEACTIVATION', 9, 'Deactivation'),
       ('PERMANENT_DEACTIVATION', 10, 'Permanent deactivation'),
       ('REACTIVATION', 11, 'Reactivation'),
       ('CELL_CONVERTION_TO_ROOM', 12, 'Cell conversion to room'),
       ('ROOM_CONVERTION_TO_CELL', 13, 'Room conversion to cell'),
       ('SIGNED_OP_CAP', 14, 'Signed operational capacity'),
       ('RESI_SERVICE_ACTIVATION', 15, 'Residential service activation'),
       ('NON_RESI_SERVICE_ACTIVATION', 16, 'Non-residential service activation'),
       ('INCLUDE_SEG_IN_ROLL_COUNT_ACTIVATION', 17, 'Include segregation in roll count activation'),
       ('APPROVAL_PROCESS_ACTIVATION', 18, 'Certification approval activation'),
       ('REQUEST_CERTIFICATION_APPROVAL', 19, 'Request certification approval'),
       ('APPROVE_CERTIFICATION_REQUEST', 20, 'Approve request'),
       ('REJECT_CERTIFICATION_REQUEST', 21, 'Reject request'),
       ('WITHDRAW_CERTIFICATION_REQUEST', 22, 'Withdraw request'),
       ('CERTIFICATE_BASELINE', 23, 'Certificate baseline');

-- What is switched on for a prison. No row: everything off.
CREATE TABLE prison_configuration
(
    prison_id                         varchar(5)   NOT NULL,
    when_updated                      timestamp    NOT NULL,
    updated_by                        varchar(255) NOT NULL,
    resi_location_service_active      boolean      NOT NULL DEFAULT false,
    include_segregation_in_roll_count boolean      NOT NULL DEFAULT false,
    certification_approval_required   boolean      DEFAULT false,
    non_resi_service_active           boolean      NOT NULL DEFAULT false,
    CONSTRAINT prison_configuration_pkey PRIMARY KEY (prison_id)
);

-- The signed operational capacity of a prison. The two unique indexes on the prison are the live service's.
CREATE TABLE signed_operation_capacity
(
    id                        serial,
    prison_id                 varchar(5)   NOT NULL,
    signed_operation_capacity integer      NOT NULL DEFAULT 0,
    when_updated              timestamp    NOT NULL,
    updated_by                varchar(255) NOT NULL,
    CONSTRAINT signed_operation_capacity_pk PRIMARY KEY (id),
    CONSTRAINT signed_operation_capacity_prison_id_key UNIQUE (prison_id)
);

CREATE UNIQUE INDEX signed_operation_capacity_prison_id_idx ON signed_operation_capacity (prison_id);
