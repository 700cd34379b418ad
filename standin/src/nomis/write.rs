//! The writes of the NOMIS API, each inside a transaction that has begun (08 section 4.2).

use super::checks::{Capacity, Certification, CreateLocation, Deactivate, LocationBody};
use super::location::{Profile, Usage};
use super::transaction::Write;
use crate::common::clock;
use crate::common::error::ApiError;

/// Inserts a location; answers its id.
pub(super) async fn create(write: &mut Write, new: &CreateLocation) -> Result<i64, ApiError> {
    let body = &new.common;
    require_unit_type(write, body.unit_type.as_deref()).await?;
    if !exists(write, "select exists (select from agency_locations where agy_loc_id = $1)", &new.prison_id).await? {
        return Err(ApiError::bad_request(format!("there is no prison {}", new.prison_id)));
    }
    require_parent(write, body.parent_location_id).await?;
    let id: i64 = sqlx::query_scalar(
        "insert into agency_internal_locations
             (internal_location_code, agy_loc_id, internal_location_type, description, parent_internal_location_id, user_desc,
              comment_text, list_seq, unit_type, capacity, operation_capacity, cna_no, certified_flag, tracking_flag, active_flag,
              no_of_occupant)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 0)
         returning internal_location_id",
    )
    .bind(&body.location_code)
    .bind(&new.prison_id)
    .bind(&body.location_type)
    .bind(&body.description)
    .bind(body.parent_location_id)
    .bind(&body.user_description)
    .bind(&body.comment)
    .bind(body.list_sequence)
    .bind(&body.unit_type)
    .bind(new.capacity)
    .bind(new.operational_capacity)
    .bind(new.cna_capacity)
    .bind(flag(new.certified.unwrap_or(false)))
    .bind(flag(body.tracking.unwrap_or(true)))
    .bind(flag(new.active.unwrap_or(true)))
    .fetch_one(&mut **write)
    .await?;
    replace_profiles(write, id, body.profiles.as_deref().unwrap_or_default()).await?;
    replace_usages(write, id, body.usages.as_deref().unwrap_or_default()).await?;
    Ok(id)
}

/// Writes every field but `tracking`, which is written when present, and `active`, which never is.
pub(super) async fn update(write: &mut Write, id: i64, body: &LocationBody) -> Result<(), ApiError> {
    write.lock(id).await?;
    require_unit_type(write, body.unit_type.as_deref()).await?;
    require_parent(write, body.parent_location_id).await?;
    sqlx::query(
        "update agency_internal_locations
            set internal_location_code = $2, internal_location_type = $3, description = $4, parent_internal_location_id = $5,
                user_desc = $6, comment_text = $7, list_seq = $8, unit_type = $9, tracking_flag = coalesce($10, tracking_flag)
          where internal_location_id = $1",
    )
    .bind(id)
    .bind(&body.location_code)
    .bind(&body.location_type)
    .bind(&body.description)
    .bind(body.parent_location_id)
    .bind(&body.user_description)
    .bind(&body.comment)
    .bind(body.list_sequence)
    .bind(&body.unit_type)
    .bind(body.tracking.map(flag))
    .execute(&mut **write)
    .await?;
    replace_profiles(write, id, body.profiles.as_deref().unwrap_or_default()).await?;
    replace_usages(write, id, body.usages.as_deref().unwrap_or_default()).await
}

/// Makes a location inactive; one that is inactive already only with `force`.
pub(super) async fn deactivate(write: &mut Write, id: i64, asked: &Deactivate) -> Result<(), ApiError> {
    write.lock(id).await?;
    if !asked.force && !is_active(write, id).await? {
        return Err(ApiError::bad_request(format!("location {id} is inactive already")));
    }
    if let Some(reason) = &asked.reason_code {
        let known = "select exists (select from reference_codes where domain = 'LIV_UN_RSN' and code = $1)";
        if !exists(write, known, reason).await? {
            return Err(ApiError::bad_request(format!("there is no reason {reason}")));
        }
    }
    sqlx::query(
        "update agency_internal_locations
            set active_flag = 'N', deactivate_date = $2, deactivate_reason_code = $3, reactivate_date = $4
          where internal_location_id = $1",
    )
    .bind(id)
    .bind(asked.deactivate_date.unwrap_or_else(|| clock::local_seconds().date()))
    .bind(&asked.reason_code)
    .bind(asked.reactivate_date)
    .execute(&mut **write)
    .await?;
    Ok(())
}

/// Makes an inactive location active.
pub(super) async fn reactivate(write: &mut Write, id: i64) -> Result<(), ApiError> {
    write.lock(id).await?;
    if is_active(write, id).await? {
        return Err(ApiError::bad_request(format!("location {id} is active already")));
    }
    sqlx::query(
        "update agency_internal_locations
            set active_flag = 'Y', deactivate_date = null, deactivate_reason_code = null, reactivate_date = null
          where internal_location_id = $1",
    )
    .bind(id)
    .execute(&mut **write)
    .await?;
    Ok(())
}

/// Sets both capacities, or leaves the operational one alone.
pub(super) async fn set_capacity(
    write: &mut Write,
    id: i64,
    to: &Capacity,
    only_maximum: bool,
) -> Result<(), ApiError> {
    write.lock(id).await?;
    sqlx::query(
        "update agency_internal_locations
            set capacity = $2, operation_capacity = case when $4 then operation_capacity else $3 end
          where internal_location_id = $1",
    )
    .bind(id)
    .bind(to.capacity)
    .bind(to.operational_capacity)
    .bind(only_maximum)
    .execute(&mut **write)
    .await?;
    Ok(())
}

