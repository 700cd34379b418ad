//! The capacities of many cells (04 section 22): a key that cannot be changed is reported, the others go on.

use std::collections::{BTreeSet, HashMap};

use uuid::Uuid;

use super::certificates::Certificates;
use super::is_certified_prison;
use crate::domain::Refusal;
use crate::domain::certification::request::NewRequest;
use crate::domain::change::cell::{set_cell_mark, set_sanitation};
use crate::domain::event::EventType;
use crate::domain::journal::Journal;
use crate::domain::location::Kind;
use crate::domain::reference::TransactionType;
use crate::domain::residential::capacity::{
    CapacityChange, Context, Outcome, change_capacity, check_occupancy, compare, may_hold_prisoners,
};
use crate::domain::tree::{Index, Tree};
use crate::service::announce::{Announcement, Shown};
use crate::service::prisoners::{ATTEMPTS, Halt, Prisoners, settle};
use crate::service::{ServiceError, Services, journal, new_id};
use crate::store::certification::insert_requests;
use crate::store::{UnitOfWork, find, load};
use crate::view::capacity_changes::{CapacityChangesView, ChangesByKey, changed, said};
use crate::view::json::Rendered;
use crate::view::location::ShowOptions;

/// What one cell is to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CellDetail {
    /// Max capacity, persons.
    pub max: i32,
    /// Working capacity, persons.
    pub working: i32,
    /// Certified normal accommodation, persons; none counts as 0 when anything else changes.
    pub certified_normal_accommodation: Option<i32>,
    /// Its mark; none leaves it as it is (decisions B9).
    pub cell_mark: Option<String>,
    /// Its sanitation; none leaves it as it is (decisions B9).
    pub in_cell_sanitation: Option<bool>,
}

/// Cells by key, in the order of the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BulkCapacity {
    /// The cells.
    pub locations: Vec<(String, CellDetail)>,
    /// Why, for a prison that needs approval.
    pub reason_for_change: Option<String>,
}

/// Changes the capacities of many cells, or asks for approval of them.
///
/// # Errors
/// 101 without cells or when the first is unknown, 133; and when it cannot be known who is in the cells.
pub async fn change_many(services: &Services, caller: &str, request: &BulkCapacity) -> Result<Rendered, ServiceError> {
    let mut prisoners = Prisoners::default();
    for _ in 0..ATTEMPTS {
        prisoners.survey();
        survey(services, caller, request, &mut prisoners).await?;
        prisoners.ask(services).await;
        if let Some(done) = settle(attempt(services, caller, request, &mut prisoners).await) {
            return done;
        }
    }
    let first = request.locations.first().map(|(key, _)| key.clone());
    Err(Refusal::KeepsChanging(first.unwrap_or_default()).into())
}

/// The cells that are found, with what surrounds them.
struct Cells {
    tree: Tree,
    ids: HashMap<String, Uuid>,
    certified: bool,
    certificates: Certificates,
}

impl Cells {
    async fn load(conn: &mut sqlx::PgConnection, request: &BulkCapacity) -> Result<Self, ServiceError> {
        let keys: Vec<String> = request.locations.iter().map(|(key, _)| key.clone()).collect();
        let ids = find::by_keys(conn, &keys).await?;
        let first = keys.first().ok_or_else(|| Refusal::LocationNotFound("none".into()))?;
        let first_id = ids.get(first).ok_or_else(|| Refusal::LocationNotFound(first.clone()))?;
        let all: Vec<Uuid> = ids.values().copied().collect();
        let tree = load::branches(conn, &all).await?;
        let prison_id = tree.find(*first_id).map(|i| tree.get(i).prison_id.clone()).unwrap_or_default();
        let certified = is_certified_prison(conn, &prison_id).await?;
        let cells: Vec<Index> = all.iter().filter_map(|id| tree.find(*id)).collect();
        let certificates = Certificates::load(conn, &tree, &cells).await?;
        Ok(Self { tree, ids, certified, certificates })
    }

    fn prison_of_first(&self, request: &BulkCapacity) -> String {
        let first = request.locations.first().and_then(|(key, _)| self.ids.get(key));
        first.and_then(|id| self.tree.find(*id)).map(|i| self.tree.get(i).prison_id.clone()).unwrap_or_default()
    }

    fn must_have_reason(&self, request: &BulkCapacity) -> Result<(), Refusal> {
        let reason = request.reason_for_change.as_deref().unwrap_or_default();
        match request.locations.first() {
            Some((key, _)) if self.certified && reason.is_empty() => Err(Refusal::ReasonForChangeNeeded(key.clone())),
            _ => Ok(()),
        }
    }
}

async fn survey(
    services: &Services,
    caller: &str,
    request: &BulkCapacity,
    prisoners: &mut Prisoners,
) -> Result<(), ServiceError> {
    let mut conn = services.store.pool.acquire().await?;
    let mut cells = Cells::load(&mut conn, request).await?;
    drop(conn);
    cells.must_have_reason(request)?;
    let mut journal = new_journal(services, caller, &cells, request);
    // What cannot be done is said by the attempt.
    let _ = apply(&mut cells, request, &mut journal, prisoners);
    Ok(())
}

fn new_journal(services: &Services, caller: &str, cells: &Cells, request: &BulkCapacity) -> Journal {
    let detail = "Updating cell capacities".to_owned();
    journal(services, TransactionType::CapacityChange, &cells.prison_of_first(request), detail, caller)
}

