//! Repair of what was found, in the direction that the prison's switch says (decision D5).
//!
//! In a one-way prison DPS is right. In a two-way prison the side is right that has changed since the two were last found equal; where both have,
//! or nobody knows, DPS is, for it masters locations. What one side refuses (an archived location, say) is repaired the other way.

use std::collections::{BTreeMap, HashMap};

use axum::http::Method;
use uuid::Uuid;

use super::by_digest::{Both, Change, cause};
use super::store::Clean;
use super::{Finding, FindingKind, Reconciler};
use crate::clients::locations::NomisSync;
use crate::common::remote::RemoteError;
use crate::common::telemetry::{Fields, fields};
use crate::sync::SyncError;

/// A repair can make a difference elsewhere (DPS reactivates what is above a location): so often it goes over what it found.
const PASSES: usize = 3;

/// What is known of a prison.
struct Prison {
    switch: NomisSync,
    now: Both,
    before: Clean,
}

impl Reconciler {
    /// Repairs what was found, parents before children; what is gone on one side, children before parents.
    pub(super) async fn repair(&self, run: i64, findings: &[Finding]) -> Result<(), SyncError> {
        let prisons = self.prisons_of(findings).await?;
        let mut locations: BTreeMap<(&str, Option<Uuid>, Option<i64>), &Finding> = BTreeMap::new();
        for finding in findings.iter().filter(|finding| finding.kind != FindingKind::Error) {
            locations.entry((&finding.key, finding.dps_id, finding.nomis_id)).or_insert(finding);
        }
        let gone = |f: &&&Finding| f.kind == FindingKind::NomisMissing;
        let first: Vec<&Finding> = locations.values().rev().filter(gone).copied().collect();
        let then: Vec<&Finding> = locations.values().filter(|f| !gone(f)).copied().collect();
        for finding in first.into_iter().chain(then) {
            let Some(prison) = prisons.get(finding.prison.as_str()) else { continue };
            let done = match self.repair_one(finding, prison).await {
                Ok(done) => done.to_owned(),
                Err(error) => format!("failed: {error}"),
            };
            self.store.repaired(run, finding, &done).await?;
            let told = fields([("key", &finding.key), ("kind", &finding.kind), ("repair", &done)]);
            self.to.tools.telemetry.event("locations-reports-reconciliation-repaired", &told);
        }
        self.repair_again(findings).await
    }

    async fn prisons_of<'a>(&self, findings: &'a [Finding]) -> Result<HashMap<&'a str, Prison>, SyncError> {
        let mut prisons = HashMap::new();
        for finding in findings.iter().filter(|finding| !finding.prison.is_empty()) {
            let name = finding.prison.as_str();
            if !prisons.contains_key(name) {
                let switch = self.to.tools.clients.locations.nomis_sync(name).await?;
                let now = self.digests(name).await.unwrap_or_default();
                prisons.insert(name, Prison { switch, now, before: self.store.clean(name).await? });
            }
        }
        Ok(prisons)
    }

    async fn repair_one(&self, finding: &Finding, prison: &Prison) -> Result<&'static str, SyncError> {
        let one_way = prison.switch == NomisSync::OneWay;
        let nomis_changed = cause(&prison.now, &prison.before, &finding.key) == Change::Nomis;
        match (finding.kind, finding.dps_id, finding.nomis_id) {
            (FindingKind::Mismatch, Some(dps), Some(nomis)) => {
                if nomis_changed && !one_way {
                    self.repair_dps(nomis, false).await?;
                    if self.compare_pair(nomis, dps).await.is_empty() {
                        return Ok("from NOMIS");
                    }
                }
                self.repair_nomis(dps).await
            }
            (FindingKind::DpsOnly, Some(dps), _) => self.repair_nomis(dps).await,
            (FindingKind::MissingMapping, _, Some(nomis)) => self.repair_nomis_only(finding, nomis, one_way).await,
            (FindingKind::NomisMissing, Some(dps), Some(nomis)) => {
                if nomis_changed && !one_way {
                    self.repair_dps(nomis, true).await?;
                    return Ok("deleted in DPS");
                }
                self.to.tools.clients.mappings.delete_by_dps(dps).await?;
                self.repair_nomis(dps).await
            }
            (FindingKind::DpsMissing, Some(dps), Some(nomis)) => {
                // NOMIS can't delete: what DPS has lost comes back from there.
                self.to.tools.clients.mappings.delete_by_dps(dps).await?;
                self.repair_nomis_only(finding, nomis, one_way).await
            }
            _ => Err(SyncError::other("there is nothing to repair it from")),
        }
    }

    /// NOMIS has it and DPS does not, or not under this pair.
    async fn repair_nomis_only(&self, finding: &Finding, nomis: i64, one_way: bool) -> Result<&'static str, SyncError> {
        if one_way {
            // Both may have it, and only the pair is lost.
            let found = self.to.tools.clients.locations.by_key(&finding.key).await?;
            let Some(found) = found else { return Err(SyncError::other("DPS is master, and does not have it")) };
            return self.repair_nomis(found.id).await;
        }
        self.repair_dps(nomis, false).await?;
        if self.to.tools.clients.mappings.by_nomis(nomis).await?.is_some() {
            Ok("from NOMIS")
        } else {
            Err(SyncError::other("it has not come over"))
        }
    }

    async fn repair_nomis(&self, dps: Uuid) -> Result<&'static str, SyncError> {
        self.to.make_equal(dps, &mut Fields::new()).await?;
        Ok("from DPS")
    }

    /// Has the other role repair DPS (08 section 8.7).
    async fn repair_dps(&self, nomis: i64, deleted: bool) -> Result<(), SyncError> {
        let Some(remote) = &self.from_nomis else {
            return Err(SyncError::other("it is not known where the other sync service is"));
        };
        let call = remote.call(Method::POST, "repair", format!("/locations/id/{nomis}/repair"));
        let told = fields([("nomisId", &nomis)]);
        let answer: Result<_, RemoteError> = call.query("recordDeleted", deleted).about(&told).send().await;
        Ok(answer.map(drop)?)
    }

    /// Looks at the prisons again, for what the repair itself has upset; there DPS is right.
    async fn repair_again(&self, findings: &[Finding]) -> Result<(), SyncError> {
        let mut prisons: Vec<&str> =
            findings.iter().map(|finding| finding.prison.as_str()).filter(|prison| !prison.is_empty()).collect();
        prisons.sort_unstable();
        prisons.dedup();
        for prison in prisons {
            for _ in 0..PASSES {
                let upset = self.changed_pairs(prison).await?;
                if upset.is_empty() {
                    break;
                }
                for dps in upset {
                    if let Err(error) = self.repair_nomis(dps).await {
                        tracing::warn!(prison, %dps, %error, "a location is still different after the repair");
                    }
                }
            }
        }
        Ok(())
    }
}
