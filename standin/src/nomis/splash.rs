//! Whether a screen may be used in a prison (08 section 13.2).

use serde::Serialize;
use sqlx::PgPool;

use crate::common::error::ApiError;

/// The condition that counts for prisons without one of their own.
pub(super) const ALL_PRISONS: &str = "**ALL**";

/// What a screen says to a user of a prison.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Access {
    pub state: State,
    /// The warning, or why it is blocked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum State {
    Accessible,
    /// It works, and shows a text.
    Warning,
    Blocked,
}

/// The state of a screen in a prison: the prison's own condition counts, else that for all, else it is accessible.
///
/// # Errors
/// 404 for an unknown screen.
pub(super) async fn access(pool: &PgPool, module: &str, prison: &str) -> Result<Access, ApiError> {
    let screen: Option<(String, Option<String>, Option<String>)> = sqlx::query_as(
        "select block_access_code, warning_text, blocked_text from splash_screens where module_name = $1",
    )
    .bind(module)
    .fetch_optional(pool)
    .await?;
    let Some((code, warning, blocked)) = screen else { return Err(no_screen(module)) };
    let condition: Option<String> = sqlx::query_scalar(
        "select block_access_yorn from splash_conditions
          where module_name = $1 and condition_type = 'CASELOAD' and condition_value in ($2, $3)
          order by condition_value = $2 desc limit 1",
    )
    .bind(module)
    .bind(prison)
    .bind(ALL_PRISONS)
    .fetch_optional(pool)
    .await?;
    Ok(match (code.as_str(), condition.as_deref()) {
        ("YES", _) | ("COND", Some("Y")) => Access { state: State::Blocked, text: blocked },
        ("COND", Some(_)) => Access { state: State::Warning, text: warning },
        _ => Access { state: State::Accessible, text: None },
    })
}

pub(super) fn no_screen(module: &str) -> ApiError {
    ApiError::not_found(format!("there is no screen {module}"))
}
