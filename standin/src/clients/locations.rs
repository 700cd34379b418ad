//! The Locations Inside Prison API, as its OpenAPI document describes it.

use axum::http::{Method, StatusCode};
use bytes::Bytes;
use chrono::{NaiveDate, NaiveDateTime};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::nomis::{found, path_segment};
use super::{Digests, Page};
use crate::common::remote::{Remote, RemoteError};
use crate::common::telemetry::{Fields, fields};

/// How many people a cell may hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields are those of the contract")]
pub struct Capacity {
    pub max_capacity: i32,
    pub working_capacity: i32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certified_normal_accommodation: Option<i32>,
}

/// What a location is used for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields are those of the contract")]
pub struct Usage {
    pub usage_type: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity: Option<i32>,
    pub sequence: i32,
}

/// The legacy form of a location.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields are those of the contract")]
pub struct LegacyLocation {
    pub id: Uuid,
    pub prison_id: String,
    pub code: String,
    pub path_hierarchy: String,
    pub location_type: String,
    #[serde(default)]
    pub residential_housing_type: Option<String>,
    #[serde(default)]
    pub local_name: Option<String>,
    #[serde(default)]
    pub comments: Option<String>,
    #[serde(default)]
    pub ignore_working_capacity: bool,
    #[serde(default)]
    pub capacity: Option<Capacity>,
    #[serde(default)]
    pub certified_cell: Option<bool>,
    #[serde(default)]
    pub attributes: Option<Vec<String>>,
    #[serde(default)]
    pub usage: Option<Vec<Usage>>,
    #[serde(default)]
    pub internal_movement_allowed: Option<bool>,
    #[serde(default)]
    pub order_within_parent_location: Option<i32>,
    pub active: bool,
    #[serde(default)]
    pub deactivated_date: Option<NaiveDate>,
    #[serde(default)]
    pub deactivated_reason: Option<String>,
    #[serde(default)]
    pub proposed_reactivation_date: Option<NaiveDate>,
    pub permanently_deactivated: bool,
    #[serde(default)]
    pub parent_id: Option<Uuid>,
    pub key: String,
}

/// A location with what is below it, as far as a repair needs it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields are those of the contract")]
pub struct Node {
    pub id: Uuid,
    pub key: String,
    pub prison_id: String,
    pub code: String,
    #[serde(default)]
    pub parent_id: Option<Uuid>,
    pub status: String,
    #[serde(default)]
    pub child_locations: Vec<Node>,
}

/// The body of an upsert; with `history` that of a migration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields are those of the contract")]
pub struct Upsert {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Uuid>,
    pub prison_id: String,
    pub code: String,
    pub location_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub residential_housing_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub local_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comments: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_within_parent_location: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_location_path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub capacity: Option<Capacity>,
    pub certified_cell: bool,
    pub attributes: Vec<String>,
    pub usage: Vec<Usage>,
    pub internal_movement_allowed: bool,
    pub last_updated_by: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub create_date: Option<NaiveDateTime>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deactivated_date: Option<NaiveDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deactivation_reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proposed_reactivation_date: Option<NaiveDate>,
    pub is_deactivated: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<History>,
}

/// A change that NOMIS remembers, for the migration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields are those of the contract")]
pub struct History {
    pub attribute: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old_value: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new_value: Option<String>,
    pub amended_by: String,
    pub amended_date: NaiveDateTime,
}

/// The answer to a line of a bulk migration.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LineResult {
    /// `created`, `unchanged` or what else the contract names.
    #[serde(default)]
    pub status: serde_json::Value,
    /// Id, where there is one.
    #[serde(default)]
    pub id: Option<Uuid>,
    /// Key, where there is one.
    #[serde(default)]
    pub key: Option<String>,
    /// Why it failed.
    #[serde(default)]
    pub error: Option<serde_json::Value>,
}

/// A location in the digest of our service's side.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DigestedLocation {
    /// Id.
    pub id: Uuid,
    /// Key.
    pub key: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DetailedDigests {
    #[serde(default)]
    locations: Vec<DigestedLocation>,
}

/// How the sync of a prison is switched (decision D5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum NomisSync {
    /// Both sides may change it.
    TwoWay,
    /// DPS is master.
    OneWay,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SyncSwitch {
    nomis_sync: NomisSync,
}

/// The client.
#[derive(Clone)]
pub struct Locations(Remote);

impl Locations {
    /// A client of the service there.
    pub fn new(remote: Remote) -> Self {
        Self(remote)
    }

    /// The legacy form of a location; none if there is none.
    ///
    /// # Errors
    /// When it can't be had.
    pub async fn sync_read(&self, id: Uuid) -> Result<Option<LegacyLocation>, RemoteError> {
        let call = self.0.call(Method::GET, "sync-read", format!("/sync/id/{id}")).query("includeHistory", false);
        found(call.about(&about(id)).retried().send().await)
    }

