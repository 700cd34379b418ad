//! A NOMIS location in DPS: what becomes of a NOMIS event (08 section 8), and the steps that both profiles share.

use axum::http::StatusCode;
use serde::{Deserialize, Deserializer};
use uuid::Uuid;

use crate::clients::locations::LegacyLocation;
use crate::clients::mapping::{Mapping, MappingType};
use crate::clients::nomis::NomisLocation;
use crate::common::consumer::Failed;
use crate::common::envelope::{NOTIFICATION, Received};
use crate::common::remote::RemoteError;
use crate::common::settings::Profile;
use crate::common::telemetry::{Fields, fields};
use crate::sync::SyncError;
use crate::sync::mapping::Outcome;
use crate::sync::role::Tools;
use crate::translate::to_dps;

/// `Type` of the message that creates a mapping again.
pub(super) const RETRY_TYPE: &str = "RETRY_SYNCHRONISATION_MAPPING";
/// What the module name of a change made for the sync begins with.
const FROM_DPS: &str = "DPS_SYNCHRONISATION";
/// Prisons that the live service leaves alone when a location event names them.
const LIVE_IGNORED_PRISONS: [&str; 4] = ["UNKNWN", "TRN", "LT3", "LT4"];
/// What the keys of visit rooms end with that the NOMIS API makes by itself (08 section 4.3).
const VISIT_ROOMS: [&str; 4] = ["-VISITS-VSIP_CLO", "-VISITS-VSIP_SOC", "-VISIT-VSIP_CLO", "-VISIT-VSIP_SOC"];
/// DPS's codes for: archived, converted (or one-way), one-way (08 section 8.4, decision D5).
const ARCHIVED: i64 = 107;
const CONVERTED: i64 = 120;
const ONE_WAY: i64 = 901;

/// The role. Copies share everything.
#[derive(Clone)]
pub struct FromNomis {
    /// What it works with.
    pub tools: Tools,
}

/// A NOMIS event, of any of the three tables (08 section 6.2).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// NOMIS's id of the location.
    #[serde(deserialize_with = "number")]
    pub internal_location_id: i64,
    /// Its prison; only of location events.
    #[serde(default)]
    pub prison_id: Option<String>,
    /// Its DESCRIPTION; only of location events.
    #[serde(default)]
    pub description: Option<String>,
    /// The one before; absent of an insert.
    #[serde(default)]
    pub old_description: Option<String>,
    /// Whether the row is gone.
    #[serde(default, deserialize_with = "boolean")]
    pub record_deleted: bool,
    /// Who did it.
    #[serde(default)]
    pub audit_module_name: Option<String>,
}

/// Which table an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Table {
    Location,
    Profile,
    Usage,
}

impl Table {
    fn of(event_type: &str) -> Option<Self> {
        match event_type {
            "AGENCY_INTERNAL_LOCATIONS-UPDATED" => Some(Self::Location),
            "AGY_INT_LOC_PROFILES-UPDATED" => Some(Self::Profile),
            "INT_LOC_USAGE_LOCATIONS-UPDATED" => Some(Self::Usage),
            _ => None,
        }
    }
}

impl Event {
    fn is_from_dps(&self) -> bool {
        self.audit_module_name.as_deref().is_some_and(|module| module.starts_with(FROM_DPS))
    }

    fn is_new_visit_room(&self) -> bool {
        let key = self.description.as_deref().unwrap_or_default();
        self.old_description.is_none() && VISIT_ROOMS.iter().any(|end| key.ends_with(end))
    }

    fn told(&self) -> Fields {
        let key = self.description.as_deref().unwrap_or_default();
        fields([("nomisLocationId", &self.internal_location_id), ("key", &key)])
    }
}

impl FromNomis {
    /// Works on a message (08 section 8.2).
    ///
    /// # Errors
    /// Why it failed; it comes again.
    pub async fn handle(&self, received: Received) -> Result<(), Failed> {
        let envelope = &received.envelope;
        if envelope.kind == RETRY_TYPE {
            return self.retry_mapping(&envelope.message).await;
        }
        let table = envelope.event_type().as_deref().and_then(Table::of);
        let Some(table) = table.filter(|_| envelope.kind == NOTIFICATION) else { return Ok(()) };
        let event: Event = serde_json::from_str(&envelope.message).map_err(|e| Failed(e.to_string()))?;
        let skipped = event.is_from_dps() && !(table == Table::Location && event.is_new_visit_room());
        if skipped {
            self.tools.telemetry.event("locations-synchronisation-skipped", &event.told());
            return Ok(());
        }
        match (self.tools.profile, table) {
            (_, Table::Location) if event.record_deleted => self.deleted(&event).await?,
            (Profile::Fixed, _) => self.brought_over(&event).await?,
            (Profile::Live, table) => self.changed(&event, table).await?,
        }
        Ok(())
    }

