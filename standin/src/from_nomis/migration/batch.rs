//! One page of a migration (08 section 9.4).

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::Value;
use uuid::Uuid;

use super::Migrations;
use crate::clients::locations::{LineResult, Upsert};
use crate::clients::mapping::{Mapping, MappingType};
use crate::clients::nomis::NomisLocation;
use crate::common::settings::Profile;
use crate::common::telemetry::{Fields, fields};
use crate::sync::mapping::Outcome;
use crate::sync::{SyncError, is_ignored};
use crate::translate::{Untranslatable, history, to_dps};

/// Prisons that the live migration leaves alone (08 section 9.4 rule 2).
const LIVE_IGNORED_PRISONS: [&str; 5] = ["ZZGHI", "UNKNWN", "TRN", "LT3", "LT4"];

/// How often, and how long apart, it looks for a mapping that somebody else is about to make.
const LOOKS: u32 = 50;
const LOOK: Duration = Duration::from_millis(300);

impl Migrations {
    /// Migrates those of these locations that have no mapping. Answers those whose parent is not there yet.
    ///
    /// # Errors
    /// When a system does not answer; the batch can be tried again.
    pub(super) async fn batch(&self, migration: &str, ids: &[i64]) -> Result<HashSet<i64>, SyncError> {
        let mut dps_ids = HashMap::new();
        self.look_up(ids, &mut dps_ids).await?;
        let fresh: Vec<i64> = ids.iter().copied().filter(|id| !dps_ids.contains_key(id)).collect();
        let found: Vec<Option<NomisLocation>> = stream::iter(fresh)
            .map(|id| async move { self.from.tools.clients.nomis.get(id).await })
            .buffered(self.at_once)
            .try_collect()
            .await?;
        let mut rest: Vec<NomisLocation> =
            found.into_iter().flatten().filter(|nomis| !self.is_left_alone(&nomis.prison_id)).collect();
        let here: HashSet<i64> = rest.iter().map(|nomis| nomis.location_id).collect();
        let parents: HashSet<i64> = rest.iter().filter_map(|nomis| nomis.parent_location_id).collect();
        let parents: Vec<i64> =
            parents.into_iter().filter(|id| !here.contains(id) && !dps_ids.contains_key(id)).collect();
        self.look_up(&parents, &mut dps_ids).await?;
        loop {
            let (ready, waiting): (Vec<_>, Vec<_>) =
                rest.into_iter().partition(|nomis| nomis.parent_location_id.is_none_or(|p| dps_ids.contains_key(&p)));
            rest = waiting;
            if ready.is_empty() {
                break;
            }
            let done = self.migrate(migration, ready, &dps_ids).await?;
            dps_ids.extend(done);
        }
        let waiting: Vec<i64> = rest.iter().map(|nomis| nomis.location_id).collect();
        self.records.wait(migration, &waiting).await?;
        Ok(waiting.into_iter().collect())
    }

    fn is_left_alone(&self, prison: &str) -> bool {
        match self.from.tools.profile {
            Profile::Live => LIVE_IGNORED_PRISONS.contains(&prison),
            Profile::Fixed => is_ignored(prison),
        }
    }

    async fn look_up(&self, ids: &[i64], found: &mut HashMap<i64, Uuid>) -> Result<(), SyncError> {
        if !ids.is_empty() {
            let pairs = self.from.tools.clients.mappings.of_nomis(ids).await?;
            found.extend(pairs.into_iter().map(|pair| (pair.nomis_location_id, pair.dps_location_id)));
        }
        Ok(())
    }

    /// Migrates locations whose parents are there; answers the ids of those that are in DPS now.
    async fn migrate(
        &self,
        migration: &str,
        ready: Vec<NomisLocation>,
        parents: &HashMap<i64, Uuid>,
    ) -> Result<Vec<(i64, Uuid)>, SyncError> {
        let mut sent = Vec::new();
        for nomis in ready {
            let parent = nomis.parent_location_id.and_then(|p| parents.get(&p).copied());
            match self.body(&nomis, parent) {
                Ok(body) => sent.push((nomis, body)),
                Err(cause) => self.fail(migration, &nomis, &cause.to_string()).await?,
            }
        }
        let (sent, bodies): (Vec<NomisLocation>, Vec<Upsert>) = sent.into_iter().unzip();
        let results: Vec<LineResult> = match self.from.tools.profile {
            Profile::Fixed => self.from.tools.clients.locations.migrate_many(&bodies).await?,
            Profile::Live => {
                let one = |body: Upsert| async move { self.migrate_one(&body).await };
                stream::iter(bodies).map(one).buffered(self.at_once).collect().await
            }
        };
        let keep =
            |(nomis, result): (NomisLocation, LineResult)| async move { self.keep(migration, &nomis, result).await };
        let pairs: Vec<(NomisLocation, LineResult)> = sent.into_iter().zip(results).collect();
        let kept = stream::iter(pairs).map(keep).buffer_unordered(self.at_once);
        let kept: Vec<Option<(i64, Uuid)>> = kept.try_collect().await?;
        Ok(kept.into_iter().flatten().collect())
    }

