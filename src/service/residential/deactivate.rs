//! Temporary deactivation of one location or many, and its details (04 sections 17 and 18).

use std::collections::BTreeSet;

use chrono::{NaiveDate, NaiveDateTime};
use uuid::Uuid;

use super::certificates::Certificates;
use super::{Reach, Scene, conclude, filled, is_certified_prison, tell};
use crate::domain::Refusal;
use crate::domain::certification::request::NewRequest;
use crate::domain::certification::snapshot::saved_indexes;
use crate::domain::change::deactivation::{Deactivated, Deactivation, deactivate, update_details};
use crate::domain::event::EventType;
use crate::domain::journal::Journal;
use crate::domain::reference::{DeactivatedReason, TransactionType};
use crate::domain::residential::deactivation::request_deactivation;
use crate::domain::tree::{Index, Tree};
use crate::service::announce::{Announcement, Shown};
use crate::service::prisoners::{ATTEMPTS, Halt, Prisoners, settle};
use crate::service::{ServiceError, Services, journal, new_id};
use crate::store::certification::insert_requests;
use crate::store::{UnitOfWork, find, load};
use crate::view::json::Rendered;
use crate::view::location::{LocationView, ShowOptions, location_view};

/// What is said of a deactivation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Details {
    /// Why.
    pub reason: DeactivatedReason,
    /// In other words; needed for OTHER.
    pub description: Option<String>,
    /// When it is expected back.
    pub proposed_reactivation_date: Option<NaiveDate>,
    /// Reference of the works system.
    pub planet_fm_reference: Option<String>,
}

impl Details {
    fn at(&self, at: NaiveDateTime, short_term: bool) -> Deactivation {
        Deactivation {
            reason: self.reason,
            description: self.description.clone(),
            proposed_reactivation_date: self.proposed_reactivation_date,
            planet_fm_reference: self.planet_fm_reference.clone(),
            at,
            short_term,
        }
    }

    fn must_say_what_other_is(&self, key: &str) -> Result<(), Refusal> {
        check_other(self.reason, self.description.as_deref(), key)
    }
}

/// # Errors
/// 118 when the reason is OTHER and nothing more is said.
pub(super) fn check_other(reason: DeactivatedReason, description: Option<&str>, key: &str) -> Result<(), Refusal> {
    if reason == DeactivatedReason::Other && filled(description).is_none() {
        return Err(Refusal::OtherReasonNeedsDescription(key.to_owned()));
    }
    Ok(())
}

/// Locations to deactivate, in the order of the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeactivationRequest {
    /// The locations with what is said of each.
    pub locations: Vec<(Uuid, Details)>,
    /// Whether the deactivation is to be approved, where the prison needs approval.
    pub requires_approval: bool,
    /// Why, for the approval.
    pub reason_for_change: Option<String>,
    /// Who deactivates, if not the caller.
    pub updated_by: Option<String>,
}

/// Deactivates locations and what is below them; answers what became inactive.
///
/// # Errors
/// 101, 109, 118, 133, 123; and when it cannot be known who is in the cells.
pub async fn deactivate_many(
    services: &Services,
    caller: &str,
    request: &DeactivationRequest,
) -> Result<Rendered, ServiceError> {
    let mut prisoners = Prisoners::default();
    for _ in 0..ATTEMPTS {
        prisoners.survey();
        survey(services, caller, request, &mut prisoners).await?;
        prisoners.ask(services).await;
        if let Some(done) = settle(attempt(services, caller, request, &mut prisoners).await) {
            return done;
        }
    }
    let first = request.locations.first().map(|(id, _)| id.to_string());
    Err(Refusal::KeepsChanging(first.unwrap_or_default()).into())
}

/// The locations of the request with the branches that they belong to.
struct Branches {
    tree: Tree,
    prison_id: String,
    certified: bool,
    certificates: Certificates,
}

impl Branches {
    async fn load(conn: &mut sqlx::PgConnection, request: &DeactivationRequest) -> Result<Self, ServiceError> {
        let ids: Vec<Uuid> = request.locations.iter().map(|(id, _)| *id).collect();
        let first = *ids.first().ok_or_else(|| Refusal::LocationNotFound("none".into()))?;
        let tree = load::branches(conn, &ids).await?;
        let i = tree.find(first).ok_or_else(|| Refusal::no_location(first))?;
        let prison_id = tree.get(i).prison_id.clone();
        let certified = is_certified_prison(conn, &prison_id).await?;
        let saved: Vec<Index> = match certified && request.requires_approval {
            true => ids.iter().filter_map(|id| tree.find(*id)).flat_map(|i| saved_indexes(&tree, i)).collect(),
            false => Vec::new(),
        };
        let certificates = Certificates::load(conn, &tree, &saved).await?;
        Ok(Self { tree, prison_id, certified, certificates })
    }
}

async fn survey(
    services: &Services,
    caller: &str,
    request: &DeactivationRequest,
    prisoners: &mut Prisoners,
) -> Result<(), ServiceError> {
    let mut conn = services.store.pool.acquire().await?;
    let mut branches = Branches::load(&mut conn, request).await?;
    drop(conn);
    let mut journal = new_journal(services, caller, &branches, request);
    // A refusal is said by the attempt.
    let _ = apply(&mut branches, request, &mut journal, prisoners);
    Ok(())
}

