//! Changes of non-residential locations (05 sections 11 and 12).

use super::{Opened, announce_one, note, open, open_with, require_new_name_free};
use crate::domain::Refusal;
use crate::domain::event::EventType;
use crate::domain::journal::Journal;
use crate::domain::non_residential::check_updatable;
use crate::domain::non_residential::patch::{Destination, Named, Patch, apply, check_parent, path_below, reparent};
use crate::domain::non_residential::update::{ActivityChange, Update, check_hideable};
use crate::domain::reference::TransactionType;
use crate::domain::tree::Index;
use crate::service::announce::{Announcement, Shown};
use crate::service::{ServiceError, Services, journal};
use crate::store::find;
use crate::view::json::Rendered;
use crate::view::location::{ShowOptions, location_view};
use crate::view::non_residential::non_residential_view;

/// The journal of a change of a location.
fn journal_of_update(services: &Services, opened: &Opened, what: &str, who: &str) -> Journal {
    let location = opened.tree.get(opened.i);
    let detail = what.replace("{key}", &location.key());
    journal(services, TransactionType::LocationUpdateNonResi, &location.prison_id, detail, who)
}

/// Name, all services and activity of a location (05 section 11.1).
///
/// # Errors
/// 101, 107 and 130, in this order.
pub async fn update(
    services: &Services,
    who: &str,
    id: uuid::Uuid,
    request: &Update,
) -> Result<Rendered, ServiceError> {
    let mut opened = open(services, id).await?;
    check_updatable(&opened.tree, opened.i)?;
    require_new_name_free(&mut opened, request.local_name.as_deref()).await?;
    let mut journal = journal_of_update(services, &opened, "Update non-residential location {key}", who);
    let Opened { work, mut tree, i, .. } = opened;
    let activity = crate::domain::non_residential::update::update(&mut tree, i, &mut journal, request);
    let mut announcement = Announcement::new(services, &tree, who);
    announce_one(&mut announcement, EventType::Amended, &tree, i)?;
    match activity {
        Some(ActivityChange::Reactivated) => announce_one(&mut announcement, EventType::Reactivated, &tree, i)?,
        Some(ActivityChange::Deactivated) => announce_one(&mut announcement, EventType::Deactivated, &tree, i)?,
        None => {}
    }
    let answer = Rendered::of(&non_residential_view(&tree, i))?;
    work.commit(&tree, &announcement.into_changes(services, vec![journal])).await?;
    note("Updated non-residential location", &tree, i);
    Ok(answer)
}

/// Takes a parent that no service uses off the list (05 section 12).
///
/// # Errors
/// 101; 144 when it cannot be hidden.
pub async fn hide(services: &Services, who: &str, id: uuid::Uuid) -> Result<Rendered, ServiceError> {
    let opened = open(services, id).await?;
    check_hideable(&opened.tree, opened.i)?;
    let what = "Hiding non-residential location {key} from the list";
    let mut journal = journal_of_update(services, &opened, what, who);
    let Opened { work, mut tree, i, .. } = opened;
    crate::domain::non_residential::update::hide(&mut tree, i, &mut journal);
    let mut announcement = Announcement::new(services, &tree, who);
    announce_one(&mut announcement, EventType::Amended, &tree, i)?;
    let answer = Rendered::of(&non_residential_view(&tree, i))?;
    work.commit(&tree, &announcement.into_changes(services, vec![journal])).await?;
    note("Hid Non-Residential Location from the list", &tree, i);
    Ok(answer)
}

/// Changes what the request names of a location, and moves it (05 section 11.4).
///
/// # Errors
/// 101 for the location, 107, 101 for the parent, 103, and 400 for a parent below it or in another prison, in this order.
pub async fn patch(
    services: &Services,
    who: &str,
    named: Named<'_>,
    request: &Patch,
) -> Result<Rendered, ServiceError> {
    let parent = match (request.parent.id, request.parent.key.as_deref()) {
        (Some(id), _) => Some(Named::Id(id)),
        (None, Some(key)) => Some(Named::Key(key)),
        (None, None) => None,
    };
    let may_change_parent = parent.is_some() || request.parent.remove;
    let mut opened = open_with(services, &named, parent.as_ref(), may_change_parent).await?;
    check_updatable(&opened.tree, opened.i)?;
    let moved = check_move(&mut opened, request).await?;
    let mut journal = journal_of_update(services, &opened, "Update non-residential location {key}", who);
    let Opened { work, mut tree, i, .. } = opened;
    let old_parent = tree.parent(i);
    if let Some(Moved { parent, parent_changes }) = moved {
        reparent(&mut tree, i, &mut journal, parent, parent_changes);
    }
    apply(&mut tree, i, &mut journal, request);

    let parent_changes = moved.is_some_and(|m| m.parent_changes);
    let show = ShowOptions {
        children: moved.is_some(),
        non_residential_children: false,
        parents: parent_changes,
        ..ShowOptions::default()
    };
    let left: Option<Shown<'_>> =
        old_parent.filter(|_| parent_changes).map(|p| (p, ShowOptions { parents: true, ..ShowOptions::default() }));
    let shown: Vec<Shown<'_>> = std::iter::once((i, show)).chain(left).collect();
    let mut announcement = Announcement::new(services, &tree, who);
    announcement.each(EventType::Amended, &shown)?;
    announcement.audit_stripped(EventType::Amended, i, &show)?;
    let answer = Rendered::of(&location_view(&tree, i, &show))?;
    work.commit(&tree, &announcement.into_changes(services, vec![journal])).await?;
    note("Updated non-residential location", &tree, i);
    Ok(answer)
}

/// A change of the path that may be made.
#[derive(Clone, Copy)]
struct Moved {
    /// The parent afterwards.
    parent: Option<Index>,
    /// Whether it counts as a change of the parent.
    parent_changes: bool,
}

/// Where the location goes, if its code or its parent changes (05 section 11.4 steps 2 and 3).
async fn check_move(opened: &mut Opened, request: &Patch) -> Result<Option<Moved>, ServiceError> {
    let Opened { work, tree, i, other } = opened;
    let location = tree.get(*i);
    let asked = request.parent.asked(tree.parent(*i).map(|p| tree.get(p)));
    if !asked.parent_changes && !request.changes_code_of(location) {
        return Ok(None);
    }
    let parent = match asked.destination {
        Destination::Top => None,
        Destination::Stay => tree.parent(*i),
        Destination::Below(named) => Some(other.ok_or_else(|| named.not_found())?),
    };
    let code = request.code.as_deref().unwrap_or(&location.code);
    let path = path_below(tree, parent, code);
    // The location itself counts too: it is in its own way when it moves to where it is (05 section 18 quirk 8).
    if find::by_path(work.connection(), &location.prison_id, &path).await?.is_some() {
        return Err(Refusal::LocationExists(format!("{}-{path}", location.prison_id)).into());
    }
    if let Some(parent) = parent.filter(|_| asked.parent_changes) {
        check_parent(tree, *i, parent)?;
    }
    Ok(Some(Moved { parent, parent_changes: asked.parent_changes }))
}
