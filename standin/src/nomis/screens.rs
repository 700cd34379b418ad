//! The screens of NOMIS, as a small HTTP interface (08 section 15.4): OIMMHOLO (housing), OIMILOCA (internal locations), OIMULOCA
//! (usages). One call is one save: one transaction, with an event for each row that it changes.

mod columns;

use std::collections::BTreeMap;

use axum::extract::{FromRequestParts, State};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, patch, post, put};
use axum::{Extension, Json as Answer, Router};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sqlx::PgPool;

use self::columns::{Changes, insert, update};
use super::location::{Profile, Usage};
use super::splash::{self, Access};
use super::transaction::{Write, Writer, no_location};
use super::write::{put_usage, replace_profiles, replace_usages};
use crate::common::error::{ApiError, Json, Path, Query};
use crate::common::role::Context;
use crate::common::token_check::{Caller, STANDIN_ROLE};

/// Carries the text of a screen that warns.
const WARNING: HeaderName = HeaderName::from_static("x-screen-warning");
/// The code lists of profiles (08 section 2.2).
const PROFILE_LISTS: [&str; 5] = ["HOU_SANI_FIT", "HOU_UNIT_ATT", "HOU_USED_FOR", "SUP_LVL_TYPE", "NON_ASSO_TYP"];

pub(super) fn routes(context: &Context) -> Router {
    let location = "/standin/screens/{module}/locations/{id}";
    let routes = Router::new()
        .route("/standin/screens/{module}/prisons/{prison}", get(show))
        .route("/standin/screens/{module}/locations", post(add))
        .route(location, patch(change).delete(remove))
        .route(&format!("{location}/profiles/{{list}}/{{code}}"), put(add_profile).delete(remove_profile))
        .route(&format!("{location}/usages/{{usage}}"), put(add_usage).delete(remove_usage))
        .with_state(context.pool.clone());
    context.tokens.protect(routes, &[STANDIN_ROLE])
}

/// Who uses the screen, and why. With `unchecked` codes are not looked for in their lists: so came the bad old data about.
#[derive(Deserialize)]
struct Use {
    user: Option<String>,
    reason: Option<String>,
    #[serde(default)]
    unchecked: bool,
}

async fn show(
    State(pool): State<PgPool>,
    Path((module, prison)): Path<(String, String)>,
) -> Result<Answer<Access>, ApiError> {
    splash::access(&pool, &module, &prison).await.map(Answer)
}

/// A screen in use: its transaction, and what it has to say.
struct Screen {
    write: Write,
    warning: Option<String>,
    unchecked: bool,
}

/// Somebody who comes to a screen.
#[derive(FromRequestParts)]
#[from_request(state(PgPool))]
struct Visit {
    #[from_request(via(State))]
    pool: PgPool,
    #[from_request(via(Extension))]
    caller: Caller,
    #[from_request(via(Query))]
    how: Use,
}

impl Visit {
    /// Opens the screen for a prison.
    ///
    /// # Errors
    /// 403 with the text of the screen where it is blocked; 404 for an unknown screen.
    async fn open(&self, module: &str, prison: &str) -> Result<Screen, ApiError> {
        let access = splash::access(&self.pool, module, prison).await?;
        if access.state == splash::State::Blocked {
            return Err(ApiError::forbidden(access.text.unwrap_or_else(|| format!("{module} is blocked"))));
        }
        let user = self.how.user.as_deref().unwrap_or_else(|| self.caller.user());
        let writer = Writer { module, user, reason: self.how.reason.as_deref(), events: true };
        let write = Write::begin(&self.pool, writer).await?;
        Ok(Screen { write, warning: access.text, unchecked: self.how.unchecked })
    }

    /// Opens it for the prison of a location, whose row is locked then.
    async fn open_at(&self, module: &str, id: i64) -> Result<Screen, ApiError> {
        let prison: Option<String> =
            sqlx::query_scalar("select agy_loc_id from agency_internal_locations where internal_location_id = $1")
                .bind(id)
                .fetch_optional(&self.pool)
                .await?;
        let Some(prison) = prison else { return Err(no_location(id)) };
        let mut screen = self.open(module, &prison).await?;
        screen.write.lock(id).await?;
        Ok(screen)
    }
}

impl Screen {
    /// Saves, and answers.
    async fn save(self, status: StatusCode, body: Option<Value>) -> Result<Response, ApiError> {
        self.write.commit().await?;
        let mut response = body.map_or_else(|| status.into_response(), |body| (status, Answer(body)).into_response());
        if let Some(text) = self.warning {
            let text = HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("warning"));
            response.headers_mut().insert(WARNING, text);
        }
        Ok(response)
    }

    /// A screen offers the codes of its lists only.
    async fn require_code(&mut self, list: &str, code: &str) -> Result<(), ApiError> {
        if self.unchecked {
            return Ok(());
        }
        let known: bool = sqlx::query_scalar(
            "select exists (select from reference_codes where domain = $1 and code = $2 and active_flag = 'Y')",
        )
        .bind(list)
        .bind(code)
        .fetch_one(&mut *self.write)
        .await?;
        if known { Ok(()) } else { Err(ApiError::bad_request(format!("{list} has no code {code}"))) }
    }

    async fn require_profile(&mut self, list: &str, code: &str) -> Result<(), ApiError> {
        if !self.unchecked && !PROFILE_LISTS.contains(&list) {
            return Err(ApiError::bad_request(format!("{list} is no list of attributes")));
        }
        self.require_code(list, code).await
    }

    /// Writes attributes and usages where the save holds them.
    async fn write_sets(&mut self, id: i64, changes: &Changes) -> Result<(), ApiError> {
        if let Some(profiles) = &changes.profiles {
            for Profile { profile_type, profile_code } in profiles {
                self.require_profile(profile_type, profile_code).await?;
            }
            replace_profiles(&mut self.write, id, profiles).await?;
        }
        if let Some(usages) = &changes.usages {
            for usage in usages {
                self.require_code("ILOC_USG", &usage.internal_location_usage_type).await?;
            }
            replace_usages(&mut self.write, id, usages).await?;
        }
        Ok(())
    }

    /// The codes of the columns.
    async fn require_codes(&mut self, changes: &Changes) -> Result<(), ApiError> {
        for (list, code) in changes.codes() {
            self.require_code(list, &code).await?;
        }
        Ok(())
    }
}

