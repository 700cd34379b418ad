//! Which locations a list is about: ids to load with [`super::load::family`] (03 sections 6.2, 8, 9 and 12).

use std::collections::{BTreeSet, HashMap};

use sqlx::PgConnection;
use uuid::Uuid;

use super::rows::constant;
use crate::domain::reference::{LocationType, ResidentialAttributeType, ResidentialAttributeValue};

/// The locations of any kind and status with these keys, `<prison>-<path>`; unknown keys are left out.
///
/// # Errors
/// Whatever the database says.
pub async fn with_keys(conn: &mut PgConnection, keys: &[String]) -> Result<Vec<Uuid>, sqlx::Error> {
    let (prisons, paths): (Vec<String>, Vec<String>) =
        keys.iter().filter_map(|key| key.split_once('-')).map(|(p, path)| (p.to_owned(), path.to_owned())).unzip();
    sqlx::query_scalar!(
        "SELECT l.id FROM UNNEST($1::text[], $2::text[]) AS k(prison_id, path)
         JOIN location l ON l.prison_id = k.prison_id AND l.path_hierarchy = k.path",
        &prisons,
        &paths
    )
    .fetch_all(conn)
    .await
}

/// The residential locations of a prison that are archived themselves, not just by an ancestor.
///
/// # Errors
/// Whatever the database says.
pub async fn archived(conn: &mut PgConnection, prison_id: &str) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "SELECT id FROM location
         WHERE prison_id = $1 AND status = 'ARCHIVED' AND location_type_discriminator <> 'NON_RESIDENTIAL'",
        prison_id
    )
    .fetch_all(conn)
    .await
}

/// The cells of a prison, converted ones too, whose own status is this.
///
/// # Errors
/// Whatever the database says.
pub async fn cells_with_status(
    conn: &mut PgConnection,
    prison_id: &str,
    status: crate::domain::reference::LocationStatus,
) -> Result<Vec<Cell>, sqlx::Error> {
    sqlx::query_as!(
        Cell,
        "SELECT id, path_hierarchy AS path FROM location
         WHERE prison_id = $1 AND status = $2 AND location_type_discriminator = 'CELL'",
        prison_id,
        status.as_str()
    )
    .fetch_all(conn)
    .await
}

/// Where a cell is.
#[derive(Clone, Debug)]
pub struct Cell {
    /// Its id.
    pub id: Uuid,
    /// Its path, without the prison.
    pub path: String,
}

/// The locations of a prison with this stored type and the own status `ACTIVE`, in the order in which the database
/// sorts their paths.
///
/// # Errors
/// Whatever the database says.
pub async fn active_of_type(
    conn: &mut PgConnection,
    prison_id: &str,
    location_type: LocationType,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "SELECT id FROM location WHERE prison_id = $1 AND location_type = $2 AND status = 'ACTIVE'
         ORDER BY path_hierarchy",
        prison_id,
        location_type.as_str()
    )
    .fetch_all(conn)
    .await
}

/// The residential locations of a prison with this local name, directly below the parent, or at the top without one.
///
/// # Errors
/// Whatever the database says.
pub async fn with_local_name(
    conn: &mut PgConnection,
    prison_id: &str,
    local_name: &str,
    parent_id: Option<Uuid>,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "SELECT id FROM location
         WHERE prison_id = $1 AND local_name = $2 AND parent_id IS NOT DISTINCT FROM $3
             AND location_type_discriminator <> 'NON_RESIDENTIAL'",
        prison_id,
        local_name,
        parent_id
    )
    .fetch_all(conn)
    .await
}

/// The cells of a prison with this mark, converted ones too: all of them, or those directly below the parent.
///
/// # Errors
/// Whatever the database says.
pub async fn with_cell_mark(
    conn: &mut PgConnection,
    prison_id: &str,
    cell_mark: &str,
    parent_id: Option<Uuid>,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "SELECT id FROM location
         WHERE prison_id = $1 AND cell_mark = $2 AND ($3::uuid IS NULL OR parent_id = $3)
             AND location_type_discriminator = 'CELL'",
        prison_id,
        cell_mark,
        parent_id
    )
    .fetch_all(conn)
    .await
}

/// The attributes of these cells that are stored with the type `LOCATION_ATTRIBUTE`, in enum order; cells without any
/// are left out.
///
/// # Errors
/// Whatever the database says, or a constant that is not known.
pub async fn location_attributes(
    conn: &mut PgConnection,
    cells: &[Uuid],
) -> Result<HashMap<Uuid, BTreeSet<ResidentialAttributeValue>>, sqlx::Error> {
    let rows = sqlx::query!(
        "SELECT location_id, attribute_value FROM residential_attribute
         WHERE location_id = ANY($1) AND attribute_type = $2",
        cells,
        ResidentialAttributeType::LocationAttribute.as_str()
    )
    .fetch_all(conn)
    .await?;
    let mut attributes: HashMap<Uuid, BTreeSet<ResidentialAttributeValue>> = HashMap::new();
    for row in rows {
        let value = constant("attribute_value", &row.attribute_value)?;
        attributes.entry(row.location_id).or_default().insert(value);
    }
    Ok(attributes)
}
