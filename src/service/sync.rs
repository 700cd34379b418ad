//! What NOMIS asks of us: upsert, delete, read (02 sections 6 to 11, decisions D).

use uuid::Uuid;

use super::{ServiceError, Services, journal, new_id};
use crate::domain::Refusal;
use crate::domain::event::{EventType, Source};
use crate::domain::page::PageRequest;
use crate::domain::reference::TransactionType;
use crate::domain::sync::{self, NomisLocation, NomisSync};
use crate::domain::tree::{Index, Tree};
use crate::store::{Changes, UnitOfWork, find, history, load, nomis_switch, page};
use crate::view::json::Rendered;
use crate::view::legacy::legacy_location;
use crate::view::page::Page;

/// How often a job begins again when it turns out to concern a prison that it has not locked.
const ATTEMPTS: usize = 3;

/// A location as NOMIS has it, and where it belongs.
#[derive(Clone, Debug, PartialEq)]
pub struct UpsertRequest {
    /// The location to change; none creates one.
    pub id: Option<Uuid>,
    /// Its parent by id; wins over the path.
    pub parent_id: Option<Uuid>,
    /// Its parent by path in the prison of the request.
    pub parent_path: Option<String>,
    /// What NOMIS says of it.
    pub location: NomisLocation,
}

/// Whether an upsert made a new location.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Upserted {
    /// It is new.
    Created(Rendered),
    /// It was there.
    Updated(Rendered),
}

/// What came of one attempt.
enum Attempt<T> {
    Done(T),
    /// These prisons have to be locked too.
    LockAlso(Vec<String>),
}

/// Creates or changes a location at the word of NOMIS. `caller` is the user of the token, for the audit.
///
/// # Errors
/// The refusals of 02 section 8 in their order; 120 or 901 while DPS is master of the prison (decisions D5).
pub async fn upsert(services: &Services, caller: &str, request: &UpsertRequest) -> Result<Upserted, ServiceError> {
    let mut prisons = vec![request.location.prison_id.clone()];
    for _ in 0..ATTEMPTS {
        let locked: Vec<&str> = prisons.iter().map(String::as_str).collect();
        let work = UnitOfWork::begin(&services.store, &locked).await?;
        let attempt = match request.id {
            Some(id) => update(services, work, caller, request, id).await?,
            None => create(services, work, caller, request).await?,
        };
        match attempt {
            Attempt::Done(upserted) => return Ok(upserted),
            Attempt::LockAlso(more) => prisons.extend(more),
        }
    }
    Err(ServiceError::Busy("the location keeps moving between prisons"))
}

/// The parent that the request names, before it is known whether it exists by its id.
async fn parent_id(work: &mut UnitOfWork, request: &UpsertRequest) -> Result<Option<Uuid>, ServiceError> {
    if let (None, Some(path)) = (request.parent_id, &request.parent_path) {
        let prison_id = &request.location.prison_id;
        let found = find::by_path(work.connection(), prison_id, path).await?;
        return match found {
            Some(id) => Ok(Some(id)),
            None => Err(Refusal::LocationNotFound(format!("{prison_id}-{path}")).into()),
        };
    }
    Ok(request.parent_id)
}

fn parent_in(tree: &Tree, parent: Option<Uuid>) -> Result<Option<Index>, Refusal> {
    parent.map(|id| tree.find(id).ok_or_else(|| Refusal::no_location(id))).transpose()
}

async fn create(
    services: &Services,
    mut work: UnitOfWork,
    caller: &str,
    request: &UpsertRequest,
) -> Result<Attempt<Upserted>, ServiceError> {
    let given = &request.location;
    if nomis_switch::read(work.connection(), &given.prison_id).await? == NomisSync::OneWay {
        count_refusal(&given.prison_id);
        return Err(Refusal::ChangeWhileOneWay(given.prison_id.clone()).into());
    }
    let parent = parent_id(&mut work, request).await?;
    let mut tree = load::family_and_line(work.connection(), &[], parent.as_slice()).await?;
    let parent = parent_in(&tree, parent)?;
    let transaction_type = sync::create_transaction_type(given);
    let mut journal = journal(services, transaction_type, &given.prison_id, String::new(), &given.last_updated_by);
    let i = sync::create(&mut tree, &mut journal, given, parent, new_id());
    let created = tree.get(i);
    journal.transaction.detail = format!("NOMIS Sync (Create) [{}] in prison {}", created.path, created.prison_id);
    if let Some(taken) = find::by_path(work.connection(), &created.prison_id, &created.path).await? {
        return repeated(&mut work, &tree, i, taken).await.map(Attempt::Done);
    }
    let answer = Rendered::of(&legacy_location(&tree, i, None))?;
    let changes = traces(services, caller, (&tree, i), journal, EventType::Created, &answer);
    work.commit(&tree, &changes).await?;
    log_synchronised(&tree, i, true);
    Ok(Attempt::Done(Upserted::Created(answer)))
}

