//! One location, by id or by key (03 section 6).

use uuid::Uuid;

use super::{ServiceError, Services};
use crate::domain::Refusal;
use crate::domain::tree::{Index, Tree};
use crate::store::{certificate, find, history, load};
use crate::view::json::Rendered;
use crate::view::location::{ShowOptions, location_view};

/// What of a location is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Include {
    /// All locations below it.
    pub children: bool,
    /// Its history, and that of the locations below it if they are included.
    pub history: bool,
    /// Its row of the prison's current cell certificate.
    pub current_certificate: bool,
    /// Its local name formatted.
    pub formatted_local_name: bool,
}

/// A location of any kind and status by its id.
///
/// # Errors
/// 101 when it is not there.
pub async fn by_id(services: &Services, id: Uuid, include: Include) -> Result<Rendered, ServiceError> {
    let mut conn = services.store.pool.acquire().await?;
    let tree = load::family(&mut conn, &[id]).await?;
    let i = tree.find(id).ok_or_else(|| Refusal::no_location(id))?;
    render(&mut conn, &tree, i, include).await
}

/// A location of any kind and status by its key.
///
/// # Errors
/// 101 when it is not there.
pub async fn by_key(services: &Services, key: &str, include: Include) -> Result<Rendered, ServiceError> {
    let not_found = || Refusal::LocationNotFound(key.to_owned());
    let mut conn = services.store.pool.acquire().await?;
    let id = find::by_key(&mut conn, key).await?.ok_or_else(not_found)?;
    let tree = load::family(&mut conn, &[id]).await?;
    let i = tree.find(id).ok_or_else(not_found)?;
    render(&mut conn, &tree, i, include).await
}

async fn render(
    conn: &mut sqlx::PgConnection,
    tree: &Tree,
    i: Index,
    include: Include,
) -> Result<Rendered, ServiceError> {
    let history = if include.history {
        let mut ids = vec![tree.get(i).id];
        if include.children {
            ids.extend(tree.descendants(i).into_iter().map(|d| tree.get(d).id));
        }
        Some(history::of_locations(conn, &ids).await?)
    } else {
        None
    };
    let location = tree.get(i);
    let certificate = if include.current_certificate && location.kind.is_residential() {
        certificate::current_row(conn, &location.prison_id, &location.path).await?
    } else {
        None
    };
    let show = ShowOptions {
        children: include.children,
        history: history.as_ref(),
        format_local_name: include.formatted_local_name,
        certificate: certificate.as_ref(),
        ..ShowOptions::default()
    };
    Ok(Rendered::of(&location_view(tree, i, &show))?)
}
