//! The digests of NOMIS's side (docs/reconciliation.md): the real NOMIS has no such endpoint; where it takes this role's place, the
//! reconciliation compares in full.

use std::collections::HashMap;

use axum::extract::State;
use axum::routing::get;
use axum::{Json as Answer, Router};
use serde::Serialize;
use sqlx::PgPool;

use crate::clients::nomis::{NomisLocation, Profile, Usage};
use crate::common::error::{ApiError, Path};
use crate::common::token_check::TokenCheck;
use crate::translate::canonical::of_nomis;

/// The deepest tree that is looked at: a circle of parents ends there.
const DEEPEST: usize = 100;

/// Prisons, digests of a prison, and its locations, for holders of the role that syncs.
pub fn routes(pool: PgPool, tokens: &TokenCheck) -> Router {
    let routes = Router::new()
        .route("/standin/reconciliation/prisons", get(prisons))
        .route("/standin/reconciliation/prisons/{prison}", get(digests))
        .route("/standin/reconciliation/prisons/{prison}/locations", get(locations))
        .with_state(pool);
    tokens.protect(routes, &["NOMIS_PRISONER_API__SYNCHRONISATION__RW"])
}

/// Count and hash of a prison's locations, for the prison and for each subtree.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PrisonDigest {
    prison_id: String,
    count: usize,
    hash: String,
    subtrees: Vec<SubtreeDigest>,
}

/// Count and hash of a location and everything below it.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SubtreeDigest {
    nomis_location_id: i64,
    key: String,
    count: usize,
    hash: String,
}

/// A location that counts.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Counted {
    nomis_location_id: i64,
    key: String,
}

async fn prisons(State(pool): State<PgPool>) -> Result<Answer<Vec<String>>, ApiError> {
    let prisons = sqlx::query_scalar(
        "select agy_loc_id from agency_locations p
         where exists (select from agency_internal_locations l where l.agy_loc_id = p.agy_loc_id) order by 1",
    );
    Ok(Answer(prisons.fetch_all(&pool).await?))
}

async fn digests(State(pool): State<PgPool>, Path(prison): Path<String>) -> Result<Answer<PrisonDigest>, ApiError> {
    let locations = load(&pool, &prison).await?;
    Ok(Answer(digest(&prison, &locations)))
}

async fn locations(State(pool): State<PgPool>, Path(prison): Path<String>) -> Result<Answer<Vec<Counted>>, ApiError> {
    let locations = load(&pool, &prison).await?;
    let keys = keys(&prison, &locations);
    let mut counted: Vec<Counted> = locations
        .iter()
        .map(|l| Counted { nomis_location_id: l.location_id, key: keys[&l.location_id].clone() })
        .collect();
    counted.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(Answer(counted))
}

/// Prison and codes from the top down, by id. DESCRIPTION is not looked at: it may disagree (08 section 3.8, L19).
fn keys(prison: &str, locations: &[NomisLocation]) -> HashMap<i64, String> {
    let by_id: HashMap<i64, &NomisLocation> = locations.iter().map(|l| (l.location_id, l)).collect();
    let key = |location: &NomisLocation| {
        let above = std::iter::successors(Some(location), |l| by_id.get(&l.parent_location_id?).copied());
        let mut parts: Vec<&str> = above.take(DEEPEST).map(|l| l.location_code.as_str()).collect();
        parts.push(prison);
        parts.reverse();
        parts.join("-")
    };
    locations.iter().map(|l| (l.location_id, key(l))).collect()
}

/// The digests of a prison with these locations.
pub fn digest(prison: &str, locations: &[NomisLocation]) -> PrisonDigest {
    let keys = keys(prison, locations);
    let by_id: HashMap<i64, &NomisLocation> = locations.iter().map(|l| (l.location_id, l)).collect();
    let mut whole = (0_usize, 0_u128);
    let mut below: HashMap<i64, (usize, u128)> = HashMap::new();
    let mut parents: HashMap<i64, bool> = HashMap::new();
    for location in locations {
        let hash = of_nomis(location, keys[&location.location_id].clone()).hash();
        whole = (whole.0 + 1, whole.1.wrapping_add(hash));
        let up = std::iter::successors(Some(location), |l| by_id.get(&l.parent_location_id?).copied());
        for above in up.take(DEEPEST) {
            let sum = below.entry(above.location_id).or_default();
            *sum = (sum.0 + 1, sum.1.wrapping_add(hash));
        }
        match location.parent_location_id.filter(|parent| by_id.contains_key(parent)) {
            Some(parent) => drop(parents.insert(parent, true)),
            None => drop(parents.insert(location.location_id, true)),
        }
    }
    let mut subtrees: Vec<SubtreeDigest> = parents
        .into_keys()
        .map(|id| SubtreeDigest {
            nomis_location_id: id,
            key: keys[&id].clone(),
            count: below[&id].0,
            hash: shown(below[&id].1),
        })
        .collect();
    subtrees.sort_by(|a, b| a.key.cmp(&b.key));
    PrisonDigest { prison_id: prison.to_owned(), count: whole.0, hash: shown(whole.1), subtrees }
}

