//! New non-residential locations (05 sections 10 and 13).

use std::collections::BTreeSet;

use uuid::Uuid;

use super::{announce_one, first_free, free_code, note, require_name_free};
use crate::domain::Refusal;
use crate::domain::event::EventType;
use crate::domain::location::Kind;
use crate::domain::non_residential::code;
use crate::domain::non_residential::create::{
    NewNonResidential, child_for_services, create, missing_services, status_of,
};
use crate::domain::non_residential::patch::{check_same_prison, path_below};
use crate::domain::reference::{NonResidentialLocationType, ServiceType, TransactionType};
use crate::domain::tree::{Index, Tree};
use crate::service::announce::{Announcement, Shown};
use crate::service::{ServiceError, Services, journal, new_id};
use crate::store::{UnitOfWork, find, load, non_residential};
use crate::view::json::Rendered;
use crate::view::location::{ShowOptions, location_view};
use crate::view::non_residential::non_residential_view;

/// A location that is known by its name only.
#[derive(Clone, Debug)]
pub struct BasicRequest {
    /// Its local name, of which its code is made.
    pub local_name: String,
    /// The services that use it; they say its type.
    pub services: BTreeSet<ServiceType>,
    /// Whether it is active from the start.
    pub active: bool,
}

/// Creates a location at the top of a prison with a code made of its name (05 section 10.1).
///
/// # Errors
/// 130 when the name is taken; 103 when the code or all codes are.
pub async fn create_basic(
    services: &Services,
    who: &str,
    prison_id: &str,
    request: BasicRequest,
) -> Result<Rendered, ServiceError> {
    let mut work = UnitOfWork::begin(&services.store, &[prison_id]).await?;
    require_name_free(&mut work, prison_id, &request.local_name, None).await?;
    let code = free_code(&mut work, prison_id, &request.local_name).await?;
    let detail = format!("Create non-residential location {code} in prison {prison_id}");
    let mut journal = journal(services, TransactionType::LocationCreateNonResi, prison_id, detail, who);
    let new = NewNonResidential {
        id: new_id(),
        prison_id: prison_id.to_owned(),
        code,
        location_type: None,
        local_name: Some(request.local_name),
        services: request.services,
        status: status_of(request.active),
    };
    let mut tree = Tree::default();
    let i = create(&mut tree, &mut journal, new, None);
    let mut announcement = Announcement::new(services, &tree, who);
    announce_one(&mut announcement, EventType::Created, &tree, i)?;
    let answer = Rendered::of(&non_residential_view(&tree, i))?;
    work.commit(&tree, &announcement.into_changes(services, vec![journal])).await?;
    note("Created Non-Residential Location", &tree, i);
    Ok(answer)
}

/// A location whose place is known.
#[derive(Clone, Debug)]
pub struct PlacedRequest {
    /// The prison.
    pub prison_id: String,
    /// Last element of its path.
    pub code: String,
    /// Its type, whatever the services say.
    pub location_type: NonResidentialLocationType,
    /// Its local name.
    pub local_name: Option<String>,
    /// Its parent, of any kind and status.
    pub parent_id: Option<Uuid>,
    /// The services that use it. Given, even empty, they make the answer and the events speak of the parents too.
    pub services: Option<BTreeSet<ServiceType>>,
    /// Whether it is active from the start.
    pub active: bool,
}

