-- What NOMIS does by itself when a location table is written (08 section 15.3 rules 3 and 4), for screens and for sync alike.
--
-- Who writes is said by settings local to the transaction:
--   nomis.module  the screen, or DPS_SYNCHRONISATION; none: somebody with SQL
--   nomis.user    who
--   nomis.reason  why
--   nomis.silent  'true': no event (08 section 6.2 rule 6) and no history

create function module_name() returns text language sql stable as
$$ select nullif(current_setting('nomis.module', true), '') $$;

create function acting_user() returns text language sql stable as
$$ select coalesce(nullif(current_setting('nomis.user', true), ''), 'OMS_OWNER') $$;

create function local_now() returns timestamp language sql volatile as
$$ select clock_timestamp() at time zone 'Europe/London' $$;

-- A write that changes nothing is none: no audit columns, no amendment, no event.
create function skip_equal() returns trigger language plpgsql as $$
begin
    if new is not distinct from old then
        return null;
    end if;
    return new;
end $$;

create function fill_audit_columns() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        new.create_datetime := coalesce(new.create_datetime, local_now());
        new.create_user_id := coalesce(new.create_user_id, acting_user());
    else
        new.modify_datetime := local_now();
        new.modify_user_id := acting_user();
    end if;
    new.audit_timestamp := local_now();
    new.audit_user_id := acting_user();
    new.audit_module_name := module_name();
    new.audit_additional_info := nullif(current_setting('nomis.reason', true), '');
    return new;
end $$;

create function put_event(event jsonb) returns void language plpgsql as $$
begin
    if current_setting('nomis.silent', true) = 'true' then
        return;
    end if;
    event := event || jsonb_build_object(
        'nomisEventType', event ->> 'eventType',
        'eventDatetime', to_char(local_now(), 'YYYY-MM-DD"T"HH24:MI:SS'),
        'auditModuleName', module_name());
    insert into event_outbox (event_type, body) values (event ->> 'eventType', jsonb_strip_nulls(event)::text);
    perform pg_notify('nomis_event_outbox', '');
end $$;

create function location_event() returns trigger language plpgsql as $$
begin
    perform put_event(jsonb_build_object(
        'eventType', 'AGENCY_INTERNAL_LOCATIONS-UPDATED',
        'internalLocationId', coalesce(new.internal_location_id, old.internal_location_id),
        'prisonId', coalesce(new.agy_loc_id, old.agy_loc_id),
        'description', coalesce(new.description, old.description),
        'oldDescription', old.description,
        'recordDeleted', tg_op = 'DELETE'));
    return null;
end $$;

create function profile_event() returns trigger language plpgsql as $$
begin
    perform put_event(jsonb_build_object(
        'eventType', 'AGY_INT_LOC_PROFILES-UPDATED',
        'internalLocationId', coalesce(new.internal_location_id, old.internal_location_id),
        'recordDeleted', tg_op = 'DELETE'));
    return null;
end $$;

create function usage_event() returns trigger language plpgsql as $$
begin
    perform put_event(jsonb_build_object(
        'eventType', 'INT_LOC_USAGE_LOCATIONS-UPDATED',
        'internalLocationId', coalesce(new.internal_location_id, old.internal_location_id),
        'usageLocationId', coalesce(new.usage_location_id, old.usage_location_id),
        'recordDeleted', tg_op = 'DELETE'));
    return null;
end $$;

-- History is written by NOMIS only: what comes from DPS leaves none (08 section 2.4).
create function leaves_no_history() returns boolean language sql stable as
$$ select coalesce(module_name() like 'DPS\_SYNCHRONISATION%', false) or current_setting('nomis.silent', true) = 'true' $$;

create function put_amendment(location bigint, label text, old_value text, new_value text) returns void language plpgsql as $$
begin
    if old_value is distinct from new_value then
        insert into agy_int_loc_amendments
            (internal_location_id, amend_date, column_name, old_value, new_value, amend_user_id)
        values (location, local_now(), label, old_value, new_value, acting_user());
    end if;
end $$;

create function amend_location() returns trigger language plpgsql as $$
declare id bigint := new.internal_location_id;
begin
    if leaves_no_history() then
        return null;
    end if;
    perform put_amendment(id, 'Unit Type', old.unit_type, new.unit_type);
    perform put_amendment(id, 'Active', old.active_flag, new.active_flag);
    perform put_amendment(id, 'Living Unit Id', old.internal_location_code, new.internal_location_code);
    perform put_amendment(id, 'Comments', old.comment_text, new.comment_text);
    perform put_amendment(id, 'Accommodation Type', old.internal_location_type, new.internal_location_type);
    perform put_amendment(id, 'Certified', old.certified_flag, new.certified_flag);
    perform put_amendment(id, 'Description', old.description, new.description);
    perform put_amendment(id, 'Baseline CNA', old.cna_no::text, new.cna_no::text);
    perform put_amendment(id, 'Operational Capacity', old.operation_capacity::text, new.operation_capacity::text);
    perform put_amendment(id, 'Deactivate Reason', old.deactivate_reason_code, new.deactivate_reason_code);
    perform put_amendment(id, 'Proposed Reactivate Date', old.reactivate_date::text, new.reactivate_date::text);
    perform put_amendment(id, 'Sequence', old.list_seq::text, new.list_seq::text);
    perform put_amendment(id, 'Deactivate Date', old.deactivate_date::text, new.deactivate_date::text);
    perform put_amendment(id, 'Maximum Capacity', old.capacity::text, new.capacity::text);
    return null;
end $$;

-- A change of the attributes has no label.
create function amend_profile() returns trigger language plpgsql as $$
begin
    if not leaves_no_history() then
        if tg_op <> 'INSERT' then
            perform put_amendment(old.internal_location_id, null, old.int_loc_profile_code, null);
        end if;
        if tg_op <> 'DELETE' then
            perform put_amendment(new.internal_location_id, null, null, new.int_loc_profile_code);
        end if;
    end if;
    return null;
end $$;

-- Triggers of one kind run in the order of their names.
create trigger a_skip_equal before update on agency_internal_locations for each row execute function skip_equal();
create trigger a_skip_equal before update on agy_int_loc_profiles for each row execute function skip_equal();
create trigger a_skip_equal before update on int_loc_usage_locations for each row execute function skip_equal();
create trigger b_audit before insert or update on agency_internal_locations for each row execute function fill_audit_columns();
create trigger b_audit before insert or update on agy_int_loc_profiles for each row execute function fill_audit_columns();
create trigger b_audit before insert or update on int_loc_usage_locations for each row execute function fill_audit_columns();
create trigger c_amend after update on agency_internal_locations for each row execute function amend_location();
create trigger c_amend after insert or update or delete on agy_int_loc_profiles for each row execute function amend_profile();
create trigger d_event after insert or update or delete on agency_internal_locations for each row execute function location_event();
create trigger d_event after insert or update or delete on agy_int_loc_profiles for each row execute function profile_event();
create trigger d_event after insert or update or delete on int_loc_usage_locations for each row execute function usage_event();
