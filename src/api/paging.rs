//! Paged lists: `page`, `size` and `sort` of the query (02 section 7).

use serde::Deserialize;
use utoipa::IntoParams;

use super::error::ApiError;
use super::reading::query;
pub use crate::domain::page::{PageRequest, SortBy};

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
        let size = page_size(self.size.as_deref()).unwrap_or(DEFAULT_SIZE);
        if size > LARGEST_SIZE {
            return Err(ApiError::bad_request(format!("size: must not be more than {LARGEST_SIZE}")));
        }
        Ok(PageRequest { page: page_number(self.page.as_deref()), size, sort: sort_criteria(&self.sort) })
    }
}

/// The number of a page; what is no number, or below 0, is the first one.
pub fn page_number(text: Option<&str>) -> i64 {
    number(text).filter(|page| *page >= 0).map_or(0, i64::from)
}

/// The number of entries on a page; none for what is no number, or below 1.
pub fn page_size(text: Option<&str>) -> Option<i64> {
    number(text).filter(|size| *size >= 1).map(i64::from)
}

fn number(text: Option<&str>) -> Option<i32> {
    text?.trim().parse().ok()
}

/// The properties to sort by, in their order.
pub fn sort_criteria(criteria: &[String]) -> Vec<SortBy> {
    criteria.iter().flat_map(|criterion| sort_by(criterion)).collect()
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
}