/// A create whose path is taken: a repeat whose answer was lost, or a conflict (decisions D4).
async fn repeated(work: &mut UnitOfWork, tree: &Tree, i: Index, taken: Uuid) -> Result<Upserted, ServiceError> {
    let existing = load::family(work.connection(), &[taken]).await?;
    let same = existing.find(taken).filter(|e| sync::says_the_same(tree.get(i), existing.get(*e)));
    match same {
        Some(e) => Ok(Upserted::Updated(Rendered::of(&legacy_location(&existing, e, None))?)),
        None => Err(Refusal::LocationExists(tree.get(i).key()).into()),
    }
}

async fn update(
    services: &Services,
    mut work: UnitOfWork,
    caller: &str,
    request: &UpsertRequest,
    id: Uuid,
) -> Result<Attempt<Upserted>, ServiceError> {
    let given = &request.location;
    // Kept for later: that the location itself is not there comes first.
    let parent = parent_id(&mut work, request).await;
    let line: Vec<Uuid> = parent.as_ref().ok().copied().flatten().into_iter().collect();
    let mut tree = load::family_and_line(work.connection(), &[id], &line).await?;
    let i = tree.find(id).ok_or_else(|| Refusal::no_location(id))?;
    let prison_id = tree.get(i).prison_id.clone();
    if !work.holds(&prison_id) {
        return Ok(Attempt::LockAlso(vec![prison_id]));
    }
    if nomis_switch::read(work.connection(), &prison_id).await? == NomisSync::OneWay {
        count_refusal(&prison_id);
        return Err(Refusal::UpdateWhileOneWay(prison_id).into());
    }
    sync::check_updatable(&tree, i)?;
    let parent = parent_in(&tree, parent?)?;
    if let Some(parent) = parent {
        sync::check_parent(&tree, i, parent)?;
    }
    let path = tree.get(i).path.clone();
    let detail = format!("NOMIS Sync (Update) [{path}] in prison {prison_id}");
    let transaction_type = sync::update_transaction_type(tree.get(i).kind);
    let mut journal = journal(services, transaction_type, &given.prison_id, detail, &given.last_updated_by);
    let converted = sync::update(&mut tree, i, &mut journal, given, parent, services.returned_reason);
    if converted {
        // The live service loses sight of the transaction when it converts in place (02 section 10.9).
        journal.transaction.end = None;
    }
    let missing: Vec<String> =
        tree.changed().iter().map(|(_, l)| l.prison_id.clone()).filter(|p| !work.holds(p)).collect();
    if !missing.is_empty() {
        return Ok(Attempt::LockAlso(missing));
    }
    let moved = tree.get(i).path != path;
    if moved && find::by_path(work.connection(), &prison_id, &tree.get(i).path).await?.is_some_and(|t| t != id) {
        return Err(Refusal::LocationExists(tree.get(i).key()).into());
    }
    let answer = Rendered::of(&legacy_location(&tree, i, None))?;
    let changes = traces(services, caller, (&tree, i), journal, EventType::Amended, &answer);
    work.commit(&tree, &changes).await?;
    log_synchronised(&tree, i, false);
    Ok(Attempt::Done(Upserted::Updated(answer)))
}

