//! Reads of non-residential locations (05 sections 8 and 9).

use std::borrow::Cow;

use uuid::Uuid;

use super::{ServiceError, Services};
use crate::domain::Refusal;
use crate::domain::naming::format_local_name;
use crate::domain::non_residential::list::{Filter, is_return_to_unit, sort_by_text, without_parents};
use crate::domain::page::PageRequest;
use crate::domain::reference::{NonResidentialUsageType, ServiceType};
use crate::domain::tree::{Index, Tree};
use crate::store::{non_residential, snapshot};
use crate::view::json::Rendered;
use crate::view::location::{LocationView, ShowOptions, location_view};
use crate::view::non_residential::{NonResidentialSummaryView, non_residential_view};
use crate::view::page::Page;

/// How a list of locations is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListOptions {
    /// Sorted by the name as it is shown; by path otherwise.
    pub sort_by_local_name: bool,
    /// Names formatted.
    pub format_local_name: bool,
    /// Without locations that have another of the list's candidates below them.
    pub filter_parents: bool,
}

/// A non-residential location of any status.
///
/// # Errors
/// 101 when it is not there, or residential.
pub async fn by_id(services: &Services, id: Uuid) -> Result<Rendered, ServiceError> {
    let mut conn = services.store.pool.acquire().await?;
    let tree = non_residential::load(&mut conn, &[id]).await?;
    let i = crate::domain::non_residential::find(&tree, id)?;
    Ok(Rendered::of(&non_residential_view(&tree, i))?)
}

/// The non-residential locations with these ids, of any status, by path; other ids are left out.
///
/// # Errors
/// Whatever the database says.
pub async fn by_ids(services: &Services, ids: &[Uuid]) -> Result<Rendered, ServiceError> {
    let mut snapshot = snapshot(&services.store.pool).await?;
    let ids = non_residential::among(&mut snapshot, ids).await?;
    let tree = non_residential::load(&mut snapshot, &ids).await?;
    let mut list = places(&tree, &ids);
    list.sort_by(|a, b| tree.get(*a).path.cmp(&tree.get(*b).path));
    let views: Vec<_> = list.into_iter().map(|i| non_residential_view(&tree, i)).collect();
    Ok(Rendered::of(&views)?)
}

/// The non-residential locations of a prison with this name in any letter case that are not archived.
///
/// # Errors
/// 101 when there is none.
pub async fn by_local_name(services: &Services, prison_id: &str, local_name: &str) -> Result<Rendered, ServiceError> {
    let mut snapshot = snapshot(&services.store.pool).await?;
    let ids = non_residential::with_local_name(&mut snapshot, prison_id, local_name).await?;
    let tree = non_residential::load(&mut snapshot, &ids).await?;
    let list: Vec<Index> = places(&tree, &ids).into_iter().filter(|i| !tree.is_archived(*i)).collect();
    if list.is_empty() {
        let sought = format!("No location found with prisonId {prison_id} and localName {local_name}");
        return Err(Refusal::LocationNotFound(sought).into());
    }
    let show = ShowOptions::default();
    let views: Vec<_> = list.into_iter().map(|i| location_view(&tree, i, &show)).collect();
    Ok(Rendered::of(&views)?)
}

/// The active locations of a prison that a service uses; each shows that service only (05 section 8.4).
///
/// # Errors
/// Whatever the database says.
pub async fn using_service(
    services: &Services,
    prison_id: &str,
    service: ServiceType,
    options: ListOptions,
) -> Result<Rendered, ServiceError> {
    let mut snapshot = snapshot(&services.store.pool).await?;
    let ids = non_residential::with_service(&mut snapshot, prison_id, service).await?;
    let tree = non_residential::load(&mut snapshot, &ids).await?;
    let list = active(&tree, candidates(&tree, &ids, options));
    let mut views = views(&tree, list, options);
    for view in &mut views {
        if let Some(using) = &mut view.services_using_location {
            using.retain(|using| using.service_type == service);
        }
    }
    Ok(Rendered::of(&views)?)
}

