//! Reconciliation of the two sides (08 section 10; docs/reconciliation.md): a comparison pair by pair through the mapping, field by field, over
//! public endpoints only; digests that say which parts have changed since they were last found equal; and repair.

mod by_digest;
pub mod compare;
pub mod endpoints;
mod full;
mod repair;
mod store;

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use uuid::Uuid;

use crate::clients::nomis::NomisLocation;
use crate::common::remote::Remote;
use crate::common::role::Context;
use crate::common::settings::Profile;
use crate::common::telemetry::fields;
use crate::sync::SyncError;
use crate::to_nomis::ToNomis;
use compare::{Difference, differences, verdict};
use store::Store;

/// Prefix of the names of telemetry events.
const EVENT: &str = "locations-reports-reconciliation";

/// Which locations are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Kind {
    /// All.
    Full,
    /// Those in subtrees whose digest has changed on either side since they were last found equal.
    Digest,
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Wanted {
    /// Which locations.
    #[serde(default = "by_digest")]
    pub kind: Kind,
    /// Only this prison; not for a full run.
    #[serde(default)]
    pub prison: Option<String>,
    /// Whether what is found is repaired.
    #[serde(default)]
    pub repair: bool,
}

fn by_digest() -> Kind {
    Kind::Digest
}

/// Something that is not as it should be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Finding {
    /// What it is.
    pub kind: FindingKind,
    /// The prison.
    pub prison: String,
    /// The key.
    pub key: String,
    /// DPS's id.
    pub dps_id: Option<Uuid>,
    /// NOMIS's id.
    pub nomis_id: Option<i64>,
    /// Of a mismatch: what differs.
    pub difference: Option<Difference>,
    /// Of an error: what was in the way.
    pub error: Option<String>,
}

/// See [`Finding`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, strum::Display)]
#[strum(serialize_all = "kebab-case")]
pub enum FindingKind {
    /// Both have it, and say different things.
    #[default]
    Mismatch,
    /// NOMIS has a location without a mapping.
    MissingMapping,
    /// DPS has a location without a mapping.
    DpsOnly,
    /// There is a mapping, but NOMIS does not have the location.
    NomisMissing,
    /// There is a mapping, but DPS does not have the location.
    DpsMissing,
    /// They could not be compared.
    Error,
}

/// Runs reconciliations. Copies share everything.
#[derive(Clone)]
pub struct Reconciler {
    to: ToNomis,
    store: Store,
    context: Context,
    /// The other sync role, which repairs DPS.
    from_nomis: Option<Remote>,
    /// Pairs compared at a time.
    at_once: usize,
    running: Arc<AtomicI64>,
    /// Pairs that were looked up as parents.
    parents: Arc<Mutex<HashMap<i64, Uuid>>>,
}

impl Reconciler {
    /// The reconciliations of the role.
    pub fn new(context: &Context, to: ToNomis, from_nomis: Option<Remote>, at_once: usize) -> Self {
        let running = Arc::new(AtomicI64::new(0));
        let watched = running.clone();
        context.quiet.watch("reconciliation", move || {
            let running = watched.clone();
            Box::pin(async move { running.load(Ordering::SeqCst) })
        });
        let store = Store::new(context.pool.clone());
        Self { to, store, context: context.clone(), from_nomis, at_once, running, parents: Arc::default() }
    }

    /// Begins a run; answers its number.
    ///
    /// # Errors
    /// When it can't be recorded.
    pub async fn start(&self, wanted: Wanted) -> Result<i64, sqlx::Error> {
        let run = self.store.begin(&wanted).await?;
        let reconciler = self.clone();
        self.running.fetch_add(1, Ordering::SeqCst);
        self.context.tasks.spawn(async move {
            reconciler.run(run, &wanted).await;
            reconciler.running.fetch_sub(1, Ordering::SeqCst);
        });
        Ok(run)
    }

    async fn run(&self, run: i64, wanted: &Wanted) {
        self.to.tools.telemetry.event(&format!("{EVENT}-requested"), &fields([("run", &run)]));
        let outcome = async {
            // Mappings may have been made anew since the last run.
            self.parents.lock().unwrap_or_else(PoisonError::into_inner).clear();
            let findings = match wanted.kind {
                Kind::Full => self.compare_all(run).await?,
                Kind::Digest => self.compare_changed(run, wanted.prison.as_deref()).await?,
            };
            if wanted.repair {
                self.repair(run, &findings).await?;
            }
            Ok::<_, SyncError>(findings.len())
        };
        let (event, told) = match outcome.await {
            Ok(count) => ("success", fields([("run", &run), ("mismatch-count", &count)])),
            Err(error) => ("failed", fields([("run", &run), ("error", &error)])),
        };
        let error = told.get("error").cloned();
        if let Err(error) = self.store.end(run, error.as_deref()).await {
            tracing::error!(%error, run, "the end of a reconciliation could not be recorded");
        }
        self.to.tools.telemetry.event(&format!("{EVENT}-{event}"), &told);
    }

