//! The state that handlers share.

use crate::service::Services;

/// What handlers share.
#[derive(Clone)]
pub struct App {
    /// What can be done.
    pub services: Services,
}