    /// A page of all locations in their legacy form.
    ///
    /// # Errors
    /// When it can't be had.
    pub async fn page(&self, page: u64, size: u64) -> Result<Page<LegacyLocation>, RemoteError> {
        let call = self.0.call(Method::GET, "page", "/locations").query("page", page).query("size", size);
        call.retried().send().await?.json()
    }

    /// A location, with what is below it if wanted; none if there is none.
    ///
    /// # Errors
    /// When it can't be had.
    pub async fn get(&self, id: Uuid, with_children: bool) -> Result<Option<Node>, RemoteError> {
        let call = self.0.call(Method::GET, "get", format!("/locations/{id}")).query("includeChildren", with_children);
        found(call.about(&about(id)).send().await)
    }

    /// A location by its key; none if there is none.
    ///
    /// # Errors
    /// When it can't be had.
    pub async fn by_key(&self, key: &str) -> Result<Option<Node>, RemoteError> {
        let call = self.0.call(Method::GET, "get-by-key", format!("/locations/key/{}", path_segment(key)));
        found(call.about(&fields([("key", &key)])).send().await)
    }

    /// Creates or changes a location; answers it, and whether it is new.
    ///
    /// # Errors
    /// When it is refused or there is no answer.
    pub async fn upsert(&self, body: &Upsert) -> Result<(LegacyLocation, bool), RemoteError> {
        let mut about = fields([("code", &body.code), ("prisonId", &body.prison_id)]);
        if let Some(id) = body.id {
            about.insert("dpsId".to_owned(), id.to_string());
        }
        let operation = if body.id.is_some() { "update" } else { "create" };
        let reply = self.0.call(Method::POST, operation, "/sync/upsert").json(body).about(&about).send().await?;
        Ok((reply.json()?, reply.status == StatusCode::CREATED))
    }

    /// Deletes a location.
    ///
    /// # Errors
    /// When it is refused or there is no answer.
    pub async fn delete(&self, id: Uuid) -> Result<(), RemoteError> {
        let call = self.0.call(Method::DELETE, "delete", format!("/sync/delete/{id}"));
        call.about(&about(id)).send().await.map(drop)
    }

    /// Migrates one location; answers it.
    ///
    /// # Errors
    /// When it is refused or there is no answer.
    pub async fn migrate(&self, body: &Upsert) -> Result<LegacyLocation, RemoteError> {
        let about = fields([("code", &body.code), ("prisonId", &body.prison_id)]);
        self.0.call(Method::POST, "migrate", "/migrate/location").json(body).about(&about).send().await?.json()
    }

    /// Migrates many locations, a line each; answers a result for each, in their order.
    ///
    /// # Errors
    /// When there is no answer, or not one for each.
    pub async fn migrate_many(&self, bodies: &[Upsert]) -> Result<Vec<LineResult>, RemoteError> {
        let mut lines = Vec::new();
        for body in bodies {
            serde_json::to_writer(&mut lines, body).map_err(|e| failed(&e.to_string()))?;
            lines.push(b'\n');
        }
        let call = self.0.call(Method::POST, "migrate-many", "/migrate/locations");
        let reply = call.body("application/x-ndjson", Bytes::from(lines)).send().await?;
        let results: Result<Vec<LineResult>, _> =
            reply.body.split(|b| *b == b'\n').filter(|line| !line.is_empty()).map(serde_json::from_slice).collect();
        let results = results.map_err(|e| failed(&e.to_string()))?;
        if results.len() == bodies.len() { Ok(results) } else { Err(failed("the answer is not complete")) }
    }

    /// Count and hash of a prison's locations, for the prison and for each subtree.
    ///
    /// # Errors
    /// When it can't be had.
    pub async fn digests(&self, prison: &str) -> Result<Digests, RemoteError> {
        let call = self.0.call(Method::GET, "digest", format!("/reconciliation/prisons/{prison}"));
        call.retried().send().await?.json()
    }

    /// The locations of a prison but its drafts, parents before children.
    ///
    /// # Errors
    /// When it can't be had.
    pub async fn digested_locations(&self, prison: &str) -> Result<Vec<DigestedLocation>, RemoteError> {
        let call = self.0.call(Method::GET, "digest", format!("/reconciliation/prisons/{prison}"));
        let detailed: DetailedDigests = call.query("includeLocations", true).retried().send().await?.json()?;
        Ok(detailed.locations)
    }

    /// How the sync of a prison is switched.
    ///
    /// # Errors
    /// When it can't be had.
    pub async fn nomis_sync(&self, prison: &str) -> Result<NomisSync, RemoteError> {
        let call = self.0.call(Method::GET, "nomis-sync", format!("/prison-configuration/{prison}/nomis-sync"));
        let switch: SyncSwitch = call.retried().send().await?.json()?;
        Ok(switch.nomis_sync)
    }
}

fn about(id: Uuid) -> Fields {
    fields([("dpsId", &id)])
}

fn failed(reason: &str) -> RemoteError {
    RemoteError::Failed { operation: "locations.migrate-many".to_owned(), reason: reason.to_owned() }
}
