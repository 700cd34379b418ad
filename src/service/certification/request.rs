//! Raises requests for approval that have endpoints of their own (06 section 4). Those that come out of a change of a
//! location are raised by that change.

use std::collections::HashMap;

use uuid::Uuid;

use super::{prison_of_location, require_approvals};
use crate::domain::Refusal;
use crate::domain::certification::draft::draft_request;
use crate::domain::certification::reactivation::{self, CellChange};
use crate::domain::certification::request::{Asked, NewRequest, raise};
use crate::domain::certification::signed_capacity::{check_signed_capacity, maximum_capacity};
use crate::domain::certification::snapshot::saved_paths;
use crate::domain::certification::stored::StoredRequest;
use crate::domain::journal::Journal;
use crate::domain::location::{Capacity, Kind};
use crate::domain::reference::{ApprovalType, SpecialistCellType, TransactionType};
use crate::domain::tree::{Index, Tree};
use crate::service::{ServiceError, Services, journal, new_id};
use crate::store::certification::insert_requests;
use crate::store::{Changes, UnitOfWork, approval, certificate, load, signed_capacity};
use crate::view::approval::{ShowRequest, request_view};
use crate::view::json::Rendered;

/// A residential location that a request is to be about, under its prison's lock.
struct Subject {
    work: UnitOfWork,
    tree: Tree,
    i: Index,
}

impl Subject {
    /// Loads a residential location with its family. Non-residential ones are not found (06 section 4).
    async fn load(services: &Services, id: Uuid) -> Result<Self, ServiceError> {
        let prison_id = prison_of_location(services, id).await?;
        let mut work = UnitOfWork::begin(&services.store, &[&prison_id]).await?;
        let tree = load::family(work.connection(), &[id]).await?;
        let i = tree.find(id).filter(|i| tree.get(*i).kind.is_residential()).ok_or_else(|| Refusal::no_location(id))?;
        if !work.holds(&tree.get(i).prison_id) {
            return Err(ServiceError::Busy("the location has just moved to another prison"));
        }
        Ok(Self { work, tree, i })
    }

    fn prison_id(&self) -> String {
        self.tree.get(self.i).prison_id.clone()
    }

    fn key(&self) -> String {
        self.tree.get(self.i).key()
    }

    /// The journal of a request, which has no history rows.
    fn journal(&self, services: &Services, user: &str, what: &str) -> Journal {
        let detail = format!("Requesting {what} for location {}", self.key());
        journal(services, TransactionType::RequestCertificationApproval, &self.prison_id(), detail, user)
    }

    /// Stores the request and answers it with its locations.
    async fn finish(
        mut self,
        journal: Journal,
        request: NewRequest,
        telemetry: &'static str,
    ) -> Result<Rendered, ServiceError> {
        insert_requests(self.work.connection(), std::slice::from_ref(&request)).await?;
        let location = self.tree.get(self.i);
        let properties = [
            ("id", location.id.to_string()),
            ("locationKey", location.key()),
            ("requestedBy", request.requested_by.clone()),
            ("approvalRequestId", request.id.to_string()),
        ];
        let answer = answer(request, Some(location.path.clone()))?;
        self.work.commit(&self.tree, &Changes { journals: vec![journal], ..Changes::default() }).await?;
        crate::telemetry::custom_event(telemetry, &properties);
        Ok(answer)
    }
}

fn asked(journal: &Journal, reason_for_change: Option<String>) -> Asked {
    Asked { id: new_id(), by: journal.user.clone(), at: journal.now, reason_for_change }
}

fn answer(request: NewRequest, location_path: Option<String>) -> Result<Rendered, ServiceError> {
    let current_specialist_cell_types =
        request.snapshot.as_ref().and_then(|top| top.current_specialist_cell_types.clone());
    let stored = StoredRequest { made: request, comments: None, current_specialist_cell_types, location_path };
    Ok(Rendered::of(&request_view(&stored, ShowRequest { locations: true, certificate_id: None }))?)
}

/// Asks that drafts be put on the certificate (06 section 4.1).
///
/// # Errors
/// 101, 129, 123, 126.
pub async fn draft(services: &Services, user: &str, location_id: Uuid) -> Result<Rendered, ServiceError> {
    let mut subject = Subject::load(services, location_id).await?;
    let journal = subject.journal(services, user, "approval");
    let top = subject.tree.residential_line(subject.i).last().unwrap_or(subject.i);
    if top != subject.i {
        // What the top will have needs all of it.
        let top_id = subject.tree.get(top).id;
        subject.tree = load::family(subject.work.connection(), &[top_id]).await?;
        subject.i = subject.tree.find(location_id).ok_or_else(|| Refusal::no_location(location_id))?;
    }
    let request = draft_request(&mut subject.tree, subject.i, asked(&journal, None), &mut new_id)?;
    subject.finish(journal, request, "certification-approval-requested").await
}

