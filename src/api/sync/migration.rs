//! Migration of locations from NOMIS (02 section 12, decisions D2 and D3).

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body as HttpBody, Bytes};
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use http_body_util::BodyExt;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::body::{HistoryBody, NomisBody};
use crate::api::answer::Answer;
use crate::api::check::Check;
use crate::api::extract::read_json;
use crate::api::permission::MIGRATE_LOCATIONS_WRITE;
use crate::api::{ApiError, Body, Caller, ErrorResponse, Id, Path};
use crate::app::App;
use crate::domain::migration::MigratedLocation;
use crate::service::{Services, migration};
use crate::store::migration::StagedLine;
use crate::view::history::ChangeView;
use crate::view::legacy::LegacyLocationView;

/// The routes of migration.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(migrate_location))
        .routes(routes!(migrate_location_alias))
        .routes(routes!(migrate_history))
        .routes(routes!(migrate_locations))
}

/// Migrate a location from NOMIS
///
/// Requires role MIGRATE_LOCATIONS and write scope
#[utoipa::path(
    post,
    path = "/migrate/location",
    operation_id = "migrateLocation",
    tag = "Migration",
    request_body = NomisBody,
    responses(
        (status = 201, description = "Created location", body = LegacyLocationView),
        (status = 400, description = "Invalid request", body = ErrorResponse),
        (status = 404, description = "Parent not found", body = ErrorResponse),
        (status = 409, description = "Location exists already", body = ErrorResponse)
    )
)]
async fn migrate_location(
    State(app): State<App>,
    caller: Caller,
    Body(body): Body<NomisBody>,
) -> Result<Answer, ApiError> {
    caller.require(&MIGRATE_LOCATIONS_WRITE)?;
    Ok(Answer::created(migration::migrate_location(&app.services, &body.into()).await?))
}

/// The same, by the name of the decision record
///
/// Requires role MIGRATE_LOCATIONS and write scope
#[utoipa::path(
    post,
    path = "/locations/migrate",
    operation_id = "migrateLocationAlias",
    tag = "Migration",
    request_body = NomisBody,
    responses(
        (status = 201, description = "Created location", body = LegacyLocationView),
        (status = 400, description = "Invalid request", body = ErrorResponse),
        (status = 404, description = "Parent not found", body = ErrorResponse),
        (status = 409, description = "Location exists already", body = ErrorResponse)
    )
)]
async fn migrate_location_alias(app: State<App>, caller: Caller, body: Body<NomisBody>) -> Result<Answer, ApiError> {
    migrate_location(app, caller, body).await
}

/// Add a history entry from NOMIS to a location
///
/// Answers 201 with an empty body when old and new value are the same. Requires role MIGRATE_LOCATIONS and write scope
#[utoipa::path(
    post,
    path = "/migrate/location/{id}/history",
    operation_id = "migrateLocationHistory",
    tag = "Migration",
    params(("id" = Uuid, Path, description = "The location Id")),
    request_body = HistoryBody,
    responses(
        (status = 201, description = "Created history entry", body = ChangeView),
        (status = 400, description = "Invalid request", body = ErrorResponse),
        (status = 404, description = "Location not found", body = ErrorResponse)
    )
)]
async fn migrate_history(
    State(app): State<App>,
    caller: Caller,
    Path(Id(id)): Path<Id>,
    Body(body): Body<HistoryBody>,
) -> Result<Response, ApiError> {
    caller.require(&MIGRATE_LOCATIONS_WRITE)?;
    let added = migration::migrate_history(&app.services, id, &body.into()).await?;
    Ok(added.map_or_else(|| StatusCode::CREATED.into_response(), |answer| Answer::created(answer).into_response()))
}

/// Newline-delimited JSON.
const NDJSON: &str = "application/x-ndjson";
/// How many lines are staged at once.
const STAGED_AT_ONCE: usize = 1000;
/// The longest line, in bytes.
const LONGEST_LINE: usize = 1024 * 1024;
/// How long a peer may take to send the next piece of its body.
const STALLED_AFTER: Duration = Duration::from_secs(60);

