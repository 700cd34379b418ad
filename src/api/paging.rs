//! Paged lists: `page`, `size` and `sort` of the query, and the envelope of the answer (02 section 7).

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::error::ApiError;
use super::reading::query;

/// The parameters as they are sent; [`PagingQuery::request`] makes sense of them.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct PagingQuery {
    /// Zero-based page index (0..N)
    #[serde(deserialize_with = "query::optional_text")]
    #[param(value_type = Option<i32>, default = 0, minimum = 0)]
    page: Option<String>,
    /// The size of the page to be returned
    #[serde(deserialize_with = "query::optional_text")]
    #[param(value_type = Option<i32>, default = 20, minimum = 1, maximum = 200)]
    size: Option<String>,
    /// Sorting criteria in the format: property,(asc|desc). Default sort order is ascending. Multiple sort criteria are
    /// supported.
    #[serde(deserialize_with = "query::texts")]
    #[param(value_type = Option<Vec<String>>)]
    sort: Vec<String>,
}

/// Which page is asked for, and in which order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageRequest {
    /// Number of the page, from 0.
    pub page: i64,
    /// Entries on a page, 1 to 200.
    pub size: i64,
    /// The order; empty where the default of the list holds.
    pub sort: Vec<SortBy>,
}

/// One property to sort by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SortBy {
    /// Name of the property, as sent. An unknown one is for the list to refuse (decisions B3).
    pub property: String,
    /// From high to low.
    pub descending: bool,
    /// Upper and lower case count as equal.
    pub ignore_case: bool,
}

/// Entries on a page when the request does not say.
const DEFAULT_SIZE: i64 = 20;
/// The most entries on a page.
const LARGEST_SIZE: i64 = 200;

impl PagingQuery {
    /// The page that is meant. What is no number, or too small, is the default.
    ///
    /// # Errors
    /// 400 without a code for more than 200 entries on a page.
    pub fn request(&self) -> Result<PageRequest, ApiError> {
        let number = |text: &Option<String>| text.as_deref().and_then(|text| text.trim().parse::<i32>().ok());
        let page = number(&self.page).filter(|page| *page >= 0).map_or(0, i64::from);
        let size = number(&self.size).filter(|size| *size >= 1).map_or(DEFAULT_SIZE, i64::from);
        if size > LARGEST_SIZE {
            return Err(ApiError::bad_request(format!("size: must not be more than {LARGEST_SIZE}")));
        }
        Ok(PageRequest { page, size, sort: self.sort.iter().flat_map(|criterion| sort_by(criterion)).collect() })
    }
}

impl PageRequest {
    /// Entries before the page.
    pub fn offset(&self) -> i64 {
        self.page * self.size
    }
}

/// `property[,property...][,asc|desc][,ignorecase]`: direction and case hold for all properties of the criterion.
fn sort_by(criterion: &str) -> Vec<SortBy> {
    let mut parts: Vec<&str> = criterion.split(',').map(str::trim).filter(|part| !part.is_empty()).collect();
    let ignore_case = parts.pop_if(|last| last.eq_ignore_ascii_case("ignorecase")).is_some();
    let descending = match parts.pop_if(|last| ["asc", "desc"].iter().any(|word| last.eq_ignore_ascii_case(word))) {
        Some(direction) => direction.eq_ignore_ascii_case("desc"),
        None => false,
    };
    parts.into_iter().map(|property| SortBy { property: property.to_owned(), descending, ignore_case }).collect()
}

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
    use crate::api::extract::read_query;

    fn request(query: &str) -> Result<PageRequest, ApiError> {
        read_query::<PagingQuery>(query)?.request()
    }

    #[test]
    fn what_is_no_number_or_too_small_is_the_default() {
        for query in
            ["", "page=-1&size=0", "page=x&size=y", "page=&size=", "page=99999999999&size=99999999999", "sort=&sort=,"]
        {
            assert_eq!(request(query).unwrap(), PageRequest { page: 0, size: 20, sort: vec![] }, "{query}");
        }
        assert_eq!(request("page=3&size=200").unwrap().offset(), 600);
        let error = request("size=201").unwrap_err();
        assert_eq!((error.status().as_u16(), error.error_code()), (400, None));
    }

    #[test]
    fn the_greatest_page_has_an_offset_too() {
        assert_eq!(request("page=2147483647&size=200").unwrap().offset(), 429_496_729_400);
    }

    #[test]
    fn direction_and_case_hold_for_the_whole_criterion() {
        let by =
            |property: &str, descending, ignore_case| SortBy { property: property.into(), descending, ignore_case };
        assert_eq!(
            request("sort=prisonId,code,DESC,ignorecase&sort=id&sort=parent.code,Asc&sort=desc").unwrap().sort,
            [
                by("prisonId", true, true),
                by("code", true, true),
                by("id", false, false),
                by("parent.code", false, false)
            ]
        );
    }

    #[test]
    fn the_envelope() {
        let page = Page::new(&request("page=1").unwrap(), vec!["x"; 20], 41);
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
        let past = Page::new(&request("page=7").unwrap(), Vec::<()>::new(), 41);
        assert!(past.last && past.empty && !past.first);
        let nothing = Page::new(&request("").unwrap(), Vec::<()>::new(), 0);
        assert!(nothing.last && nothing.first && nothing.total_pages == 0);
    }
}