async fn attempt(
    services: &Services,
    caller: &str,
    request: &BulkCapacity,
    prisoners: &mut Prisoners,
) -> Result<Rendered, Halt> {
    let prisons: BTreeSet<&str> = request.locations.iter().filter_map(|(key, _)| key.split('-').next()).collect();
    let prisons: Vec<&str> = prisons.into_iter().collect();
    let mut work = UnitOfWork::begin(&services.store, &prisons).await?;
    let mut cells = Cells::load(work.connection(), request).await?;
    cells.must_have_reason(request)?;
    let mut journal = new_journal(services, caller, &cells, request);
    let outcome = apply(&mut cells, request, &mut journal, prisoners)?;
    insert_requests(work.connection(), &outcome.requests).await?;
    let answer = Rendered::of(&ChangesByKey(&outcome.entries))?;
    let mut announcement = Announcement::new(services, &cells.tree, caller);
    announcement.lists(EventType::Amended, &[], &outcome.announced(&cells.tree))?;
    let changes = announcement.into_changes(services, vec![journal]);
    work.commit(&cells.tree, &changes).await?;
    Ok(answer)
}

/// What the keys came to.
#[derive(Default)]
struct Applied {
    entries: Vec<(String, Vec<CapacityChangesView>)>,
    requests: Vec<NewRequest>,
    done: Vec<Index>,
}

impl Applied {
    /// All that is above the cells that were done, the nearest first, then the cells, each once.
    fn announced(&self, tree: &Tree) -> Vec<Shown<'static>> {
        let mut seen = BTreeSet::new();
        let above = self.done.iter().flat_map(|c| tree.ancestors(*c));
        let all = above.chain(self.done.iter().copied()).filter(|i| seen.insert(*i));
        all.map(|i| (i, ShowOptions::default())).collect()
    }
}

fn apply(
    cells: &mut Cells,
    request: &BulkCapacity,
    journal: &mut Journal,
    prisoners: &mut Prisoners,
) -> Result<Applied, Halt> {
    let mut applied = Applied::default();
    for (key, detail) in &request.locations {
        let found = cells.ids.get(key).and_then(|id| cells.tree.find(*id));
        let cell = found.filter(|i| cells.tree.get(*i).kind.is_residential());
        let entries = match cell {
            None => said(key, "Location not found"),
            Some(i) if cells.tree.is_archived(i) => said(key, "Archived location"),
            Some(i) if cells.tree.get(i).kind != Kind::Cell => said(key, "Not a cell"),
            Some(i) => {
                let entries = apply_one(cells, i, detail, journal, prisoners, &mut applied)?;
                set_mark_and_sanitation(&mut cells.tree, i, detail, journal);
                entries
            }
        };
        applied.entries.push((key.clone(), entries));
    }
    Ok(applied)
}

fn set_mark_and_sanitation(tree: &mut Tree, i: Index, detail: &CellDetail, journal: &mut Journal) {
    if let Some(mark) = &detail.cell_mark {
        set_cell_mark(tree, i, journal, mark);
    }
    if let Some(sanitation) = detail.in_cell_sanitation {
        set_sanitation(tree, i, journal, sanitation);
    }
}

fn apply_one(
    cells: &mut Cells,
    i: Index,
    detail: &CellDetail,
    journal: &mut Journal,
    prisoners: &mut Prisoners,
    applied: &mut Applied,
) -> Result<Vec<CapacityChangesView>, Halt> {
    let key = cells.tree.get(i).key();
    let stored = cells.tree.get(i).stored_capacity();
    if cells.tree.planned_capacity(i).max == detail.max && stored.working == detail.working {
        return Ok(said(&key, "Capacity not changed"));
    }
    let outcome = match change_one(cells, i, detail, journal, prisoners) {
        Ok(outcome) => outcome,
        Err(Halt::Failed(ServiceError::Refused(refusal))) => {
            return Ok(said(&key, &format!("Update failed: {}", refusal.detail())));
        }
        Err(other) => return Err(other),
    };
    applied.done.push(i);
    if let Some(Outcome::Requested(request)) = outcome {
        applied.requests.push(*request);
    }
    let entries = changed(&key, stored, detail.max, detail.working, detail.certified_normal_accommodation);
    tell(&entries);
    Ok(entries)
}

/// 04 section 15 for one of many cells; none when nothing differs from the certificate.
fn change_one(
    cells: &mut Cells,
    i: Index,
    detail: &CellDetail,
    journal: &mut Journal,
    prisoners: &mut Prisoners,
) -> Result<Option<Outcome>, Halt> {
    let tree = &mut cells.tree;
    if tree.is_pending(i) {
        return Err(Refusal::Locked(tree.get(i).key()).into());
    }
    let change = CapacityChange {
        max: detail.max,
        working: detail.working,
        certified_normal_accommodation: Some(detail.certified_normal_accommodation.unwrap_or(0)),
        temporary: false,
    };
    let compared = compare(tree, i, cells.certificates.row(tree.get(i)), change);
    if !compared.differs() {
        return Ok(None);
    }
    if may_hold_prisoners(tree, i) {
        let occupancy = prisoners.occupancy(tree, i)?;
        check_occupancy(tree, i, compared.asked, occupancy)?;
    }
    let certificate = cells.certificates.of_prison(&tree.get(i).prison_id);
    let context = Context { certified_prison: cells.certified, temporary: false, certificate };
    Ok(Some(change_capacity(tree, i, journal, &compared, context, &mut new_id)?))
}

fn tell(entries: &[CapacityChangesView]) {
    for entry in entries {
        let key = ("key", entry.key.clone());
        crate::telemetry::custom_event("CAPACITY_CHANGE", &[key, ("message", entry.message.clone())]);
    }
}
