//! Uploads of cell certificates: taking them in, reading them, processing them (06 section 8).
//!
//! Processing is one transaction: rows, cells, history, certificate and events are kept together or not at all. A crash in
//! the middle leaves the upload as it was, and the message that comes again starts it anew (06 section 11 quirk 7).

use std::collections::{BTreeSet, HashMap};

use chrono::TimeDelta;
use futures_util::StreamExt;
use uuid::Uuid;

use super::certificate::{self, approve_at_once};
use crate::clients::RemoteError;
use crate::domain::Refusal;
use crate::domain::certification::request::{Asked, NewRequest};
use crate::domain::certification::upload::{
    Occupancy, RowValues, Upload, UploadRow, cell_of, changes_capacity, process_row,
};
use crate::domain::event::EventType;
use crate::domain::reference::{ApprovalType, TransactionType, UploadRowStatus, UploadStatus};
use crate::domain::tree::{Index, Tree};
use crate::service::announce::Announcement;
use crate::service::{ServiceError, Services, journal, new_id};
use crate::store::certification::insert_requests;
use crate::store::prison_configuration::approval_required;
use crate::store::upload::{self as store, Listed};
use crate::store::{UnitOfWork, load, queue_message, snapshot};
use crate::view::json::Rendered;
use crate::view::upload::{UploadView, upload_view};

/// How often processing begins again when cells turn up that were not asked about.
const ATTEMPTS: usize = 3;
/// How long an upload that the live service has begun is left to it (06 section 8.3).
const LEFT_ALONE: TimeDelta = TimeDelta::minutes(30);
/// Cells in one question to Prisoner Search, and questions under way at once.
const CELLS_OF_A_QUESTION: usize = 200;
const AT_ONCE: usize = 4;
/// Why the request of an upload was made, whatever the upload says (06 section 8.3 step 3).
const IMPORTED: &str = "This is the cell certificate that was imported when the prison started using Residential \
                        locations to manage its cell certificate.";

/// An upload as it is sent.
#[derive(Clone, Debug, PartialEq)]
pub struct NewUpload {
    /// The prison.
    pub prison_id: String,
    /// One for each cell, each key once.
    pub rows: Vec<RowValues>,
    /// Why, if it is said.
    pub reason_for_change: Option<String>,
}

/// Takes an upload in, and puts the message that starts its processing into the outbox (06 section 8.1).
///
/// # Errors
/// 101 when the prison has no configuration, 133 without a reason where approval is needed, 139 while another one is not
/// finished.
pub async fn accept(services: &Services, user: &str, new: &NewUpload) -> Result<Rendered, ServiceError> {
    let prison_id = &new.prison_id;
    let mut work = UnitOfWork::begin(&services.store, &[prison_id]).await?;
    let approvals = approval_required(work.connection(), prison_id).await?;
    let approvals = approvals.ok_or_else(|| Refusal::PrisonNotFound(prison_id.clone()))?;
    if approvals && new.reason_for_change.as_deref().unwrap_or_default().is_empty() {
        return Err(Refusal::ReasonForChangeNeeded(prison_id.clone()).into());
    }
    if store::is_in_progress(work.connection(), prison_id).await? {
        return Err(Refusal::UploadInProgress(prison_id.clone()).into());
    }
    let upload = Upload {
        id: new_id(),
        prison_id: prison_id.clone(),
        status: UploadStatus::Pending,
        requested_by: user.to_owned(),
        requested_date: services.clock.now().local(),
        start_time: None,
        end_time: None,
        total_records: i32::try_from(new.rows.len()).unwrap_or(i32::MAX),
        processed_records: 0,
        skipped_records: 0,
        failed_records: 0,
        reason_for_change: new.reason_for_change.clone(),
        cell_certificate_id: None,
    };
    store::insert(work.connection(), &upload, &new.rows).await?;
    queue_message::start_processing(work.connection(), upload.id, 0).await?;
    let answer = Rendered::of(&upload_view(&upload, None))?;
    work.commit(&Tree::default(), &Default::default()).await?;
    services.store.wake.notify();
    Ok(answer)
}

/// The uploads of a prison, the latest first.
///
/// # Errors
/// Whatever the database says.
pub async fn list(services: &Services, prison_id: &str, listed: Listed) -> Result<Rendered, ServiceError> {
    let mut conn = services.store.pool.acquire().await?;
    let uploads = store::of_prison(&mut conn, prison_id, listed).await?;
    let views: Vec<UploadView<'_>> = uploads.iter().map(|u| upload_view(u, None)).collect();
    Ok(Rendered::of(&views)?)
}

/// One upload with what came of each row.
///
/// # Errors
/// 140 when it is not there.
pub async fn read(services: &Services, id: Uuid) -> Result<Rendered, ServiceError> {
    let mut conn = snapshot(&services.store.pool).await?;
    let upload = store::by_id(&mut conn, id).await?.ok_or(Refusal::UploadNotFound(id))?;
    let rows = store::rows(&mut conn, id).await?;
    Ok(Rendered::of(&upload_view(&upload, Some(&rows)))?)
}

