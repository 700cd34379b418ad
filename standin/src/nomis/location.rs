//! A location as the NOMIS API answers it (08 section 4.2).

use chrono::{NaiveDate, NaiveDateTime};
use serde::{Deserialize, Serialize};
use sqlx::types::Json;
use sqlx::{FromRow, PgPool};

/// The whole of a location.
#[derive(Clone, Debug, Serialize, FromRow)]
#[serde(rename_all = "camelCase")]
pub(super) struct Location {
    location_id: i64,
    prison_id: String,
    location_type: String,
    location_code: String,
    description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_location_id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    list_sequence: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    capacity: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    operational_capacity: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cna_capacity: Option<i32>,
    certified: bool,
    tracking: bool,
    active: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    deactivate_date: Option<NaiveDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reactivate_date: Option<NaiveDate>,
    profiles: Json<Vec<Profile>>,
    usages: Json<Vec<Usage>>,
    amendments: Json<Vec<Amendment>>,
    create_datetime: NaiveDateTime,
    create_username: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    modify_username: Option<String>,
}

/// An attribute.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Profile {
    /// Name of the code list.
    pub profile_type: String,
    /// Code, not checked against the list.
    pub profile_code: String,
}

/// A usage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Usage {
    /// Code of the usage.
    pub internal_location_usage_type: String,
    /// How many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity: Option<i32>,
    /// Order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequence: Option<i32>,
}

/// A change in the past.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Amendment {
    amend_date_time: NaiveDateTime,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    column_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    old_value: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    new_value: Option<String>,
    amended_by: String,
}

/// Reads locations; what follows says which. Nulls in the lists are left out when they are shown.
const SELECT: &str = "
select l.internal_location_id as location_id, l.agy_loc_id as prison_id, l.internal_location_type as location_type,
       l.internal_location_code as location_code, l.description, l.parent_internal_location_id as parent_location_id,
       p.description as parent_key, l.user_desc as user_description, l.comment_text as comment, l.unit_type,
       l.list_seq as list_sequence, l.capacity, l.operation_capacity as operational_capacity, l.cna_no as cna_capacity,
       l.certified_flag = 'Y' as certified, l.tracking_flag = 'Y' as tracking, l.active_flag = 'Y' as active,
       l.deactivate_date, l.deactivate_reason_code as reason_code, l.reactivate_date,
       coalesce((select jsonb_agg(jsonb_build_object('profileType', int_loc_profile_type, 'profileCode', int_loc_profile_code)
                                  order by int_loc_profile_type, int_loc_profile_code)
                   from agy_int_loc_profiles where internal_location_id = l.internal_location_id), '[]') as profiles,
       coalesce((select jsonb_agg(jsonb_build_object('internalLocationUsageType', u.internal_location_usage,
                                                     'capacity', ul.capacity, 'sequence', ul.list_seq) order by ul.usage_location_id)
                   from int_loc_usage_locations ul join internal_location_usages u using (internal_location_usage_id)
                  where ul.internal_location_id = l.internal_location_id), '[]') as usages,
       coalesce((select jsonb_agg(jsonb_build_object('amendDateTime', amend_date, 'columnName', column_name,
                                                     'oldValue', old_value, 'newValue', new_value, 'amendedBy', amend_user_id)
                                  order by amend_date, agy_int_loc_amendment_id)
                   from agy_int_loc_amendments where internal_location_id = l.internal_location_id), '[]') as amendments,
       l.create_datetime, l.create_user_id as create_username, l.modify_user_id as modify_username
  from agency_internal_locations l
  left join agency_internal_locations p on p.internal_location_id = l.parent_internal_location_id";

/// The location with this id.
pub(super) async fn by_id(pool: &PgPool, id: i64) -> Result<Option<Location>, sqlx::Error> {
    let sql = select(" where l.internal_location_id = $1");
    sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(id).fetch_optional(pool).await
}

/// The location with this DESCRIPTION. It is unique within a prison, and begins with the prison by custom only: the first is taken.
pub(super) async fn by_key(pool: &PgPool, key: &str) -> Result<Option<Location>, sqlx::Error> {
    let sql = select(" where l.description = $1 order by l.internal_location_id limit 1");
    sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(key).fetch_optional(pool).await
}

/// A page of all ids, ascending, and how many there are in all.
pub(super) async fn ids(pool: &PgPool, offset: i64, size: i64) -> Result<(Vec<i64>, i64), sqlx::Error> {
    let ids = sqlx::query_scalar(
        "select internal_location_id from agency_internal_locations order by internal_location_id offset $1 limit $2",
    )
    .bind(offset)
    .bind(size)
    .fetch_all(pool)
    .await?;
    let total = sqlx::query_scalar("select count(*) from agency_internal_locations").fetch_one(pool).await?;
    Ok((ids, total))
}

fn select(rest: &str) -> String {
    [SELECT, rest].concat()
}
