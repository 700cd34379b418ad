-- Whoever writes with SQL may have another search path: the triggers bring their own.
alter function fill_audit_columns() set search_path to nomis;
alter function location_event() set search_path to nomis;
alter function profile_event() set search_path to nomis;
alter function usage_event() set search_path to nomis;
alter function amend_location() set search_path to nomis;
alter function amend_profile() set search_path to nomis;
