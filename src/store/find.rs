//! Finds where a location is, without loading it.

use sqlx::PgConnection;
use uuid::Uuid;

/// Id of the location of any kind and status with this prison and path.
///
/// # Errors
/// Whatever the database says.
pub async fn by_path(conn: &mut PgConnection, prison_id: &str, path: &str) -> Result<Option<Uuid>, sqlx::Error> {
    sqlx::query_scalar!("SELECT id FROM location WHERE prison_id = $1 AND path_hierarchy = $2", prison_id, path)
        .fetch_optional(conn)
        .await
}

/// Id of the location of any kind and status with this key, `<prison>-<path>` (01 section 11.1).
///
/// # Errors
/// Whatever the database says.
pub async fn by_key(conn: &mut PgConnection, key: &str) -> Result<Option<Uuid>, sqlx::Error> {
    match key.split_once('-') {
        Some((prison_id, path)) => by_path(conn, prison_id, path).await,
        None => Ok(None),
    }
}

/// The prison of a location.
///
/// # Errors
/// Whatever the database says.
pub async fn prison_of(pool: &sqlx::PgPool, id: Uuid) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar!("SELECT prison_id FROM location WHERE id = $1", id).fetch_optional(pool).await
}
