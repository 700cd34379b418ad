//! Switches of a prison (07 section 5).

use sqlx::PgConnection;

/// Whether certification of a prison goes through approvals; none if the prison has no configuration. A null counts as
/// no (01 section 2.1).
///
/// # Errors
/// Whatever the database says.
pub async fn approval_required(conn: &mut PgConnection, prison_id: &str) -> Result<Option<bool>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT COALESCE(certification_approval_required, false) AS "required!"
           FROM prison_configuration WHERE prison_id = $1"#,
        prison_id
    )
    .fetch_optional(conn)
    .await
}
