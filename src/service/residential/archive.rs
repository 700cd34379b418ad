//! Archiving of one location or many, and its undoing (04 sections 19 and 20).

use uuid::Uuid;

use super::deactivate::check_other;
use super::{Reach, Scene, conclude, is_certified_prison, tell};
use crate::domain::Refusal;
use crate::domain::change::archive::{archive, unarchive};
use crate::domain::event::EventType;
use crate::domain::reference::{DeactivatedReason, TransactionType};
use crate::domain::tree::Index;
use crate::service::announce::{Announcement, Shown};
use crate::service::certification::certificate::approve_unarchive;
use crate::service::prisoners::{ATTEMPTS, Halt, Prisoners, settle};
use crate::service::{ServiceError, Services, journal};
use crate::store::{UnitOfWork, find, load};
use crate::view::json::Rendered;
use crate::view::location::{LocationView, ShowOptions, location_view};

const DETAIL: &str = "Permanently deactivating locations";

/// Archives a location of any kind, active or not.
///
/// # Errors
/// 101, 136, 109, 122; and when it cannot be known who is in the cells.
pub async fn archive_one(services: &Services, caller: &str, id: Uuid, reason: &str) -> Result<Rendered, ServiceError> {
    let mut prisoners = Prisoners::default();
    for _ in 0..ATTEMPTS {
        prisoners.survey();
        survey(services, id, &mut prisoners).await?;
        prisoners.ask(services).await;
        if let Some(done) = settle(attempt(services, caller, id, reason, &mut prisoners).await) {
            return done;
        }
    }
    Err(Refusal::KeepsChanging(id.to_string()).into())
}

async fn survey(services: &Services, id: Uuid, prisoners: &mut Prisoners) -> Result<(), ServiceError> {
    let mut conn = services.store.pool.acquire().await?;
    let scene = Scene::load(&mut conn, id, Reach::Family).await?;
    // A refusal is said by the attempt.
    let _ = check(&scene, prisoners);
    Ok(())
}

/// The checks in their order; answers whether the location is active.
fn check(scene: &Scene, prisoners: &mut Prisoners) -> Result<bool, Halt> {
    if scene.certified {
        return Err(Refusal::PermanentDeactivationNeedsApproval(scene.location().key()).into());
    }
    let active = scene.tree.is_active(scene.i);
    if active {
        prisoners.none_in(&scene.tree, scene.i)?;
    }
    Ok(active)
}

async fn attempt(
    services: &Services,
    caller: &str,
    id: Uuid,
    reason: &str,
    prisoners: &mut Prisoners,
) -> Result<Rendered, Halt> {
    let (work, mut scene) = Scene::begin(services, id, Reach::Branch).await?;
    let was_active = check(&scene, prisoners)?;
    let prison_id = scene.location().prison_id.clone();
    let mut journal = journal(services, TransactionType::PermanentDeactivation, &prison_id, DETAIL.to_owned(), caller);
    let archived = archive(&mut scene.tree, scene.i, &mut journal, reason, true)?;
    let show = match was_active {
        true => ShowOptions { children: true, parents: true, ..ShowOptions::default() },
        false => ShowOptions::default(),
    };
    let shown = (EventType::Deactivated, show);
    let answer = conclude(services, caller, work, &scene, vec![journal], shown).await?;
    if archived {
        tell("Permanently deactivated location", scene.location());
    }
    Ok(answer)
}

