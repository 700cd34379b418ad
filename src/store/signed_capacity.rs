//! Signed operational capacity of prisons (06 section 9).

use chrono::NaiveDateTime;
use sqlx::PgConnection;

use crate::domain::certification::signed_capacity::SignedCapacity;

/// The signed operational capacity of a prison, if it has one.
///
/// # Errors
/// Whatever the database says.
pub async fn of_prison(conn: &mut PgConnection, prison_id: &str) -> Result<Option<SignedCapacity>, sqlx::Error> {
    sqlx::query_as!(
        SignedCapacity,
        "SELECT id, prison_id, signed_operation_capacity AS capacity, when_updated, updated_by
         FROM signed_operation_capacity WHERE prison_id = $1",
        prison_id
    )
    .fetch_optional(conn)
    .await
}

/// Sets the signed operational capacity of a prison. Answers whether the row is new.
///
/// # Errors
/// Whatever the database says.
pub async fn set(
    conn: &mut PgConnection,
    prison_id: &str,
    capacity: i32,
    updated_by: &str,
    at: NaiveDateTime,
) -> Result<bool, sqlx::Error> {
    // xmax is 0 only in a row that this statement has made.
    sqlx::query_scalar!(
        r#"
        INSERT INTO signed_operation_capacity (prison_id, signed_operation_capacity, updated_by, when_updated)
        VALUES ($1, $2, $3, $4)
        ON CONFLICT (prison_id) DO UPDATE
        SET signed_operation_capacity = excluded.signed_operation_capacity, updated_by = excluded.updated_by,
            when_updated = excluded.when_updated
        RETURNING xmax = 0 AS "new!"
        "#,
        prison_id,
        capacity,
        updated_by,
        at
    )
    .fetch_one(conn)
    .await
}

/// Adds to a signed operational capacity by an approval; who and when stay (06 section 9.3).
///
/// # Errors
/// Whatever the database says.
pub async fn add(conn: &mut PgConnection, prison_id: &str, change: i32) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE signed_operation_capacity SET signed_operation_capacity = signed_operation_capacity + $2
         WHERE prison_id = $1",
        prison_id,
        change
    )
    .execute(conn)
    .await?;
    Ok(())
}
