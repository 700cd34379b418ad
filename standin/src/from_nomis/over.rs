//! Profile `fixed`: one handler for the events of all three tables. The parent comes over first where it is not there (X3), and a location
//! that DPS has already is adopted (X2).

use uuid::Uuid;

use super::sync::{Event, FromNomis, nomis_created};
use crate::clients::nomis::NomisLocation;
use crate::common::telemetry::Fields;
use crate::sync::{SyncError, is_draft, is_ignored};

/// How often a parent is brought over before the child gives up: it may vanish again in between.
const PARENT_TRIES: u32 = 3;

impl FromNomis {
    /// Brings the location of an event over, and tells of a failure.
    pub(super) async fn brought_over(&self, event: &Event) -> Result<(), SyncError> {
        let mut told = Fields::from([("nomisLocationId".to_owned(), event.internal_location_id.to_string())]);
        told.insert("key".to_owned(), event.description.clone().unwrap_or_default());
        let mut update = false;
        let outcome = self.bring_over(event.internal_location_id, &mut told, &mut update).await;
        self.failed(outcome, update, &mut told)
    }

    /// Makes DPS's location equal to NOMIS's; its ancestors come over first where they are not there. `update` tells whether it was
    /// there already.
    ///
    /// # Errors
    /// Why it could not be done; what was done before stays, and the next attempt goes on from there.
    pub async fn bring_over(&self, id: i64, told: &mut Fields, update: &mut bool) -> Result<(), SyncError> {
        for _ in 0..PARENT_TRIES {
            let held = self.tools.locks.hold(id).await?;
            let Some(nomis) = self.tools.clients.nomis.get(id).await? else {
                // It is gone again; the event of its deletion does the rest. Usage rows of missing locations come here too.
                self.tools.telemetry.event("locations-synchronisation-skipped-gone", told);
                return Ok(());
            };
            if is_ignored(&nomis.prison_id) {
                self.tools.telemetry.event("locations-synchronisation-skipped-ignored-prison", told);
                return Ok(());
            }
            told.insert("key".to_owned(), nomis.description.clone());
            let parent = match nomis.parent_location_id {
                None => None,
                Some(parent) => match self.tools.clients.mappings.by_nomis(parent).await? {
                    Some(mapping) => Some(mapping.dps_location_id),
                    None => {
                        // Its lock is taken after ours is given back: nobody holds two.
                        drop(held);
                        let mut told = Fields::from([("nomisLocationId".to_owned(), parent.to_string())]);
                        Box::pin(self.bring_over(parent, &mut told, &mut false)).await?;
                        continue;
                    }
                },
            };
            let known = match self.tools.clients.mappings.by_nomis(id).await? {
                Some(mapping) => Some(mapping.dps_location_id),
                None => self.adopt(&nomis, parent, told).await?,
            };
            *update = known.is_some();
            // What DPS has is only looked at for texts that NOMIS can't hold.
            let current = match known {
                Some(dps) if nomis.user_description.is_some() || nomis.comment.is_some() => {
                    self.tools.clients.locations.sync_read(dps).await?
                }
                _ => None,
            };
            return self.upsert(&nomis, known, parent, current.as_ref(), told).await;
        }
        Err(SyncError::other(format!("the parent of {id} has no mapping")))
    }

    /// A location with this key that DPS has and nobody is mapped to: it was created before a crash, or on both sides at once.
    async fn adopt(
        &self,
        nomis: &NomisLocation,
        parent: Option<Uuid>,
        told: &mut Fields,
    ) -> Result<Option<Uuid>, SyncError> {
        let above = match parent {
            None => nomis.prison_id.clone(),
            Some(parent) => {
                let found = self.tools.clients.locations.sync_read(parent).await?;
                found.ok_or_else(|| SyncError::other(format!("DPS has no location {parent}")))?.key
            }
        };
        let key = format!("{above}-{}", nomis.location_code);
        let Some(found) = self.tools.clients.locations.by_key(&key).await? else { return Ok(None) };
        if let Some(other) = self.tools.clients.mappings.by_dps(found.id).await? {
            let words = format!("DPS's location {key} belongs to {}", other.nomis_location_id);
            return Err(SyncError::Other(words));
        }
        if is_draft(&found) || found.code != nomis.location_code || found.parent_id != parent {
            let words = format!("DPS's location {key} is a draft, or has another code or parent");
            return Err(SyncError::Other(words));
        }
        told.insert("dpsLocationId".to_owned(), found.id.to_string());
        self.tools.creator.create(&nomis_created(found.id, nomis.location_id), &key, told).await;
        self.tools.telemetry.event("location-adopted", told);
        Ok(Some(found.id))
    }
}
