//! Which prisons NOMIS may still change (decisions D5).

use sqlx::PgConnection;

use super::rows::constant;
use crate::domain::sync::NomisSync;

/// How the sync of a prison is switched; `TWO_WAY` where nobody has switched it.
///
/// # Errors
/// Whatever the database says.
pub async fn read(conn: &mut PgConnection, prison_id: &str) -> Result<NomisSync, sqlx::Error> {
    let mode = sqlx::query_scalar!("SELECT mode FROM locations_service.nomis_sync WHERE prison_id = $1", prison_id)
        .fetch_optional(conn)
        .await?;
    mode.map_or(Ok(NomisSync::TwoWay), |m| constant("nomis_sync.mode", &m))
}

/// Switches the sync of a prison.
///
/// # Errors
/// Whatever the database says.
pub async fn write(conn: &mut PgConnection, prison_id: &str, mode: NomisSync, user: &str) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO locations_service.nomis_sync (prison_id, mode, updated_by) VALUES ($1, $2, $3)
         ON CONFLICT (prison_id)
         DO UPDATE SET mode = excluded.mode, updated_by = excluded.updated_by, when_updated = clock_timestamp()",
        prison_id,
        mode.as_str(),
        user
    )
    .execute(conn)
    .await?;
    Ok(())
}
