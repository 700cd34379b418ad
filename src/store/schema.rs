//! At start: are the live service's tables what this version needs?
//!
//! What is expected is not written down a second time: `migrations/live_schema.txt` is what [`listing`] finds after
//! `migrations/live` has run. A test keeps it so.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::PgConnection;

/// The listing of a database that `migrations/live` has just made.
pub const EXPECTED: &str = include_str!("../../migrations/live_schema.txt");

/// The one constraint that is needed by name: its violation is answered with 409 / 103 (decisions B3).
const TAKEN_PATH: &str = "uk_location_prison_code_id";

/// Something that this version needs and the database lacks. Its text is one line for the operator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Difference {
    /// A table is not there.
    #[error("table {table} is missing")]
    MissingTable { table: String },
    /// A column is not there.
    #[error("column {table}.{column} is missing, it should be {expected}")]
    MissingColumn { table: String, column: String, expected: String },
    /// A column holds another type; a wider `varchar` is not another type.
    #[error("column {table}.{column} is {found}, it should be {expected}")]
    OtherType { table: String, column: String, found: String, expected: String },
    /// A column that this version leaves empty at times must not be empty.
    #[error("column {table}.{column} is NOT NULL, it should allow null")]
    NoLongerNullable { table: String, column: String },
    /// A column that this version does not know, and so never fills, must be filled.
    #[error("column {table}.{column} is not known to this version, but is NOT NULL without a default")]
    UnknownRequiredColumn { table: String, column: String },
    /// A key does not come from the sequence that is to feed it.
    #[error("column {table}.{column} should have the default {expected}")]
    MissingSequenceDefault { table: String, column: String, expected: String },
    /// A key or reference that the service relies upon is not there.
    #[error("constraint {name} on {table} is missing: {definition}")]
    MissingConstraint { table: String, name: String, definition: String },
}

/// Compares the live tables of this database with those that this version needs: one statement.
///
/// What the live service may have added is fine: nullable columns, columns with a default, tables, indexes, wider texts.
///
/// # Errors
/// Whatever the database says.
pub async fn differences(conn: &mut PgConnection) -> Result<Vec<Difference>, sqlx::Error> {
    let found = listing(conn).await?;
    Ok(compare(EXPECTED, &found))
}

/// The tables of schema `public` as text, one line for each column, constraint, other index and owned sequence:
/// `table | part | name | definition`, and for a column also `not null` and its default.
///
/// # Errors
/// Whatever the database says.
pub async fn listing(conn: &mut PgConnection) -> Result<String, sqlx::Error> {
    // Bookkeeping of migrations is left out: it is no part of the contract.
    let lines = sqlx::query_scalar!(
        r#"
        WITH tables AS (
            SELECT oid, relname::text AS name FROM pg_class
            WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
                AND relname NOT IN ('_sqlx_migrations', 'flyway_schema_history')
        ), parts (table_name, place, part, name, definition) AS (
            SELECT t.name, a.attnum::integer, 'column', a.attname::text, concat(
                format_type(a.atttypid, a.atttypmod),
                ' | ', CASE WHEN a.attnotnull THEN 'not null' END,
                ' | ', CASE WHEN a.attidentity <> '' THEN 'identity' ELSE pg_get_expr(d.adbin, d.adrelid) END)
            FROM tables t
            JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
            LEFT JOIN pg_attrdef d ON d.adrelid = t.oid AND d.adnum = a.attnum
            UNION ALL
            SELECT t.name, 2001, 'constraint', k.conname::text, pg_get_constraintdef(k.oid)
            FROM tables t JOIN pg_constraint k ON k.conrelid = t.oid AND k.contype IN ('p', 'u', 'f', 'c')
            UNION ALL
            SELECT t.name, 2002, 'index', pg_class.relname::text, pg_get_indexdef(i.indexrelid)
            FROM tables t JOIN pg_index i ON i.indrelid = t.oid JOIN pg_class ON pg_class.oid = i.indexrelid
            WHERE NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = t.oid AND k.conindid = i.indexrelid)
            UNION ALL
            SELECT t.name, 2003, 'sequence', s.relname::text, concat(
                format_type(q.seqtypid, NULL), ' from ', q.seqstart, ' by ', q.seqincrement, ' for ', a.attname)
            FROM tables t
            JOIN pg_depend o ON o.refobjid = t.oid AND o.refclassid = 'pg_class'::regclass
                AND o.classid = 'pg_class'::regclass AND o.deptype = 'a'
            JOIN pg_sequence q ON q.seqrelid = o.objid
            JOIN pg_class s ON s.oid = q.seqrelid
            JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = o.refobjsubid
        )
        SELECT concat_ws(' | ', table_name, part, name, definition) AS "line!"
        FROM parts ORDER BY table_name COLLATE "C", place, name COLLATE "C"
        "#
    )
    .fetch_all(conn)
    .await?;
    Ok(lines.into_iter().map(|line| format!("{}\n", line.trim_end())).collect())
}

