//! Property boxes and other places for prisoners' property (05 sections 8.6 and 14).

use std::borrow::Cow;

use uuid::Uuid;

use super::read::{active, places};
use super::{Opened, announce_one, free_code, note, open, require_name_free, require_new_name_free};
use crate::domain::Refusal;
use crate::domain::event::EventType;
use crate::domain::naming::format_local_name;
use crate::domain::non_residential::list::{is_return_to_unit, sort_by_text, without_parents};
use crate::domain::non_residential::property::{self, PropertyUpdate};
use crate::domain::non_residential::{check_updatable, find};
use crate::domain::reference::{NonResidentialUsageType, TransactionType};
use crate::domain::tree::{Index, Tree};
use crate::service::announce::Announcement;
use crate::service::{ServiceError, Services, journal, new_id};
use crate::store::{UnitOfWork, non_residential, snapshot};
use crate::view::json::Rendered;
use crate::view::non_residential::property_view;

/// The active property locations of a prison, without those that have others below them, by name as shown, or by path
/// where there is none.
///
/// # Errors
/// Whatever the database says.
pub async fn property_list(services: &Services, prison_id: &str) -> Result<Rendered, ServiceError> {
    let mut snapshot = snapshot(&services.store.pool).await?;
    let property = Some(NonResidentialUsageType::Property);
    let ids = non_residential::with_usage(&mut snapshot, prison_id, property).await?;
    let tree = non_residential::load(&mut snapshot, &ids).await?;
    let mut list = active(&tree, without_parents(&tree, &places(&tree, &ids)));
    list.retain(|i| !is_return_to_unit(&tree, *i));
    sort_by_text(&mut list, |i| {
        let location = tree.get(i);
        Some(match &location.local_name {
            Some(name) => Cow::Owned(format_local_name(name)),
            None => Cow::Borrowed(location.path.as_str()),
        })
    });
    let views: Vec<_> = list.into_iter().map(|i| property_view(&tree, i)).collect();
    Ok(Rendered::of(&views)?)
}

/// A property location of any status.
///
/// # Errors
/// 101 when it is not there, or cannot hold property.
pub async fn property_by_id(services: &Services, id: Uuid) -> Result<Rendered, ServiceError> {
    let mut conn = services.store.pool.acquire().await?;
    let tree = non_residential::load(&mut conn, &[id]).await?;
    let i = find(&tree, id)?;
    if property::usage(tree.get(i)).is_none() {
        return Err(Refusal::no_location(id).into());
    }
    Ok(Rendered::of(&property_view(&tree, i))?)
}

/// Creates a box at the top of a prison, with a code made of its name (05 section 14.1).
///
/// # Errors
/// 130 when the name is taken; 103 when the code or all codes are.
pub async fn create_property(
    services: &Services,
    who: &str,
    prison_id: &str,
    local_name: &str,
    capacity: i32,
) -> Result<Rendered, ServiceError> {
    let mut work = UnitOfWork::begin(&services.store, &[prison_id]).await?;
    require_name_free(&mut work, prison_id, local_name, None).await?;
    let code = free_code(&mut work, prison_id, local_name).await?;
    let detail = format!("Create property location {code} in prison {prison_id}");
    let mut journal = journal(services, TransactionType::LocationCreateNonResi, prison_id, detail, who);
    let mut tree = Tree::default();
    let i = property::create_box(&mut tree, &mut journal, (new_id(), code), local_name, capacity);
    finish(services, who, (work, &tree, i), journal, EventType::Created, "Created Property Location").await
}

/// Name and capacity of a property location; a capacity makes any non-residential location one (05 section 14.2).
///
/// # Errors
/// 101, 107 and 130, in this order.
pub async fn update_property(
    services: &Services,
    who: &str,
    id: Uuid,
    request: &PropertyUpdate,
) -> Result<Rendered, ServiceError> {
    let mut opened = open(services, id).await?;
    check_updatable(&opened.tree, opened.i)?;
    require_new_name_free(&mut opened, request.local_name.as_deref()).await?;
    let Opened { work, mut tree, i, .. } = opened;
    let location = tree.get(i);
    let detail = format!("Update property location {}", location.key());
    let mut journal = journal(services, TransactionType::LocationUpdateNonResi, &location.prison_id, detail, who);
    property::update(&mut tree, i, &mut journal, request);
    finish(services, who, (work, &tree, i), journal, EventType::Amended, "Updated Property Location").await
}

/// Takes the designation as a property location away; the location stays (05 section 14.3).
///
/// # Errors
/// 101, 107, and 400 when it is none, in this order.
pub async fn remove_property(services: &Services, who: &str, id: Uuid) -> Result<Rendered, ServiceError> {
    let Opened { work, mut tree, i, .. } = open(services, id).await?;
    check_updatable(&tree, i)?;
    let location = tree.get(i);
    let detail = format!("Remove property designation from {}", location.key());
    let mut journal = journal(services, TransactionType::LocationUpdateNonResi, &location.prison_id, detail, who);
    property::remove(&mut tree, i, &mut journal)?;
    let noted = "Removed Property Location designation";
    finish(services, who, (work, &tree, i), journal, EventType::Amended, noted).await
}

/// Announces the change, commits it, and shows the location as a property location.
async fn finish(
    services: &Services,
    who: &str,
    (work, tree, i): (UnitOfWork, &Tree, Index),
    journal: crate::domain::journal::Journal,
    event_type: EventType,
    noted: &str,
) -> Result<Rendered, ServiceError> {
    let mut announcement = Announcement::new(services, tree, who);
    announce_one(&mut announcement, event_type, tree, i)?;
    let answer = Rendered::of(&property_view(tree, i))?;
    work.commit(tree, &announcement.into_changes(services, vec![journal])).await?;
    note(noted, tree, i);
    Ok(answer)
}
