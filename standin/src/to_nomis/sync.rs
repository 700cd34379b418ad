//! A DPS location in NOMIS: the steps that both profiles share, and what becomes of a domain event (08 section 7).

use serde::Deserialize;
use uuid::Uuid;

use crate::clients::locations::LegacyLocation;
use crate::clients::mapping::{Created, Mapping, MappingType};
use crate::clients::nomis::{CapacityBody, Certification, Deactivate};
use crate::common::consumer::Failed;
use crate::common::envelope::{NOTIFICATION, Received};
use crate::common::settings::Profile;
use crate::common::telemetry::{Fields, fields};
use crate::sync::SyncError;
use crate::sync::mapping::Outcome;
use crate::sync::role::Tools;
use crate::translate::to_nomis;

/// `Type` of the message that creates a mapping again.
pub(super) const RETRY_TYPE: &str = "RETRY_CREATE_MAPPING";
/// What all domain events of locations begin with.
const EVENT_PREFIX: &str = "location.inside.prison.";

/// The role. Copies share everything.
#[derive(Clone)]
pub struct ToNomis {
    /// What it works with.
    pub tools: Tools,
}

/// What a domain event says has happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// `created`.
    Create,
    /// `amended`.
    Amend,
    /// `deactivated`.
    Deactivate,
    /// `reactivated`.
    Reactivate,
    /// `deleted`.
    Delete,
}

impl Operation {
    fn of(event_type: &str) -> Option<Self> {
        Some(match event_type.strip_prefix(EVENT_PREFIX)? {
            "created" => Self::Create,
            "amended" => Self::Amend,
            "deactivated" => Self::Deactivate,
            "reactivated" => Self::Reactivate,
            "deleted" => Self::Delete,
            _ => return None,
        })
    }

    /// As telemetry names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Amend => "amend",
            Self::Deactivate => "deactivate",
            Self::Reactivate => "reactivate",
            Self::Delete => "delete",
        }
    }
}

/// The part of a domain event that counts.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    event_type: String,
    additional_information: Information,
}

#[derive(Debug, Deserialize)]
struct Information {
    id: Uuid,
    #[serde(default)]
    key: String,
    #[serde(default)]
    source: String,
}

impl ToNomis {
    /// Works on a message (08 section 7.2).
    ///
    /// # Errors
    /// Why it failed; it comes again.
    pub async fn handle(&self, received: Received) -> Result<(), Failed> {
        let envelope = &received.envelope;
        if envelope.kind == RETRY_TYPE {
            return self.retry_mapping(&envelope.message).await;
        }
        if envelope.kind != NOTIFICATION {
            return Ok(());
        }
        let event: Event = serde_json::from_str(&envelope.message).map_err(|e| Failed(e.to_string()))?;
        let Some(operation) = Operation::of(&event.event_type) else { return Ok(()) };
        let Information { id, key, source } = event.additional_information;
        let id_name =
            if matches!(operation, Operation::Create | Operation::Delete) { "dpsLocationId" } else { "dpsId" };
        let mut told = fields([("key", &key), (id_name, &id)]);
        if source == "NOMIS" {
            self.tools.telemetry.event(&format!("location-{}-ignored", operation.name()), &told);
            return Ok(());
        }
        let outcome = match (self.tools.profile, operation) {
            (_, Operation::Delete) => self.deleted(id, &mut told).await,
            (Profile::Fixed, _) => self.equalised(id, operation, &mut told).await,
            (Profile::Live, Operation::Create) => self.created(id, &mut told).await,
            (Profile::Live, _) => self.changed(id, operation, &mut told).await,
        };
        outcome.map_err(|error| {
            let reason = if operation == Operation::Create { "reason" } else { "error" };
            told.insert(reason.to_owned(), error.to_string());
            self.tools.telemetry.event(&format!("location-{}-failed", operation.name()), &told);
            error.into()
        })
    }

    /// DPS deletes only drafts, which NOMIS never saw; should it ever say so, NOMIS closes the location (08 section 7.5).
    async fn deleted(&self, id: Uuid, told: &mut Fields) -> Result<(), SyncError> {
        let mapping = self.tools.clients.mappings.by_dps(id).await?;
        let mapping = mapping.ok_or_else(|| SyncError::other(format!("{id} has no mapping")))?;
        let nomis = &self.tools.clients.nomis;
        let nomis_id = mapping.nomis_location_id;
        told.insert("nomisLocationId".to_owned(), nomis_id.to_string());
        nomis.deactivate(nomis_id, &Deactivate::default()).await?;
        let none = CapacityBody { capacity: Some(0), operational_capacity: Some(0) };
        nomis.capacity(nomis_id, &none, false).await?;
        nomis.certification(nomis_id, &Certification::default()).await?;
        self.tools.telemetry.event("location-delete-success", told);
        Ok(())
    }

