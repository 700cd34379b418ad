//! What is set for a prison as a whole (07 section 5), and what its cells may be used for (03 section 17.11).

use super::{ServiceError, Services};
use crate::domain::Refusal;
use crate::store::prison_configuration;
use crate::view::constants::{Constant, used_for_types_of_prison};
use crate::view::json::Rendered;
use crate::view::prison_configuration::PrisonConfigurationView;

/// The switches of a prison.
///
/// # Errors
/// 101 when the prison has none.
pub async fn configuration(services: &Services, prison_id: &str) -> Result<Rendered, ServiceError> {
    let mut conn = services.store.pool.acquire().await?;
    let configuration = prison_configuration::configuration(&mut conn, prison_id).await?;
    drop(conn);
    let configuration = configuration.ok_or_else(|| Refusal::PrisonNotFound(prison_id.to_owned()))?;
    Ok(Rendered::of(&PrisonConfigurationView::from(&configuration))?)
}

/// What cells of a prison may be used for, by what kind of prison the register says it is.
///
/// # Errors
/// The prison register, when it gives no usable answer; a prison that it does not know is an ordinary one.
pub async fn used_for_types(services: &Services, prison_id: &str) -> Result<Vec<Constant>, ServiceError> {
    let prison = services.clients.prison_register.prison(prison_id).await?;
    let (female, secure) = prison.map_or((false, false), |p| (p.female, p.lthse));
    Ok(used_for_types_of_prison(female, secure))
}