/// The differences that matter between two listings, in the order of the tables.
fn compare(expected: &str, found: &str) -> Vec<Difference> {
    let found = tables(found);
    let mut differences = Vec::new();
    for (table, expected) in tables(expected) {
        match found.get(table) {
            None => differences.push(Difference::MissingTable { table: table.to_owned() }),
            Some(found) => {
                compare_columns(table, &expected.columns, &found.columns, &mut differences);
                compare_constraints(table, &expected, found, &mut differences);
            }
        }
    }
    differences
}

fn compare_columns(table: &str, expected: &Columns, found: &Columns, differences: &mut Vec<Difference>) {
    for (&column, wanted) in expected {
        let (table, column) = (table.to_owned(), column.to_owned());
        let Some(there) = found.get(column.as_str()) else {
            differences.push(Difference::MissingColumn { table, column, expected: wanted.data_type.to_owned() });
            continue;
        };
        if !holds(there.data_type, wanted.data_type) {
            differences.push(Difference::OtherType {
                table: table.clone(),
                column: column.clone(),
                found: there.data_type.to_owned(),
                expected: wanted.data_type.to_owned(),
            });
        }
        if there.not_null && !wanted.not_null {
            differences.push(Difference::NoLongerNullable { table: table.clone(), column: column.clone() });
        }
        if wanted.default.starts_with("nextval(") && there.default != wanted.default {
            let expected = wanted.default.to_owned();
            differences.push(Difference::MissingSequenceDefault { table, column, expected });
        }
    }
    for (&column, there) in found {
        if !expected.contains_key(column) && there.not_null && there.default.is_empty() {
            differences.push(Difference::UnknownRequiredColumn { table: table.to_owned(), column: column.to_owned() });
        }
    }
}

/// Keys and references count by what they do; only [`TAKEN_PATH`] counts by its name too.
fn compare_constraints(table: &str, expected: &Table, found: &Table, differences: &mut Vec<Difference>) {
    let definitions: BTreeSet<&str> = found.constraints.values().map(|d| d.trim_end_matches(" NOT VALID")).collect();
    for (&name, &definition) in &expected.constraints {
        let there = match name {
            TAKEN_PATH => found.constraints.get(name) == Some(&definition),
            _ => definition.starts_with("CHECK ") || definitions.contains(definition),
        };
        if !there {
            differences.push(Difference::MissingConstraint {
                table: table.to_owned(),
                name: name.to_owned(),
                definition: definition.to_owned(),
            });
        }
    }
}

/// Whether a column of the type `found` does for one of the type `wanted`: the same, or a text at least as long.
fn holds(found: &str, wanted: &str) -> bool {
    match (text_length(found), text_length(wanted)) {
        (Some(found), Some(wanted)) => found >= wanted,
        _ => found == wanted,
    }
}

/// How many characters a text type holds; `None` for other types.
fn text_length(data_type: &str) -> Option<u32> {
    match data_type {
        "text" | "character varying" => Some(u32::MAX),
        _ => data_type.strip_prefix("character varying(")?.strip_suffix(')')?.parse().ok(),
    }
}

#[derive(Default)]
struct Table<'a> {
    columns: Columns<'a>,
    constraints: BTreeMap<&'a str, &'a str>,
}

type Columns<'a> = BTreeMap<&'a str, Column<'a>>;

struct Column<'a> {
    data_type: &'a str,
    not_null: bool,
    default: &'a str,
}

