//! Which part of a long list is asked for, and in which order (02 section 7).

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

impl PageRequest {
    /// Entries before the page.
    pub fn offset(&self) -> i64 {
        self.page * self.size
    }
}
