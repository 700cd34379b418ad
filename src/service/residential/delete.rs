//! Deletion of a draft with all drafts below it (04 section 23).

use uuid::Uuid;

use super::{Reach, Scene};
use crate::domain::Refusal;
use crate::domain::event::EventType;
use crate::domain::reference::{LocationStatus, TransactionType};
use crate::service::announce::Announcement;
use crate::service::{ServiceError, Services, journal};
use crate::view::location::ShowOptions;

/// Deletes a draft location. Drafts are not announced; the audit is told.
///
/// # Errors
/// 101, 124 when it or a location below it is no draft.
pub async fn delete_draft(services: &Services, caller: &str, id: Uuid) -> Result<(), ServiceError> {
    let (work, mut scene) = Scene::begin(services, id, Reach::Family).await?;
    let mut doomed = scene.tree.descendants(scene.i);
    doomed.insert(0, scene.i);
    if doomed.iter().any(|i| scene.tree.get(*i).status != LocationStatus::Draft) {
        return Err(Refusal::OnlyDraftsCanBeDeleted.into());
    }
    // Children before their parents, the location itself last.
    doomed.reverse();
    let keys: Vec<String> = doomed.iter().map(|i| scene.tree.get(*i).key()).collect();
    let detail = format!("Deleted locations: [{}]", keys.join(", "));
    let prison_id = scene.location().prison_id.clone();
    let journal = journal(services, TransactionType::Delete, &prison_id, detail, caller);
    let show = ShowOptions { children: true, ..ShowOptions::default() };
    let mut announcement = Announcement::new(services, &scene.tree, caller);
    announcement.one(EventType::Deleted, scene.i, &show)?;
    let changes = announcement.into_changes(services, vec![journal]);
    for i in doomed {
        scene.tree.remove(i);
    }
    work.commit(&scene.tree, &changes).await?;
    crate::telemetry::custom_event("Deleted Locations", &[("locations", keys.join(","))]);
    Ok(())
}
