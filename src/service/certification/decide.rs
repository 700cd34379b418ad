//! Decisions on requests: approve, reject, withdraw (06 section 5).

use uuid::Uuid;

use super::certificate::{self, not_found};
use crate::domain::Refusal;
use crate::domain::certification::decision::{
    apply_when_approved, apply_when_refused, apply_while_pending, check_pending, depends_on_occupancy, settle,
};
use crate::domain::certification::stored::StoredRequest;
use crate::domain::change::reactivation::Reactivated;
use crate::domain::event::EventType;
use crate::domain::journal::Journal;
use crate::domain::reference::{ApprovalStatus, ApprovalType, TransactionType};
use crate::domain::tree::{Index, Tree};
use crate::service::announce::Announcement;
use crate::service::prisoners::{self, ATTEMPTS, Halt, Prisoners};
use crate::service::{ServiceError, Services, journal};
use crate::store::{Changes, UnitOfWork, approval, load, signed_capacity};
use crate::view::approval::{ShowRequest, request_view};
use crate::view::json::Rendered;
use crate::view::location::{ShowOptions, location_view};

/// Approves a request (06 section 5.1): applies it, makes a new cell certificate, and announces what changed.
///
/// # Errors
/// 121 and 125; capacity and occupancy rules, 101 and 105 where the request can't be applied.
pub async fn approve(services: &Services, user: &str, request_id: Uuid) -> Result<Rendered, ServiceError> {
    let mut prisoners = Prisoners::default();
    for _ in 0..ATTEMPTS {
        prisoners.survey();
        survey(services, request_id, &mut prisoners).await?;
        prisoners.ask(services).await;
        if let Some(done) = prisoners::settle(try_approve(services, user, request_id, &mut prisoners).await) {
            return done;
        }
    }
    Err(Refusal::KeepsChanging(request_id.to_string()).into())
}

/// Notes whom Prisoner Search is to be asked about, before any lock is taken, where the decision depends on it.
async fn survey(services: &Services, request_id: Uuid, prisoners: &mut Prisoners) -> Result<(), ServiceError> {
    let mut conn = services.store.pool.acquire().await?;
    let request = approval::by_id(&mut conn, request_id).await?.ok_or_else(|| not_found(request_id))?;
    check_pending(&request)?;
    if let (true, Some(id)) = (depends_on_occupancy(request.made.approval_type), request.made.location_id) {
        let tree = load::family(&mut conn, &[id]).await?;
        if let Some(i) = tree.find(id) {
            // Noted only: nobody is in any cell yet.
            let _ = prisoners.occupancy(&tree, i);
        }
    }
    Ok(())
}

/// A request under the lock of its prison.
struct Subject {
    work: UnitOfWork,
    request: StoredRequest,
}

impl Subject {
    async fn load(services: &Services, request_id: Uuid) -> Result<Self, ServiceError> {
        let prison_id = approval::prison_of(&services.store.pool, request_id).await?;
        let prison_id = prison_id.ok_or_else(|| not_found(request_id))?;
        let mut work = UnitOfWork::begin(&services.store, &[&prison_id]).await?;
        let request = approval::by_id(work.connection(), request_id).await?.ok_or_else(|| not_found(request_id))?;
        check_pending(&request)?;
        Ok(Self { work, request })
    }

    /// The location of the request; none for a request about a prison.
    fn location(&self, tree: &Tree) -> Result<Option<Index>, Refusal> {
        if self.request.is_about_prison() {
            return Ok(None);
        }
        let found = self.request.made.location_id.and_then(|id| tree.find(id));
        let gone = || Refusal::LocationNotFound(self.request.made.location_key.clone().unwrap_or_default());
        found.map(Some).ok_or_else(gone)
    }

    fn journal(&self, services: &Services, transaction_type: TransactionType, what: &str, user: &str) -> Journal {
        let asked = &self.request.made;
        let mut detail = format!("{what} request {} for {} ", asked.id, asked.prison_id);
        if let Some(key) = &asked.location_key {
            detail.push_str("at ");
            detail.push_str(key);
        }
        journal(services, transaction_type, &asked.prison_id, detail, user)
    }

