//! Profile `fixed`: one handler for all events (08 section 15.8, X1). It reads both states and makes NOMIS equal to DPS: the active state
//! too (W4, W7, W8), the parent first where it is not over yet (X3), and a location that is there already is adopted (X2).

use axum::http::StatusCode;
use uuid::Uuid;

use super::sync::{Operation, ToNomis};
use crate::clients::locations::LegacyLocation;
use crate::clients::mapping::Mapping;
use crate::clients::nomis::{Common, Create, NomisLocation, Usage};
use crate::common::remote::RemoteError;
use crate::common::telemetry::Fields;
use crate::sync::{SyncError, is_ignored, is_residential};
use crate::translate::{Untranslatable, to_nomis};

/// How often a parent is brought over before the child gives up: it may vanish again in between.
const PARENT_TRIES: u32 = 3;

/// What became of a location.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// It was created in NOMIS.
    Created,
    /// It was there, and is equal now.
    Equal,
    /// It is not in DPS any more, or in a prison that is left alone.
    Skipped,
}

impl ToNomis {
    /// Makes NOMIS equal to DPS for the location of an event, and tells of it.
    pub(super) async fn equalised(&self, id: Uuid, operation: Operation, told: &mut Fields) -> Result<(), SyncError> {
        let name = match self.make_equal(id, told).await? {
            // Told where the mapping was made.
            Done::Created => return Ok(()),
            Done::Equal => format!("location-{}-success", operation.name()),
            Done::Skipped => format!("location-{}-skipped", operation.name()),
        };
        self.tools.telemetry.event(&name, told);
        Ok(())
    }

    /// Makes NOMIS equal to DPS for a location; its ancestors come over first where they are not there.
    ///
    /// # Errors
    /// Why it could not be done; what was done before stays, and the next attempt goes on from there.
    pub async fn make_equal(&self, id: Uuid, told: &mut Fields) -> Result<Done, SyncError> {
        for _ in 0..PARENT_TRIES {
            let held = self.tools.locks.hold(id).await?;
            let Some(dps) = self.tools.clients.locations.sync_read(id).await? else { return Ok(Done::Skipped) };
            if is_ignored(&dps.prison_id) {
                return Ok(Done::Skipped);
            }
            let parent = match dps.parent_id {
                None => None,
                Some(parent) => match self.tools.clients.mappings.by_dps(parent).await? {
                    Some(mapping) => Some(mapping.nomis_location_id),
                    None => {
                        // Its lock is taken after ours is given back: nobody holds two.
                        drop(held);
                        let mut told = Fields::from([("dpsLocationId".to_owned(), parent.to_string())]);
                        Box::pin(self.make_equal(parent, &mut told)).await?;
                        continue;
                    }
                },
            };
            return self.make_equal_below(&dps, parent, told).await;
        }
        Err(SyncError::other(format!("the parent of {id} has no mapping")))
    }

    /// The same, under the lock and with the parent's id in NOMIS.
    async fn make_equal_below(
        &self,
        dps: &LegacyLocation,
        parent: Option<i64>,
        told: &mut Fields,
    ) -> Result<Done, SyncError> {
        told.insert("key".to_owned(), dps.key.clone());
        let known = match self.tools.clients.mappings.by_dps(dps.id).await? {
            Some(mapping) => Some(mapping.nomis_location_id),
            None => self.adopt(dps, parent, told).await?,
        };
        let (nomis_id, done) = match known {
            Some(nomis_id) => (nomis_id, Done::Equal),
            None => {
                let translated = to_nomis::create(dps, parent, self.tools.rules)?;
                self.report(&translated.left_out, told);
                let nomis_id = self.create_leaving_out_usages(translated.body, told).await?;
                self.map(dps, nomis_id, told).await;
                (nomis_id, Done::Created)
            }
        };
        told.insert("nomisId".to_owned(), nomis_id.to_string());
        let nomis = self.tools.clients.nomis.get(nomis_id).await?;
        let nomis = nomis.ok_or_else(|| SyncError::other(format!("NOMIS has no location {nomis_id}")))?;
        self.write_differences(dps, parent, &nomis, told).await?;
        Ok(done)
    }

