//! Deletion of a draft with all drafts below it (04 section 23).

use uuid::Uuid;

use super::{Reach, Scene};
use crate::domain::Refusal;
use crate::domain::event::EventType;
use crate::domain::reference::{LocationStatus, TransactionType};
use crate::domain::tree::{Index, Tree};
use crate::service::announce::Announcement;
use crate::service::{ServiceError, Services, journal};
use crate::view::location::ShowOptions;

/// Deletes a draft location. Drafts are not announced; the audit is told.
///
/// # Errors
/// 101, 124 when it or a location below it is no draft.
pub async fn delete_draft(services: &Services, caller: &str, id: Uuid) -> Result<(), ServiceError> {
    let (work, mut scene) = Scene::begin(services, id, Reach::Family).await?;
    let mut doomed = Vec::new();
    collect_children_first(&scene.tree, scene.i, &mut doomed);
    if doomed.iter().any(|i| scene.tree.get(*i).status != LocationStatus::Draft) {
        return Err(Refusal::OnlyDraftsCanBeDeleted.into());
    }
    let keys: Vec<String> = doomed.iter().map(|i| scene.tree.get(*i).key()).collect();
    let detail = format!("Deleted locations: [{}]", keys.join(", "));
    let prison_id = scene.location().prison_id.clone();
    let journal = journal(services, TransactionType::Delete, &prison_id, detail, caller);
    // The audit of the live service is told after these rows are gone.
    for i in &doomed {
        let doomed = scene.tree.edit(*i);
        doomed.specialist_cell_types.clear();
        doomed.used_for.clear();
    }
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

/// The location and all below it, children before their parents, by key.
fn collect_children_first(tree: &Tree, i: Index, found: &mut Vec<Index>) {
    for &child in tree.children(i) {
        collect_children_first(tree, child, found);
    }
    found.push(i);
}
