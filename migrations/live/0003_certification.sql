-- Approval requests, the cell certificates made from them, and certificates uploaded as a file.

-- A change that waits for approval, or was decided. Which columns are used depends on approval_type.
-- signed_operation_capacity_id has no foreign key in the live service either.
CREATE TABLE certification_approval_request
(
    id                                    uuid         NOT NULL,
    prison_id                             varchar(5)   NOT NULL,
    location_id                           uuid,
    location_key                          varchar(255),
    status                                varchar(20)  NOT NULL,
    requested_by                          varchar(80)  NOT NULL,
    requested_date                        timestamp    NOT NULL,
    approved_or_rejected_by               varchar(80),
    approved_or_rejected_date             timestamp,
    comments                              text,
    certified_normal_accommodation_change integer      NOT NULL DEFAULT 0,
    working_capacity_change               integer      NOT NULL DEFAULT 0,
    max_capacity_change                   integer      NOT NULL DEFAULT 0,
    approval_type                         varchar(30)  NOT NULL DEFAULT 'DRAFT',
    signed_operation_capacity_change      integer      NOT NULL DEFAULT 0,
    signed_operation_capacity_id          bigint,
    reason_for_change                     text,
    current_signed_operation_capacity     integer      NOT NULL DEFAULT 0,
    cell_mark                             varchar(12),
    deactivated_reason                    varchar(30),
    deactivation_reason_description       varchar(255),
    proposed_reactivation_date            date,
    planet_fm_reference                   varchar(60),
    in_cell_sanitation                    boolean,
    current_cell_mark                     varchar(12),
    current_in_cell_sanitation            boolean,
    max_capacity                          integer,
    working_capacity                      integer,
    certified_normal_accommodation        integer,
    pending_specialist_cell_types         varchar(300),
    converted_cell_type                   varchar(60),
    other_converted_cell_type             varchar(255),
    accommodation_type                    varchar(60),
    used_for_types                        varchar(255),
    current_accommodation_types           varchar(255),
    current_used_for_types                varchar(255),
    top_level_accommodation_types         varchar(255),
    top_level_used_for_types              varchar(255),
    CONSTRAINT certification_approval_request_pkey PRIMARY KEY (id),
    CONSTRAINT fk_location FOREIGN KEY (location_id) REFERENCES location (id) ON DELETE CASCADE
);

CREATE INDEX certification_approval_request_location_id_idx ON certification_approval_request (location_id);
CREATE INDEX certification_approval_request_prison_id_idx ON certification_approval_request (prison_id);

-- The locations of a request as a tree: the top row points to the request, each other row to the row above it.
CREATE TABLE certification_approval_request_location
(
    id                                     uuid         NOT NULL,
    certification_approval_request_id      uuid,
    location_code                          varchar(40)  NOT NULL,
    cell_mark                              varchar(255),
    local_name                             varchar(255),
    path_hierarchy                         varchar(255) NOT NULL,
    level                                  integer      NOT NULL,
    certified_normal_accommodation         integer,
    working_capacity                       integer,
    max_capacity                           integer,
    in_cell_sanitation                     boolean,
    location_type                          varchar(40)  NOT NULL,
    specialist_cell_types                  varchar(300),
    converted_cell_type                    varchar(60),
    parent_location_id                     uuid,
    used_for_types                         varchar(300),
    accommodation_types                    varchar(120),
    current_working_capacity               integer,
    current_max_capacity                   integer,
    current_certified_normal_accommodation integer,
    reactivate_this_location               boolean      NOT NULL DEFAULT false,
    current_specialist_cell_types          varchar(300),
    current_cell_mark                      varchar(255),
    current_in_cell_sanitation             boolean,
    CONSTRAINT certification_approval_request_location_pkey PRIMARY KEY (id),
    CONSTRAINT certification_approval_reques_certification_approval_reque_fkey
        FOREIGN KEY (certification_approval_request_id) REFERENCES certification_approval_request (id) ON DELETE CASCADE,
    CONSTRAINT certification_approval_request_location_parent_location_id_fkey
        FOREIGN KEY (parent_location_id) REFERENCES certification_approval_request_location (id) ON DELETE CASCADE
);

CREATE INDEX idx_cert_approval_req_loc_parent_id ON certification_approval_request_location (parent_location_id);
CREATE INDEX idx_cert_approval_req_loc_req_id
    ON certification_approval_request_location (certification_approval_request_id);

-- The certificate of a prison, made when a request is approved.
CREATE TABLE cell_certificate
(
    id                                   uuid         NOT NULL,
    prison_id                            varchar(5)   NOT NULL,
    approved_by                          varchar(100) NOT NULL,
    approved_date                        timestamp    NOT NULL,
    certification_approval_request_id    uuid,
    total_working_capacity               integer      NOT NULL,
    total_max_capacity                   integer      NOT NULL,
    total_certified_normal_accommodation integer      NOT NULL,
    current                              boolean      NOT NULL DEFAULT true,
    signed_operation_capacity            integer      NOT NULL DEFAULT 0,
    CONSTRAINT cell_certificate_pkey PRIMARY KEY (id),
    CONSTRAINT uk_cell_certificate_certification_approval_request_id UNIQUE (certification_approval_request_id),
    CONSTRAINT fk_cell_certificate_certification_approval_request
        FOREIGN KEY (certification_approval_request_id) REFERENCES certification_approval_request (id) ON DELETE CASCADE
);