/// Which cells are to be reactivated, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct ReactivationRequest {
    /// The location at whose level approval is asked for.
    pub top_level_location_id: Uuid,
    /// All cells below it come back as they were.
    pub cascade: bool,
    /// Cells that come back, some with new values, in the order of the body.
    pub cells: Option<Vec<(Uuid, CellChange)>>,
}

/// Asks that locations be reactivated (06 section 4.4).
///
/// # Errors
/// 101, 126, 400 for a cascade together with cells or a cell elsewhere, 123, 104.
pub async fn reactivation(
    services: &Services,
    user: &str,
    wanted: &ReactivationRequest,
) -> Result<Rendered, ServiceError> {
    let mut subject = Subject::load(services, wanted.top_level_location_id).await?;
    let journal = subject.journal(services, user, "reactivation approval");
    let prison_id = subject.prison_id();
    let key = subject.key();
    require_approvals(&mut subject.work, &prison_id, &format!("location {key}")).await?;
    if wanted.cascade && wanted.cells.is_some() {
        let why = "cellReactivationChanges must be null when cascadeReactivation is true";
        return Err(Refusal::Invalid(why.into()).into());
    }
    let cells = wanted.cells.as_deref().unwrap_or_default();
    reactivation::check(&subject.tree, subject.i)?;
    check_cells(&mut subject, cells).await?;
    let rows = certificate_rows(&mut subject).await?;
    let approval_type = ApprovalType::Reactivation;
    let request = NewRequest::about_location(&subject.tree, subject.i, approval_type, asked(&journal, None));
    let changes: HashMap<String, &CellChange> = cells
        .iter()
        .filter_map(|(id, change)| Some((subject.tree.get(subject.tree.find(*id)?).path.clone(), change)))
        .collect();
    let request = raise(&mut subject.tree, subject.i, request, &mut new_id, |_, top| {
        reactivation::overlay(top, &rows, wanted.cascade, &changes);
        true
    })?;
    subject.finish(journal, request, "reactivation-approval-requested").await
}

/// Each cell must be a residential location at or below the top that is not archived (06 section 4.4 step 8).
async fn check_cells(subject: &mut Subject, cells: &[(Uuid, CellChange)]) -> Result<(), ServiceError> {
    let elsewhere: Vec<Uuid> = cells.iter().map(|(id, _)| *id).filter(|id| subject.tree.find(*id).is_none()).collect();
    let others = load::family_and_line(subject.work.connection(), &[], &elsewhere).await?;
    for (id, _) in cells {
        let (tree, i) = match subject.tree.find(*id) {
            Some(i) => (&subject.tree, i),
            None => (&others, others.find(*id).ok_or_else(|| Refusal::no_location(*id))?),
        };
        if !tree.get(i).kind.is_residential() {
            return Err(Refusal::no_location(*id).into());
        }
        if tree.is_archived(i) {
            return Err(Refusal::ArchivedCannotBeReactivated(tree.get(i).key()).into());
        }
        let below = subject.tree.find(*id).is_some_and(|i| subject.tree.is_at_or_below(i, subject.i));
        if !below {
            let (key, top) = (tree.get(i).key(), subject.key());
            return Err(Refusal::Invalid(format!("Location {key} is not below {top}")).into());
        }
    }
    Ok(())
}

/// The rows of the current certificate for the locations that the request saves.
async fn certificate_rows(
    subject: &mut Subject,
) -> Result<HashMap<String, crate::domain::certificate::CertificateLocation>, ServiceError> {
    let paths = saved_paths(&subject.tree, subject.i);
    let prison_id = subject.prison_id();
    Ok(certificate::current_rows(subject.work.connection(), &prison_id, &paths).await?)
}

/// What a cell is to be as a specialist cell.
#[derive(Clone, Debug, PartialEq)]
pub struct SpecialistTypeRequest {
    /// The cell.
    pub location_id: Uuid,
    /// Its types, by sequence, each once.
    pub types: Vec<SpecialistCellType>,
    /// Its capacity with them.
    pub capacity: Capacity,
    /// Why.
    pub reason_for_change: Option<String>,
}

/// Asks that a cell get other specialist types, of which the number that affects capacity changes (06 section 4.5).
///
/// # Errors
/// 101, 126, 135, 123.
pub async fn specialist_types(
    services: &Services,
    user: &str,
    wanted: &SpecialistTypeRequest,
) -> Result<Rendered, ServiceError> {
    let mut subject = Subject::load(services, wanted.location_id).await?;
    let cell = subject.tree.get(subject.i);
    if cell.kind != Kind::Cell {
        return Err(Refusal::no_location(wanted.location_id).into());
    }
    let affecting_now = cell.specialist_cell_types.iter().filter(|t| t.affects_capacity()).count();
    let affecting_then = wanted.types.iter().filter(|t| t.affects_capacity()).count();
    let prison_id = subject.prison_id();
    let key = subject.key();
    require_approvals(&mut subject.work, &prison_id, &format!("location {key}")).await?;
    if affecting_now == affecting_then {
        return Err(Refusal::SpecialistTypeChangeNeedsNoApproval(key).into());
    }
    let journal = subject.journal(services, user, "specialist cell type change approval");
    let asked = asked(&journal, wanted.reason_for_change.clone());
    let approval_type = ApprovalType::SpecialistCellType;
    let request = NewRequest {
        capacity: Some(wanted.capacity),
        pending_specialist_cell_types: Some(wanted.types.clone()),
        ..NewRequest::about_location(&subject.tree, subject.i, approval_type, asked)
    };
    let request = raise(&mut subject.tree, subject.i, request, &mut new_id, |_, top| {
        top.asked = wanted.capacity.into();
        true
    })?;
    subject.finish(journal, request, "specialist-cell-type-change-approval-requested").await
}