fn shown(hash: u128) -> String {
    format!("{hash:032x}")
}

#[derive(sqlx::FromRow)]
struct Row {
    internal_location_id: i64,
    internal_location_code: String,
    internal_location_type: String,
    parent_internal_location_id: Option<i64>,
    user_desc: Option<String>,
    comment_text: Option<String>,
    list_seq: Option<i32>,
    unit_type: Option<String>,
    capacity: Option<i32>,
    operation_capacity: Option<i32>,
    cna_no: Option<i32>,
    certified: bool,
    tracking: bool,
    active: bool,
    deactivate_reason_code: Option<String>,
}

/// All locations of a prison with their profiles and usages: three statements.
async fn load(pool: &PgPool, prison: &str) -> Result<Vec<NomisLocation>, sqlx::Error> {
    let rows: Vec<Row> = sqlx::query_as(
        "select internal_location_id, internal_location_code, internal_location_type, parent_internal_location_id,
            user_desc, comment_text, list_seq, unit_type, capacity, operation_capacity, cna_no,
            certified_flag = 'Y' as certified, tracking_flag = 'Y' as tracking, active_flag = 'Y' as active,
            deactivate_reason_code
         from agency_internal_locations where agy_loc_id = $1 order by internal_location_id",
    )
    .bind(prison)
    .fetch_all(pool)
    .await?;
    let profiles: Vec<(i64, String, String)> = sqlx::query_as(
        "select p.internal_location_id, int_loc_profile_type, int_loc_profile_code
         from agy_int_loc_profiles p join agency_internal_locations l using (internal_location_id)
         where l.agy_loc_id = $1",
    )
    .bind(prison)
    .fetch_all(pool)
    .await?;
    let usages: Vec<(i64, String, Option<i32>, Option<i32>)> = sqlx::query_as(
        "select u.internal_location_id, internal_location_usage, u.capacity, u.list_seq
         from int_loc_usage_locations u
            join internal_location_usages p using (internal_location_usage_id)
            join agency_internal_locations l using (internal_location_id)
         where l.agy_loc_id = $1",
    )
    .bind(prison)
    .fetch_all(pool)
    .await?;
    let mut profiles_of: HashMap<i64, Vec<Profile>> = HashMap::new();
    for (id, profile_type, profile_code) in profiles {
        profiles_of.entry(id).or_default().push(Profile { profile_type, profile_code });
    }
    let mut usages_of: HashMap<i64, Vec<Usage>> = HashMap::new();
    for (id, internal_location_usage_type, capacity, sequence) in usages {
        usages_of.entry(id).or_default().push(Usage { internal_location_usage_type, capacity, sequence });
    }
    let mut location = |row: Row| NomisLocation {
        location_id: row.internal_location_id,
        prison_id: prison.to_owned(),
        location_code: row.internal_location_code,
        location_type: row.internal_location_type,
        parent_location_id: row.parent_internal_location_id,
        user_description: row.user_desc,
        comment: row.comment_text,
        unit_type: row.unit_type,
        list_sequence: row.list_seq,
        capacity: row.capacity,
        operational_capacity: row.operation_capacity,
        cna_capacity: row.cna_no,
        certified: row.certified,
        tracking: row.tracking,
        active: row.active,
        reason_code: row.deactivate_reason_code,
        profiles: profiles_of.remove(&row.internal_location_id).unwrap_or_default(),
        usages: usages_of.remove(&row.internal_location_id).unwrap_or_default(),
        ..NomisLocation::default()
    };
    Ok(rows.into_iter().map(&mut location).collect())
}