    /// A location of DPS by its id; it has to be there.
    pub(super) async fn dps(&self, id: Uuid) -> Result<LegacyLocation, SyncError> {
        let found = self.tools.clients.locations.sync_read(id).await?;
        found.ok_or_else(|| SyncError::other(format!("DPS has no location {id}")))
    }

    /// NOMIS's id of a parent; the parent has to be mapped.
    pub(super) async fn mapped_parent(&self, dps: &LegacyLocation) -> Result<Option<i64>, SyncError> {
        let Some(parent) = dps.parent_id else { return Ok(None) };
        let mapping = self.tools.clients.mappings.by_dps(parent).await?;
        let mapping = mapping.ok_or_else(|| SyncError::other(format!("the parent {parent} has no mapping")))?;
        Ok(Some(mapping.nomis_location_id))
    }

    /// Keeps the pair of a location that has just been created, and tells of it.
    pub(super) async fn map(&self, dps: &LegacyLocation, nomis_id: i64, told: &mut Fields) {
        let mapping = Mapping {
            dps_location_id: dps.id,
            nomis_location_id: nomis_id,
            label: None,
            mapping_type: MappingType::LocationCreated,
        };
        told.insert("nomisLocationId".to_owned(), nomis_id.to_string());
        told.insert("mappingType".to_owned(), "LOCATION_CREATED".to_owned());
        told.insert("prisonId".to_owned(), dps.prison_id.clone());
        match self.tools.creator.create(&mapping, &dps.key, told).await {
            Outcome::Created => self.tools.telemetry.event("location-create-success", told),
            Outcome::Duplicate => self.tools.telemetry.event("location-mapping-create-failed", told),
            Outcome::Queued => {
                self.tools.telemetry.event("location-mapping-create-failed", told);
                self.tools.telemetry.event("location-create-mapping-retry", told);
            }
            Outcome::Lost => self.tools.telemetry.event("location-mapping-create-lost", told),
        }
    }

    /// A pair that belongs to others is a failure here (08 section 7.6).
    async fn retry_mapping(&self, message: &str) -> Result<(), Failed> {
        let (mut told, outcome) = self.tools.creator.again(message).await?;
        let reason = match outcome {
            Ok(Created::Done) => {
                self.tools.telemetry.event("location-create-mapping-retry-success", &told);
                return Ok(());
            }
            Ok(Created::Duplicate(body)) => format!("one of the two is mapped already: {body}"),
            Err(error) => error.to_string(),
        };
        told.insert("error".to_owned(), reason.clone());
        self.tools.telemetry.event("create-mapping-retry-failure", &told);
        Err(Failed(reason))
    }

    /// `created`, as the live service does it (08 section 7.3).
    pub(super) async fn created(&self, id: Uuid, told: &mut Fields) -> Result<(), SyncError> {
        if self.tools.clients.mappings.by_dps(id).await?.is_some() {
            self.tools.telemetry.event("location-create-duplicate", told);
            return Ok(());
        }
        let dps = self.dps(id).await?;
        let parent = self.mapped_parent(&dps).await?;
        let translated = to_nomis::create(&dps, parent, self.tools.rules)?;
        let nomis_id = self.tools.clients.nomis.create(&translated.body).await?;
        self.map(&dps, nomis_id, told).await;
        Ok(())
    }

    /// `amended`, `deactivated` and `reactivated`, as the live service does it (08 section 7.4).
    pub(super) async fn changed(&self, id: Uuid, operation: Operation, told: &mut Fields) -> Result<(), SyncError> {
        let dps = self.dps(id).await?;
        let mapping = self.tools.clients.mappings.by_dps(id).await?;
        let mapping = mapping.ok_or_else(|| SyncError::other(format!("{id} has no mapping")))?;
        let nomis = &self.tools.clients.nomis;
        let nomis_id = mapping.nomis_location_id;
        told.insert("nomisId".to_owned(), nomis_id.to_string());
        match operation {
            Operation::Deactivate => {
                nomis.deactivate(nomis_id, &to_nomis::deactivation(&dps, self.tools.rules)).await?
            }
            Operation::Reactivate => nomis.reactivate(nomis_id).await?,
            Operation::Create | Operation::Amend | Operation::Delete => {
                let parent = self.mapped_parent(&dps).await?;
                let translated = to_nomis::update(&dps, parent, None, self.tools.rules)?;
                nomis.update(nomis_id, &translated.body).await?;
                nomis.capacity(nomis_id, &to_nomis::capacity(&dps), dps.ignore_working_capacity).await?;
                nomis.certification(nomis_id, &to_nomis::certification(&dps)).await?;
            }
        }
        self.tools.telemetry.event(&format!("location-{}-success", operation.name()), told);
        Ok(())
    }
}
