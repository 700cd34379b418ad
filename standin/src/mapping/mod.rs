//! The mapping service: pairs of ids (08 section 5).

mod api;
mod lookups;
mod store;

use axum::Router;
use clap::Args;

use crate::common::database::MAPPING_SCHEMA;
use crate::common::role::{RoleError, Running, Start};
use crate::common::settings::RoleSettings;

/// Settings of the role.
#[derive(Args, Clone, Debug)]
pub struct MappingSettings {
    /// What every role has.
    #[command(flatten)]
    pub role: RoleSettings,
}

/// Starts the role.
///
/// # Errors
/// When port or database can't be had.
pub async fn start(settings: MappingSettings) -> Result<Running, RoleError> {
    let start = Start::begin("mapping", &settings.role, MAPPING_SCHEMA).await?;
    let routes = Router::new().merge(api::routes(&start.context)).merge(lookups::routes(&start.context));
    Ok(start.serve(routes))
}
