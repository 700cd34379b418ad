//! What NOMIS's side calls: upsert, delete and read of sync (02 sections 6 to 11), and migration (section 12).

pub mod body;
mod migration;

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use self::body::NomisBody;
use super::answer::Answer;
use super::permission::{SYNC_LOCATIONS_WRITE, VIEW_LOCATIONS};
use super::reading::query;
use super::{ApiError, Body, Caller, ErrorResponse, Id, PagingQuery, Path, Query};
use crate::app::App;
use crate::service::sync::{self, Upserted};
use crate::view::legacy::LegacyLocationView;

/// The routes of this area.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_legacy_location))
        .routes(routes!(get_locations))
        .routes(routes!(upsert_location))
        .routes(routes!(upsert_location_alias))
        .routes(routes!(delete_location))
        .routes(routes!(delete_location_alias))
        .merge(migration::routes())
}

/// What of a location is asked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", default)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
struct SyncReadQuery {
    /// Include location history
    #[serde(deserialize_with = "query::boolean")]
    #[param(default = false)]
    include_history: bool,
}

/// Get location by ID in the form that is synchronised with NOMIS
///
/// Requires role VIEW_LOCATIONS
#[utoipa::path(
    get,
    path = "/sync/id/{id}",
    operation_id = "getLocation",
    tag = "Sync",
    params(("id" = Uuid, Path, description = "The location Id"), SyncReadQuery),
    responses(
        (status = 200, description = "Returns location", body = LegacyLocationView),
        (status = 400, description = "Invalid request", body = ErrorResponse),
        (status = 404, description = "Location not found", body = ErrorResponse)
    )
)]
async fn get_legacy_location(
    State(app): State<App>,
    caller: Caller,
    Path(Id(id)): Path<Id>,
    Query(query): Query<SyncReadQuery>,
) -> Result<Answer, ApiError> {
    caller.require(&VIEW_LOCATIONS)?;
    Ok(Answer::ok(sync::read(&app.services, id, query.include_history).await?))
}

/// Get all locations of all prisons, page by page
///
/// Requires role VIEW_LOCATIONS
#[utoipa::path(
    get,
    path = "/locations",
    operation_id = "getLocations",
    tag = "Locations",
    params(PagingQuery),
    responses(
        (status = 200, description = "Returns a page of locations", body = crate::view::page::Page<LegacyLocationView>),
        (status = 400, description = "Invalid request", body = ErrorResponse)
    )
)]
async fn get_locations(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<PagingQuery>,
) -> Result<Answer, ApiError> {
    caller.require(&VIEW_LOCATIONS)?;
    Ok(Answer::ok(sync::page(&app.services, &query.request()?).await?))
}

/// Create or update a location from NOMIS
///
/// Requires role SYNC_LOCATIONS and write scope
#[utoipa::path(
    post,
    path = "/sync/upsert",
    operation_id = "upsertLocation",
    tag = "Sync",
    request_body = NomisBody,
    responses(
        (status = 200, description = "Updated location", body = LegacyLocationView),
        (status = 201, description = "Created location", body = LegacyLocationView),
        (status = 400, description = "Invalid request", body = ErrorResponse),
        (status = 404, description = "Location or parent not found", body = ErrorResponse),
        (status = 409, description = "Location can't be updated, or exists already", body = ErrorResponse)
    )
)]
async fn upsert_location(
    State(app): State<App>,
    caller: Caller,
    Body(body): Body<NomisBody>,
) -> Result<Answer, ApiError> {
    caller.require(&SYNC_LOCATIONS_WRITE)?;
    Ok(match sync::upsert(&app.services, caller.username(), &body.into()).await? {
        Upserted::Created(answer) => Answer::created(answer),
        Upserted::Updated(answer) => Answer::ok(answer),
    })
}

/// The same, by the name of the decision record
///
/// Requires role SYNC_LOCATIONS and write scope
#[utoipa::path(
    post,
    path = "/locations/sync/upsert",
    operation_id = "upsertLocationAlias",
    tag = "Sync",
    request_body = NomisBody,
    responses(
        (status = 200, description = "Updated location", body = LegacyLocationView),
        (status = 201, description = "Created location", body = LegacyLocationView),
        (status = 400, description = "Invalid request", body = ErrorResponse),
        (status = 404, description = "Location or parent not found", body = ErrorResponse),
        (status = 409, description = "Location can't be updated, or exists already", body = ErrorResponse)
    )
)]
async fn upsert_location_alias(app: State<App>, caller: Caller, body: Body<NomisBody>) -> Result<Answer, ApiError> {
    upsert_location(app, caller, body).await
}

/// Delete a location from NOMIS
///
/// Requires role SYNC_LOCATIONS and write scope
#[utoipa::path(
    delete,
    path = "/sync/delete/{id}",
    operation_id = "deleteLocation",
    tag = "Sync",
    params(("id" = Uuid, Path, description = "The location Id")),
    responses(
        (status = 204, description = "Deleted location"),
        (status = 400, description = "Invalid request", body = ErrorResponse),
        (status = 404, description = "Location not found", body = ErrorResponse),
        (status = 409, description = "NOMIS may not change this prison", body = ErrorResponse)
    )
)]
async fn delete_location(
    State(app): State<App>,
    caller: Caller,
    Path(Id(id)): Path<Id>,
) -> Result<StatusCode, ApiError> {
    caller.require(&SYNC_LOCATIONS_WRITE)?;
    sync::delete(&app.services, caller.username(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The same, by the name of the decision record
///
/// Requires role SYNC_LOCATIONS and write scope
#[utoipa::path(
    delete,
    path = "/locations/sync/delete/{id}",
    operation_id = "deleteLocationAlias",
    tag = "Sync",
    params(("id" = Uuid, Path, description = "The location Id")),
    responses(
        (status = 204, description = "Deleted location"),
        (status = 400, description = "Invalid request", body = ErrorResponse),
        (status = 404, description = "Location not found", body = ErrorResponse),
        (status = 409, description = "NOMIS may not change this prison", body = ErrorResponse)
    )
)]
async fn delete_location_alias(app: State<App>, caller: Caller, id: Path<Id>) -> Result<StatusCode, ApiError> {
    delete_location(app, caller, id).await
}
