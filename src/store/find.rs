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

/// Which of these paths of a prison are taken, by locations of any kind and status, with their ids.
///
/// # Errors
/// Whatever the database says.
pub async fn taken_paths(
    conn: &mut PgConnection,
    prison_id: &str,
    paths: &[String],
) -> Result<Vec<(String, Uuid)>, sqlx::Error> {
    let rows = sqlx::query!(
        "SELECT path_hierarchy, id FROM location WHERE prison_id = $1 AND path_hierarchy = ANY($2) ORDER BY path_hierarchy",
        prison_id,
        paths
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|r| (r.path_hierarchy, r.id)).collect())
}

/// Ids of the locations of any kind and status with these keys, by key; unknown keys are left out.
///
/// # Errors
/// Whatever the database says.
pub async fn by_keys(
    conn: &mut PgConnection,
    keys: &[String],
) -> Result<std::collections::HashMap<String, Uuid>, sqlx::Error> {
    let (prisons, paths): (Vec<String>, Vec<String>) = keys
        .iter()
        .filter_map(|k| k.split_once('-').map(|(prison, path)| (prison.to_owned(), path.to_owned())))
        .unzip();
    let rows = sqlx::query!(
        r#"
        SELECT l.id, l.prison_id, l.path_hierarchy
        FROM UNNEST($1::text[], $2::text[]) AS k (prison_id, path)
        JOIN location l ON l.prison_id = k.prison_id AND l.path_hierarchy = k.path
        "#,
        &prisons,
        &paths
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|r| (format!("{}-{}", r.prison_id, r.path_hierarchy), r.id)).collect())
}

/// The prisons of locations, each once; ids that are not there are left out.
///
/// # Errors
/// Whatever the database says.
pub async fn prisons_of(pool: &sqlx::PgPool, ids: &[Uuid]) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar!("SELECT DISTINCT prison_id FROM location WHERE id = ANY($1)", ids).fetch_all(pool).await
}

/// Ids of the residential locations with exactly this local name below the same parent, or at the top of the prison
/// (01 section 11.1). Archived ones are among them.
///
/// # Errors
/// Whatever the database says.
pub async fn same_local_name(
    conn: &mut PgConnection,
    prison_id: &str,
    parent: Option<Uuid>,
    name: &str,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "SELECT id FROM location
         WHERE prison_id = $1 AND parent_id IS NOT DISTINCT FROM $2 AND local_name = $3
           AND location_type_discriminator <> 'NON_RESIDENTIAL'",
        prison_id,
        parent,
        name
    )
    .fetch_all(conn)
    .await
}

/// Ids of the rows of kind CELL with exactly this mark below the same parent; without a parent, anywhere in the prison
/// (01 section 11.1). Archived ones are among them.
///
/// # Errors
/// Whatever the database says.
pub async fn same_cell_mark(
    conn: &mut PgConnection,
    prison_id: &str,
    parent: Option<Uuid>,
    mark: &str,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "SELECT id FROM location
         WHERE prison_id = $1 AND ($2::uuid IS NULL OR parent_id = $2) AND cell_mark = $3
           AND location_type_discriminator = 'CELL'",
        prison_id,
        parent,
        mark
    )
    .fetch_all(conn)
    .await
}
