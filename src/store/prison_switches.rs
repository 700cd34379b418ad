//! Which prisons use the service: `prison_configuration` (07 section 5.4).

use sqlx::PgPool;

/// Prisons whose residential or non-residential service is active, in the order of their ids.
///
/// # Errors
/// Whatever the database says.
pub async fn active_prisons(pool: &PgPool) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "SELECT prison_id FROM prison_configuration
         WHERE resi_location_service_active OR non_resi_service_active ORDER BY prison_id"
    )
    .fetch_all(pool)
    .await
}
