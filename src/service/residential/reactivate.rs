//! Reactivation of one location or many (04 section 21).

use uuid::Uuid;

use super::is_certified_prison;
use crate::domain::Refusal;
use crate::domain::change::reactivation::{NewValues, Reactivated, has_cell_off_certificate, reactivate_with};
use crate::domain::event::EventType;
use crate::domain::journal::Journal;
use crate::domain::reference::TransactionType;
use crate::domain::tree::{Index, Tree};
use crate::service::announce::{Announcement, Shown};
use crate::service::{ServiceError, Services, journal};
use crate::store::{UnitOfWork, find, load};
use crate::view::json::Rendered;
use crate::view::location::{LocationView, ShowOptions, location_view};

use super::tell;

/// What becomes of one location.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reactivation {
    /// Everything below it is reactivated too.
    pub cascade: bool,
    /// New values for a cell.
    pub values: NewValues,
}

/// Locations to reactivate, in the order of the request.
#[derive(Clone, Debug, PartialEq)]
pub struct ReactivationRequest {
    /// The locations with what becomes of each.
    pub locations: Vec<(Uuid, Reactivation)>,
    /// Without regard to certification.
    pub force: bool,
}

/// Reactivates locations with all that is above them; answers what became active.
///
/// # Errors
/// 101, 104, 134, the capacity rules.
pub async fn reactivate_many(
    services: &Services,
    caller: &str,
    request: &ReactivationRequest,
) -> Result<Rendered, ServiceError> {
    let (tree, reactivated) = run(services, caller, request).await?;
    let views: Vec<LocationView<'_>> = views(&tree, &reactivated);
    Ok(Rendered::of(&views)?)
}

/// Reactivates one location; answers the topmost one that became active, or the location itself if there was nothing to
/// reactivate (decisions B3).
///
/// # Errors
/// 101, 104, 134.
pub async fn reactivate_one(
    services: &Services,
    caller: &str,
    id: Uuid,
    cascade: bool,
    force: bool,
) -> Result<Rendered, ServiceError> {
    let one = Reactivation { cascade, values: NewValues::default() };
    let request = ReactivationRequest { locations: vec![(id, one)], force };
    let (tree, reactivated) = run(services, caller, &request).await?;
    let shown = reactivated.first().copied().or_else(|| tree.find(id)).ok_or_else(|| Refusal::no_location(id))?;
    Ok(Rendered::of(&location_view(&tree, shown, &ShowOptions::default()))?)
}

fn views<'a>(tree: &'a Tree, shown: &[Index]) -> Vec<LocationView<'a>> {
    shown.iter().map(|i| location_view(tree, *i, &ShowOptions::default())).collect()
}

async fn run(
    services: &Services,
    caller: &str,
    request: &ReactivationRequest,
) -> Result<(Tree, Vec<Index>), ServiceError> {
    let ids: Vec<Uuid> = request.locations.iter().map(|(id, _)| *id).collect();
    let first = *ids.first().ok_or_else(|| Refusal::LocationNotFound("none".into()))?;
    let prisons = find::prisons_of(&services.store.pool, &ids).await?;
    let prisons: Vec<&str> = prisons.iter().map(String::as_str).collect();
    let mut work = UnitOfWork::begin(&services.store, &prisons).await?;
    let mut tree = load::branches(work.connection(), &ids).await?;
    let i = tree.find(first).ok_or_else(|| Refusal::no_location(first))?;
    let prison_id = tree.get(i).prison_id.clone();
    let certified = is_certified_prison(work.connection(), &prison_id).await?;
    let detail = "Reactivating locations".to_owned();
    let mut journal = journal(services, TransactionType::Reactivation, &prison_id, detail, caller);
    let outcome = apply(&mut tree, request, certified, &mut journal)?;
    let shown = |list: &[Index]| list.iter().map(|i| (*i, ShowOptions::default())).collect::<Vec<Shown<'_>>>();
    let mut announcement = Announcement::new(services, &tree, caller);
    announcement.lists(EventType::Reactivated, &shown(&outcome.amended), &shown(&outcome.reactivated))?;
    let changes = announcement.into_changes(services, vec![journal]);
    work.commit(&tree, &changes).await?;
    for i in &outcome.reactivated {
        tell("Re-activated Location", tree.get(*i));
    }
    Ok((tree, outcome.reactivated))
}

fn apply(
    tree: &mut Tree,
    request: &ReactivationRequest,
    certified: bool,
    journal: &mut Journal,
) -> Result<Reactivated, Refusal> {
    let mut outcome = Reactivated::default();
    for (id, reactivation) in &request.locations {
        let i = tree.find(*id).ok_or_else(|| Refusal::no_location(*id))?;
        if tree.is_archived(i) {
            return Err(Refusal::ArchivedCannotBeReactivated(tree.get(i).key()));
        }
        let on_certificate = tree.get(i).kind.is_residential() && !has_cell_off_certificate(tree, i);
        if certified && !request.force && on_certificate {
            return Err(Refusal::NeedsCertificationApproval(tree.get(i).prison_id.clone()));
        }
        reactivate_with(tree, i, journal, &reactivation.values, &mut outcome)?;
        if reactivation.cascade {
            for below in tree.descendants(i) {
                reactivate_with(tree, below, journal, &NewValues::default(), &mut outcome)?;
            }
        }
    }
    Ok(outcome)
}