    fn decide(&mut self, status: ApprovalStatus, journal: &Journal, comments: Option<String>) {
        self.request.made.status = status;
        self.request.made.approved_or_rejected_by = Some(journal.transaction.invoked_by.clone());
        self.request.made.approved_or_rejected_date = Some(journal.now);
        self.request.comments = comments;
    }

    fn log(&self, name: &'static str, by: &'static str) {
        let asked = &self.request.made;
        crate::telemetry::custom_event(
            name,
            &[
                ("approvalType", asked.approval_type.as_str().to_owned()),
                ("approvalRequestId", asked.id.to_string()),
                ("prisonId", asked.prison_id.clone()),
                ("locationId", asked.location_id.map(|id| id.to_string()).unwrap_or_default()),
                ("locationKey", asked.location_key.clone().unwrap_or_default()),
                (by, asked.approved_or_rejected_by.clone().unwrap_or_default()),
            ],
        );
    }
}

async fn try_approve(
    services: &Services,
    user: &str,
    request_id: Uuid,
    prisoners: &mut Prisoners,
) -> Result<Rendered, Halt> {
    let mut subject = Subject::load(services, request_id).await?;
    let approval_type = subject.request.made.approval_type;
    if approval_type == ApprovalType::Reactivation {
        subject.request.made.snapshot = approval::location_tree(subject.work.connection(), request_id).await?;
    }
    let mut tree = load::prison(subject.work.connection(), &subject.request.made.prison_id).await?;
    let location = subject.location(&tree)?;
    let occupancy = match location.filter(|_| depends_on_occupancy(approval_type)) {
        Some(i) => prisoners.occupancy(&tree, i)?,
        None => 0,
    };
    let transaction_type = TransactionType::ApproveCertificationRequest;
    let mut journal = subject.journal(services, transaction_type, "Approval for approval", user);
    // What changes is done in the name of who asked for it.
    journal.user.clone_from(&subject.request.made.requested_by);
    let mut announced = Announced::default();
    if let Some(i) = location {
        let reactivated = apply_while_pending(&mut tree, i, &mut journal, &subject.request, occupancy)?;
        announced = Announced::while_pending(&tree, i, approval_type, reactivated)?;
    }
    subject.decide(ApprovalStatus::Approved, &journal, None);
    if let Some(i) = location {
        settle(&mut tree, i, &subject.request);
        apply_when_approved(&mut tree, i, &mut journal, &subject.request);
    }
    if approval_type == ApprovalType::SignedOpCap {
        let made = &subject.request.made;
        let (prison_id, change) = (made.prison_id.clone(), made.signed_operation_capacity_change);
        signed_capacity::add(subject.work.connection(), &prison_id, change).await?;
    }
    approval::decide(subject.work.connection(), &subject.request).await?;
    let certificate_id = certificate::make(&mut subject.work, &tree, &subject.request.made).await?;
    let changes = announced.changes(services, &tree, location, approval_type, user, journal)?;
    let show = ShowRequest { certificate_id: Some(certificate_id), ..ShowRequest::default() };
    let answer = Rendered::of(&request_view(&subject.request, show))?;
    subject.log("certification-approval-approved", "approvedBy");
    subject.work.commit(&tree, &changes).await?;
    Ok(answer)
}

/// What an approval announces (06 section 5.4). The audit of changes that were applied while the request was pending
/// shows the locations as they were then, still locked (06 section 11 quirk 23).
#[derive(Default)]
struct Announced {
    amended: Vec<(Index, Rendered)>,
    main: Vec<(Index, Rendered)>,
    main_again: Vec<Rendered>,
}

