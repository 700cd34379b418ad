//! Visit rooms, activity rooms, adjudication rooms, video link rooms, stores and the property boxes in them (chapter 05).

mod create;
mod property;
mod read;
mod update;

pub use create::{BasicRequest, PlacedRequest, create_basic, create_placed, generate_missing_children};
pub use property::{create_property, property_by_id, property_list, remove_property, update_property};
pub use read::{ListOptions, active_list, by_id, by_ids, by_local_name, summary, using_service, with_usage};
pub use update::{hide, patch, update};

use uuid::Uuid;

use super::announce::Announcement;
use super::{ServiceError, Services};
use crate::domain::Refusal;
use crate::domain::event::EventType;
use crate::domain::location::Kind;
use crate::domain::non_residential::patch::Named;
use crate::domain::non_residential::{check_name_free, code};
use crate::domain::tree::{Index, Tree};
use crate::store::{UnitOfWork, find, load, non_residential};
use crate::view::json::Rendered;
use crate::view::non_residential::non_residential_view;

/// How often a job begins again when it turns out to concern a prison that it has not locked.
const ATTEMPTS: usize = 3;

/// A non-residential location that is to be changed, with its family, under the locks of all prisons that it touches.
struct Opened {
    work: UnitOfWork,
    tree: Tree,
    i: Index,
    /// Where the other location that the job names is in the tree.
    other: Option<Index>,
}

impl Named<'_> {
    fn not_found(&self) -> Refusal {
        match self {
            Self::Id(id) => Refusal::no_location(*id),
            Self::Key(key) => Refusal::LocationNotFound((*key).to_owned()),
        }
    }

    async fn id(&self, work: &mut UnitOfWork) -> Result<Option<Uuid>, sqlx::Error> {
        match self {
            Self::Id(id) => Ok(Some(*id)),
            Self::Key(key) => find::by_key(work.connection(), key).await,
        }
    }
}

/// Takes the lock and loads a non-residential location with its family.
///
/// # Errors
/// 101 when it is not there, or residential.
async fn open(services: &Services, id: Uuid) -> Result<Opened, ServiceError> {
    open_with(services, &Named::Id(id), None, false).await
}

/// The same for a location named in either way, and where another one is that it may go to. `whole` loads everything from
/// the tops of both down, which the views of their parents need: a wing shows the sums of its cells.
///
/// # Errors
/// 101 when it is not there, or residential. That the other one is not there is no error yet.
async fn open_with(
    services: &Services,
    named: &Named<'_>,
    other: Option<&Named<'_>>,
    whole: bool,
) -> Result<Opened, ServiceError> {
    let prison_id = match named {
        Named::Id(id) => find::prison_of(&services.store.pool, *id).await?,
        Named::Key(key) => key.split_once('-').map(|(prison_id, _)| prison_id.to_owned()),
    };
    let mut prisons = vec![prison_id.ok_or_else(|| named.not_found())?];
    for _ in 0..ATTEMPTS {
        let locked: Vec<&str> = prisons.iter().map(String::as_str).collect();
        let mut work = UnitOfWork::begin(&services.store, &locked).await?;
        let id = named.id(&mut work).await?.ok_or_else(|| named.not_found())?;
        let other = match other {
            Some(other) => other.id(&mut work).await?,
            None => None,
        };
        let mut tree = load::family_and_line(work.connection(), &[id], other.as_slice()).await?;
        if whole {
            let places = [Some(id), other].into_iter().flatten().filter_map(|id| tree.find(id));
            let tops: Vec<Uuid> = places.map(|place| tree.get(tree.top(place)).id).collect();
            tree = load::families(work.connection(), &tops).await?;
        }
        let found = tree.find(id).filter(|i| tree.get(*i).kind == Kind::NonResidential);
        let i = found.ok_or_else(|| named.not_found())?;
        let unlocked: Vec<String> =
            tree.indexes().map(|l| &tree.get(l).prison_id).filter(|p| !work.holds(p)).cloned().collect();
        if unlocked.is_empty() {
            let other = other.and_then(|id| tree.find(id));
            return Ok(Opened { work, tree, i, other });
        }
        prisons.extend(unlocked);
    }
    Err(ServiceError::Busy("the location keeps moving between prisons"))
}

/// Whether a local name is free in a prison (05 section 2.3).
///
/// # Errors
/// 130 when another location that is not archived bears it.
async fn require_name_free(
    work: &mut UnitOfWork,
    prison_id: &str,
    name: &str,
    own: Option<Uuid>,
) -> Result<(), ServiceError> {
    let ids = non_residential::with_local_name(work.connection(), prison_id, name).await?;
    let bearers = non_residential::load(work.connection(), &ids).await?;
    Ok(check_name_free(prison_id, name, own, &bearers, &ids)?)
}

/// The same for a location that is to get another name; one that only differs in letter case is its own already.
async fn require_new_name_free(opened: &mut Opened, name: Option<&str>) -> Result<(), ServiceError> {
    let location = opened.tree.get(opened.i);
    let same = |name: &str| location.local_name.as_ref().is_some_and(|n| n.to_uppercase() == name.to_uppercase());
    match name.filter(|name| !same(name)) {
        Some(name) => require_name_free(&mut opened.work, &location.prison_id, name, Some(location.id)).await,
        None => Ok(()),
    }
}

/// The code of a new location at the top of a prison (05 section 6).
///
/// # Errors
/// 103 when every code that can be made of the name is taken.
async fn free_code(work: &mut UnitOfWork, prison_id: &str, name: &str) -> Result<String, ServiceError> {
    let candidates = code::candidates(prison_id, name);
    let taken = non_residential::taken_paths(work.connection(), prison_id, &candidates).await?;
    Ok(first_free(prison_id, candidates, |code| taken.contains(code))?)
}

fn first_free(prison_id: &str, candidates: Vec<String>, taken: impl Fn(&String) -> bool) -> Result<String, Refusal> {
    let last = candidates.last().map(|code| format!("{prison_id}-{code}")).unwrap_or_default();
    candidates.into_iter().find(|code| !taken(code)).ok_or(Refusal::LocationExists(last))
}

/// Procedure D for one location (07 section 3.4): the event, then the audit of its non-residential view.
fn announce_one(
    announcement: &mut Announcement<'_>,
    event_type: EventType,
    tree: &Tree,
    i: Index,
) -> Result<(), ServiceError> {
    announcement.event(event_type, i);
    announcement.audit_details(event_type, &Rendered::of(&non_residential_view(tree, i))?);
    Ok(())
}

/// Notes a change for the dashboards (07 section 3.8).
fn note(name: &str, tree: &Tree, i: Index) {
    let location = tree.get(i);
    crate::telemetry::custom_event(
        name,
        &[("id", location.id.to_string()), ("prisonId", location.prison_id.clone()), ("path", location.path.clone())],
    );
}