/// Archives locations that are inactive; answers those that were not archived before.
///
/// # Errors
/// 101, 137, 105, 122.
pub async fn archive_many(
    services: &Services,
    caller: &str,
    keys: &[String],
    reason: &str,
) -> Result<Rendered, ServiceError> {
    let first = keys.first().ok_or_else(|| Refusal::Invalid("locations must not be empty".into()))?;
    let mut prisons: Vec<&str> = keys.iter().filter_map(|key| key.split('-').next()).collect();
    prisons.sort_unstable();
    prisons.dedup();
    let mut work = UnitOfWork::begin(&services.store, &prisons).await?;
    let ids = find::by_keys(work.connection(), keys).await?;
    let no_location = |key: &String| Refusal::LocationNotFound(key.clone());
    let first_id = *ids.get(first).ok_or_else(|| no_location(first))?;
    let all: Vec<Uuid> = ids.values().copied().collect();
    let mut tree = load::families(work.connection(), &all).await?;
    let i = tree.find(first_id).ok_or_else(|| no_location(first))?;
    let prison_id = tree.get(i).prison_id.clone();
    if is_certified_prison(work.connection(), &prison_id).await? {
        return Err(Refusal::BulkPermanentDeactivationNotAllowed(prison_id).into());
    }
    let mut journal = journal(services, TransactionType::PermanentDeactivation, &prison_id, DETAIL.to_owned(), caller);
    let mut archived: Vec<Index> = Vec::new();
    for key in keys {
        let i = ids.get(key).and_then(|id| tree.find(*id)).ok_or_else(|| no_location(key))?;
        if archive(&mut tree, i, &mut journal, reason, false)? {
            archived.push(i);
        }
    }
    let main: Vec<Shown<'_>> = archived.iter().map(|i| (*i, ShowOptions::default())).collect();
    let views: Vec<LocationView<'_>> = main.iter().map(|(i, show)| location_view(&tree, *i, show)).collect();
    let answer = Rendered::of(&views)?;
    let mut announcement = Announcement::new(services, &tree, caller);
    announcement.lists(EventType::Deactivated, &[], &main)?;
    let changes = announcement.into_changes(services, vec![journal]);
    work.commit(&tree, &changes).await?;
    for i in archived {
        tell("Permanently deactivated location", tree.get(i));
    }
    Ok(answer)
}

/// What an archived location is restored with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnarchiveRequest {
    /// Why it is inactive then.
    pub deactivation_reason: DeactivatedReason,
    /// In other words; needed for OTHER.
    pub description: Option<String>,
    /// Why it is restored.
    pub reason: Option<String>,
}

/// Restores an archived location of any kind as an inactive one.
///
/// # Errors
/// 101, 143, 118; 123 where the prison needs approval.
pub async fn unarchive_one(
    services: &Services,
    caller: &str,
    id: Uuid,
    request: &UnarchiveRequest,
) -> Result<Rendered, ServiceError> {
    let (mut work, mut scene) = Scene::begin(services, id, Reach::Branch).await?;
    let location = scene.location();
    if location.status != crate::domain::reference::LocationStatus::Archived {
        return Err(Refusal::NotArchived(location.key()).into());
    }
    check_other(request.deactivation_reason, request.description.as_deref(), &location.key())?;
    let by_approval = scene.certified && location.kind.is_residential();
    let (transaction_type, what) = match by_approval {
        true => (TransactionType::RequestCertificationApproval, "Auto-approved un-archive of"),
        false => (TransactionType::Reactivation, "Un-archiving"),
    };
    let detail = format!("{what} location {}", location.key());
    let prison_id = location.prison_id.clone();
    if by_approval {
        // The certificate that comes of it is about the whole prison.
        scene.tree = load::prison(work.connection(), &prison_id).await?;
        scene.i = scene.tree.find(id).ok_or_else(|| Refusal::no_location(id))?;
    }
    let mut journals = vec![journal(services, transaction_type, &prison_id, detail, caller)];
    let description = request.description.as_deref();
    unarchive(&mut scene.tree, scene.i, &mut journals[0], request.deactivation_reason, description)?;
    if by_approval {
        let reason = request.reason.clone();
        let (tree, i) = (&mut scene.tree, scene.i);
        journals.push(approve_unarchive(services, &mut work, tree, i, caller, reason).await?);
    }
    let show = ShowOptions { children: true, parents: true, ..ShowOptions::default() };
    let answer = conclude(services, caller, work, &scene, journals, (EventType::Reactivated, show)).await?;
    tell("Un-archived location", scene.location());
    Ok(answer)
}