/// Creates a location at a given place (05 section 10.2). Its name is not compared with others.
///
/// # Errors
/// 101 when the parent is not there, 400 when it is in another prison (decisions B3), 103 when the path is taken.
pub async fn create_placed(services: &Services, who: &str, request: PlacedRequest) -> Result<Rendered, ServiceError> {
    let prison_id = request.prison_id.clone();
    let mut work = UnitOfWork::begin(&services.store, &[&prison_id]).await?;
    let mut tree = load::family_and_line(work.connection(), &[], request.parent_id.as_slice()).await?;
    let parent = match request.parent_id {
        Some(id) => Some(tree.find(id).ok_or_else(|| Refusal::no_location(id))?),
        None => None,
    };
    if let Some(parent) = parent {
        check_same_prison(&tree, &prison_id, parent)?;
    }
    let path = path_below(&tree, parent, &request.code);
    if find::by_path(work.connection(), &prison_id, &path).await?.is_some() {
        return Err(Refusal::LocationExists(format!("{prison_id}-{path}")).into());
    }
    if let (Some(above), true) = (parent, request.services.is_some()) {
        // The parents are shown, with the sums over all that is below them.
        let top = tree.get(tree.top(above)).id;
        tree = load::family(work.connection(), &[top]).await?;
    }
    let parent = request.parent_id.and_then(|id| tree.find(id));
    let below = parent.map_or_else(|| "top level".to_owned(), |p| tree.get(p).key());
    let detail = format!("Create non-residential location {} in prison {prison_id} under {below}", request.code);
    let mut journal = journal(services, TransactionType::LocationCreateNonResi, &prison_id, detail, who);
    let show = ShowOptions { parents: request.services.is_some(), ..ShowOptions::default() };
    let new = NewNonResidential {
        id: new_id(),
        prison_id,
        code: request.code,
        location_type: Some(request.location_type.location_type()),
        local_name: request.local_name,
        services: request.services.unwrap_or_default(),
        status: status_of(request.active),
    };
    let i = create(&mut tree, &mut journal, new, parent);
    let mut announcement = Announcement::new(services, &tree, who);
    announcement.one(EventType::Created, i, &show)?;
    let answer = Rendered::of(&location_view(&tree, i, &show))?;
    work.commit(&tree, &announcement.into_changes(services, vec![journal])).await?;
    note("Created Non-Residential Location", &tree, i);
    Ok(answer)
}

/// Gives every non-residential parent of a prison a child for those of its services that none below it has, each with a
/// transaction of its own (05 section 13).
///
/// # Errors
/// 103 when a code that is made of a parent's name is taken below it.
pub async fn generate_missing_children(
    services: &Services,
    who: &str,
    prison_id: &str,
) -> Result<Rendered, ServiceError> {
    let mut work = UnitOfWork::begin(&services.store, &[prison_id]).await?;
    let ids = non_residential::all(work.connection(), prison_id).await?;
    let mut tree = non_residential::load(work.connection(), &ids).await?;
    let mut journals = Vec::new();
    let mut created: Vec<Index> = Vec::new();
    for parent in super::read::places(&tree, &ids) {
        let missing = missing_services(&tree, parent);
        if missing.is_empty() {
            continue;
        }
        let above = tree.get(parent);
        let name = above.local_name.as_deref().unwrap_or(&above.code);
        let top =
            |code: &String| tree.find_path(prison_id, code).is_some_and(|i| tree.get(i).kind == Kind::NonResidential);
        let code = first_free(prison_id, code::candidates(prison_id, name), top)?;
        let names: Vec<&str> = missing.iter().map(|service| service.as_str()).collect();
        let detail = format!(
            "Create non-residential location {code} as child of {} for services {}",
            above.key(),
            names.join(", ")
        );
        let mut journal = journal(services, TransactionType::LocationCreateNonResi, prison_id, detail, who);
        let child = child_for_services(above, new_id(), code, missing);
        created.push(create(&mut tree, &mut journal, child, Some(parent)));
        journals.push(journal);
    }
    let show = ShowOptions::default();
    let shown: Vec<Shown<'_>> = created.iter().map(|i| (*i, show)).collect();
    let mut announcement = Announcement::new(services, &tree, who);
    announcement.each(EventType::Created, &shown)?;
    let views: Vec<_> = created.iter().map(|i| location_view(&tree, *i, &show)).collect();
    let answer = Rendered::of(&views)?;
    work.commit(&tree, &announcement.into_changes(services, journals)).await?;
    for i in created {
        let services: Vec<&str> = tree.get(i).services.iter().map(|service| service.as_str()).collect();
        note(&format!("Created Non-Residential Location for services {}", services.join(", ")), &tree, i);
    }
    Ok(answer)
}
