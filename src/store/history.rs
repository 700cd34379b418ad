//! Loads the history of locations (01 section 9).

use sqlx::PgConnection;
use uuid::Uuid;

use super::rows::constant;
use crate::domain::history::{History, StoredEntry};
use crate::domain::journal::LinkedTransaction;

/// All history rows of these locations, with the transactions that they belong to: two statements.
///
/// # Errors
/// Whatever the database says, or a constant that is not known.
pub async fn of_locations(conn: &mut PgConnection, ids: &[Uuid]) -> Result<History, sqlx::Error> {
    let rows = sqlx::query_as!(
        EntryRow,
        r#"
        SELECT h.location_id AS "location_id!", l.prison_id, l.path_hierarchy, h.attribute_name, h.old_value,
            h.new_value, h.amended_by, h.amended_date, h.linked_transaction_id
        FROM location_history h
        CROSS JOIN LATERAL (
            SELECT x.prison_id, x.path_hierarchy FROM location x WHERE x.id = h.location_id OFFSET 0
        ) l
        WHERE h.location_id = ANY($1)
        "#,
        ids
    )
    .fetch_all(&mut *conn)
    .await?;
    let mut transaction_ids: Vec<Uuid> = rows.iter().filter_map(|r| r.linked_transaction_id).collect();
    transaction_ids.sort_unstable();
    transaction_ids.dedup();
    let entries = rows.into_iter().map(TryInto::try_into).collect::<Result<Vec<_>, _>>()?;
    Ok(History::new(entries, transactions(conn, &transaction_ids).await?))
}

/// All history rows of a transaction, of whatever locations, with the transaction: two statements.
///
/// # Errors
/// Whatever the database says, or a constant that is not known.
pub async fn of_transaction(conn: &mut PgConnection, id: Uuid) -> Result<History, sqlx::Error> {
    let rows = sqlx::query_as!(
        EntryRow,
        r#"
        SELECT h.location_id AS "location_id!", l.prison_id, l.path_hierarchy, h.attribute_name, h.old_value,
            h.new_value, h.amended_by, h.amended_date, h.linked_transaction_id
        FROM location_history h
        CROSS JOIN LATERAL (
            SELECT x.prison_id, x.path_hierarchy FROM location x WHERE x.id = h.location_id OFFSET 0
        ) l
        WHERE h.linked_transaction_id = $1
        "#,
        id
    )
    .fetch_all(&mut *conn)
    .await?;
    let entries = rows.into_iter().map(TryInto::try_into).collect::<Result<Vec<_>, _>>()?;
    Ok(History::new(entries, transactions(conn, &[id]).await?))
}

/// A row of `location_history` with the present key of its location.
struct EntryRow {
    location_id: Uuid,
    prison_id: String,
    path_hierarchy: String,
    attribute_name: String,
    old_value: Option<String>,
    new_value: Option<String>,
    amended_by: String,
    amended_date: chrono::NaiveDateTime,
    linked_transaction_id: Option<Uuid>,
}

impl TryFrom<EntryRow> for StoredEntry {
    type Error = sqlx::Error;

    fn try_from(r: EntryRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            location_id: r.location_id,
            location_key: format!("{}-{}", r.prison_id, r.path_hierarchy),
            transaction_id: r.linked_transaction_id,
            attribute: constant("attribute_name", &r.attribute_name)?,
            old: r.old_value,
            new: r.new_value,
            amended_by: r.amended_by,
            amended_date: r.amended_date,
        })
    }
}

/// These linked transactions.
///
/// # Errors
/// Whatever the database says, or a constant that is not known.
pub async fn transactions(conn: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<LinkedTransaction>, sqlx::Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows = sqlx::query!(
        "SELECT id, transaction_type, prison_id, transaction_detail, transaction_invoked_by, tx_start_time, tx_end_time
         FROM linked_transaction WHERE id = ANY($1)",
        ids
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|r| {
            Ok(LinkedTransaction {
                id: r.id,
                transaction_type: constant("transaction_type", &r.transaction_type)?,
                prison_id: r.prison_id,
                detail: r.transaction_detail,
                invoked_by: r.transaction_invoked_by,
                start: r.tx_start_time,
                end: r.tx_end_time,
            })
        })
        .collect()
}

/// Adds a history row that belongs to no transaction (02 section 12.3).
///
/// # Errors
/// Whatever the database says.
pub async fn insert_loose(
    conn: &mut PgConnection,
    entry: &crate::domain::journal::HistoryEntry,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO location_history (location_id, attribute_name, old_value, new_value, amended_by, amended_date)
         VALUES ($1, $2, $3, $4, $5, $6)",
        entry.location_id,
        entry.attribute.as_str(),
        entry.old,
        entry.new,
        entry.amended_by,
        entry.amended_date
    )
    .execute(conn)
    .await?;
    Ok(())
}