impl Announced {
    fn while_pending(
        tree: &Tree,
        i: Index,
        approval_type: ApprovalType,
        reactivated: Reactivated,
    ) -> Result<Self, ServiceError> {
        let render = |i: Index, show: &ShowOptions<'_>| -> Result<(Index, Rendered), ServiceError> {
            Ok((i, Rendered::of(&location_view(tree, i, show))?))
        };
        let with_parents = ShowOptions { parents: true, ..ShowOptions::default() };
        // An archived location has no children to show: all of them are archived with it.
        let family = ShowOptions { children: true, ..with_parents };
        let plain = ShowOptions::default();
        let mut announced = Self::default();
        match approval_type {
            ApprovalType::CapacityChange
            | ApprovalType::SpecialistCellType
            | ApprovalType::ConvertRoomToCell
            | ApprovalType::ConvertCellToRoom => announced.amended.push(render(i, &with_parents)?),
            ApprovalType::PermanentDeactivation => announced.main.push(render(i, &family)?),
            ApprovalType::Reactivation => {
                let all = |list: &[Index]| list.iter().map(|l| render(*l, &plain)).collect::<Result<Vec<_>, _>>();
                announced.amended = all(&reactivated.amended)?;
                announced.main = all(&reactivated.reactivated)?;
                announced.main_again = announced.main.iter().map(|(_, details)| details.clone()).collect();
            }
            _ => {}
        }
        Ok(announced)
    }

    /// The events and audit messages, with the tree as the approval leaves it.
    fn changes(
        self,
        services: &Services,
        tree: &Tree,
        location: Option<Index>,
        approval_type: ApprovalType,
        user: &str,
        journal: Journal,
    ) -> Result<Changes, ServiceError> {
        let mut out = Announcement::new(services, tree, user);
        let family = ShowOptions { children: true, parents: true, ..ShowOptions::default() };
        let line = ShowOptions { parents: true, ..ShowOptions::default() };
        let plain = ShowOptions::default();
        match (approval_type, location) {
            (ApprovalType::Draft, Some(i)) => out.one(EventType::Created, i, &family)?,
            (
                ApprovalType::Deactivation
                | ApprovalType::CellMark
                | ApprovalType::CellSanitation
                | ApprovalType::UnArchive,
                Some(i),
            ) => out.one(EventType::Amended, i, &family)?,
            _ => {
                let (show, main) = match approval_type {
                    ApprovalType::PermanentDeactivation => (&family, EventType::Deactivated),
                    ApprovalType::Reactivation => (&plain, EventType::Reactivated),
                    _ => (&line, EventType::Amended),
                };
                for (event_type, list) in [(EventType::Amended, &self.amended), (main, &self.main)] {
                    for (i, details) in list {
                        out.announce(event_type, *i, show);
                        out.audit_details(event_type, details);
                    }
                }
                for details in &self.main_again {
                    out.audit_details(EventType::Amended, details);
                }
            }
        }
        Ok(out.into_changes(services, vec![journal]))
    }
}

/// How a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusedBy {
    /// By who decides on it.
    Rejection,
    /// By who asked for it.
    Withdrawal,
}

/// Rejects or withdraws a request (06 section 5.3). No certificate, event, audit message or history row comes of it.
///
/// # Errors
/// 121 and 125.
pub async fn refuse(
    services: &Services,
    user: &str,
    request_id: Uuid,
    refused_by: RefusedBy,
    comments: &str,
) -> Result<Rendered, ServiceError> {
    let mut subject = Subject::load(services, request_id).await?;
    let (status, transaction_type, what, event, by) = match refused_by {
        RefusedBy::Rejection => (
            ApprovalStatus::Rejected,
            TransactionType::RejectCertificationRequest,
            "Rejection of approval",
            "certification-approval-rejected",
            "rejectedBy",
        ),
        RefusedBy::Withdrawal => (
            ApprovalStatus::Withdrawn,
            TransactionType::WithdrawCertificationRequest,
            "Withdrawal of approval",
            "certification-approval-withdrawn",
            "withdrawnBy",
        ),
    };
    let journal = subject.journal(services, transaction_type, what, user);
    subject.decide(status, &journal, Some(comments.to_owned()));
    let mut tree = Tree::default();
    if let Some(id) = subject.request.made.location_id {
        tree = load::family(subject.work.connection(), &[id]).await?;
        if let Some(i) = tree.find(id) {
            apply_when_refused(&mut tree, i, &subject.request);
        }
    }
    approval::decide(subject.work.connection(), &subject.request).await?;
    let answer = Rendered::of(&request_view(&subject.request, ShowRequest::default()))?;
    subject.log(event, by);
    subject.work.commit(&tree, &Changes { journals: vec![journal], ..Changes::default() }).await?;
    Ok(answer)
}
