//! Makes cell certificates (06 sections 7.1 and 7.2).

use uuid::Uuid;

use crate::domain::Refusal;
use crate::domain::certificate::Certificate;
use crate::domain::certification::certificate::{MadeFor, make_rows, totals};
use crate::domain::certification::decision::settle;
use crate::domain::certification::request::{Asked, NewRequest, raise};
use crate::domain::certification::stored::StoredRequest;
use crate::domain::journal::Journal;
use crate::domain::reference::{ApprovalStatus, ApprovalType, TransactionType};
use crate::domain::tree::{Index, Tree};
use crate::service::{ServiceError, Services, journal, new_id};
use crate::store::certification::insert_requests;
use crate::store::{Changes, UnitOfWork, certificate, load, signed_capacity};
use crate::view::approval::{ShowRequest, request_view};
use crate::view::json::Rendered;

/// Makes the certificate of an approved request and stores it, in the request's own transaction; the one before is no
/// longer current. `tree` holds the whole prison as the decision leaves it, and the request's row must be there. Seven
/// statements, whatever the size of the prison.
///
/// # Errors
/// Whatever the database says.
pub async fn make(work: &mut UnitOfWork, tree: &Tree, approved: &NewRequest) -> Result<Uuid, ServiceError> {
    let prison_id = &approved.prison_id;
    let previous = match certificate::current(work.connection(), prison_id).await? {
        Some(previous) => certificate::rows(work.connection(), previous.id).await?,
        None => Vec::new(),
    };
    let signed = signed_capacity::of_prison(work.connection(), prison_id).await?;
    let location = approved.location_id.and_then(|id| tree.find(id));
    let made_for = MadeFor { approval_type: approved.approval_type, location };
    let rows = make_rows(tree, prison_id, &previous, made_for);
    let certificate = Certificate {
        id: new_id(),
        prison_id: prison_id.clone(),
        approved_by: approved.approved_or_rejected_by.clone().unwrap_or_else(|| approved.requested_by.clone()),
        approved_date: approved.approved_or_rejected_date.unwrap_or(approved.requested_date),
        request_id: Some(approved.id),
        totals: totals(&rows),
        signed_operational_capacity: signed.map_or(0, |s| s.capacity),
        current: true,
    };
    certificate::insert(work.connection(), &certificate, &rows).await?;
    Ok(certificate.id)
}

/// Whether a prison has a current certificate.
///
/// # Errors
/// Whatever the database says.
pub async fn exists(work: &mut UnitOfWork, prison_id: &str) -> Result<bool, ServiceError> {
    Ok(certificate::current(work.connection(), prison_id).await?.is_some())
}

/// A baseline that was made in a transaction that goes on.
pub struct Baseline {
    /// The two linked transactions, to be written with the commit.
    pub journals: Vec<Journal>,
    /// The answer: the request, approved.
    pub answer: Rendered,
}

/// Makes the baseline certificate of a prison in a transaction that goes on: a request that is approved at once, and the
/// certificate (06 section 7.2). The caller holds the prison's lock, and writes the journals with its commit.
///
/// # Errors
/// Whatever the database says.
pub async fn make_baseline(
    services: &Services,
    work: &mut UnitOfWork,
    prison_id: &str,
    user: &str,
) -> Result<Baseline, ServiceError> {
    let text = format!("Baseline certificate for prison {prison_id}");
    let first = journal(services, TransactionType::CertificateBaseline, prison_id, text.clone(), user);
    let at = first.now;
    let asked = Asked { id: new_id(), by: user.to_owned(), at, reason_for_change: Some(text) };
    let mut request = NewRequest::about_prison(prison_id, ApprovalType::PrisonBaseline, asked);
    approve_at_once(&mut request, user, at);
    let detail = format!("Approval for approval request {} for {prison_id} ", request.id);
    let second = journal(services, TransactionType::ApproveCertificationRequest, prison_id, detail, user);
    insert_requests(work.connection(), std::slice::from_ref(&request)).await?;
    let tree = load::prison(work.connection(), prison_id).await?;
    let certificate_id = make(work, &tree, &request).await?;
    let stored =
        StoredRequest { made: request, comments: None, current_specialist_cell_types: None, location_path: None };
    let show = ShowRequest { certificate_id: Some(certificate_id), ..ShowRequest::default() };
    let answer = Rendered::of(&request_view(&stored, show))?;
    Ok(Baseline { journals: vec![first, second], answer })
}

/// Marks a request as approved in the moment in which it is made.
pub fn approve_at_once(request: &mut NewRequest, user: &str, at: chrono::NaiveDateTime) {
    request.status = ApprovalStatus::Approved;
    request.approved_or_rejected_by = Some(user.to_owned());
    request.approved_or_rejected_date = Some(at);
}

/// Asks for approval of a location that has just been un-archived, approves it at once, and makes the certificate, in a
/// transaction that goes on (06 section 4.11). `tree` holds the whole prison as it is after that. Answers the linked
/// transaction of the approval, to be written with the commit.
///
/// # Errors
/// 123 when a pending request locks the location.
pub async fn approve_unarchive(
    services: &Services,
    work: &mut UnitOfWork,
    tree: &mut Tree,
    i: Index,
    user: &str,
    reason: Option<String>,
) -> Result<Journal, ServiceError> {
    let prison_id = tree.get(i).prison_id.clone();
    let key = tree.get(i).key();
    let at = services.clock.now().local();
    let asked = Asked { id: new_id(), by: user.to_owned(), at, reason_for_change: reason };
    let request = NewRequest::about_location(tree, i, ApprovalType::UnArchive, asked);
    let mut request = raise(tree, i, request, &mut new_id, |_, _| false)?;
    approve_at_once(&mut request, user, at);
    insert_requests(work.connection(), std::slice::from_ref(&request)).await?;
    let detail = format!("Approval for approval request {} for {prison_id} at {key}", request.id);
    let approval = journal(services, TransactionType::ApproveCertificationRequest, &prison_id, detail, user);
    let stored =
        StoredRequest { made: request, comments: None, current_specialist_cell_types: None, location_path: None };
    settle(tree, i, &stored);
    make(work, tree, &stored.made).await?;
    Ok(approval)
}

/// Makes a baseline certificate for a prison (06 section 7.2).
///
/// # Errors
/// 126 when the prison does not need approval, or has no configuration.
pub async fn baseline(services: &Services, user: &str, prison_id: &str) -> Result<Rendered, ServiceError> {
    let mut work = UnitOfWork::begin(&services.store, &[prison_id]).await?;
    super::require_approvals(&mut work, prison_id, &format!("prison {prison_id}")).await?;
    let baseline = make_baseline(services, &mut work, prison_id, user).await?;
    let changes = Changes { journals: baseline.journals, ..Changes::default() };
    work.commit(&Tree::default(), &changes).await?;
    Ok(baseline.answer)
}

/// A request that was not found.
pub(super) fn not_found(id: Uuid) -> Refusal {
    Refusal::ApprovalNotFound(id)
}