/// Reads a listing. Indexes and sequences are not looked at: the defaults name the sequences, and a missing index makes
/// slow, not wrong.
fn tables(listing: &str) -> BTreeMap<&str, Table<'_>> {
    let mut tables: BTreeMap<&str, Table> = BTreeMap::new();
    for line in listing.lines() {
        let mut fields = line.split('|').map(str::trim);
        let mut field = || fields.next().unwrap_or_default();
        let table = tables.entry(field()).or_default();
        match (field(), field()) {
            ("column", name) => {
                let column = Column { data_type: field(), not_null: field() == "not null", default: field() };
                table.columns.insert(name, column);
            }
            ("constraint", name) => {
                table.constraints.insert(name, field());
            }
            _ => {}
        }
    }
    tables
}

#[cfg(test)]
mod tests {
    use super::{EXPECTED, compare, holds};

    /// What is reported when one text of the expected listing, at the start of a line, is another in the database.
    fn reported(from: &str, to: &str) -> Vec<String> {
        let found = format!("\n{EXPECTED}").replacen(&format!("\n{from}"), &format!("\n{to}"), 1);
        assert_ne!(found[1..], *EXPECTED, "nothing to replace");
        compare(EXPECTED, &found).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_expected_tables_are_accepted() {
        assert_eq!(compare(EXPECTED, EXPECTED), []);
    }

    #[test]
    fn an_empty_database_lacks_every_table() {
        let missing = compare(EXPECTED, "");
        assert_eq!(missing.len(), 19);
        assert_eq!(missing[0].to_string(), "table capacity is missing");
    }

    #[test]
    fn what_is_lacking_is_named() {
        assert_eq!(
            reported("location | column | cell_mark |", "location | column | door |"),
            ["column location.cell_mark is missing, it should be character varying(12)"]
        );
        assert_eq!(
            reported("location | column | capacity_id | bigint", "location | column | capacity_id | integer"),
            ["column location.capacity_id is integer, it should be bigint"]
        );
        assert_eq!(
            reported(
                "prison_configuration | column | certification_approval_required | boolean | ",
                "prison_configuration | column | certification_approval_required | boolean | not null"
            ),
            ["column prison_configuration.certification_approval_required is NOT NULL, it should allow null"]
        );
        assert_eq!(
            reported(
                "capacity | column | id | integer | not null | nextval('capacity_id_seq'::regclass)",
                "capacity | column | id | integer | not null | nextval('other'::regclass)"
            ),
            ["column capacity.id should have the default nextval('capacity_id_seq'::regclass)"]
        );
        assert_eq!(
            reported("location | constraint | uk_location_prison_code_id |", "location | constraint | renamed |"),
            ["constraint uk_location_prison_code_id on location is missing: UNIQUE (prison_id, path_hierarchy)"]
        );
    }

    #[test]
    fn an_unknown_column_matters_only_if_it_must_be_filled() {
        let with = |definition: &str| format!("location | column | colour | {definition}\n{EXPECTED}");
        let reported = |definition: &str| compare(EXPECTED, &with(definition)).len();
        assert_eq!(reported("text | not null |"), 1);
        assert_eq!(reported("text | not null | 'red'::text"), 0);
        assert_eq!(reported("bigint | not null | identity"), 0);
        assert_eq!(reported("text | |"), 0);
    }

    #[test]
    fn a_longer_text_does() {
        assert!(holds("character varying(12)", "character varying(12)"));
        assert!(holds("character varying(13)", "character varying(12)"));
        assert!(holds("text", "character varying(12)"));
        assert!(!holds("character varying(11)", "character varying(12)"));
        assert!(!holds("character varying(9999)", "text"));
        assert!(!holds("character(12)", "character varying(12)"));
        assert!(!holds("bigint", "integer"));
    }

    #[test]
    fn a_renamed_reference_does_a_missing_one_does_not() {
        let from = "cell_used_for | constraint | cell_used_for_location_id_fkey |";
        assert_eq!(reported(from, "cell_used_for | constraint | other |"), Vec::<String>::new());
        assert_eq!(reported(from, "service_usage | constraint | other |").len(), 1);
    }
}