/// Sets the certified normal accommodation and the flag.
pub(super) async fn set_certification(write: &mut Write, id: i64, to: &Certification) -> Result<(), ApiError> {
    write.lock(id).await?;
    sqlx::query(
        "update agency_internal_locations set cna_no = $2, certified_flag = $3 where internal_location_id = $1",
    )
    .bind(id)
    .bind(to.cna_capacity)
    .bind(flag(to.certified))
    .execute(&mut **write)
    .await?;
    Ok(())
}

/// Deletes what is not in the list, inserts what is new, leaves the rest alone.
pub(super) async fn replace_profiles(write: &mut Write, id: i64, wanted: &[Profile]) -> Result<(), ApiError> {
    let types: Vec<&str> = wanted.iter().map(|profile| profile.profile_type.as_str()).collect();
    let codes: Vec<&str> = wanted.iter().map(|profile| profile.profile_code.as_str()).collect();
    sqlx::query(
        "delete from agy_int_loc_profiles
          where internal_location_id = $1
            and (int_loc_profile_type, int_loc_profile_code) not in (select * from unnest($2::text[], $3::text[]))",
    )
    .bind(id)
    .bind(&types)
    .bind(&codes)
    .execute(&mut **write)
    .await?;
    sqlx::query(
        "insert into agy_int_loc_profiles (internal_location_id, int_loc_profile_type, int_loc_profile_code)
         select $1, * from unnest($2::text[], $3::text[]) on conflict do nothing",
    )
    .bind(id)
    .bind(&types)
    .bind(&codes)
    .execute(&mut **write)
    .await?;
    Ok(())
}

/// The same by usage; capacity and sequence of the rows that stay are overwritten. A usage that the prison lacks is refused.
pub(super) async fn replace_usages(write: &mut Write, id: i64, wanted: &[Usage]) -> Result<(), ApiError> {
    let mut kept = Vec::with_capacity(wanted.len());
    for usage in wanted {
        kept.push(put_usage(write, id, usage).await?);
    }
    sqlx::query(
        "delete from int_loc_usage_locations where internal_location_id = $1 and internal_location_usage_id <> all($2)",
    )
    .bind(id)
    .bind(&kept)
    .execute(&mut **write)
    .await?;
    Ok(())
}

/// Attaches a location to a usage of its prison, or overwrites capacity and sequence. Answers the id of the prison's usage.
pub(super) async fn put_usage(write: &mut Write, id: i64, usage: &Usage) -> Result<i64, ApiError> {
    let code = &usage.internal_location_usage_type;
    let usage_id: Option<i64> = sqlx::query_scalar(
        "select u.internal_location_usage_id
           from internal_location_usages u join agency_internal_locations l using (agy_loc_id)
          where l.internal_location_id = $1 and u.internal_location_usage = $2
          order by u.internal_location_usage_id limit 1",
    )
    .bind(id)
    .bind(code)
    .fetch_optional(&mut **write)
    .await?;
    let Some(usage_id) = usage_id else { return Err(ApiError::bad_request(format!("the prison has no usage {code}"))) };
    sqlx::query(
        "insert into int_loc_usage_locations as u (internal_location_id, internal_location_usage_id, capacity, list_seq)
         values ($1, $2, $3, $4)
         on conflict (internal_location_usage_id, internal_location_id)
         do update set capacity = excluded.capacity, list_seq = excluded.list_seq",
    )
    .bind(id)
    .bind(usage_id)
    .bind(usage.capacity)
    .bind(usage.sequence)
    .execute(&mut **write)
    .await?;
    Ok(usage_id)
}

async fn is_active(write: &mut Write, id: i64) -> Result<bool, ApiError> {
    let sql = "select active_flag = 'Y' from agency_internal_locations where internal_location_id = $1";
    Ok(sqlx::query_scalar(sql).bind(id).fetch_one(&mut **write).await?)
}

async fn require_unit_type(write: &mut Write, code: Option<&str>) -> Result<(), ApiError> {
    let Some(code) = code else { return Ok(()) };
    let known = "select exists (select from reference_codes where domain = 'HOU_UN_TYPE' and code = $1)";
    if exists(write, known, code).await? {
        return Ok(());
    }
    Err(ApiError::bad_request(format!("there is no unit type {code}")))
}

async fn require_parent(write: &mut Write, parent: Option<i64>) -> Result<(), ApiError> {
    let Some(parent) = parent else { return Ok(()) };
    let sql = "select exists (select from agency_internal_locations where internal_location_id = $1)";
    if sqlx::query_scalar(sql).bind(parent).fetch_one(&mut **write).await? {
        return Ok(());
    }
    Err(ApiError::bad_request(format!("there is no parent location {parent}")))
}

async fn exists(write: &mut Write, sql: &'static str, value: &str) -> Result<bool, ApiError> {
    Ok(sqlx::query_scalar(sql).bind(value).fetch_one(&mut **write).await?)
}

/// `Y` or `N`.
pub(super) fn flag(yes: bool) -> &'static str {
    if yes { "Y" } else { "N" }
}
