-- The tables of the live service, as it has them: names, types, defaults, constraints, indexes and sequences are the same, so
-- that both services can work on one database. A database made by the live service never runs these files (src/store/migrate.rs).
-- Times are London wall-clock times without zone.

-- Of a cell or a virtual location. Deleting a row deletes the location that still points to it.
CREATE TABLE capacity
(
    id                             serial,
    max_capacity                   integer NOT NULL DEFAULT 0,
    working_capacity               integer NOT NULL DEFAULT 0,
    certified_normal_accommodation integer NOT NULL DEFAULT 0,
    CONSTRAINT capacity_pk PRIMARY KEY (id)
);

-- A place in a prison, of one of four kinds: CELL, RESIDENTIAL, VIRTUAL, NON_RESIDENTIAL (location_type_discriminator).
-- capacity_id is wider than the key that it refers to, as in the live service.
CREATE TABLE location
(
    id                              uuid         NOT NULL DEFAULT gen_random_uuid(),
    prison_id                       varchar(5)   NOT NULL,
    path_hierarchy                  varchar(150) NOT NULL,
    code                            varchar(12)  NOT NULL,
    location_type                   varchar(30)  NOT NULL,
    parent_id                       uuid,
    local_name                      varchar(80),
    comments                        varchar(255),
    order_within_parent_location    integer,
    residential_housing_type        varchar(30),
    capacity_id                     bigint,
    deactivated_date                timestamp,
    deactivated_reason              varchar(30),
    proposed_reactivation_date      date,
    when_created                    timestamp    NOT NULL,
    when_updated                    timestamp    NOT NULL,
    updated_by                      varchar(80)  NOT NULL,
    accommodation_type              varchar(60),
    planet_fm_reference             varchar(60),
    converted_cell_type             varchar(60),
    other_converted_cell_type       varchar(255),
    archived_reason                 varchar(200),
    deactivated_by                  varchar(80),
    deactivation_reason_description varchar(255),
    location_type_discriminator     varchar(20)  NOT NULL,
    status                          varchar(20)  NOT NULL DEFAULT 'DRAFT',
    in_cell_sanitation              boolean      DEFAULT false,
    cell_mark                       varchar(12)  DEFAULT NULL,
    residential_structure           varchar(150) DEFAULT NULL,
    internal_movement_allowed       boolean,
    certified_cell                  boolean,
    temporarily_off_cell_cert       boolean,
    hidden_from_list                boolean      NOT NULL DEFAULT false,
    CONSTRAINT location_pk PRIMARY KEY (id),
    CONSTRAINT uk_location_prison_code_id UNIQUE (prison_id, path_hierarchy),
    CONSTRAINT fk_location_parent_id FOREIGN KEY (parent_id) REFERENCES location (id),
    CONSTRAINT fk_location_capacity_id FOREIGN KEY (capacity_id) REFERENCES capacity (id) ON DELETE CASCADE,
    CONSTRAINT location_temp_off_cell_cert_required_for_cells
        CHECK (location_type_discriminator <> 'CELL' OR temporarily_off_cell_cert IS NOT NULL)
);

CREATE INDEX idx_location_capacity_id ON location (capacity_id);
CREATE INDEX idx_location_parent_id ON location (parent_id);
CREATE INDEX idx_location_path_hierarchy ON location (path_hierarchy);
CREATE INDEX location_housing_type_idx ON location (residential_housing_type, location_type, code);
CREATE INDEX location_status_idx ON location (prison_id, status);
CREATE INDEX location_type_discriminator_idx ON location (location_type_discriminator, prison_id, path_hierarchy);

-- What a cell is used for: one row for each use.
CREATE TABLE cell_used_for
(
    id          serial,
    location_id uuid        NOT NULL,
    used_for    varchar(80) NOT NULL,
    CONSTRAINT cell_used_for_pk PRIMARY KEY (id),
    CONSTRAINT cell_used_for_location_id_fkey FOREIGN KEY (location_id) REFERENCES location (id) ON DELETE CASCADE
);

CREATE INDEX cell_used_for_location_id_idx ON cell_used_for (location_id);
CREATE UNIQUE INDEX cell_used_uk ON cell_used_for (location_id, used_for);

-- The specialist types of a cell.
CREATE TABLE specialist_cell
(
    id                   serial,
    location_id          uuid        NOT NULL,
    specialist_cell_type varchar(80) NOT NULL,
    CONSTRAINT specialist_cell_pk PRIMARY KEY (id),
    CONSTRAINT specialist_cell_location_id_fkey FOREIGN KEY (location_id) REFERENCES location (id) ON DELETE CASCADE
);

CREATE INDEX specialist_cell_location_id_idx ON specialist_cell (location_id);
CREATE UNIQUE INDEX specialist_cell_location_uk ON specialist_cell (location_id, specialist_cell_type);

-- Attributes of a cell as NOMIS knows them. Sequence, key and indexes go by the name location_attribute.
CREATE SEQUENCE location_attribute_id_seq AS integer;

CREATE TABLE residential_attribute
(
    id              integer     NOT NULL DEFAULT nextval('location_attribute_id_seq'),
    location_id     uuid        NOT NULL,
    attribute_type  varchar(60) NOT NULL,
    attribute_value varchar(60) NOT NULL,
    CONSTRAINT location_attribute_pk PRIMARY KEY (id),
    CONSTRAINT location_attribute_location_id_fkey
        FOREIGN KEY (location_id) REFERENCES location (id) ON DELETE CASCADE
);
ALTER SEQUENCE location_attribute_id_seq OWNED BY residential_attribute.id;

CREATE INDEX location_attribute_location_id_idx ON residential_attribute (location_id);
CREATE UNIQUE INDEX location_attribute_location_id_usage_type_usage_value_idx
    ON residential_attribute (location_id, attribute_type, attribute_value);

-- What a non-residential location is used for. Sequence, key and indexes go by the name location_usage.
CREATE SEQUENCE location_usage_id_seq AS integer;

CREATE TABLE non_residential_usage
(
    id          integer     NOT NULL DEFAULT nextval('location_usage_id_seq'),
    location_id uuid        NOT NULL,
    usage_type  varchar(60) NOT NULL,
    capacity    integer,
    sequence    integer     NOT NULL DEFAULT 99,
    CONSTRAINT location_usage_pk PRIMARY KEY (id),
    CONSTRAINT location_usage_location_id_fkey FOREIGN KEY (location_id) REFERENCES location (id) ON DELETE CASCADE
);
ALTER SEQUENCE location_usage_id_seq OWNED BY non_residential_usage.id;

CREATE INDEX location_usage_location_id_idx ON non_residential_usage (location_id);
CREATE UNIQUE INDEX location_usage_location_id_usage_type_uindex ON non_residential_usage (location_id, usage_type);

-- The services that use a non-residential location.
CREATE TABLE service_usage
(
    id           serial,
    location_id  uuid        NOT NULL,
    service_type varchar(80) NOT NULL,
    CONSTRAINT non_residential_service_pk PRIMARY KEY (id),
    CONSTRAINT service_usage_location_id_fkey FOREIGN KEY (location_id) REFERENCES location (id) ON DELETE CASCADE
);

CREATE UNIQUE INDEX service_usage_location_uk ON service_usage (location_id, service_type);
