//! The envelope of a page of a list (02 section 7).

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::page::PageRequest;

/// A page of a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Page<T> {
    /// The entries
    pub content: Vec<T>,
    /// Where the page is
    pub pageable: PageableObject,
    /// Entries of the whole list
    pub total_elements: i64,
    /// Pages of the whole list
    pub total_pages: i64,
    /// Entries on a full page
    pub size: i64,
    /// Number of the page, from 0
    pub number: i64,
    /// Entries on this page
    pub number_of_elements: usize,
    /// Whether it is the first page
    pub first: bool,
    /// Whether no page with entries comes after it
    pub last: bool,
    /// Whether it has no entries
    pub empty: bool,
    /// How the list is sorted
    pub sort: SortObject,
}

/// Where a page is
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PageableObject {
    /// Number of the page, from 0
    pub page_number: i64,
    /// Entries on a full page
    pub page_size: i64,
    /// Entries before the page
    pub offset: i64,
    /// Always true
    pub paged: bool,
    /// Always false
    pub unpaged: bool,
    /// How the list is sorted
    pub sort: SortObject,
}

/// Whether a list is sorted
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SortObject {
    /// Whether there is no order
    pub empty: bool,
    /// Whether there is an order
    pub sorted: bool,
    /// Whether there is no order
    pub unsorted: bool,
}

impl SortObject {
    /// The list has an order: its own or the default one.
    pub const SORTED: Self = Self { empty: false, sorted: true, unsorted: false };
}

impl<T> Page<T> {
    /// The page of a sorted list of `total` entries that was asked for.
    pub fn new(request: &PageRequest, content: Vec<T>, total: i64) -> Self {
        let total_pages = (total + request.size - 1) / request.size;
        Self {
            pageable: PageableObject {
                page_number: request.page,
                page_size: request.size,
                offset: request.offset(),
                paged: true,
                unpaged: false,
                sort: SortObject::SORTED,
            },
            total_elements: total,
            total_pages,
            size: request.size,
            number: request.page,
            number_of_elements: content.len(),
            first: request.page == 0,
            last: request.page + 1 >= total_pages,
            empty: content.is_empty(),
            sort: SortObject::SORTED,
            content,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(page: i64) -> PageRequest {
        PageRequest { page, size: 20, sort: vec![] }
    }

    #[test]
    fn the_envelope() {
        let page = Page::new(&request(1), vec!["x"; 20], 41);
        let mut json = serde_json::to_value(&page).unwrap();
        json.as_object_mut().unwrap().remove("content");
        let sorted = serde_json::json!({"empty": false, "sorted": true, "unsorted": false});
        assert_eq!(
            json,
            serde_json::json!({
                "pageable": {"pageNumber": 1, "pageSize": 20, "offset": 20, "paged": true, "unpaged": false, "sort": sorted},
                "totalElements": 41, "totalPages": 3, "size": 20, "number": 1, "numberOfElements": 20,
                "first": false, "last": false, "empty": false, "sort": sorted
            })
        );
        let past = Page::new(&request(7), Vec::<()>::new(), 41);
        assert!(past.last && past.empty && !past.first);
        let nothing = Page::new(&request(0), Vec::<()>::new(), 0);
        assert!(nothing.last && nothing.first && nothing.total_pages == 0);
    }
}