/// What came of a message that an upload be processed. In every case the message is done with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Processed {
    /// The upload was processed, and its certificate made.
    Finished,
    /// There is no such upload, or it was finished before: a repeat.
    NothingToDo,
    /// The live service has begun it; another message looks again when its time is up.
    LeftToAnother,
}

/// Processes an upload (06 sections 8.3 and 8.4): its rows by key, then the certificate. A row that can't be applied says
/// why and leaves its cell as it was. Repeating it has no further effect.
///
/// # Errors
/// Whatever the database says, and then nothing has happened: the message is to come again.
pub async fn process(services: &Services, upload_id: Uuid) -> Result<Processed, ServiceError> {
    for _ in 0..ATTEMPTS {
        let Some(known) = ask_for_occupants(services, upload_id).await? else {
            tracing::info!(%upload_id, "there is no such upload, or it is finished");
            return Ok(Processed::NothingToDo);
        };
        if let Some(processed) = try_process(services, upload_id, &known).await? {
            return Ok(processed);
        }
    }
    Err(ServiceError::Busy("the cells of the upload keep changing"))
}

/// Who is in the cells of an upload.
struct Occupants {
    prison_id: String,
    /// Paths that Prisoner Search was asked about.
    cells: BTreeSet<String>,
    occupancy: Occupancy,
}

/// Asks Prisoner Search about the cells whose capacity would change, before any lock is taken. None when there is
/// nothing to do.
async fn ask_for_occupants(services: &Services, upload_id: Uuid) -> Result<Option<Occupants>, ServiceError> {
    let mut conn = snapshot(&services.store.pool).await?;
    let upload = store::by_id(&mut conn, upload_id).await?;
    let Some(upload) = upload.filter(|u| u.status != UploadStatus::Finished) else { return Ok(None) };
    let rows = store::rows(&mut conn, upload_id).await?;
    let tree = load::prison(&mut conn, &upload.prison_id).await?;
    drop(conn);
    let by_key = keys(&tree, &upload.prison_id);
    let cells: BTreeSet<String> = waiting(&rows)
        .filter_map(|row| cell_of(&tree, &by_key, &row.values).filter(|i| changes_capacity(&tree, *i, &row.values)))
        .map(|i| tree.get(i).path.clone())
        .collect();
    let occupancy = match count_prisoners(services, &upload.prison_id, &cells).await {
        Ok(known) => Occupancy::Known(known),
        Err(error) => Occupancy::Unknown(error.to_string()),
    };
    Ok(Some(Occupants { prison_id: upload.prison_id, cells, occupancy }))
}

async fn count_prisoners(
    services: &Services,
    prison_id: &str,
    cells: &BTreeSet<String>,
) -> Result<HashMap<String, i32>, RemoteError> {
    let cells: Vec<String> = cells.iter().cloned().collect();
    let questions = cells
        .chunks(CELLS_OF_A_QUESTION)
        .map(<[String]>::to_vec)
        .map(|paths| async move { services.clients.prisoner_search.prisoners_in_cells(prison_id, &paths).await });
    let answers: Vec<_> = futures_util::stream::iter(questions).buffered(AT_ONCE).collect().await;
    let mut counts = HashMap::new();
    for answer in answers {
        for cell in answer?.into_iter().filter_map(|p| p.cell_location) {
            *counts.entry(cell).or_default() += 1;
        }
    }
    Ok(counts)
}

fn waiting(rows: &[UploadRow]) -> impl Iterator<Item = &UploadRow> {
    rows.iter().filter(|r| r.outcome.status == UploadRowStatus::Pending)
}

/// The locations of a prison by key.
fn keys(tree: &Tree, prison_id: &str) -> HashMap<String, Index> {
    tree.indexes().filter(|i| tree.get(*i).prison_id == prison_id).map(|i| (tree.get(i).key(), i)).collect()
}

