//! The reads that the Locations API makes of Prisoner Search and Prison Register (07 section 6.2). This estate has no prisoners, so
//! each answer about them is empty; the prisons are those of NOMIS.

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json as Answer, Router};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::common::error::{ApiError, Path};
use crate::common::role::Context;

/// A role that allows global prisoner search.
const SEARCH: &[&str] = &["PRISONER_SEARCH"];

pub(super) fn routes(context: &Context) -> Router {
    let search =
        Router::new().route("/attribute-search", post(nobody)).route("/prisoner-search/prison/{prison}", get(nobody));
    // Prison Register asks for no token.
    let register = Router::new().route("/prisons", get(prisons)).route("/prisons/id/{prison}", get(prison));
    context.tokens.protect(search, SEARCH).merge(register.with_state(context.pool.clone()))
}

async fn nobody() -> Answer<Value> {
    Answer(json!({ "content": [], "totalElements": 0, "totalPages": 0, "number": 0, "last": true, "empty": true }))
}

async fn prisons(State(pool): State<PgPool>) -> Result<Answer<Vec<Value>>, ApiError> {
    let found: Vec<(String, String)> = sqlx::query_as(
        "select agy_loc_id, description from agency_locations where active_flag = 'Y' order by agy_loc_id",
    )
    .fetch_all(&pool)
    .await?;
    Ok(Answer(found.iter().map(|(id, name)| shown(id, name)).collect()))
}

async fn prison(State(pool): State<PgPool>, Path(id): Path<String>) -> Result<Answer<Value>, ApiError> {
    let name: Option<String> = sqlx::query_scalar("select description from agency_locations where agy_loc_id = $1")
        .bind(&id)
        .fetch_optional(&pool)
        .await?;
    let name = name.ok_or_else(|| ApiError::not_found(format!("there is no prison {id}")))?;
    Ok(Answer(shown(&id, &name)))
}

fn shown(id: &str, name: &str) -> Value {
    json!({ "prisonId": id, "prisonName": name, "active": true, "male": true, "female": false, "contracted": false, "types": [] })
}
