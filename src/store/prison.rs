//! The switches of a prison (07 section 5).

use sqlx::PgConnection;

use crate::domain::prison::PrisonConfiguration;

/// The switches of a prison; none if it has no row.
///
/// # Errors
/// Whatever the database says.
pub async fn configuration(
    conn: &mut PgConnection,
    prison_id: &str,
) -> Result<Option<PrisonConfiguration>, sqlx::Error> {
    sqlx::query_as!(
        PrisonConfiguration,
        r#"SELECT prison_id, resi_location_service_active, non_resi_service_active, include_segregation_in_roll_count,
            COALESCE(certification_approval_required, false) AS "certification_approval_required!"
         FROM prison_configuration WHERE prison_id = $1"#,
        prison_id
    )
    .fetch_optional(conn)
    .await
}

/// Writes the switches of a prison; who and when stay as they were (07 section 5.2 rule 3).
///
/// # Errors
/// Whatever the database says.
pub async fn set_switches(conn: &mut PgConnection, configuration: &PrisonConfiguration) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE prison_configuration
         SET resi_location_service_active = $2, non_resi_service_active = $3, include_segregation_in_roll_count = $4,
            certification_approval_required = $5
         WHERE prison_id = $1",
        configuration.prison_id,
        configuration.resi_location_service_active,
        configuration.non_resi_service_active,
        configuration.include_segregation_in_roll_count,
        configuration.certification_approval_required
    )
    .execute(conn)
    .await?;
    Ok(())
}