/// Migrate any number of locations from NOMIS
///
/// Newline-delimited JSON in, a body of migrate-location a line, in any order; newline-delimited JSON out, a result a
/// line in the order of the input: `{"line", "status": "created" | "unchanged" | "failed", "id", "key", "error"}`.
/// Repeating it is safe. Requires role MIGRATE_LOCATIONS and write scope
#[utoipa::path(
    post,
    path = "/migrate/locations",
    operation_id = "migrateLocations",
    tag = "Migration",
    request_body(content = NomisBody, content_type = "application/x-ndjson"),
    responses(
        (status = 200, description = "A result a line", body = String, content_type = "application/x-ndjson"),
        (status = 400, description = "Invalid request", body = ErrorResponse),
        (status = 415, description = "Not newline-delimited JSON", body = ErrorResponse)
    )
)]
async fn migrate_locations(State(app): State<App>, caller: Caller, request: Request) -> Result<Response, ApiError> {
    let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    if !content_type.starts_with(NDJSON) {
        let detail = format!("Content-Type '{content_type}' is not supported, send {NDJSON}");
        return Err(ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Unsupported media type", detail));
    }
    caller.require(&MIGRATE_LOCATIONS_WRITE)?;
    let run = migration::begin_bulk();
    stage_body(&app.services, run, request.into_body()).await?;
    migration::insert_staged(&app.services, run).await?;
    Ok(([(header::CONTENT_TYPE, NDJSON)], answers(app.services, run)).into_response())
}

/// Takes in the lines and stages them, a thousand at once.
async fn stage_body(services: &Services, run: Uuid, mut body: HttpBody) -> Result<(), ApiError> {
    let mut staging = Staging::default();
    loop {
        let frame = tokio::time::timeout(STALLED_AFTER, body.frame()).await.map_err(|_| {
            ApiError::new(StatusCode::REQUEST_TIMEOUT, "Request timeout", "the body stopped in the middle")
        })?;
        match frame {
            None => break,
            Some(Err(error)) => return Err(ApiError::bad_request(format!("the body could not be read: {error}"))),
            Some(Ok(frame)) => {
                if let Ok(data) = frame.into_data() {
                    staging.take(&data)?;
                }
            }
        }
        if staging.lines.len() >= STAGED_AT_ONCE {
            migration::stage(services, run, &staging.lines).await?;
            staging.lines.clear();
        }
    }
    staging.end();
    if !staging.lines.is_empty() {
        migration::stage(services, run, &staging.lines).await?;
    }
    Ok(())
}

/// Lines that have been taken in and not staged yet.
#[derive(Default)]
struct Staging {
    unfinished: Vec<u8>,
    number: i64,
    lines: Vec<StagedLine>,
}

impl Staging {
    /// Takes the next piece of the body.
    fn take(&mut self, data: &Bytes) -> Result<(), ApiError> {
        let mut rest: &[u8] = data;
        while let Some(end) = rest.iter().position(|b| *b == b'\n') {
            self.unfinished.extend_from_slice(&rest[..end]);
            let line = std::mem::take(&mut self.unfinished);
            self.line(&line);
            rest = &rest[end + 1..];
        }
        self.unfinished.extend_from_slice(rest);
        if self.unfinished.len() > LONGEST_LINE {
            let detail = format!("line {} is longer than {LONGEST_LINE} bytes", self.number + 1);
            return Err(ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "Payload too large", detail));
        }
        Ok(())
    }

    /// The body is at its end; its last line may have no newline.
    fn end(&mut self) {
        let line = std::mem::take(&mut self.unfinished);
        if !line.iter().all(u8::is_ascii_whitespace) {
            self.line(&line);
        }
    }

    fn line(&mut self, line: &[u8]) {
        self.number += 1;
        self.lines.push(match read_line(line) {
            Ok(migrated) => StagedLine {
                line: self.number,
                prison_id: Some(migrated.location.prison_id.clone()),
                parent_path: migrated.parent_path.clone(),
                parent_id: migrated.parent_id,
                body: Some(migrated),
                status: "PENDING",
                error: None,
            },
            Err(error) => StagedLine {
                line: self.number,
                prison_id: None,
                parent_path: None,
                parent_id: None,
                body: None,
                status: "FAILED",
                error: Some(serde_json::json!(error.body())),
            },
        });
    }
}

fn read_line(line: &[u8]) -> Result<MigratedLocation, ApiError> {
    let body: NomisBody = read_json(line)?;
    match body.violations().as_slice() {
        [] => Ok(body.into()),
        violations => Err(ApiError::constraints(violations)),
    }
}

/// The answer, read from the staging table piece by piece.
fn answers(services: Arc<Services>, run: Uuid) -> HttpBody {
    HttpBody::from_stream(stream::try_unfold((services, 0), move |(services, after)| async move {
        let next = migration::next_answers(&services, run, after).await?;
        Ok::<_, crate::service::ServiceError>(next.map(|(text, last)| (text, (services, last))))
    }))
}