/// Deletes a location that has no children at the word of NOMIS (02 section 11).
///
/// # Errors
/// 101 when it is not there, 400 when it has children, 901 while DPS is master of the prison.
pub async fn delete(services: &Services, caller: &str, id: Uuid) -> Result<(), ServiceError> {
    let prison_id = find::prison_of(&services.store.pool, id).await?.ok_or_else(|| Refusal::no_location(id))?;
    let mut work = UnitOfWork::begin(&services.store, &[&prison_id]).await?;
    let mut tree = load::family(work.connection(), &[id]).await?;
    let i = tree.find(id).ok_or_else(|| Refusal::no_location(id))?;
    if nomis_switch::read(work.connection(), &prison_id).await? == NomisSync::OneWay {
        count_refusal(&prison_id);
        return Err(Refusal::ChangeWhileOneWay(prison_id).into());
    }
    if !tree.children(i).is_empty() {
        return Err(Refusal::Invalid("Cannot delete location with sub-locations".into()).into());
    }
    let (path, key) = (tree.get(i).path.clone(), tree.get(i).key());
    let detail = format!("NOMIS Sync (Delete) [{path}] in prison {prison_id}");
    let journal = journal(services, TransactionType::Delete, &prison_id, detail, "NOMIS");
    // The audit of the live service is read after the row is gone, so it shows neither attributes nor usages.
    tree.edit(i).attributes.clear();
    tree.edit(i).usages.clear();
    let gone = Rendered::of(&legacy_location(&tree, i, None))?;
    let changes = traces(services, caller, (&tree, i), journal, EventType::Deleted, &gone);
    work.detach_requests(id).await?;
    tree.remove(i);
    work.commit(&tree, &changes).await?;
    let id = id.to_string();
    crate::telemetry::custom_event("Deleted Location", &[("id", id), ("prisonId", prison_id), ("key", key)]);
    Ok(())
}

/// The legacy view of a location of any kind and status (02 section 6).
///
/// # Errors
/// 101 when it is not there.
pub async fn read(services: &Services, id: Uuid, include_history: bool) -> Result<Rendered, ServiceError> {
    let mut conn = services.store.pool.acquire().await?;
    let tree = load::family(&mut conn, &[id]).await?;
    let i = tree.find(id).ok_or_else(|| Refusal::no_location(id))?;
    let history = if include_history { Some(history::of_locations(&mut conn, &[id]).await?) } else { None };
    Ok(Rendered::of(&legacy_location(&tree, i, history.as_ref()))?)
}

/// A page of all locations of all prisons, any kind and status, in the legacy form (02 section 7).
///
/// # Errors
/// 400 when a property cannot be sorted by.
pub async fn page(services: &Services, request: &PageRequest) -> Result<Rendered, ServiceError> {
    let mut snapshot = page::snapshot(&services.store.pool).await?;
    let order = page::order_by(&request.sort)
        .map_err(|property| Refusal::Invalid(format!("sort: there is no property {property} to sort by")))?;
    let total = page::count(&mut snapshot).await?;
    let ids = page::ids(&mut snapshot, &order, request.size, request.offset()).await?;
    let tree = load::families(&mut snapshot, &ids).await?;
    let content = ids.iter().filter_map(|id| tree.find(*id)).map(|i| legacy_location(&tree, i, None)).collect();
    Ok(Rendered::of(&Page::new(request, content, total))?)
}

/// One event and one audit message for the location itself, whatever was changed (02 section 13).
fn traces(
    services: &Services,
    caller: &str,
    (tree, i): (&Tree, Index),
    journal: crate::domain::journal::Journal,
    event_type: EventType,
    details: &Rendered,
) -> Changes {
    let now = services.clock.now();
    let mut changes = Changes { journals: vec![journal], ..Changes::default() };
    changes.event(event_type, tree.get(i), Source::Nomis, now);
    if event_type == EventType::Amended && services.store.capacity_and_certification_events {
        changes.capacity_and_certification_events(tree, Source::Nomis, now);
    }
    changes.audit(event_type, caller, now, details.as_str());
    changes
}

fn log_synchronised(tree: &Tree, i: Index, created: bool) {
    let location = tree.get(i);
    crate::telemetry::custom_event(
        "Synchronised Location",
        &[
            ("created", created.to_string()),
            ("updated", (!created).to_string()),
            ("id", location.id.to_string()),
            ("prisonId", location.prison_id.clone()),
            ("path", location.path.clone()),
        ],
    );
}

fn count_refusal(prison_id: &str) {
    metrics::counter!("nomis_sync_refused_total", "prison" => prison_id.to_owned()).increment(1);
}
