//! The mapping service (08 section 5).

use axum::http::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::Page;
use super::nomis::found;
use crate::common::remote::{Remote, RemoteError};
use crate::common::telemetry::{Fields, fields};

/// How a pair came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum MappingType {
    /// By the migration.
    Migrated,
    /// Created in NOMIS.
    NomisCreated,
    /// Created in DPS.
    LocationCreated,
}

/// A pair of ids.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Mapping {
    /// Our service's id.
    pub dps_location_id: Uuid,
    /// NOMIS's id.
    pub nomis_location_id: i64,
    /// Id of the migration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// How it came to be.
    pub mapping_type: MappingType,
}

impl Mapping {
    /// What is told of it.
    pub fn fields(&self) -> Fields {
        let mut told = fields([("dpsLocationId", &self.dps_location_id), ("nomisLocationId", &self.nomis_location_id)]);
        if let Some(label) = &self.label {
            told.insert("label".to_owned(), label.clone());
        }
        told
    }
}

/// A pair without more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Pair {
    /// Our service's id.
    pub dps_location_id: Uuid,
    /// NOMIS's id.
    pub nomis_location_id: i64,
}

/// What became of a create.
#[derive(Clone, Debug)]
pub enum Created {
    /// It is there.
    Done,
    /// One of the two ids has another partner; what the service tells of it.
    Duplicate(Value),
}

/// The client.
#[derive(Clone)]
pub struct Mappings(Remote);

impl Mappings {
    /// A client of the mapping service there.
    pub fn new(remote: Remote) -> Self {
        Self(remote)
    }

    /// Keeps a pair.
    ///
    /// # Errors
    /// When it is refused for another reason than a duplicate, or there is no answer.
    pub async fn create(&self, mapping: &Mapping, key: &str) -> Result<Created, RemoteError> {
        let mut about = mapping.fields();
        about.insert("key".to_owned(), key.to_owned());
        match self.0.call(Method::POST, "create", "/mapping/locations").json(mapping).about(&about).send().await {
            Ok(_) => Ok(Created::Done),
            Err(error) if error.status() == Some(StatusCode::CONFLICT) => Ok(Created::Duplicate(error.json())),
            Err(error) => Err(error),
        }
    }

    /// The pair of a location of our service.
    ///
    /// # Errors
    /// When it can't be had.
    pub async fn by_dps(&self, id: Uuid) -> Result<Option<Mapping>, RemoteError> {
        let call = self.0.call(Method::GET, "get-by-dps", format!("/mapping/locations/dps/{id}"));
        found(call.about(&fields([("dpsId", &id)])).send().await)
    }

    /// The pair of a location of NOMIS.
    ///
    /// # Errors
    /// When it can't be had.
    pub async fn by_nomis(&self, id: i64) -> Result<Option<Mapping>, RemoteError> {
        let call = self.0.call(Method::GET, "get-by-nomis", format!("/mapping/locations/nomis/{id}"));
        found(call.about(&fields([("nomisId", &id)])).retried().send().await)
    }

    /// The pairs of many locations of NOMIS; those that have none are left out.
    ///
    /// # Errors
    /// When it can't be had.
    pub async fn of_nomis(&self, ids: &[i64]) -> Result<Vec<Pair>, RemoteError> {
        self.0.call(Method::POST, "get-many-by-nomis", "/api/locations/nomis").json(&ids).retried().send().await?.json()
    }

    /// The pairs of many locations of our service; those that have none are left out.
    ///
    /// # Errors
    /// When it can't be had.
    pub async fn of_dps(&self, ids: &[Uuid]) -> Result<Vec<Pair>, RemoteError> {
        self.0.call(Method::POST, "get-many-by-dps", "/api/locations/dps").json(&ids).retried().send().await?.json()
    }

    /// Takes a pair away.
    ///
    /// # Errors
    /// When it is refused or there is no answer.
    pub async fn delete_by_dps(&self, id: Uuid) -> Result<(), RemoteError> {
        let call = self.0.call(Method::DELETE, "delete", format!("/mapping/locations/dps/{id}"));
        call.about(&fields([("dpsId", &id)])).send().await.map(drop)
    }

    /// How many pairs a migration has made.
    ///
    /// # Errors
    /// When it can't be had.
    pub async fn migrated(&self, migration: &str) -> Result<u64, RemoteError> {
        let path = format!("/mapping/locations/migration-id/{}", super::nomis::path_segment(migration));
        let call = self.0.call(Method::GET, "migrated", path).query("page", 0).query("size", 1);
        let page: Page<Value> = call.send().await?.json()?;
        Ok(page.total_elements)
    }
}
