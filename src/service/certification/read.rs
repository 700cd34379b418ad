//! Reads requests, cell certificates and the dashboard (06 sections 6, 7.3 and 7.6).

use std::collections::HashMap;

use uuid::Uuid;

use super::certificate::not_found;
use super::request::pending_below;
use crate::domain::Refusal;
use crate::domain::certificate::Certificate;
use crate::domain::certification::stored::StoredRequest;
use crate::domain::reference::ApprovalStatus;
use crate::service::{ServiceError, Services};
use crate::store::{approval, certificate, load, snapshot};
use crate::view::approval::{PendingBelowView, ShowRequest, pending_below_view, request_view};
use crate::view::certificate::{CertificateView, DashboardView, certificate_view};
use crate::view::json::Rendered;

/// A request by its id, with its locations.
///
/// # Errors
/// 121 when it is not there.
pub async fn request(services: &Services, id: Uuid) -> Result<Rendered, ServiceError> {
    let mut conn = snapshot(&services.store.pool).await?;
    let mut request = approval::by_id(&mut conn, id).await?.ok_or_else(|| not_found(id))?;
    if !request.is_about_prison() {
        request.made.snapshot = approval::location_tree(&mut conn, id).await?;
    }
    Ok(Rendered::of(&request_view(&request, ShowRequest { locations: true, certificate_id: None }))?)
}

/// The requests of a prison with this status, the latest first.
///
/// # Errors
/// Whatever the database says.
pub async fn requests(services: &Services, prison_id: &str, status: ApprovalStatus) -> Result<Rendered, ServiceError> {
    let mut conn = services.store.pool.acquire().await?;
    let requests = approval::of_prison(&mut conn, prison_id, status).await?;
    let views: Vec<_> = requests.iter().map(|r| request_view(r, ShowRequest::default())).collect();
    Ok(Rendered::of(&views)?)
}

/// Locations below one that wait for a decision on a request of their own (06 section 6).
///
/// # Errors
/// 101 when the location is not there, or not residential.
pub async fn pending_approvals_below(services: &Services, id: Uuid) -> Result<Rendered, ServiceError> {
    let mut conn = services.store.pool.acquire().await?;
    let tree = load::family(&mut conn, &[id]).await?;
    let i = tree.find(id).filter(|i| tree.get(*i).kind.is_residential()).ok_or_else(|| Refusal::no_location(id))?;
    let view: PendingBelowView<'_> = pending_below_view(&tree, &pending_below(&tree, i));
    Ok(Rendered::of(&view)?)
}

/// A certificate by its id, with its locations: three statements.
///
/// # Errors
/// 101 when it is not there.
pub async fn certificate(services: &Services, id: Uuid) -> Result<Rendered, ServiceError> {
    let mut conn = snapshot(&services.store.pool).await?;
    let found = certificate::by_id(&mut conn, id).await?.ok_or(Refusal::CertificateNotFound(id))?;
    with_rows(&mut conn, &found).await
}

/// The current certificate of a prison, with its locations: three statements.
///
/// # Errors
/// 101 when the prison has none.
pub async fn current_certificate(services: &Services, prison_id: &str) -> Result<Rendered, ServiceError> {
    let mut conn = snapshot(&services.store.pool).await?;
    let found = certificate::current(&mut conn, prison_id).await?;
    let found = found.ok_or_else(|| Refusal::NoCurrentCertificate(prison_id.to_owned()))?;
    with_rows(&mut conn, &found).await
}

async fn with_rows(conn: &mut sqlx::PgConnection, found: &Certificate) -> Result<Rendered, ServiceError> {
    let rows = certificate::rows(conn, found.id).await?;
    let requests = requests_of(conn, std::slice::from_ref(found)).await?;
    let request = found.request_id.and_then(|id| requests.get(&id));
    Ok(Rendered::of(&certificate_view(found, request, Some(&rows)))?)
}

/// All certificates of a prison, the latest first, without their locations: two statements.
///
/// # Errors
/// Whatever the database says.
pub async fn certificates(services: &Services, prison_id: &str) -> Result<Rendered, ServiceError> {
    let mut conn = snapshot(&services.store.pool).await?;
    let found = certificate::of_prison(&mut conn, prison_id).await?;
    let requests = requests_of(&mut conn, &found).await?;
    let views: Vec<CertificateView<'_>> =
        found.iter().map(|c| certificate_view(c, c.request_id.and_then(|id| requests.get(&id)), None)).collect();
    Ok(Rendered::of(&views)?)
}

async fn requests_of(
    conn: &mut sqlx::PgConnection,
    certificates: &[Certificate],
) -> Result<HashMap<Uuid, StoredRequest>, sqlx::Error> {
    let ids: Vec<Uuid> = certificates.iter().filter_map(|c| c.request_id).collect();
    approval::by_ids(conn, &ids).await
}

/// The prisons with a current certificate that need approval, by name (06 section 7.6). A prison that the register does
/// not know goes by its id, and so do all when it can't be asked; without any prison it is not asked.
///
/// # Errors
/// Whatever the database says.
pub async fn dashboard(services: &Services) -> Result<Rendered, ServiceError> {
    let mut conn = services.store.pool.acquire().await?;
    let rows = approval::dashboard(&mut conn).await?;
    drop(conn);
    if rows.is_empty() {
        return Ok(Rendered::of(&Vec::<DashboardView>::new())?);
    }
    let names = prison_names(services).await;
    let mut entries: Vec<DashboardView> = rows
        .into_iter()
        .map(|r| DashboardView {
            prison_name: names.get(&r.prison_id).unwrap_or(&r.prison_id).clone(),
            prison_id: r.prison_id,
            certified_working_capacity: r.total_working_capacity,
            signed_operation_capacity: r.signed_operation_capacity,
            pending_change_requests: r.pending,
            certificate_last_updated: r.approved_date,
        })
        .collect();
    entries.sort_by_cached_key(|e| e.prison_name.to_lowercase());
    Ok(Rendered::of(&entries)?)
}

/// Names of all prisons. What the dashboard is about does not depend on them, so it does without when they can't be had.
async fn prison_names(services: &Services) -> HashMap<String, String> {
    match services.clients.prison_register.prisons().await {
        Ok(prisons) => prisons.iter().map(|p| (p.prison_id.clone(), p.prison_name.clone())).collect(),
        Err(error) => {
            tracing::warn!(%error, "the dashboard goes without names of prisons");
            HashMap::new()
        }
    }
}