    /// Repair: the rules of a location event, with neither module nor prison nor description (08 section 8.7).
    ///
    /// # Errors
    /// Whatever stops it.
    pub async fn repair(&self, nomis_id: i64, record_deleted: bool) -> Result<(), SyncError> {
        let event = Event { internal_location_id: nomis_id, record_deleted, ..Event::default() };
        match self.tools.profile {
            _ if record_deleted => self.deleted(&event).await?,
            Profile::Fixed => self.brought_over(&event).await?,
            Profile::Live => self.changed(&event, Table::Location).await?,
        }
        self.tools.telemetry.event("locations-repair", &event.told());
        Ok(())
    }

    /// A row of the location table is gone (08 section 8.3 rule 4).
    async fn deleted(&self, event: &Event) -> Result<(), SyncError> {
        let mut told = event.told();
        let fixed = self.tools.profile == Profile::Fixed;
        let _held = if fixed { Some(self.tools.locks.hold(event.internal_location_id).await?) } else { None };
        let Some(mapping) = self.tools.clients.mappings.by_nomis(event.internal_location_id).await? else {
            if fixed {
                self.tools.telemetry.event("locations-deleted-synchronisation-skipped", &told);
                return Ok(());
            }
            return Err(SyncError::other(format!("{} has no mapping", event.internal_location_id)));
        };
        told.insert("dpsLocationId".to_owned(), mapping.dps_location_id.to_string());
        match self.tools.clients.locations.delete(mapping.dps_location_id).await {
            Ok(()) => {}
            // The answer of an earlier attempt was lost.
            Err(error) if fixed && error.is_not_found() => {}
            Err(error) if fixed && error_code(&error) == Some(ONE_WAY) => {
                self.tools.telemetry.event("locations-synchronisation-skipped-one-way", &told);
                return Ok(());
            }
            Err(error) => {
                told.insert("exception".to_owned(), error.to_string());
                self.tools.telemetry.event("locations-deleted-synchronisation-failed", &told);
                return Err(error.into());
            }
        }
        self.tools.telemetry.event("locations-deleted-synchronisation-success", &told);
        match self.tools.clients.mappings.delete_by_dps(mapping.dps_location_id).await {
            Ok(()) => self.tools.telemetry.event("locations-deleted-mapping-success", &told),
            Err(error) => {
                told.insert("exception".to_owned(), error.to_string());
                self.tools.telemetry.event("locations-deleted-mapping-failed", &told);
                if fixed {
                    return Err(error.into());
                }
            }
        }
        Ok(())
    }

    /// Insert or update, as the live service does it (08 sections 8.3 and 8.4).
    async fn changed(&self, event: &Event, table: Table) -> Result<(), SyncError> {
        let id = event.internal_location_id;
        let mut told = event.told();
        let mapping = self.tools.clients.mappings.by_nomis(id).await?;
        match (table, &mapping) {
            (Table::Profile, None) => return Err(SyncError::other(format!("{id} has no mapping"))),
            (Table::Usage, None) => {
                self.tools.telemetry.event("locations-synchronisation-skipped-usage", &told);
                return Ok(());
            }
            _ => {}
        }
        if event.prison_id.as_deref().is_some_and(|prison| LIVE_IGNORED_PRISONS.contains(&prison)) {
            self.tools.telemetry.event("locations-synchronisation-skipped-ignored-prison", &told);
            return Ok(());
        }
        let outcome = async {
            let nomis = self.tools.clients.nomis.get(id).await?;
            let nomis = nomis.ok_or_else(|| SyncError::other(format!("NOMIS has no location {id}")))?;
            let parent = match nomis.parent_location_id {
                None => None,
                Some(parent) => {
                    let mapping = self.tools.clients.mappings.by_nomis(parent).await?;
                    let none = || SyncError::other(format!("the parent {parent} has no mapping"));
                    Some(mapping.ok_or_else(none)?.dps_location_id)
                }
            };
            self.upsert(&nomis, mapping.as_ref().map(|m| m.dps_location_id), parent, None, &mut told.clone()).await
        };
        let outcome = outcome.await;
        self.failed(outcome, mapping.is_some(), &mut told)
    }