    /// A location with this key that NOMIS has and nobody is mapped to: it was created before a crash, or on both sides at once.
    async fn adopt(
        &self,
        dps: &LegacyLocation,
        parent: Option<i64>,
        told: &mut Fields,
    ) -> Result<Option<i64>, SyncError> {
        let Some(found) = self.tools.clients.nomis.by_key(&dps.key).await? else { return Ok(None) };
        let nomis_id = found.location_id;
        if let Some(Mapping { dps_location_id, .. }) = self.tools.clients.mappings.by_nomis(nomis_id).await? {
            let words = format!("NOMIS's location {nomis_id} has the key {} and belongs to {dps_location_id}", dps.key);
            return Err(SyncError::Other(words));
        }
        if found.location_code != dps.code || found.parent_location_id != parent {
            let words = format!("NOMIS's location {nomis_id} has the key {}, but another code or parent", dps.key);
            return Err(SyncError::Other(words));
        }
        self.map(dps, nomis_id, told).await;
        self.tools.telemetry.event("location-adopted", told);
        Ok(Some(nomis_id))
    }

    /// Writes what differs, and only that.
    async fn write_differences(
        &self,
        dps: &LegacyLocation,
        parent: Option<i64>,
        nomis: &NomisLocation,
        told: &mut Fields,
    ) -> Result<(), SyncError> {
        let id = nomis.location_id;
        let translated = to_nomis::update(dps, parent, Some(nomis), self.tools.rules)?;
        self.report(&translated.left_out, told);
        if differs(&translated.body, nomis) {
            self.update_leaving_out_usages(id, translated.body, nomis, told).await?;
        }
        // NOMIS's own numbers of a location that has none in DPS stay (X7).
        if is_residential(dps) {
            let capacity = to_nomis::capacity(dps);
            let operational =
                !dps.ignore_working_capacity && capacity.operational_capacity != nomis.operational_capacity;
            if capacity.capacity != nomis.capacity || operational {
                self.tools.clients.nomis.capacity(id, &capacity, dps.ignore_working_capacity).await?;
            }
            let certification = to_nomis::certification(dps);
            if certification.certified != nomis.certified
                || certification.cna_capacity != nomis.cna_capacity.unwrap_or(0)
            {
                self.tools.clients.nomis.certification(id, &certification).await?;
            }
        }
        self.write_activity(dps, nomis).await
    }

    async fn write_activity(&self, dps: &LegacyLocation, nomis: &NomisLocation) -> Result<(), SyncError> {
        let id = nomis.location_id;
        if dps.active {
            if !nomis.active {
                self.tools.clients.nomis.reactivate(id).await?;
            }
            return Ok(());
        }
        let mut wanted = to_nomis::deactivation(dps, self.tools.rules);
        if !nomis.active {
            // What DPS does not say (a non-residential location has no date and reason in its legacy form) stays as it is.
            wanted.deactivate_date = wanted.deactivate_date.or(nomis.deactivate_date);
            if dps.deactivated_reason.is_none() {
                wanted.reason_code = wanted.reason_code.or_else(|| nomis.reason_code.clone());
                wanted.reactivate_date = wanted.reactivate_date.or(nomis.reactivate_date);
            }
            // So does a letter that means the same in DPS: A, B, C, E, K and L are all OTHER there.
            if dps.deactivated_reason.as_deref() == Some("OTHER")
                && nomis.reason_code.is_some()
                && crate::translate::to_dps::stored_reason(nomis.reason_code.as_deref()) == "OTHER"
            {
                wanted.reason_code.clone_from(&nomis.reason_code);
            }
            let same = wanted.deactivate_date == nomis.deactivate_date
                && wanted.reason_code == nomis.reason_code
                && wanted.reactivate_date == nomis.reactivate_date;
            if same {
                return Ok(());
            }
        }
        Ok(self.tools.clients.nomis.deactivate(id, &wanted).await?)
    }

