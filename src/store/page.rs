//! Pages of the list of all locations (02 section 7).

use sqlx::{AssertSqlSafe, PgConnection};
use uuid::Uuid;

use crate::domain::page::SortBy;

/// Properties that can be sorted by, and the columns that hold them.
const COLUMNS: [(&str, &str); 19] = [
    ("id", "id"),
    ("code", "code"),
    ("pathHierarchy", "path_hierarchy"),
    ("locationType", "location_type"),
    ("prisonId", "prison_id"),
    ("localName", "local_name"),
    ("comments", "comments"),
    ("orderWithinParentLocation", "order_within_parent_location"),
    ("status", "status"),
    ("archivedReason", "archived_reason"),
    ("deactivatedDate", "deactivated_date"),
    ("deactivatedReason", "deactivated_reason"),
    ("deactivationReasonDescription", "deactivation_reason_description"),
    ("proposedReactivationDate", "proposed_reactivation_date"),
    ("planetFmReference", "planet_fm_reference"),
    ("whenCreated", "when_created"),
    ("whenUpdated", "when_updated"),
    ("updatedBy", "updated_by"),
    ("deactivatedBy", "deactivated_by"),
];

/// The order of a list as SQL, made of known columns only; `id` where nothing is asked for.
///
/// # Errors
/// The property that cannot be sorted by.
pub fn order_by(sort: &[SortBy]) -> Result<String, String> {
    if sort.is_empty() {
        return Ok("l.id".to_owned());
    }
    order_by_with(&[], sort)
}

/// The same for a list that knows more properties than those of every location; they are no texts.
///
/// # Errors
/// The property that cannot be sorted by.
pub fn order_by_with(more: &[(&str, &str)], sort: &[SortBy]) -> Result<String, String> {
    let terms: Vec<String> = sort.iter().map(|by| order_term(more, by)).collect::<Result<_, _>>()?;
    Ok(terms.join(", "))
}

fn order_term(more: &[(&str, &str)], by: &SortBy) -> Result<String, String> {
    let (table, property) = match by.property.strip_prefix("parent.") {
        Some(property) => ("p", property),
        None => ("l", by.property.as_str()),
    };
    let known = COLUMNS.iter().chain(more).find(|(name, _)| *name == property);
    let (_, column) = known.ok_or_else(|| by.property.clone())?;
    let text = !more.iter().any(|(name, _)| *name == property)
        && !["id", "order_within_parent_location"].contains(column)
        && !column.ends_with("_date")
        && !column.starts_with("when_");
    let direction = if by.descending { " DESC" } else { "" };
    Ok(match (by.ignore_case && text, text) {
        (true, _) => format!("lower({table}.{column}) COLLATE \"C\"{direction}"),
        (false, true) => format!("{table}.{column} COLLATE \"C\"{direction}"),
        (false, false) => format!("{table}.{column}{direction}"),
    })
}

/// A read-only transaction for a page and the count. A deep page reads most of an index; the planner may not sort the whole
/// table instead.
///
/// # Errors
/// Whatever the database says.
pub async fn snapshot(pool: &sqlx::PgPool) -> Result<sqlx::Transaction<'static, sqlx::Postgres>, sqlx::Error> {
    pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL enable_seqscan = off").await
}

/// How many locations there are.
///
/// # Errors
/// Whatever the database says.
pub async fn count(conn: &mut PgConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(r#"SELECT count(*) AS "count!" FROM location"#).fetch_one(conn).await
}

/// Ids of one page, in the order that [`order_by`] gave.
///
/// # Errors
/// Whatever the database says.
pub async fn ids(conn: &mut PgConnection, order: &str, size: i64, offset: i64) -> Result<Vec<Uuid>, sqlx::Error> {
    let parent = if order.contains("p.") { "LEFT JOIN location p ON p.id = l.parent_id" } else { "" };
    let sql = format!("SELECT l.id FROM location l {parent} ORDER BY {order} LIMIT $1 OFFSET $2");
    // Planned anew each time: a plan for any limit would rather sort all locations than follow the index.
    sqlx::query_scalar(AssertSqlSafe(sql)).bind(size).bind(offset).persistent(false).fetch_all(conn).await
}

#[cfg(test)]
mod tests {
    use super::order_by;
    use crate::domain::page::SortBy;

    fn by(property: &str, descending: bool, ignore_case: bool) -> SortBy {
        SortBy { property: property.into(), descending, ignore_case }
    }

    #[test]
    fn only_known_columns_reach_the_statement() {
        assert_eq!(order_by(&[]), Ok("l.id".into()));
        let sort = [by("prisonId", true, true), by("parent.whenCreated", false, true), by("id", true, false)];
        let expected = "lower(l.prison_id) COLLATE \"C\" DESC, p.when_created, l.id DESC";
        assert_eq!(order_by(&sort), Ok(expected.into()));
        assert_eq!(order_by(&[by("key", false, false)]), Err("key".into()));
        assert_eq!(order_by(&[by("id; drop table location", false, false)]), Err("id; drop table location".into()));
    }
}
