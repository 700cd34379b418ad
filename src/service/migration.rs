//! Migration of locations from NOMIS, one by one and in bulk (02 section 12, decisions D2 and D3).
//! No domain event and no audit message: NOMIS knows already.

use std::collections::{HashMap, HashSet};

use futures_util::{TryStreamExt, stream};
use uuid::Uuid;

use super::{ServiceError, Services, journal, new_id};
use crate::domain::Refusal;
use crate::domain::migration::{self, LONGEST_PATH, MigratedHistory, MigratedLocation};
use crate::domain::sync::{self, NomisSync};
use crate::domain::tree::Tree;
use crate::store::migration::{LineOutcome, ReadyLine, StagedLine};
use crate::store::{Changes, UnitOfWork, find, load, migration as staging, nomis_switch};
use crate::view::history::migrated_change;
use crate::view::json::Rendered;
use crate::view::legacy::legacy_location;

/// How many lines are inserted in one transaction.
const BATCH: i64 = 1000;
/// How many prisons are inserted at a time: while Postgres writes one, the service works out the other. Each takes a connection.
const PRISONS_AT_ONCE: usize = 2;

/// Migrates one location (02 section 12.1).
///
/// # Errors
/// 101 when the parent is not there, 103 when the path is taken, 901 while DPS is master of the prison.
pub async fn migrate_location(services: &Services, migrated: &MigratedLocation) -> Result<Rendered, ServiceError> {
    let given = &migrated.location;
    let mut work = UnitOfWork::begin(&services.store, &[&given.prison_id]).await?;
    refuse_one_way(&mut work, &given.prison_id).await?;
    let parent = match (migrated.parent_id, &migrated.parent_path) {
        (None, Some(path)) => {
            let found = find::by_path(work.connection(), &given.prison_id, path).await?;
            Some(found.ok_or_else(|| Refusal::LocationNotFound(format!("{}-{path}", given.prison_id)))?)
        }
        (id, _) => id,
    };
    let mut tree = load::family_and_line(work.connection(), &[], parent.as_slice()).await?;
    let parent = parent.map(|id| tree.find(id).ok_or_else(|| Refusal::no_location(id))).transpose()?;
    let mut journal = migration_journal(services, migrated);
    let i = migration::create(&mut tree, &mut journal, migrated, parent, new_id());
    let path = &tree.get(i).path;
    check_path(path)?;
    if find::by_path(work.connection(), &given.prison_id, path).await?.is_some() {
        return Err(Refusal::LocationExists(tree.get(i).key()).into());
    }
    let answer = Rendered::of(&legacy_location(&tree, i, None))?;
    work.commit(&tree, &Changes { journals: vec![journal], ..Changes::default() }).await?;
    Ok(answer)
}

async fn refuse_one_way(work: &mut UnitOfWork, prison_id: &str) -> Result<(), ServiceError> {
    match nomis_switch::read(work.connection(), prison_id).await? {
        NomisSync::OneWay => Err(Refusal::ChangeWhileOneWay(prison_id.to_owned()).into()),
        NomisSync::TwoWay => Ok(()),
    }
}

/// A path that would not fit its column.
fn check_path(path: &str) -> Result<(), Refusal> {
    if path.chars().count() > LONGEST_PATH {
        return Err(Refusal::Invalid(format!("The path {path} is longer than {LONGEST_PATH} characters")));
    }
    Ok(())
}

/// The transaction types are those of a sync create, so that a migrated location equals a synced one (02 section 12.5).
fn migration_journal(services: &Services, migrated: &MigratedLocation) -> crate::domain::journal::Journal {
    let given = &migrated.location;
    let detail = format!("NOMIS Migration {} in prison {}", given.code, given.prison_id);
    let transaction_type = sync::create_transaction_type(given);
    journal(services, transaction_type, &given.prison_id, detail, &given.last_updated_by)
}