fn new_journal(services: &Services, caller: &str, branches: &Branches, request: &DeactivationRequest) -> Journal {
    let user = request.updated_by.as_deref().unwrap_or(caller);
    let detail = "Deactivating locations".to_owned();
    journal(services, TransactionType::Deactivation, &branches.prison_id, detail, user)
}

/// What the locations came to.
#[derive(Default)]
struct Applied {
    outcome: Deactivated,
    requests: Vec<NewRequest>,
}

fn apply(
    branches: &mut Branches,
    request: &DeactivationRequest,
    journal: &mut Journal,
    prisoners: &mut Prisoners,
) -> Result<Applied, Halt> {
    let approval = request.requires_approval && branches.certified;
    let mut applied = Applied::default();
    for (id, details) in &request.locations {
        let tree = &mut branches.tree;
        let i = tree.find(*id).ok_or_else(|| Refusal::no_location(*id))?;
        prisoners.none_in(tree, i)?;
        details.must_say_what_other_is(&tree.get(i).key())?;
        let deactivation = details.at(journal.now, !approval);
        if approval && tree.get(i).kind.is_residential() {
            let Some(reason) = request.reason_for_change.as_deref() else {
                return Err(Refusal::ReasonForChangeNeeded(tree.get(i).key()).into());
            };
            let rows = branches.certificates.of_prison(&tree.get(i).prison_id);
            let new = request_deactivation(tree, i, journal, &deactivation, reason, rows, &mut new_id)?;
            applied.requests.push(new);
        }
        let outcome = deactivate(tree, i, journal, &deactivation);
        applied.outcome.deactivated.extend(outcome.deactivated);
        applied.outcome.updated.extend(outcome.updated);
    }
    Ok(applied)
}

impl Applied {
    /// What is announced as amended: all that is above what was deactivated, the nearest first, and what got new details.
    fn amended(&self, tree: &Tree) -> Vec<Shown<'static>> {
        let mut seen: BTreeSet<Index> = self.outcome.deactivated.iter().copied().collect();
        let above = self.outcome.deactivated.iter().flat_map(|d| tree.ancestors(*d));
        let all = above.chain(self.outcome.updated.iter().copied()).filter(|i| seen.insert(*i));
        all.map(|i| (i, ShowOptions::default())).collect()
    }
}

async fn attempt(
    services: &Services,
    caller: &str,
    request: &DeactivationRequest,
    prisoners: &mut Prisoners,
) -> Result<Rendered, Halt> {
    let ids: Vec<Uuid> = request.locations.iter().map(|(id, _)| *id).collect();
    let prisons = find::prisons_of(&services.store.pool, &ids).await?;
    let prisons: Vec<&str> = prisons.iter().map(String::as_str).collect();
    let mut work = UnitOfWork::begin(&services.store, &prisons).await?;
    let mut branches = Branches::load(work.connection(), request).await?;
    let mut journal = new_journal(services, caller, &branches, request);
    let applied = apply(&mut branches, request, &mut journal, prisoners)?;
    insert_requests(work.connection(), &applied.requests).await?;
    let shown_rows = shown_certificates(&mut work, &branches, &applied.outcome.deactivated).await?;
    let tree = &branches.tree;
    let main: Vec<Shown<'_>> = applied
        .outcome
        .deactivated
        .iter()
        .map(|i| (*i, ShowOptions { certificate: shown_rows.row(tree.get(*i)), ..ShowOptions::default() }))
        .collect();
    let views: Vec<LocationView<'_>> = main.iter().map(|(i, show)| location_view(tree, *i, show)).collect();
    let answer = Rendered::of(&views)?;
    let mut announcement = Announcement::new(services, tree, caller);
    announcement.lists(EventType::Deactivated, &applied.amended(tree), &main)?;
    let changes = announcement.into_changes(services, vec![journal]);
    work.commit(tree, &changes).await?;
    for i in &applied.outcome.deactivated {
        tell("Temporarily Deactivated Location", tree.get(*i));
    }
    Ok(answer)
}

/// Where the prison needs approval, what became inactive is shown with its row of the certificate.
async fn shown_certificates(
    work: &mut UnitOfWork,
    branches: &Branches,
    shown: &[Index],
) -> Result<Certificates, sqlx::Error> {
    let shown = if branches.certified { shown } else { &[] };
    Certificates::load(work.connection(), &branches.tree, shown).await
}

/// Changes the details of a deactivation, of the location and of what is inactive below it (04 section 18). Announced as
/// deactivated even when it is active and nothing changes.
///
/// # Errors
/// 101, 118, 122.
pub async fn change_details(
    services: &Services,
    caller: &str,
    id: Uuid,
    details: &Details,
) -> Result<Rendered, ServiceError> {
    let (work, mut scene) = Scene::begin(services, id, Reach::Family).await?;
    let location = scene.location();
    details.must_say_what_other_is(&location.key())?;
    let transaction_type = match location.kind.is_residential() {
        true => TransactionType::LocationUpdate,
        false => TransactionType::LocationUpdateNonResi,
    };
    let detail = format!("Temporarily deactivated location details updated for {}", location.key());
    let mut journal = journal(services, transaction_type, &location.prison_id, detail, caller);
    let deactivation = details.at(journal.now, false);
    update_details(&mut scene.tree, scene.i, &mut journal, &deactivation)?;
    let shown = (EventType::Deactivated, ShowOptions::default());
    let answer = conclude(services, caller, work, &scene, vec![journal], shown).await?;
    tell("Temporarily Deactivated Location Details Updated", scene.location());
    Ok(answer)
}