    fn body(&self, nomis: &NomisLocation, parent: Option<Uuid>) -> Result<Upsert, Untranslatable> {
        let mut body = to_dps::upsert(nomis, None, parent, None, self.from.tools.rules)?.body;
        body.history = nomis.amendments.iter().map(history::history).collect::<Result<_, _>>()?;
        Ok(body)
    }

    async fn migrate_one(&self, body: &Upsert) -> LineResult {
        match self.from.tools.clients.locations.migrate(body).await {
            Ok(location) => LineResult {
                status: Value::from("created"),
                id: Some(location.id),
                key: Some(location.key),
                error: None,
            },
            Err(error) => LineResult {
                status: Value::from("failed"),
                id: None,
                key: None,
                error: Some(match error.json() {
                    Value::Null => Value::from(error.to_string()),
                    body => body,
                }),
            },
        }
    }

    /// Keeps the pair of a location that is in DPS now, or why it is not.
    async fn keep(
        &self,
        migration: &str,
        nomis: &NomisLocation,
        result: LineResult,
    ) -> Result<Option<(i64, Uuid)>, SyncError> {
        let nomis_id = nomis.location_id;
        let Some(dps_id) = result.id.filter(|_| result.status != "failed") else {
            return self.not_migrated(migration, nomis, &result.error.unwrap_or_default()).await;
        };
        let key = result.key.unwrap_or_else(|| nomis.description.clone());
        let mapping = Mapping {
            dps_location_id: dps_id,
            nomis_location_id: nomis_id,
            label: Some(migration.to_owned()),
            mapping_type: MappingType::Migrated,
        };
        let mut told: Fields = fields([
            ("dpsLocationId", &dps_id),
            ("nomisLocationId", &nomis_id),
            ("key", &key),
            ("migrationId", &migration),
        ]);
        match self.from.tools.creator.create(&mapping, &key, &told).await {
            Outcome::Duplicate => {
                self.from.tools.telemetry.event("nomis-migration-location-duplicate", &told);
                self.fail(migration, nomis, "one of the two is mapped already").await?;
                return Ok(None);
            }
            Outcome::Queued => drop(told.insert("mapping".to_owned(), "initial-failure".to_owned())),
            Outcome::Created | Outcome::Lost => {}
        }
        self.from.tools.telemetry.event("locations-migration-entity-migrated", &told);
        Ok(Some((nomis_id, dps_id)))
    }

    /// DPS refused it. Where the key is taken, the sync may have brought it over in the meantime.
    async fn not_migrated(
        &self,
        migration: &str,
        nomis: &NomisLocation,
        error: &Value,
    ) -> Result<Option<(i64, Uuid)>, SyncError> {
        const TAKEN: i64 = 103;
        let nomis_id = nomis.location_id;
        if error["errorCode"] == TAKEN {
            let mut outcome = Ok(());
            if self.from.tools.profile == Profile::Fixed {
                let mut told = fields([("nomisLocationId", &nomis_id)]);
                outcome = self.from.bring_over(nomis_id, &mut told, &mut false).await;
            }
            // Where the sync has made it, its mapping follows.
            for _ in 0..LOOKS {
                if let Some(mapping) = self.from.tools.clients.mappings.by_nomis(nomis_id).await? {
                    return Ok(Some((nomis_id, mapping.dps_location_id)));
                }
                if outcome.is_err() {
                    break;
                }
                tokio::time::sleep(LOOK).await;
            }
            if let Err(cause) = outcome {
                self.fail(migration, nomis, &cause.to_string()).await?;
                return Ok(None);
            }
        }
        let text = error["userMessage"].as_str().map_or_else(|| error.to_string(), str::to_owned);
        self.fail(migration, nomis, &text).await?;
        Ok(None)
    }

    async fn fail(&self, migration: &str, nomis: &NomisLocation, cause: &str) -> Result<(), SyncError> {
        self.records.fail(migration, nomis.location_id, &nomis.description, cause).await?;
        let told = fields([
            ("nomisLocationId", &nomis.location_id),
            ("key", &nomis.description),
            ("migrationId", &migration),
            ("reason", &cause),
        ]);
        self.from.tools.telemetry.event("locations-migration-entity-failed", &told);
        Ok(())
    }
}
