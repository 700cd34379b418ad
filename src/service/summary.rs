//! The residential summary (03 section 11).

use uuid::Uuid;

use super::lists::residential;
use super::{ServiceError, Services};
use crate::domain::Refusal;
use crate::store::{approval, certificate, find, history, load, signed_capacity, snapshot};
use crate::view::certificate::certificate_view;
use crate::view::json::Rendered;
use crate::view::summary::{PrisonFacts, location_summary, prison_summary};

/// What the summary is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Below {
    /// The whole prison.
    Prison,
    /// The residential location with this id, of whatever prison.
    Id(Uuid),
    /// The residential location of the prison with this path.
    Path(String),
}

/// The summary of a prison or of one of its locations.
///
/// # Errors
/// 101 when the location is not there or not residential; the prison register, for a whole prison.
pub async fn residential_summary(services: &Services, prison_id: &str, below: Below) -> Result<Rendered, ServiceError> {
    match below {
        Below::Prison => of_prison(services, prison_id).await,
        Below::Id(id) => of_location(services, prison_id, id, || Refusal::no_location(id)).await,
        Below::Path(path) => {
            let not_found = || Refusal::LocationNotFound(format!("{prison_id}-{path}"));
            let mut conn = services.store.pool.acquire().await?;
            let id = find::by_path(&mut conn, prison_id, &path).await?.ok_or_else(not_found)?;
            drop(conn);
            of_location(services, prison_id, id, not_found).await
        }
    }
}

async fn of_prison(services: &Services, prison_id: &str) -> Result<Rendered, ServiceError> {
    let name = services.clients.prison_register.name(prison_id).await?;
    let mut conn = snapshot(&services.store.pool).await?;
    let tree = load::prison_summary(&mut conn, prison_id).await?;
    let signed = signed_capacity::of_prison(&mut conn, prison_id).await?;
    let certificate = certificate::current(&mut conn, prison_id).await?;
    let request = match certificate.as_ref().and_then(|c| c.request_id) {
        Some(id) => approval::by_id(&mut conn, id).await?,
        None => None,
    };
    drop(conn);
    let facts = PrisonFacts {
        name: &name,
        signed_operational_capacity: signed.map_or(0, |s| s.capacity),
        current_certificate: certificate.as_ref().map(|c| certificate_view(c, request.as_ref(), None)),
    };
    Ok(Rendered::of(&prison_summary(&tree, prison_id, facts))?)
}

async fn of_location(
    services: &Services,
    prison_id: &str,
    id: Uuid,
    not_found: impl Fn() -> Refusal,
) -> Result<Rendered, ServiceError> {
    let mut conn = snapshot(&services.store.pool).await?;
    let tree = load::family(&mut conn, &[id]).await?;
    let parent = residential(&tree, id).ok_or_else(not_found)?;
    let history = history::of_locations(&mut conn, &[id]).await?;
    let location = tree.get(parent);
    let certificate = certificate::current_row(&mut conn, &location.prison_id, &location.path).await?;
    drop(conn);
    Ok(Rendered::of(&location_summary(&tree, prison_id, parent, &history, certificate.as_ref()))?)
}
