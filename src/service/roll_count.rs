//! Roll counts, and who is in which cell (07 section 7). The database is read first and let go of, then others are asked.

use uuid::Uuid;

use super::lists::residential;
use super::{ServiceError, Services};
use crate::domain::Refusal;
use crate::domain::location::Kind;
use crate::domain::reference::LocationStatus;
use crate::domain::roll_count::{Roll, double_moves, population};
use crate::domain::tree::{Index, Tree};
use crate::store::{find, load, prison, snapshot};
use crate::view::json::Rendered;
use crate::view::roll_count::{MovementsToday, cells_roll, prison_roll, prisoners_by_cell};

/// The roll count of a prison.
///
/// # Errors
/// Prison API or Prisoner Search, when they give no usable answer.
pub async fn of_prison(services: &Services, prison_id: &str, include_cells: bool) -> Result<Rendered, ServiceError> {
    let mut conn = snapshot(&services.store.pool).await?;
    let tree = load::prison(&mut conn, prison_id).await?;
    let configuration = prison::configuration(&mut conn, prison_id).await?;
    drop(conn);
    let today = services.clock.now().local().date();
    let movements = movements_today(services, prison_id, today).await?;
    let prisoners = services.clients.prisoner_search.prisoners_of_prison(prison_id).await?;
    let roll = Roll::new(&prisoners, configuration.is_some_and(|c| c.include_segregation_in_roll_count));
    let tops: Vec<Index> = tree.roots().filter(|i| is_top(&tree, *i, prison_id)).collect();
    let numbers = (population(&prisoners, today), movements);
    Ok(Rendered::of(&prison_roll(prison_id, &tree, &tops, &roll, numbers, include_cells))?)
}

/// A top location of the roll (07 section 7.3 step 4).
fn is_top(tree: &Tree, i: Index, prison_id: &str) -> bool {
    let location = tree.get(i);
    location.prison_id == prison_id
        && location.parent_id.is_none()
        && location.kind.is_residential()
        && !tree.is_archived(i)
        && !location.location_type.is_area()
}

async fn movements_today(
    services: &Services,
    prison_id: &str,
    today: chrono::NaiveDate,
) -> Result<MovementsToday, ServiceError> {
    let api = &services.clients.prison_api;
    let count = api.movements_today(prison_id).await?;
    let (arrived, left) = (count.in_out_movements_today.r#in, count.in_out_movements_today.out);
    let double = if left > 1 { double_moves(&api.movements_out(prison_id, today).await?) } else { 0 };
    Ok(MovementsToday { arrived, left, en_route: count.en_route_today, double })
}

/// The roll count of one residential location, down to the cells. Prisoners are those of `prison_id`, whatever the
/// location's prison is (07 section 12 Q12).
///
/// # Errors
/// 101 when there is no such location, it is archived, or an area; Prisoner Search.
pub async fn of_location(services: &Services, prison_id: &str, id: Uuid) -> Result<Rendered, ServiceError> {
    let mut conn = services.store.pool.acquire().await?;
    let tree = load::family(&mut conn, &[id]).await?;
    let configuration = prison::configuration(&mut conn, prison_id).await?;
    drop(conn);
    let i = residential(&tree, id).ok_or_else(|| Refusal::no_location(id))?;
    if tree.is_archived(i) || tree.get(i).location_type.is_area() {
        let key = tree.get(i).key();
        let why = format!("{key} : location cannot be displayed as not a residential location");
        return Err(Refusal::LocationNotFound(why).into());
    }
    let cells = paths(&tree, tree.counted_cells(i));
    let prisoners = services.clients.prisoner_search.prisoners_in_cells(prison_id, &cells).await?;
    let roll = Roll::new(&prisoners, configuration.is_some_and(|c| c.include_segregation_in_roll_count));
    Ok(Rendered::of(&cells_roll(&tree, i, &roll))?)
}

fn paths(tree: &Tree, cells: Vec<Index>) -> Vec<String> {
    cells.into_iter().map(|c| tree.get(c).path.clone()).collect()
}

/// Who is in the cells of a location of any kind.
///
/// # Errors
/// 101 when there is no such location; Prisoner Search.
pub async fn prisoners_in_location(services: &Services, id: Uuid) -> Result<Rendered, ServiceError> {
    let mut conn = services.store.pool.acquire().await?;
    let tree = load::family(&mut conn, &[id]).await?;
    drop(conn);
    let i = tree.find(id).ok_or_else(|| not_found(id))?;
    let cells = paths(&tree, tree.counted_cells(i));
    prisoners_in_cells(services, &tree.get(i).prison_id, &cells).await
}

/// The same by key.
///
/// # Errors
/// See [`prisoners_in_location`].
pub async fn prisoners_at_key(services: &Services, key: &str) -> Result<Rendered, ServiceError> {
    let mut conn = services.store.pool.acquire().await?;
    let id = find::by_key(&mut conn, key).await?;
    drop(conn);
    prisoners_in_location(services, id.ok_or_else(|| not_found(key))?).await
}

/// 101 in the words that these operations have for it.
fn not_found(what: impl std::fmt::Display) -> Refusal {
    Refusal::LocationNotFound(format!("Location {what} not found"))
}

/// Who is in the cells of a prison that are active by their own status.
///
/// # Errors
/// Prisoner Search.
pub async fn prisoners_in_prison(services: &Services, prison_id: &str) -> Result<Rendered, ServiceError> {
    let mut conn = snapshot(&services.store.pool).await?;
    let tree = load::prison(&mut conn, prison_id).await?;
    drop(conn);
    let asked = |i: &Index| {
        let location = tree.get(*i);
        location.kind == Kind::Cell
            && location.status == LocationStatus::Active
            && location.prison_id == prison_id
            && !tree.is_archived(*i)
    };
    let cells = paths(&tree, tree.indexes().filter(asked).collect());
    prisoners_in_cells(services, prison_id, &cells).await
}

async fn prisoners_in_cells(services: &Services, prison_id: &str, cells: &[String]) -> Result<Rendered, ServiceError> {
    let prisoners = services.clients.prisoner_search.prisoners_in_cells(prison_id, cells).await?;
    Ok(Rendered::of(&prisoners_by_cell(&prisoners))?)
}
