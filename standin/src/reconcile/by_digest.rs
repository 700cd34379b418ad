//! The comparison of what has changed: subtrees whose digest differs, on either side, from that of when they were last found equal.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use futures_util::{StreamExt, stream};
use uuid::Uuid;

use super::store::Clean;
use super::{Finding, FindingKind, Reconciler};
use crate::clients::Digests;
use crate::sync::{SyncError, is_ignored};

/// The digests of both sides, by key; the prison itself is under its own id.
pub(super) type Both = BTreeMap<String, (String, String)>;

/// What has changed in a subtree since it was last found equal.
pub(super) fn cause(now: &Both, before: &Clean, key: &str) -> Change {
    let Some((dps, nomis)) = smallest(now, key).and_then(|subtree| now.get(subtree)) else { return Change::Unknown };
    let Some((old_dps, old_nomis)) = smallest(now, key).and_then(|subtree| before.get(subtree)) else {
        return Change::Unknown;
    };
    match (dps != old_dps, nomis != old_nomis) {
        (true, false) => Change::Dps,
        (false, true) => Change::Nomis,
        (true, true) => Change::Both,
        (false, false) => Change::Unknown,
    }
}

/// Who has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Dps,
    Nomis,
    Both,
    Unknown,
}

impl Change {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Dps => "DPS has changed since they were last found equal",
            Self::Nomis => "NOMIS has changed since they were last found equal",
            Self::Both => "both sides have changed since they were last found equal",
            Self::Unknown => "they have not been found equal before",
        }
    }
}

/// The key of the smallest subtree that a location is in: itself, or the nearest above.
fn smallest<'a>(subtrees: &Both, key: &'a str) -> Option<&'a str> {
    let mut key = key;
    loop {
        if subtrees.contains_key(key) {
            return Some(key);
        }
        key = key.rsplit_once('-')?.0;
    }
}

/// One table of both sides' digests.
pub(super) fn both(prison: &str, dps: &Digests, nomis: &Digests) -> Both {
    let mut both = Both::from([(prison.to_owned(), (dps.hash.clone(), nomis.hash.clone()))]);
    for subtree in &dps.subtrees {
        both.entry(subtree.key.clone()).or_default().0.clone_from(&subtree.hash);
    }
    for subtree in &nomis.subtrees {
        both.entry(subtree.key.clone()).or_default().1.clone_from(&subtree.hash);
    }
    both
}

impl Reconciler {
    /// Compares the changed subtrees of a prison, or of all of them.
    pub(super) async fn compare_changed(&self, run: i64, prison: Option<&str>) -> Result<Vec<Finding>, SyncError> {
        let prisons = match prison {
            Some(prison) => vec![prison.to_owned()],
            None => self.to.tools.clients.nomis.prisons().await?,
        };
        let prisons: Vec<String> = prisons.into_iter().filter(|prison| !is_ignored(prison)).collect();
        let mut outcomes = stream::iter(prisons)
            .map(|prison| async move { self.compare_prison(run, &prison).await })
            .buffer_unordered(4);
        let mut findings = Vec::new();
        while let Some(found) = outcomes.next().await {
            findings.extend(found?);
        }
        Ok(findings)
    }

    /// The digests of both sides of a prison.
    pub(super) async fn digests(&self, prison: &str) -> Result<Both, SyncError> {
        let clients = &self.to.tools.clients;
        let (dps, nomis) = tokio::join!(clients.locations.digests(prison), clients.nomis.digests(prison));
        Ok(both(prison, &dps?, &nomis?))
    }

    async fn compare_prison(&self, run: i64, prison: &str) -> Result<Vec<Finding>, SyncError> {
        let now = self.digests(prison).await?;
        let before = self.store.clean(prison).await?;
        let changed: BTreeSet<&str> =
            now.iter().filter(|(key, hashes)| before.get(*key) != Some(hashes)).map(|(key, _)| key.as_str()).collect();
        self.store.count(run, 0, now.len() - changed.len()).await?;
        if changed.is_empty() {
            return Ok(Vec::new());
        }
        let wanted = |key: &str| smallest(&now, key).is_some_and(|subtree| changed.contains(subtree));
        let (compared, findings) = self.compare_where(prison, wanted).await?;
        self.store.count(run, compared, 0).await?;
        for finding in &findings {
            self.record(run, finding, &words(finding, &now, &before)).await?;
        }
        self.keep_clean(prison, &now, &findings).await?;
        Ok(findings)
    }