    /// Updates; a usage that the prison does not have in NOMIS does not stop the rest (X15).
    async fn update_leaving_out_usages(
        &self,
        id: i64,
        body: Common,
        current: &NomisLocation,
        told: &mut Fields,
    ) -> Result<(), SyncError> {
        match self.tools.clients.nomis.update(id, &body).await {
            Err(error) if is_bad_usage(&error, &body.usages) => {}
            other => return Ok(other?),
        }
        // Usages that it has already are there in the prison; each of the others is tried with them.
        let held = |usage: &Usage| {
            let same = |h: &Usage| h.internal_location_usage_type == usage.internal_location_usage_type;
            current.usages.iter().any(same)
        };
        let (good, doubtful): (Vec<Usage>, Vec<Usage>) = body.usages.iter().cloned().partition(held);
        let mut accepted = Common { usages: good, ..body };
        self.tools.clients.nomis.update(id, &accepted).await?;
        for usage in doubtful {
            self.try_usage(id, &mut accepted, &usage, told).await?;
        }
        Ok(())
    }

    async fn create_leaving_out_usages(&self, mut body: Create, told: &mut Fields) -> Result<i64, SyncError> {
        match self.tools.clients.nomis.create(&body).await {
            Err(error) if is_bad_usage(&error, &body.common.usages) => {}
            other => return Ok(other?),
        }
        let doubtful = std::mem::take(&mut body.common.usages);
        let id = self.tools.clients.nomis.create(&body).await?;
        for usage in doubtful {
            self.try_usage(id, &mut body.common, &usage, told).await?;
        }
        Ok(id)
    }

    /// Adds a usage, under its own name or as OTH; reports it where the prison has neither.
    async fn try_usage(
        &self,
        id: i64,
        accepted: &mut Common,
        usage: &Usage,
        told: &mut Fields,
    ) -> Result<(), SyncError> {
        let mut names = vec![usage.clone(), to_nomis::other_as_oth(usage)];
        names.dedup();
        for usage in names {
            let mut attempt = accepted.clone();
            attempt.usages.push(usage);
            match self.tools.clients.nomis.update(id, &attempt).await {
                Ok(()) => {
                    *accepted = attempt;
                    return Ok(());
                }
                Err(error) if error.status() == Some(StatusCode::BAD_REQUEST) => {}
                Err(error) => return Err(error.into()),
            }
        }
        let missing = Untranslatable { what: "usage", value: usage.internal_location_usage_type.clone() };
        self.report(&[missing], told);
        Ok(())
    }

    /// Tells what NOMIS does not get.
    fn report(&self, left_out: &[Untranslatable], told: &Fields) {
        for part in left_out {
            let mut told = told.clone();
            told.insert(part.what.to_owned(), part.value.clone());
            self.tools.telemetry.event("location-left-out", &told);
        }
    }
}

/// A 400 that may be about the usages.
fn is_bad_usage(error: &RemoteError, usages: &[Usage]) -> bool {
    error.status() == Some(StatusCode::BAD_REQUEST) && !usages.is_empty()
}

/// Whether the body would change the row, its profiles or its usages.
fn differs(wanted: &Common, nomis: &NomisLocation) -> bool {
    let mut profiles = nomis.profiles.clone();
    profiles.sort();
    let mut usages = nomis.usages.clone();
    usages.sort();
    wanted.location_code != nomis.location_code
        || wanted.location_type != nomis.location_type
        || wanted.description != nomis.description
        || wanted.parent_location_id != nomis.parent_location_id
        || wanted.user_description != nomis.user_description
        || wanted.comment != nomis.comment
        || wanted.unit_type != nomis.unit_type
        || wanted.list_sequence != nomis.list_sequence
        || wanted.tracking.is_some_and(|tracking| tracking != nomis.tracking)
        || wanted.profiles != profiles
        || wanted.usages != usages
}