    /// Tells of a failure.
    pub(super) fn failed(
        &self,
        outcome: Result<(), SyncError>,
        update: bool,
        told: &mut Fields,
    ) -> Result<(), SyncError> {
        outcome.inspect_err(|error| {
            told.insert("exception".to_owned(), error.to_string());
            let operation = if update { "updated" } else { "created" };
            self.tools.telemetry.event(&format!("locations-{operation}-synchronisation-failed"), told);
        })
    }

    /// Sends a location to DPS, and keeps the pair where it is new.
    pub(super) async fn upsert(
        &self,
        nomis: &NomisLocation,
        id: Option<Uuid>,
        parent: Option<Uuid>,
        current: Option<&LegacyLocation>,
        told: &mut Fields,
    ) -> Result<(), SyncError> {
        let translated = to_dps::upsert(nomis, id, parent, current, self.tools.rules)?;
        for profile in &translated.dropped {
            let code = format!("{} {}", profile.profile_type, profile.profile_code);
            tracing::warn!(nomis_id = nomis.location_id, code, "a profile without a translation is dropped");
        }
        let (location, _) = match self.tools.clients.locations.upsert(&translated.body).await {
            Ok(done) => done,
            Err(error) => return self.refused(error, id.is_some(), told),
        };
        told.insert("dpsLocationId".to_owned(), location.id.to_string());
        if id.is_some() {
            self.tools.telemetry.event("locations-updated-synchronisation-success", told);
            return Ok(());
        }
        let mapping = nomis_created(location.id, nomis.location_id);
        if self.tools.creator.create(&mapping, &location.key, told).await == Outcome::Queued {
            told.insert("mapping".to_owned(), "initial-failure".to_owned());
        }
        self.tools.telemetry.event("locations-created-synchronisation-success", told);
        Ok(())
    }

    /// A refusal that is an answer: the location is archived or converted in DPS, or the prison is one-way.
    fn refused(&self, error: RemoteError, update: bool, told: &Fields) -> Result<(), SyncError> {
        let code = error_code(&error);
        if update && (code == Some(ARCHIVED) || code == Some(CONVERTED)) {
            self.tools.telemetry.event("locations-updated-synchronisation-skipped-deactivated", told);
            return Ok(());
        }
        if self.tools.profile == Profile::Fixed && code == Some(ONE_WAY) {
            self.tools.telemetry.event("locations-synchronisation-skipped-one-way", told);
            return Ok(());
        }
        Err(error.into())
    }

    /// A pair that is there already, or belongs to others, is as good as created (08 section 8.5).
    async fn retry_mapping(&self, message: &str) -> Result<(), Failed> {
        let (told, outcome) = self.tools.creator.again(message).await?;
        outcome.map_err(|error| Failed(error.to_string()))?;
        self.tools.telemetry.event("locations-mapping-created-synchronisation-success", &told);
        Ok(())
    }
}

/// The pair of a location that came from NOMIS.
pub(super) fn nomis_created(dps: Uuid, nomis: i64) -> Mapping {
    Mapping { dps_location_id: dps, nomis_location_id: nomis, label: None, mapping_type: MappingType::NomisCreated }
}

/// The code of a 409.
fn error_code(error: &RemoteError) -> Option<i64> {
    (error.status() == Some(StatusCode::CONFLICT)).then(|| error.json()["errorCode"].as_i64()).flatten()
}

/// A number, or one in quotes (08 section 6.2 rule 3).
fn number<'de, D: Deserializer<'de>>(from: D) -> Result<i64, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Given {
        Number(i64),
        Text(String),
    }
    match Given::deserialize(from)? {
        Given::Number(number) => Ok(number),
        Given::Text(text) => text.parse().map_err(serde::de::Error::custom),
    }
}

/// A boolean, or one in quotes (08 section 6.2 rule 3).
fn boolean<'de, D: Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Given {
        Boolean(bool),
        Text(String),
    }
    match Given::deserialize(from)? {
        Given::Boolean(set) => Ok(set),
        Given::Text(text) => text.parse().map_err(serde::de::Error::custom),
    }
}