    /// Locations of DPS in changed subtrees of a prison that differ still; those that do not are remembered as equal.
    pub(super) async fn changed_pairs(&self, prison: &str) -> Result<Vec<Uuid>, SyncError> {
        let now = self.digests(prison).await?;
        let before = self.store.clean(prison).await?;
        let changed = |key: &str| smallest(&now, key).is_some_and(|subtree| before.get(subtree) != now.get(subtree));
        let (_, findings) = self.compare_where(prison, changed).await?;
        self.keep_clean(prison, &now, &findings).await?;
        let mut different: Vec<Uuid> = Vec::new();
        for dps in findings.iter().filter(|f| f.kind == FindingKind::Mismatch).filter_map(|f| f.dps_id) {
            if !different.contains(&dps) {
                different.push(dps);
            }
        }
        Ok(different)
    }

    /// Compares the locations of a prison that are wanted by their key. Answers how many pairs there were, and what was found.
    async fn compare_where(
        &self,
        prison: &str,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<(usize, Vec<Finding>), SyncError> {
        let clients = &self.to.tools.clients;
        let (dps, nomis) =
            tokio::join!(clients.locations.digested_locations(prison), clients.nomis.digested_locations(prison));
        let dps: HashMap<Uuid, String> = dps?.into_iter().filter(|l| wanted(&l.key)).map(|l| (l.id, l.key)).collect();
        let nomis: HashMap<i64, String> =
            nomis?.into_iter().filter(|l| wanted(&l.key)).map(|l| (l.nomis_location_id, l.key)).collect();
        let mut pairs: HashSet<(i64, Uuid)> = HashSet::new();
        for ids in nomis.keys().copied().collect::<Vec<_>>().chunks(1000) {
            let found = clients.mappings.of_nomis(ids).await?;
            pairs.extend(found.into_iter().map(|pair| (pair.nomis_location_id, pair.dps_location_id)));
        }
        for ids in dps.keys().copied().collect::<Vec<_>>().chunks(1000) {
            let found = clients.mappings.of_dps(ids).await?;
            pairs.extend(found.into_iter().map(|pair| (pair.nomis_location_id, pair.dps_location_id)));
        }
        let mapped_nomis: HashSet<i64> = pairs.iter().map(|(nomis, _)| *nomis).collect();
        let mapped_dps: HashSet<Uuid> = pairs.iter().map(|(_, dps)| *dps).collect();
        let mut findings: Vec<Finding> = Vec::new();
        let lone =
            |kind, key: &str| Finding { kind, prison: prison.to_owned(), key: key.to_owned(), ..Finding::default() };
        for (id, key) in nomis.iter().filter(|(id, _)| !mapped_nomis.contains(id)) {
            findings.push(Finding { nomis_id: Some(*id), ..lone(FindingKind::MissingMapping, key) });
        }
        for (id, key) in dps.iter().filter(|(id, _)| !mapped_dps.contains(id)) {
            findings.push(Finding { dps_id: Some(*id), ..lone(FindingKind::DpsOnly, key) });
        }
        let compared = pairs.len();
        findings.extend(self.compare_pairs(pairs).await);
        findings.sort_by(|a, b| a.key.cmp(&b.key));
        Ok((compared, findings))
    }

    /// Compares pairs, several at a time.
    pub(super) async fn compare_pairs(&self, pairs: impl IntoIterator<Item = (i64, Uuid)>) -> Vec<Finding> {
        let pairs: Vec<(i64, Uuid)> = pairs.into_iter().collect();
        let compared = stream::iter(pairs)
            .map(|(nomis, dps)| async move { self.compare_pair(nomis, dps).await })
            .buffer_unordered(self.at_once);
        compared.collect::<Vec<_>>().await.into_iter().flatten().collect()
    }

    /// Remembers the digests of the subtrees that have no finding.
    pub(super) async fn keep_clean(&self, prison: &str, now: &Both, findings: &[Finding]) -> Result<(), SyncError> {
        let mut dirty: HashSet<&str> = HashSet::new();
        for finding in findings {
            let mut key = finding.key.as_str();
            dirty.insert(prison);
            loop {
                dirty.insert(key);
                match key.rsplit_once('-') {
                    Some((above, _)) => key = above,
                    None => break,
                }
            }
        }
        let clean: Clean = now
            .iter()
            .filter(|(key, _)| !dirty.contains(key.as_str()))
            .map(|(key, hashes)| (key.clone(), hashes.clone()))
            .collect();
        Ok(self.store.set_clean(prison, &clean).await?)
    }
}

/// The cause of a finding, in words.
pub(super) fn words(finding: &Finding, now: &Both, before: &Clean) -> String {
    finding.error.clone().unwrap_or_else(|| cause(now, before, &finding.key).words().to_owned())
}