/// Adds one migrated history row to a location, without a transaction (02 section 12.3).
/// None when old and new are the same, and nothing was added.
///
/// # Errors
/// 101 when the location is not there.
pub async fn migrate_history(
    services: &Services,
    id: Uuid,
    history: &MigratedHistory,
) -> Result<Option<Rendered>, ServiceError> {
    let prison_id = find::prison_of(&services.store.pool, id).await?.ok_or_else(|| Refusal::no_location(id))?;
    let filled = |text: &Option<String>| text.clone().filter(|t| !t.trim().is_empty());
    let history = MigratedHistory { old: filled(&history.old), new: filled(&history.new), ..history.clone() };
    if history.old == history.new {
        return Ok(None);
    }
    let mut work = UnitOfWork::begin(&services.store, &[&prison_id]).await?;
    crate::store::history::insert_loose(work.connection(), &history.entry(id)).await?;
    let answer = Rendered::of(&migrated_change(&history))?;
    work.commit(&Tree::default(), &Changes::default()).await?;
    Ok(Some(answer))
}

/// Begins a bulk migration: an id under which its lines are staged.
pub fn begin_bulk() -> Uuid {
    new_id()
}

/// Stages lines of a bulk migration.
///
/// # Errors
/// Whatever the database says.
pub async fn stage(services: &Services, run: Uuid, lines: &[StagedLine]) -> Result<(), ServiceError> {
    Ok(staging::stage(&services.store.pool, run, lines).await?)
}

/// Inserts what has been staged: some prisons side by side, in each parents before children, set-based. Lines whose parent never
/// turns up stay `PENDING`.
///
/// # Errors
/// Whatever the database says; what was inserted before stays, and sending everything again is safe.
pub async fn insert_staged(services: &Services, run: Uuid) -> Result<(), ServiceError> {
    let prisons = staging::pending_prisons(&services.store.pool, run).await?;
    stream::iter(prisons.into_iter().map(Ok))
        .try_for_each_concurrent(PRISONS_AT_ONCE, |prison_id| async move {
            while insert_batch(services, run, &prison_id).await? > 0 {}
            Ok(())
        })
        .await
}

/// Inserts one batch; answers how many lines were settled.
async fn insert_batch(services: &Services, run: Uuid, prison_id: &str) -> Result<usize, ServiceError> {
    let mut work = UnitOfWork::begin(&services.store, &[prison_id]).await?;
    let ready = staging::ready(work.connection(), run, prison_id, BATCH).await?;
    if ready.is_empty() {
        return Ok(0);
    }
    let one_way = nomis_switch::read(work.connection(), prison_id).await? == NomisSync::OneWay;
    let parents: Vec<Uuid> = ready.iter().filter_map(|r| r.parent).collect();
    let mut tree = load::family_and_line(work.connection(), &[], &parents).await?;
    let paths: Vec<String> = ready.iter().map(|r| path_of(&tree, r)).collect();
    let taken = staging::taken(work.connection(), prison_id, &paths).await?;
    let existing = load::family_and_line(work.connection(), &[], &taken).await?;
    let at_path: HashMap<&str, usize> = existing
        .indexes()
        .filter(|e| existing.get(*e).prison_id == prison_id)
        .map(|e| (existing.get(e).path.as_str(), e))
        .collect();

    let mut outcomes = Vec::with_capacity(ready.len());
    let mut journals = Vec::new();
    let mut new_paths: HashSet<&str> = HashSet::new();
    for (line, path) in ready.iter().zip(&paths) {
        let key = format!("{prison_id}-{path}");
        let refusal = match at_path.get(path.as_str()) {
            _ if one_way => Some(Refusal::ChangeWhileOneWay(prison_id.to_owned())),
            _ if check_path(path).is_err() => check_path(path).err(),
            Some(e) if is_repeat(services, &tree, line, existing.get(*e)) => {
                outcomes.push(outcome(line.line, "UNCHANGED", existing.get(*e).id, key));
                continue;
            }
            Some(_) => Some(Refusal::LocationExists(key.clone())),
            // A second line for a path that is new in this batch is judged by the next one.
            None if !new_paths.insert(path) => continue,
            None => None,
        };
        if let Some(refusal) = refusal {
            outcomes.push(failure(line.line, &refusal));
            continue;
        }
        let mut journal = migration_journal(services, &line.body);
        let parent = line.parent.and_then(|p| tree.find(p));
        let i = migration::create(&mut tree, &mut journal, &line.body, parent, new_id());
        journals.push(journal);
        outcomes.push(outcome(line.line, "CREATED", tree.get(i).id, key));
    }
    staging::settle(work.connection(), run, &outcomes).await?;
    work.commit(&tree, &Changes { journals, ..Changes::default() }).await?;
    Ok(outcomes.len())
}