/// The active locations of a prison that have a usage, without "returned to unit"; with one certain usage they show that
/// usage only (05 section 8.4).
///
/// # Errors
/// Whatever the database says.
pub async fn with_usage(
    services: &Services,
    prison_id: &str,
    usage: Option<NonResidentialUsageType>,
    options: ListOptions,
) -> Result<Rendered, ServiceError> {
    let mut snapshot = snapshot(&services.store.pool).await?;
    let ids = non_residential::with_usage(&mut snapshot, prison_id, usage).await?;
    let tree = non_residential::load(&mut snapshot, &ids).await?;
    let mut list = active(&tree, candidates(&tree, &ids, options));
    list.retain(|i| !is_return_to_unit(&tree, *i));
    let mut views = views(&tree, list, options);
    if let Some(usage) = usage {
        for shown in views.iter_mut().filter_map(|view| view.usage.as_mut()) {
            shown.retain(|shown| shown.usage_type == usage);
        }
    }
    Ok(Rendered::of(&views)?)
}

/// All active non-residential locations of a prison, without "returned to unit" (05 section 8.5).
///
/// # Errors
/// Whatever the database says.
pub async fn active_list(
    services: &Services,
    prison_id: &str,
    sort_by_local_name: bool,
    format_local_name: bool,
) -> Result<Rendered, ServiceError> {
    let options = ListOptions { sort_by_local_name, format_local_name, filter_parents: false };
    let mut snapshot = snapshot(&services.store.pool).await?;
    let ids = non_residential::all(&mut snapshot, prison_id).await?;
    let tree = non_residential::load(&mut snapshot, &ids).await?;
    let mut list = active(&tree, candidates(&tree, &ids, options));
    list.retain(|i| !is_return_to_unit(&tree, *i));
    Ok(Rendered::of(&views(&tree, list, options))?)
}

/// A page of the non-residential locations of a prison (05 section 9).
///
/// # Errors
/// 400 when a property cannot be sorted by.
pub async fn summary(
    services: &Services,
    prison_id: &str,
    filter: &Filter,
    request: &PageRequest,
) -> Result<Rendered, ServiceError> {
    let order = non_residential::order_by(request)
        .map_err(|property| Refusal::Invalid(format!("sort: there is no property {property} to sort by")))?;
    let mut snapshot = snapshot(&services.store.pool).await?;
    let (ids, total) = non_residential::page(&mut snapshot, prison_id, filter, &order, request).await?;
    let tree = non_residential::load(&mut snapshot, &ids).await?;
    let content = ids.iter().filter_map(|id| tree.find(*id)).map(|i| non_residential_view(&tree, i)).collect();
    let summary = NonResidentialSummaryView { prison_id, locations: Page::new(request, content, total) };
    Ok(Rendered::of(&summary)?)
}

/// Where these locations are, by key: the order of lists that have none of their own.
pub(super) fn places(tree: &Tree, ids: &[Uuid]) -> Vec<Index> {
    let mut places: Vec<Index> = ids.iter().filter_map(|id| tree.find(*id)).collect();
    // A fresh tree is sorted by key.
    places.sort_unstable();
    places
}

fn candidates(tree: &Tree, ids: &[Uuid], options: ListOptions) -> Vec<Index> {
    let candidates = places(tree, ids);
    if options.filter_parents { without_parents(tree, &candidates) } else { candidates }
}

pub(super) fn active(tree: &Tree, mut list: Vec<Index>) -> Vec<Index> {
    list.retain(|i| tree.is_active(*i));
    list
}

fn views(tree: &Tree, mut list: Vec<Index>, options: ListOptions) -> Vec<LocationView<'_>> {
    if options.sort_by_local_name {
        list.sort_by_key(|i| tree.get(*i).id);
        sort_by_text(&mut list, |i| {
            let name = tree.get(i).local_name.as_deref()?;
            Some(if options.format_local_name { Cow::Owned(format_local_name(name)) } else { Cow::Borrowed(name) })
        });
    }
    let show = ShowOptions { format_local_name: options.format_local_name, ..ShowOptions::default() };
    list.into_iter().map(|i| location_view(tree, i, &show)).collect()
}
