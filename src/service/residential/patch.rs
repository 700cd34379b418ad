//! Partial update of a residential location (04 section 8).

use uuid::Uuid;

use super::{Reach, Scene, tell};
use crate::domain::Refusal;
use crate::domain::event::EventType;
use crate::domain::reference::TransactionType;
use crate::domain::residential::create::path_below;
use crate::domain::residential::patch::{Patch, apply, move_below};
use crate::domain::tree::Index;
use crate::service::announce::{Announcement, Shown};
use crate::service::{ServiceError, Services, journal};
use crate::store::{UnitOfWork, find, load};
use crate::view::json::Rendered;
use crate::view::location::{ShowOptions, location_view};

/// Patches a location by its key.
///
/// # Errors
/// See [`patch_by_id`].
pub async fn patch_by_key(
    services: &Services,
    caller: &str,
    key: &str,
    patch: &Patch,
) -> Result<Rendered, ServiceError> {
    let mut conn = services.store.pool.acquire().await?;
    let found = find::by_key(&mut conn, key).await?;
    drop(conn);
    let id = found.ok_or_else(|| Refusal::LocationNotFound(key.to_owned()))?;
    patch_by_id(services, caller, id, patch).await
}

/// Patches a location.
///
/// # Errors
/// 101, 122, 107, 101 for the parent, 103, 400, 134, in this order.
pub async fn patch_by_id(services: &Services, caller: &str, id: Uuid, patch: &Patch) -> Result<Rendered, ServiceError> {
    let (mut work, mut scene) = Scene::begin(services, id, Reach::Family).await?;
    scene.must_be_residential()?;
    scene.must_not_be_locked()?;
    scene.must_not_be_archived()?;
    let code_changes = patch.changes_code(&scene.tree, scene.i);
    let parent_changes = patch.changes_parent(&scene.tree, scene.i);
    let detail = format!("Update residential location {}", scene.location().key());
    let prison_id = scene.location().prison_id.clone();
    let mut journal = journal(services, TransactionType::LocationUpdate, &prison_id, detail, caller);
    let mut old_parent = None;
    if code_changes || parent_changes {
        let target = load_target(&mut work, &mut scene, patch, parent_changes).await?;
        old_parent = scene.tree.parent(scene.i);
        check_path_is_free(&mut work, &scene, patch, target).await?;
        move_below(&mut scene.tree, scene.i, &mut journal, target, parent_changes)?;
    }
    apply(&mut scene.tree, scene.i, &mut journal, patch, scene.certified)?;

    let show = ShowOptions {
        children: code_changes || parent_changes,
        parents: parent_changes,
        non_residential_children: false,
        ..ShowOptions::default()
    };
    let answer = Rendered::of(&location_view(&scene.tree, scene.i, &show))?;
    let mut list: Vec<Shown<'_>> = vec![(scene.i, show)];
    list.extend(old_parent.filter(|_| parent_changes).map(|p| (p, super::with_parents())));
    let mut announcement = Announcement::new(services, &scene.tree, caller);
    announcement.each(EventType::Amended, &list)?;
    announcement.audit_stripped(EventType::Amended, scene.i, &show)?;
    let changes = announcement.into_changes(services, vec![journal]);
    work.commit(&scene.tree, &changes).await?;
    tell("Updated Location", scene.location());
    Ok(answer)
}

/// Finds where the location is to be, and loads the branches that a new parent concerns.
///
/// # Errors
/// 101 when there is no such parent.
async fn load_target(
    work: &mut UnitOfWork,
    scene: &mut Scene,
    patch: &Patch,
    parent_changes: bool,
) -> Result<Option<Index>, ServiceError> {
    let target = match (patch.remove_parent, patch.parent_id, &patch.parent_key) {
        (true, _, _) => None,
        (false, Some(id), _) => Some(id),
        (false, None, Some(key)) => {
            let found = find::by_key(work.connection(), key).await?;
            Some(found.ok_or_else(|| Refusal::LocationNotFound(key.clone()))?)
        }
        (false, None, None) => scene.location().parent_id,
    };
    if parent_changes {
        let id = scene.location().id;
        let ids: Vec<Uuid> = std::iter::once(id).chain(target).collect();
        scene.tree = load::branches(work.connection(), &ids).await?;
        scene.i = scene.tree.find(id).ok_or_else(|| Refusal::no_location(id))?;
    }
    let target = target.map(|id| scene.tree.find(id).ok_or_else(|| Refusal::no_location(id)));
    Ok(target.transpose()?)
}

/// # Errors
/// 103 when the new path is taken, by whatever location, the location itself included.
async fn check_path_is_free(
    work: &mut UnitOfWork,
    scene: &Scene,
    patch: &Patch,
    target: Option<Index>,
) -> Result<(), ServiceError> {
    let location = scene.location();
    let code = patch.code.as_deref().unwrap_or(&location.code);
    let path = path_below(target.map(|t| scene.tree.get(t).path.as_str()), code);
    match find::by_path(work.connection(), &location.prison_id, &path).await? {
        Some(_) => Err(Refusal::LocationExists(format!("{}-{path}", location.prison_id)).into()),
        None => Ok(()),
    }
}
