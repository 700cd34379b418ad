//! How it is asked for: routes, request bodies, validation, roles, OpenAPI.

pub mod auth;
pub mod check;
pub mod error;
pub mod extract;
pub mod paging;
pub mod permission;
pub mod reading;

pub use auth::Caller;
pub use check::{Check, Violation};
pub use error::{ApiError, ErrorResponse};
pub use extract::{Body, Path, Query};
pub use paging::{Page, PageRequest, PagingQuery};
pub use permission::Permission;
