//! What can be done to residential locations (chapter 04): one file for each group of jobs.

pub mod archive;
pub mod bulk_capacity;
pub mod capacity;
pub mod cells;
mod certificates;
pub mod convert;
pub mod create;
pub mod deactivate;
pub mod delete;
pub mod edit_cells;
pub mod name;
pub mod patch;
pub mod reactivate;

use uuid::Uuid;

use super::announce::Announcement;
use super::{ServiceError, Services};
use crate::domain::Refusal;
use crate::domain::event::EventType;
use crate::domain::journal::Journal;
use crate::domain::location::Kind;
use crate::domain::reference::LocationType;
use crate::domain::tree::{Index, Tree};
use crate::store::{UnitOfWork, find, load, prison_configuration};
use crate::view::json::Rendered;
use crate::view::location::{ShowOptions, location_view};

/// How much of the prison a job on one location needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    /// The location, what is above and what is below it.
    Family,
    /// The whole branch, for sums of what is above it.
    Branch,
}

/// A location that a job is about, with what surrounds it.
struct Scene {
    tree: Tree,
    i: Index,
    /// Whether its prison needs approval for changes of the certificate (04 section 2.9).
    certified: bool,
}

impl Scene {
    /// Loads it; under the prison's lock when it is to be changed.
    ///
    /// # Errors
    /// 101 when it is not there.
    async fn load(conn: &mut sqlx::PgConnection, id: Uuid, reach: Reach) -> Result<Self, ServiceError> {
        let tree = match reach {
            Reach::Family => load::family(conn, &[id]).await?,
            Reach::Branch => load::branches(conn, &[id]).await?,
        };
        let i = tree.find(id).ok_or_else(|| Refusal::no_location(id))?;
        let certified = is_certified_prison(conn, &tree.get(i).prison_id).await?;
        Ok(Self { tree, i, certified })
    }

    /// Begins a unit of work in its prison, and loads it.
    ///
    /// # Errors
    /// 101 when it is not there.
    async fn begin(services: &Services, id: Uuid, reach: Reach) -> Result<(UnitOfWork, Self), ServiceError> {
        let prison_id = find::prison_of(&services.store.pool, id).await?.ok_or_else(|| Refusal::no_location(id))?;
        let mut work = UnitOfWork::begin(&services.store, &[&prison_id]).await?;
        let scene = Self::load(work.connection(), id, reach).await?;
        if !work.holds(&scene.tree.get(scene.i).prison_id) {
            return Err(ServiceError::Busy("the location moved to another prison"));
        }
        Ok((work, scene))
    }

    fn location(&self) -> &crate::domain::location::Location {
        self.tree.get(self.i)
    }

    /// # Errors
    /// 101 when it is not of a residential kind.
    fn must_be_residential(&self) -> Result<(), Refusal> {
        if self.location().kind.is_residential() { Ok(()) } else { Err(Refusal::no_location(self.location().id)) }
    }

    /// # Errors
    /// 101 when it is not of kind CELL.
    fn must_be_cell(&self) -> Result<(), Refusal> {
        if self.location().kind == Kind::Cell { Ok(()) } else { Err(Refusal::no_location(self.location().id)) }
    }

    /// # Errors
    /// 101 when it is not a room that was a cell.
    fn must_be_converted(&self) -> Result<(), Refusal> {
        if self.location().is_converted() { Ok(()) } else { Err(Refusal::no_location(self.location().id)) }
    }

    /// # Errors
    /// 122 when a pending request locks it.
    fn must_not_be_locked(&self) -> Result<(), Refusal> {
        if self.tree.is_pending(self.i) { Err(Refusal::Locked(self.location().key())) } else { Ok(()) }
    }

    /// # Errors
    /// 107 when it, or what is above it, is archived.
    fn must_not_be_archived(&self) -> Result<(), Refusal> {
        if self.tree.is_archived(self.i) { Err(Refusal::Archived(self.location().key())) } else { Ok(()) }
    }
}

/// "Certified prison" (04 section 2.9): without a configuration it is none.
async fn is_certified_prison(conn: &mut sqlx::PgConnection, prison_id: &str) -> Result<bool, sqlx::Error> {
    Ok(prison_configuration::approval_required(conn, prison_id).await?.unwrap_or(false))
}

/// A text that says something.
fn filled(text: Option<&str>) -> Option<&str> {
    text.filter(|t| !t.trim().is_empty())
}

/// With the locations below, or without the non-residential ones among them.
fn with_residential_children<'a>() -> ShowOptions<'a> {
    ShowOptions { children: true, non_residential_children: false, ..ShowOptions::default() }
}

fn with_parents<'a>() -> ShowOptions<'a> {
    ShowOptions { parents: true, ..ShowOptions::default() }
}

/// Ends a job on one location: makes the answer, announces it as procedure A says, and commits.
async fn conclude(
    services: &Services,
    caller: &str,
    work: UnitOfWork,
    scene: &Scene,
    journals: Vec<Journal>,
    (event_type, show): (EventType, ShowOptions<'_>),
) -> Result<Rendered, ServiceError> {
    let answer = Rendered::of(&location_view(&scene.tree, scene.i, &show))?;
    let mut announcement = Announcement::new(services, &scene.tree, caller);
    announcement.one(event_type, scene.i, &show)?;
    let changes = announcement.into_changes(services, journals);
    work.commit(&scene.tree, &changes).await?;
    Ok(answer)
}

/// Telemetry about one location (07 section 3.8).
fn tell(event: &'static str, location: &crate::domain::location::Location) {
    let (id, path) = (location.id.to_string(), location.path.clone());
    crate::telemetry::custom_event(event, &[("id", id), ("prisonId", location.prison_id.clone()), ("path", path)]);
}

/// The type of a location as clients see it.
///
/// # Errors
/// 101 when it is not there.
pub async fn displayed_type(services: &Services, id: Uuid) -> Result<LocationType, ServiceError> {
    let mut conn = services.store.pool.acquire().await?;
    let tree = load::family_and_line(&mut conn, &[], &[id]).await?;
    let i = tree.find(id).ok_or_else(|| Refusal::no_location(id))?;
    Ok(tree.get(i).displayed_type())
}