fn path_of(tree: &Tree, line: &ReadyLine) -> String {
    let code = &line.body.location.code;
    match line.parent.and_then(|p| tree.find(p)) {
        Some(parent) => format!("{}-{code}", tree.get(parent).path),
        None => code.clone(),
    }
}

/// Whether a line says what the location at its path says already.
fn is_repeat(services: &Services, tree: &Tree, line: &ReadyLine, existing: &crate::domain::location::Location) -> bool {
    let parent = line.parent.and_then(|p| tree.find(p)).map(|p| tree.get(p).clone());
    let mut scratch = Tree::new(parent.into_iter().collect());
    let mut journal = migration_journal(services, &line.body);
    let above = line.parent.and_then(|p| scratch.find(p));
    let i = migration::create(&mut scratch, &mut journal, &line.body, above, new_id());
    let mut created = scratch.get(i).clone();
    // The scratch tree knows the parent's path, not what is above it.
    created.path.clone_from(&existing.path);
    sync::says_the_same(&created, existing)
}

fn outcome(line: i64, status: &'static str, id: Uuid, key: String) -> LineOutcome {
    LineOutcome { line, status, location_id: Some(id), key: Some(key), error: None }
}

/// A line that failed, with the error body that a request of its own would have got.
fn failure(line: i64, refusal: &Refusal) -> LineOutcome {
    LineOutcome { line, status: "FAILED", location_id: None, key: None, error: Some(error_body(refusal)) }
}

/// The error body of a refusal as JSON.
pub fn error_body(refusal: &Refusal) -> serde_json::Value {
    let mut body = serde_json::json!({
        "status": refusal.status(),
        "userMessage": refusal.user_message(),
        "developerMessage": refusal.developer_message(),
    });
    if let Some(code) = refusal.error_code() {
        body["errorCode"] = code.into();
    }
    body
}

/// The next answers of a bulk migration as newline-delimited JSON, with the number of the last line; none at the end,
/// when the run is forgotten too.
///
/// # Errors
/// Whatever the database says.
pub async fn next_answers(services: &Services, run: Uuid, after: i64) -> Result<Option<(String, i64)>, ServiceError> {
    let lines = staging::answers(&services.store.pool, run, after, BATCH).await?;
    let Some(last) = lines.last().map(|l| l.line) else {
        staging::forget(&services.store.pool, run).await?;
        return Ok(None);
    };
    let mut text = String::new();
    for line in lines {
        let status = if line.status == "PENDING" { "FAILED" } else { &line.status };
        let mut answer = serde_json::json!({ "line": line.line, "status": status.to_lowercase() });
        if let Some(id) = line.location_id {
            answer["id"] = serde_json::json!(id);
        }
        if let Some(key) = line.key {
            answer["key"] = key.into();
        }
        if line.status == "PENDING" {
            let missing = Refusal::LocationNotFound(format!("the parent of line {}", line.line));
            answer["error"] = error_body(&missing);
        } else if let Some(error) = line.error {
            answer["error"] = error;
        }
        text.push_str(&answer.to_string());
        text.push('\n');
    }
    Ok(Some((text, last)))
}