CREATE INDEX cell_certificate_certification_approval_request_idx
    ON cell_certificate (certification_approval_request_id);
CREATE INDEX cell_certificate_prison_id_idx ON cell_certificate (prison_id);
CREATE INDEX cell_certificate_prison_id_current_idx ON cell_certificate (prison_id, current) WHERE current = true;

-- The locations of a certificate as a tree: the top rows point to the certificate, each other row to the row above it.
CREATE TABLE cell_certificate_location
(
    id                             uuid         NOT NULL,
    cell_certificate_id            uuid,
    location_code                  varchar(40)  NOT NULL,
    path_hierarchy                 varchar(255) NOT NULL,
    certified_normal_accommodation integer,
    working_capacity               integer,
    max_capacity                   integer,
    in_cell_sanitation             boolean,
    location_type                  varchar(40)  NOT NULL,
    specialist_cell_types          varchar(300),
    cell_mark                      varchar(12),
    level                          integer      NOT NULL,
    local_name                     varchar(100),
    parent_location_id             uuid,
    converted_cell_type            varchar(60),
    used_for_types                 varchar(300),
    accommodation_types            varchar(120),
    other_converted_cell_type      varchar(255),
    CONSTRAINT cell_certificate_location_pkey PRIMARY KEY (id),
    CONSTRAINT fk_cell_certificate_location_cell_certificate
        FOREIGN KEY (cell_certificate_id) REFERENCES cell_certificate (id) ON DELETE CASCADE,
    CONSTRAINT cell_certificate_location_parent_location_id_fkey
        FOREIGN KEY (parent_location_id) REFERENCES cell_certificate_location (id) ON DELETE CASCADE
);

CREATE INDEX cell_certificate_location_cell_certificate_id_idx ON cell_certificate_location (cell_certificate_id);
CREATE INDEX cell_certificate_location_parent_location_idx ON cell_certificate_location (parent_location_id);
CREATE INDEX cell_certificate_location_path_hierarchy_idx ON cell_certificate_location (path_hierarchy);

-- A certificate uploaded as a file; at most one at work for a prison.
CREATE TABLE cell_certificate_upload
(
    id                  uuid         NOT NULL,
    prison_id           varchar(5)   NOT NULL,
    status              varchar(20)  NOT NULL,
    requested_by        varchar(255) NOT NULL,
    requested_date      timestamp    NOT NULL,
    start_time          timestamp,
    end_time            timestamp,
    total_records       integer      NOT NULL DEFAULT 0,
    processed_records   integer      NOT NULL DEFAULT 0,
    skipped_records     integer      NOT NULL DEFAULT 0,
    failed_records      integer      NOT NULL DEFAULT 0,
    reason_for_change   varchar(255),
    cell_certificate_id uuid,
    CONSTRAINT cell_certificate_upload_pkey PRIMARY KEY (id)
);

CREATE INDEX cell_certificate_upload_prison_id_idx ON cell_certificate_upload (prison_id);
CREATE UNIQUE INDEX cell_certificate_upload_active_prison_idx ON cell_certificate_upload (prison_id)
    WHERE status IN ('PENDING', 'STARTED');

-- The rows of the file, and what became of each.
CREATE TABLE cell_certificate_upload_location
(
    id                                      uuid         NOT NULL,
    cell_certificate_upload_id              uuid         NOT NULL,
    location_key                            varchar(255) NOT NULL,
    max_capacity                            integer      NOT NULL,
    working_capacity                        integer      NOT NULL,
    certified_normal_accommodation          integer,
    cell_mark                               varchar(12),
    in_cell_sanitation                      boolean,
    status                                  varchar(20)  NOT NULL,
    previous_max_capacity                   integer,
    previous_working_capacity               integer,
    previous_certified_normal_accommodation integer,
    previous_cell_mark                      varchar(12),
    previous_in_cell_sanitation             boolean,
    message                                 varchar(255),
    processed_date                          timestamp,
    CONSTRAINT cell_certificate_upload_location_pkey PRIMARY KEY (id),
    CONSTRAINT fk_cell_certificate_upload_location_upload
        FOREIGN KEY (cell_certificate_upload_id) REFERENCES cell_certificate_upload (id) ON DELETE CASCADE
);

CREATE INDEX cell_certificate_upload_location_upload_id_idx
    ON cell_certificate_upload_location (cell_certificate_upload_id);

-- Left over from a change of the live service; never read or written.
CREATE TABLE certification_backup
(
    location_id                    uuid,
    certificate_id                 integer,
    certified                      boolean,
    certified_normal_accommodation integer
);
