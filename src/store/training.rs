//! Emptying prisons of a training database (07 section 10).

use sqlx::{PgConnection, PgPool};

/// Ids of the prisons that have locations, in order.
///
/// # Errors
/// Whatever the database says.
pub async fn prisons(pool: &PgPool) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar!("SELECT DISTINCT prison_id FROM location ORDER BY 1").fetch_all(pool).await
}

/// Deletes the locations of these prisons with all that hangs on them, their certification, signed capacities and
/// configurations, and the linked transactions of all prisons.
///
/// # Errors
/// Whatever the database says.
pub async fn clear(conn: &mut PgConnection, prisons: &[String]) -> Result<(), sqlx::Error> {
    sqlx::query!("DELETE FROM linked_transaction").execute(&mut *conn).await?;
    sqlx::query!("DELETE FROM cell_certificate_upload WHERE prison_id = ANY($1)", prisons).execute(&mut *conn).await?;
    sqlx::query!("DELETE FROM cell_certificate WHERE prison_id = ANY($1)", prisons).execute(&mut *conn).await?;
    sqlx::query!("DELETE FROM certification_approval_request WHERE prison_id = ANY($1)", prisons)
        .execute(&mut *conn)
        .await?;
    sqlx::query!(
        "WITH gone AS (DELETE FROM location WHERE prison_id = ANY($1) RETURNING capacity_id)
         DELETE FROM capacity WHERE id IN (SELECT capacity_id FROM gone)",
        prisons
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!("DELETE FROM signed_operation_capacity WHERE prison_id = ANY($1)", prisons)
        .execute(&mut *conn)
        .await?;
    sqlx::query!("DELETE FROM prison_configuration WHERE prison_id = ANY($1)", prisons).execute(&mut *conn).await?;
    Ok(())
}

/// Configures prisons for training, with the residential service active and no approvals, and gives each its signed
/// operational capacity.
///
/// # Errors
/// Whatever the database says.
pub async fn configure(
    conn: &mut PgConnection,
    prisons: &[String],
    signed_capacities: &[i32],
    user: &str,
    now: chrono::NaiveDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "WITH prisons AS (SELECT * FROM UNNEST($1::text[], $2::integer[]) p (id, capacity)),
         configured AS (
             INSERT INTO prison_configuration (prison_id, resi_location_service_active, certification_approval_required,
                 updated_by, when_updated)
             SELECT id, true, false, $3, $4 FROM prisons
         )
         INSERT INTO signed_operation_capacity (prison_id, signed_operation_capacity, updated_by, when_updated)
         SELECT id, capacity, $3, $4 FROM prisons",
        prisons,
        signed_capacities,
        user,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}