    /// Keeps a finding and tells of it.
    async fn record(&self, run: i64, finding: &Finding, cause: &str) -> Result<(), SyncError> {
        self.store.add(run, finding, cause).await?;
        let mut told = fields([("run", &run), ("key", &finding.key), ("kind", &finding.kind), ("cause", &cause)]);
        if let Some(id) = finding.nomis_id {
            told.insert("nomisId".to_owned(), id.to_string());
        }
        if let Some(id) = finding.dps_id {
            told.insert("dpsId".to_owned(), id.to_string());
        }
        if let Some(difference) = &finding.difference {
            told.insert("verdict".to_owned(), difference.field.clone());
            told.insert("nomis".to_owned(), difference.nomis.clone());
            told.insert("dps".to_owned(), difference.dps.clone());
        }
        let event = match finding.kind {
            FindingKind::Mismatch => format!("{EVENT}-mismatch"),
            FindingKind::MissingMapping => format!("{EVENT}-mismatch-missing-mapping"),
            FindingKind::DpsOnly => format!("{EVENT}-dps-only"),
            FindingKind::NomisMissing | FindingKind::DpsMissing | FindingKind::Error => {
                format!("{EVENT}-mismatch-error")
            }
        };
        self.to.tools.telemetry.event(&event, &told);
        Ok(())
    }

    /// Compares a pair. Answers a finding for each difference.
    async fn compare_pair(&self, nomis_id: i64, dps_id: Uuid) -> Vec<Finding> {
        match self.differences_of(nomis_id, dps_id).await {
            Ok(findings) => findings,
            Err(error) => vec![Finding {
                kind: FindingKind::Error,
                nomis_id: Some(nomis_id),
                dps_id: Some(dps_id),
                error: Some(error.to_string()),
                ..Finding::default()
            }],
        }
    }

    async fn differences_of(&self, nomis_id: i64, dps_id: Uuid) -> Result<Vec<Finding>, SyncError> {
        let clients = &self.to.tools.clients;
        let (nomis, dps) = tokio::join!(clients.nomis.get(nomis_id), clients.locations.sync_read(dps_id));
        let finding = |kind, prison: &str, key: &str| Finding {
            kind,
            prison: prison.to_owned(),
            key: key.to_owned(),
            dps_id: Some(dps_id),
            nomis_id: Some(nomis_id),
            ..Finding::default()
        };
        let (nomis, dps) = match (nomis?, dps?) {
            (Some(nomis), Some(dps)) => (nomis, dps),
            (None, Some(dps)) => return Ok(vec![finding(FindingKind::NomisMissing, &dps.prison_id, &dps.key)]),
            (Some(nomis), None) => {
                return Ok(vec![finding(FindingKind::DpsMissing, &nomis.prison_id, &nomis.description)]);
            }
            // A pair of nothing is of no harm.
            (None, None) => return Ok(Vec::new()),
        };
        let parent = self.mapped_parent(&nomis).await?;
        let found = match self.to.tools.profile {
            Profile::Live => verdict(&nomis, &dps, parent).into_iter().collect(),
            Profile::Fixed => differences(&nomis, &dps, parent),
        };
        let mismatch = |difference| Finding {
            difference: Some(difference),
            ..finding(FindingKind::Mismatch, &dps.prison_id, &dps.key)
        };
        Ok(found.into_iter().map(mismatch).collect())
    }

    /// DPS's id of a NOMIS location's parent.
    async fn mapped_parent(&self, nomis: &NomisLocation) -> Result<Option<Uuid>, SyncError> {
        let Some(parent) = nomis.parent_location_id else { return Ok(None) };
        let known = self.parents.lock().unwrap_or_else(PoisonError::into_inner).get(&parent).copied();
        if known.is_some() {
            return Ok(known);
        }
        let mapping = self.to.tools.clients.mappings.by_nomis(parent).await?;
        let found = mapping.map(|mapping| mapping.dps_location_id);
        if let Some(found) = found {
            self.parents.lock().unwrap_or_else(PoisonError::into_inner).insert(parent, found);
        }
        Ok(found)
    }
}