/// Asks that a location be archived (06 section 4.6).
///
/// # Errors
/// 101, 126, 105, 133, 142, 123.
pub async fn permanent_deactivation(
    services: &Services,
    user: &str,
    location_id: Uuid,
    reason: &str,
) -> Result<Rendered, ServiceError> {
    let mut subject = Subject::load(services, location_id).await?;
    let key = subject.key();
    let prison_id = subject.prison_id();
    require_approvals(&mut subject.work, &prison_id, &format!("location {key}")).await?;
    let tree = &subject.tree;
    if tree.is_active(subject.i) {
        return Err(Refusal::ActiveLocationCannotBeArchived(key).into());
    }
    if reason.trim().is_empty() {
        return Err(Refusal::ReasonForChangeNeeded(key).into());
    }
    if let Some(below) = pending_below(tree, subject.i).into_iter().next() {
        return Err(Refusal::PendingBelow { key, below: tree.get(below).key() }.into());
    }
    let journal = subject.journal(services, user, "permanent deactivation approval");
    let rows = certificate_rows(&mut subject).await?;
    let asked = asked(&journal, Some(reason.to_owned()));
    let approval_type = ApprovalType::PermanentDeactivation;
    let request = NewRequest::about_location(&subject.tree, subject.i, approval_type, asked);
    let request = raise(&mut subject.tree, subject.i, request, &mut new_id, |_, top| {
        top.for_each(&mut |node| {
            node.take_current_from(&rows);
        });
        true
    })?;
    subject.finish(journal, request, "permanent-deactivation-approval-requested").await
}

/// Residential locations below one that have a pending request of their own, depth first by key (06 section 6).
pub fn pending_below(tree: &Tree, i: Index) -> Vec<Index> {
    let pending = |below: &Index| {
        let location = tree.get(*below);
        location.kind.is_residential() && location.requests.iter().any(|r| r.is_pending())
    };
    tree.descendants(i).into_iter().filter(pending).collect()
}

/// A change of the signed operational capacity that is to be approved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedCapacityRequest {
    /// The prison.
    pub prison_id: String,
    /// The new value, persons.
    pub capacity: i32,
    /// Why.
    pub reason_for_change: String,
}

/// Asks for a change of the signed operational capacity (06 section 9.3).
///
/// # Errors
/// 101, 123, 116.
pub async fn signed_capacity(
    services: &Services,
    user: &str,
    wanted: &SignedCapacityRequest,
) -> Result<Rendered, ServiceError> {
    let prison_id = &wanted.prison_id;
    let mut work = UnitOfWork::begin(&services.store, &[prison_id]).await?;
    let found = signed_capacity::of_prison(work.connection(), prison_id).await?;
    let signed = found.ok_or_else(|| Refusal::LocationNotFound(prison_id.clone()))?;
    if approval::is_signed_capacity_pending(work.connection(), signed.id).await? {
        return Err(Refusal::AlreadyPending(prison_id.clone()).into());
    }
    let detail = format!("Requesting approval for signed op cap change for {prison_id}");
    let journal = journal(services, TransactionType::RequestCertificationApproval, prison_id, detail, user);
    let tree = load::prison(work.connection(), prison_id).await?;
    check_signed_capacity(wanted.capacity, maximum_capacity(&tree, prison_id, true))?;
    let asked = asked(&journal, Some(wanted.reason_for_change.clone()));
    let request = NewRequest {
        signed_operation_capacity_id: Some(i64::from(signed.id)),
        current_signed_operation_capacity: signed.capacity,
        signed_operation_capacity_change: wanted.capacity.saturating_sub(signed.capacity),
        ..NewRequest::about_prison(prison_id, ApprovalType::SignedOpCap, asked)
    };
    insert_requests(work.connection(), std::slice::from_ref(&request)).await?;
    let properties = [
        ("id", signed.id.to_string()),
        ("prisonId", prison_id.clone()),
        ("requestedBy", request.requested_by.clone()),
        ("approvalRequestId", request.id.to_string()),
    ];
    let answer = answer(request, None)?;
    work.commit(&Tree::default(), &Changes { journals: vec![journal], ..Changes::default() }).await?;
    crate::telemetry::custom_event("certification-op-cap-approval-requested", &properties);
    Ok(answer)
}
