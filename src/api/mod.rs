//! How it is asked for: routes, request bodies, validation, roles, OpenAPI.

pub mod answer;
pub mod auth;
pub mod check;
pub mod error;
pub mod extract;
pub mod locations;
pub mod nomis_switch;
pub mod paging;
pub mod permission;
pub mod reading;
pub mod sync;

pub use auth::Caller;
pub use check::{Check, Violation};
pub use error::{ApiError, ErrorResponse};
pub use extract::{Body, Path, Query};
pub use paging::PagingQuery;
pub use permission::Permission;
