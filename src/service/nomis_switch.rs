//! Switching a prison's sync with NOMIS (decisions D5).

use super::{ServiceError, Services};
use crate::domain::sync::NomisSync;
use crate::domain::tree::Tree;
use crate::store::{Changes, UnitOfWork, nomis_switch};

/// How the sync of a prison is switched.
///
/// # Errors
/// Whatever the database says.
pub async fn read(services: &Services, prison_id: &str) -> Result<NomisSync, ServiceError> {
    let mut conn = services.store.pool.acquire().await?;
    Ok(nomis_switch::read(&mut conn, prison_id).await?)
}

/// Switches the sync of a prison. Under the prison's lock, so that no sync call is half way through.
///
/// # Errors
/// Whatever the database says.
pub async fn switch(services: &Services, prison_id: &str, mode: NomisSync, user: &str) -> Result<(), ServiceError> {
    let mut work = UnitOfWork::begin(&services.store, &[prison_id]).await?;
    nomis_switch::write(work.connection(), prison_id, mode, user).await?;
    work.commit(&Tree::default(), &Changes::default()).await?;
    tracing::info!(prison_id, mode = mode.as_str(), user, "NOMIS sync switched");
    Ok(())
}
