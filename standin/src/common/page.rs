//! Pages, in the form that all services of the estate give them (08 section 4.2 rule 13).

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The most that a page may hold.
const LARGEST: i64 = 20_000;

/// Which page is asked for.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub struct PageRequest {
    /// Number of the page, from 0.
    page: Option<i64>,
    /// How many on a page.
    size: Option<i64>,
}

impl PageRequest {
    /// Number of the page, from 0; what is no such number counts as 0.
    pub fn number(self) -> i64 {
        self.page.unwrap_or(0).max(0)
    }

    /// How many on a page: `usual` where nothing usable is said, 20,000 at most.
    pub fn size(self, usual: i64) -> i64 {
        self.size.filter(|size| *size > 0).unwrap_or(usual).min(LARGEST)
    }

    /// How many come before the page.
    pub fn offset(self, usual: i64) -> i64 {
        self.number().saturating_mul(self.size(usual))
    }
}

/// A page of something.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Page<T> {
    content: Vec<T>,
    pageable: Value,
    sort: Value,
    total_elements: i64,
    total_pages: i64,
    number: i64,
    size: i64,
    number_of_elements: usize,
    first: bool,
    last: bool,
    empty: bool,
}

impl<T> Page<T> {
    /// The page that was asked for, with what it holds and how many there are in all.
    pub fn new(request: PageRequest, usual_size: i64, content: Vec<T>, total: i64) -> Self {
        let (number, size) = (request.number(), request.size(usual_size));
        let total_pages = (total + size - 1) / size;
        let sort = json!({ "sorted": true, "unsorted": false, "empty": false });
        Self {
            pageable: json!({
                "pageNumber": number, "pageSize": size, "offset": request.offset(usual_size), "paged": true, "unpaged": false,
                "sort": sort,
            }),
            sort,
            total_elements: total,
            total_pages,
            number,
            size,
            number_of_elements: content.len(),
            first: number == 0,
            last: number + 1 >= total_pages,
            empty: content.is_empty(),
            content,
        }
    }
}