/// One attempt; none when cells have turned up that were not asked about.
async fn try_process(
    services: &Services,
    upload_id: Uuid,
    known: &Occupants,
) -> Result<Option<Processed>, ServiceError> {
    let mut work = UnitOfWork::begin(&services.store, &[&known.prison_id]).await?;
    let upload = store::by_id_for_update(work.connection(), upload_id).await?;
    let Some(mut upload) = upload.filter(|u| u.status != UploadStatus::Finished) else {
        return Ok(Some(Processed::NothingToDo));
    };
    let detail = format!("Cell certificate upload {upload_id}");
    let user = upload.requested_by.clone();
    let mut journal = journal(services, TransactionType::CapacityChange, &upload.prison_id, detail, &user);
    if let Some(wait) = left_alone(&upload, journal.now) {
        tracing::info!(%upload_id, "the upload has been begun by another");
        queue_message::start_processing(work.connection(), upload_id, wait.num_seconds().saturating_add(1)).await?;
        work.commit(&Tree::default(), &Default::default()).await?;
        return Ok(Some(Processed::LeftToAnother));
    }
    upload.start_time = Some(journal.now);
    let mut rows = store::rows(work.connection(), upload_id).await?;
    let mut tree = load::prison(work.connection(), &upload.prison_id).await?;
    let by_key = keys(&tree, &upload.prison_id);
    let mut changed = Vec::new();
    let mut settled = Vec::new();
    for row in rows.iter_mut().filter(|r| r.outcome.status == UploadRowStatus::Pending) {
        let cell = cell_of(&tree, &by_key, &row.values);
        let unasked = |i: Index| changes_capacity(&tree, i, &row.values) && !known.cells.contains(&tree.get(i).path);
        if cell.is_some_and(unasked) {
            return Ok(None);
        }
        let (outcome, capacity_changed) = process_row(&mut tree, cell, &mut journal, &row.values, &known.occupancy);
        row.outcome = outcome;
        settled.push(row.clone());
        changed.extend(cell.filter(|_| capacity_changed));
    }
    store::settle_rows(work.connection(), &settled).await?;
    upload.cell_certificate_id = Some(make_certificate(&mut work, &tree, &upload, journal.now).await?);
    finish(&mut upload, &rows, journal.now);
    store::finish(work.connection(), &upload).await?;
    let mut announcement = Announcement::new(services, &tree, &user);
    announce(&mut announcement, &tree, &changed);
    let changes = announcement.into_changes(services, vec![journal]);
    work.commit(&tree, &changes).await?;
    Ok(Some(Processed::Finished))
}

/// How long an upload is to be left to the live service, if it has begun it: only that one stores that it has begun.
fn left_alone(upload: &Upload, now: chrono::NaiveDateTime) -> Option<TimeDelta> {
    let begun = upload.start_time.filter(|_| upload.status == UploadStatus::Started)?;
    let left = begun + LEFT_ALONE - now;
    (left > TimeDelta::zero()).then_some(left)
}

/// The request of an upload, approved by who asked for it, and its certificate, in which every row is made anew.
async fn make_certificate(
    work: &mut UnitOfWork,
    tree: &Tree,
    upload: &Upload,
    now: chrono::NaiveDateTime,
) -> Result<Uuid, ServiceError> {
    let asked = Asked {
        id: new_id(),
        by: upload.requested_by.clone(),
        at: upload.requested_date,
        reason_for_change: Some(IMPORTED.to_owned()),
    };
    let mut request = NewRequest::about_prison(&upload.prison_id, ApprovalType::CellCertificateUpload, asked);
    approve_at_once(&mut request, &upload.requested_by, now);
    insert_requests(work.connection(), std::slice::from_ref(&request)).await?;
    certificate::make(work, tree, &request).await
}

/// Counts the rows and marks the upload as finished.
fn finish(upload: &mut Upload, rows: &[UploadRow], now: chrono::NaiveDateTime) {
    let count = |status: UploadRowStatus| {
        i32::try_from(rows.iter().filter(|r| r.outcome.status == status).count()).unwrap_or(i32::MAX)
    };
    upload.processed_records = count(UploadRowStatus::Processed);
    upload.skipped_records = count(UploadRowStatus::Skipped);
    upload.failed_records = count(UploadRowStatus::Failed);
    upload.status = UploadStatus::Finished;
    upload.end_time = Some(now);
}

/// The cells with a new capacity in the order of the rows, then what is above them, each location once.
fn announce(announcement: &mut Announcement<'_>, tree: &Tree, changed: &[Index]) {
    let mut told: BTreeSet<Index> = changed.iter().copied().collect();
    for i in changed {
        announcement.event(EventType::Amended, *i);
    }
    for above in changed.iter().flat_map(|i| tree.ancestors(*i)) {
        if told.insert(above) {
            announcement.event(EventType::Amended, above);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::reference::UploadStatus;

    fn upload(status: UploadStatus, start_time: Option<chrono::NaiveDateTime>) -> Upload {
        Upload {
            id: Uuid::nil(),
            prison_id: "LEI".into(),
            status,
            requested_by: "U".into(),
            requested_date: at(0),
            start_time,
            end_time: None,
            total_records: 0,
            processed_records: 0,
            skipped_records: 0,
            failed_records: 0,
            reason_for_change: None,
            cell_certificate_id: None,
        }
    }

    fn at(minute: u32) -> chrono::NaiveDateTime {
        chrono::NaiveDate::from_ymd_opt(2024, 6, 5).unwrap().and_hms_opt(12, minute, 0).unwrap()
    }

    #[test]
    fn what_the_live_service_has_begun_is_left_to_it_for_half_an_hour() {
        let begun = upload(UploadStatus::Started, Some(at(0)));
        assert_eq!(left_alone(&begun, at(10)), Some(TimeDelta::minutes(20)));
        assert_eq!(left_alone(&begun, at(30)), None);
        assert_eq!(left_alone(&upload(UploadStatus::Started, None), at(0)), None);
        assert_eq!(left_alone(&upload(UploadStatus::Pending, None), at(0)), None);
    }
}
