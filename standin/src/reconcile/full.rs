//! The comparison of everything (08 section 10.1): all ids of NOMIS by pages, each with its mapping, and what DPS has beside.

use std::collections::{BTreeMap, HashMap, HashSet};

use futures_util::{StreamExt, TryStreamExt, stream};
use uuid::Uuid;

use super::by_digest::{Both, words};
use super::store::Clean;
use super::{Finding, FindingKind, Reconciler};
use crate::clients::nomis::NomisLocation;
use crate::sync::{SyncError, is_draft, is_ignored};

/// Ids on a page of NOMIS.
const PAGE: u64 = 1000;
/// Locations on a page of DPS: the most that it gives.
const DPS_PAGE: u64 = 200;

impl Reconciler {
    /// Compares all locations of both sides.
    pub(super) async fn compare_all(&self, run: i64) -> Result<Vec<Finding>, SyncError> {
        let digests = self.digests_of_all().await?;
        let mut before: HashMap<&str, Clean> = HashMap::new();
        for prison in digests.keys() {
            before.insert(prison, self.store.clean(prison).await?);
        }
        let mut findings = Vec::new();
        let mut seen: HashSet<Uuid> = HashSet::new();
        let total = self.to.tools.clients.nomis.ids(0, 1).await?.total_elements;
        for page in 0..total.div_ceil(PAGE) {
            let ids = self.to.tools.clients.nomis.ids(page, PAGE).await?.content;
            findings.extend(self.compare_page(run, &ids, &mut seen).await?);
        }
        findings.extend(self.only_in_dps(&seen).await?);
        findings.sort_by(|a, b| a.key.cmp(&b.key));
        let none = (Both::new(), Clean::new());
        for finding in &findings {
            let prison = finding.prison.as_str();
            let now = digests.get(prison).unwrap_or(&none.0);
            let cause = words(finding, now, before.get(prison).unwrap_or(&none.1));
            self.record(run, finding, &cause).await?;
        }
        // An error has no prison: nothing is known to be clean then.
        if findings.iter().all(|finding| finding.kind != FindingKind::Error) {
            for (prison, now) in &digests {
                let own: Vec<Finding> = findings.iter().filter(|f| f.prison == *prison).cloned().collect();
                self.keep_clean(prison, now, &own).await?;
            }
        }
        Ok(findings)
    }

    /// The digests of all prisons, as they are before anything is compared; none where NOMIS's side has no digest.
    async fn digests_of_all(&self) -> Result<BTreeMap<String, Both>, SyncError> {
        let prisons = match self.to.tools.clients.nomis.prisons().await {
            Ok(prisons) => prisons,
            Err(error) if error.is_not_found() => Vec::new(),
            Err(error) => return Err(error.into()),
        };
        let digests = stream::iter(prisons.into_iter().filter(|prison| !is_ignored(prison)))
            .map(|prison| async move { Ok::<_, SyncError>((prison.clone(), self.digests(&prison).await?)) })
            .buffer_unordered(4);
        digests.try_collect().await
    }

    async fn compare_page(&self, run: i64, ids: &[i64], seen: &mut HashSet<Uuid>) -> Result<Vec<Finding>, SyncError> {
        let clients = &self.to.tools.clients;
        let mapped = if ids.is_empty() { Vec::new() } else { clients.mappings.of_nomis(ids).await? };
        let pairs: HashMap<i64, Uuid> = mapped.iter().map(|p| (p.nomis_location_id, p.dps_location_id)).collect();
        seen.extend(pairs.values());
        let unmapped: Vec<i64> = ids.iter().copied().filter(|id| !pairs.contains_key(id)).collect();
        let lone: Vec<Option<NomisLocation>> = stream::iter(unmapped)
            .map(|id| async move { clients.nomis.get(id).await })
            .buffer_unordered(self.at_once)
            .try_collect()
            .await?;
        let missing = |nomis: NomisLocation| Finding {
            kind: FindingKind::MissingMapping,
            prison: nomis.prison_id,
            key: nomis.description,
            nomis_id: Some(nomis.location_id),
            ..Finding::default()
        };
        let mut findings: Vec<Finding> =
            lone.into_iter().flatten().filter(|nomis| !is_ignored(&nomis.prison_id)).map(missing).collect();
        self.store.count(run, pairs.len(), 0).await?;
        findings.extend(self.compare_pairs(pairs).await);
        Ok(findings)
    }

    /// DPS's locations that no id of NOMIS led to; drafts are none of NOMIS's business.
    async fn only_in_dps(&self, seen: &HashSet<Uuid>) -> Result<Vec<Finding>, SyncError> {
        let clients = &self.to.tools.clients;
        let mut findings = Vec::new();
        for page in 0.. {
            let locations = clients.locations.page(page, DPS_PAGE).await?;
            for dps in &locations.content {
                if seen.contains(&dps.id) || is_ignored(&dps.prison_id) {
                    continue;
                }
                let Some(node) = clients.locations.get(dps.id, false).await? else { continue };
                if is_draft(&node) {
                    continue;
                }
                let mapping = clients.mappings.by_dps(dps.id).await?;
                let kind = if mapping.is_some() { FindingKind::NomisMissing } else { FindingKind::DpsOnly };
                findings.push(Finding {
                    kind,
                    prison: dps.prison_id.clone(),
                    key: dps.key.clone(),
                    dps_id: Some(dps.id),
                    nomis_id: mapping.map(|mapping| mapping.nomis_location_id),
                    ..Finding::default()
                });
            }
            if (page + 1) * DPS_PAGE >= locations.total_elements {
                break;
            }
        }
        Ok(findings)
    }
}