async fn add(
    visit: Visit,
    Path(module): Path<String>,
    Json(body): Json<Map<String, Value>>,
) -> Result<Response, ApiError> {
    let changes = Changes::read(body)?;
    let prison = changes.text("prisonId").ok_or_else(|| ApiError::bad_request("prisonId is missing"))?;
    let mut screen = visit.open(&module, &prison).await?;
    screen.require_codes(&changes).await?;
    let id = insert(&mut screen.write, &changes).await?;
    screen.write_sets(id, &changes).await?;
    screen.save(StatusCode::CREATED, Some(json!({ "locationId": id }))).await
}

async fn change(
    visit: Visit,
    Path((module, id)): Path<(String, i64)>,
    Json(body): Json<Map<String, Value>>,
) -> Result<Response, ApiError> {
    let changes = Changes::read(body)?;
    let mut screen = visit.open_at(&module, id).await?;
    screen.require_codes(&changes).await?;
    update(&mut screen.write, id, &changes).await?;
    screen.write_sets(id, &changes).await?;
    screen.save(StatusCode::OK, None).await
}

async fn remove(visit: Visit, Path((module, id)): Path<(String, i64)>) -> Result<Response, ApiError> {
    let mut screen = visit.open_at(&module, id).await?;
    let has_children = "select exists (select from agency_internal_locations where parent_internal_location_id = $1)";
    if sqlx::query_scalar(has_children).bind(id).fetch_one(&mut *screen.write).await? {
        return Err(ApiError::conflict(format!("location {id} has others below it")));
    }
    for sql in [
        "delete from int_loc_usage_locations where internal_location_id = $1",
        "delete from agy_int_loc_profiles where internal_location_id = $1",
        "delete from agency_internal_locations where internal_location_id = $1",
    ] {
        sqlx::query(sql).bind(id).execute(&mut *screen.write).await?;
    }
    screen.save(StatusCode::NO_CONTENT, None).await
}

async fn add_profile(
    visit: Visit,
    Path((module, id, list, code)): Path<(String, i64, String, String)>,
) -> Result<Response, ApiError> {
    let mut screen = visit.open_at(&module, id).await?;
    screen.require_profile(&list, &code).await?;
    sqlx::query("insert into agy_int_loc_profiles (internal_location_id, int_loc_profile_type, int_loc_profile_code) values ($1, $2, $3) on conflict do nothing")
        .bind(id)
        .bind(&list)
        .bind(&code)
        .execute(&mut *screen.write)
        .await?;
    screen.save(StatusCode::OK, None).await
}

async fn remove_profile(
    visit: Visit,
    Path((module, id, list, code)): Path<(String, i64, String, String)>,
) -> Result<Response, ApiError> {
    let mut screen = visit.open_at(&module, id).await?;
    sqlx::query("delete from agy_int_loc_profiles where internal_location_id = $1 and int_loc_profile_type = $2 and int_loc_profile_code = $3")
        .bind(id)
        .bind(&list)
        .bind(&code)
        .execute(&mut *screen.write)
        .await?;
    screen.save(StatusCode::NO_CONTENT, None).await
}

/// Capacity and sequence of a usage come as parameters `capacity` and `sequence`.
async fn add_usage(
    visit: Visit,
    Path((module, id, usage)): Path<(String, i64, String)>,
    Query(numbers): Query<BTreeMap<String, String>>,
) -> Result<Response, ApiError> {
    let number = |name: &str| {
        numbers
            .get(name)
            .map(|text| text.parse::<i32>())
            .transpose()
            .map_err(|_| ApiError::bad_request(format!("{name} is no number")))
    };
    let wanted =
        Usage { internal_location_usage_type: usage, capacity: number("capacity")?, sequence: number("sequence")? };
    let mut screen = visit.open_at(&module, id).await?;
    screen.require_code("ILOC_USG", &wanted.internal_location_usage_type).await?;
    put_usage(&mut screen.write, id, &wanted).await?;
    screen.save(StatusCode::OK, None).await
}

async fn remove_usage(
    visit: Visit,
    Path((module, id, usage)): Path<(String, i64, String)>,
) -> Result<Response, ApiError> {
    let mut screen = visit.open_at(&module, id).await?;
    sqlx::query(
        "delete from int_loc_usage_locations ul using internal_location_usages u
          where u.internal_location_usage_id = ul.internal_location_usage_id
            and ul.internal_location_id = $1 and u.internal_location_usage = $2",
    )
    .bind(id)
    .bind(&usage)
    .execute(&mut *screen.write)
    .await?;
    screen.save(StatusCode::NO_CONTENT, None).await
}
