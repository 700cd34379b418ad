//! Switching a prison's sync with NOMIS (decisions D5): beside the prison configuration, whose answers stay as they are.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::check::prison_id;
use super::permission::LOCATION_CONFIG_ADMIN;
use super::{ApiError, Caller, ErrorResponse, Path};
use crate::app::App;
use crate::domain::sync::NomisSync;
use crate::service::nomis_switch;

/// The routes of this area.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_nomis_sync)).routes(routes!(switch_nomis_sync))
}

/// How a prison's sync with NOMIS is switched
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = NomisSyncDto)]
struct NomisSyncView {
    /// Prison ID
    #[schema(example = "LEI")]
    prison_id: String,
    /// Whether NOMIS may change the prison's locations
    nomis_sync: NomisSync,
}

/// Get how the sync of a prison with NOMIS is switched
///
/// `TWO_WAY` where nobody has switched it. Requires role LOCATION_CONFIG_ADMIN
#[utoipa::path(
    get,
    path = "/prison-configuration/{prisonId}/nomis-sync",
    operation_id = "getNomisSync",
    tag = "Prison Configuration",
    params(("prisonId" = String, Path, description = "Prison ID")),
    responses(
        (status = 200, description = "Returns the switch", body = NomisSyncView),
        (status = 400, description = "Invalid request", body = ErrorResponse)
    )
)]
async fn get_nomis_sync(
    State(app): State<App>,
    caller: Caller,
    Path(prison): Path<String>,
) -> Result<Json<NomisSyncView>, ApiError> {
    caller.require(&LOCATION_CONFIG_ADMIN)?;
    prison_id(&prison)?;
    let nomis_sync = nomis_switch::read(&app.services, &prison).await?;
    Ok(Json(NomisSyncView { prison_id: prison, nomis_sync }))
}

/// The path of a switch.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SwitchPath {
    prison_id: String,
    mode: NomisSync,
}

/// Switch the sync of a prison with NOMIS
///
/// In `ONE_WAY` DPS is master: updates by NOMIS are refused with 409 and error code 120, creates and deletes with 901.
/// Requires role LOCATION_CONFIG_ADMIN
#[utoipa::path(
    put,
    path = "/prison-configuration/{prisonId}/nomis-sync/{mode}",
    operation_id = "switchNomisSync",
    tag = "Prison Configuration",
    params(
        ("prisonId" = String, Path, description = "Prison ID"),
        ("mode" = NomisSync, Path, description = "Whether NOMIS may change the prison's locations")
    ),
    responses(
        (status = 200, description = "Returns the switch", body = NomisSyncView),
        (status = 400, description = "Invalid request", body = ErrorResponse)
    )
)]
async fn switch_nomis_sync(
    State(app): State<App>,
    caller: Caller,
    Path(SwitchPath { prison_id: prison, mode }): Path<SwitchPath>,
) -> Result<Json<NomisSyncView>, ApiError> {
    caller.require(&LOCATION_CONFIG_ADMIN)?;
    prison_id(&prison)?;
    nomis_switch::switch(&app.services, &prison, mode, caller.username()).await?;
    Ok(Json(NomisSyncView { prison_id: prison, nomis_sync: mode }))
}
