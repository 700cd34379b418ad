//! Reference data (03 section 17). Each answer is an object with one list; all but one are the same for everyone.

use std::collections::HashMap;

use axum::Json;
use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::check::{PrisonIdParam, prison_id};
use super::permission::READ_LOCATION_REFERENCE_DATA;
use super::{ApiError, Caller, Path};
use crate::app::App;
use crate::service::prison;
use crate::view::constants::{self, CompoundConstant, Constant};

/// The routes of this area.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(location_types))
        .routes(routes!(deactivated_reasons))
        .routes(routes!(approval_types))
        .routes(routes!(residential_housing_types))
        .routes(routes!(non_residential_usage_types))
        .routes(routes!(service_types))
        .routes(routes!(service_family_types))
        .routes(routes!(residential_attribute_types))
        .routes(routes!(accommodation_types))
        .routes(routes!(specialist_cell_types))
        .routes(routes!(used_for_types))
        .routes(routes!(converted_cell_types))
        .routes(routes!(used_for_types_of_prison))
}

/// A list under its name.
type Listed<T> = Json<HashMap<&'static str, Vec<T>>>;

fn listed<T>(name: &'static str, list: Vec<T>) -> Listed<T> {
    Json(HashMap::from([(name, list)]))
}

/// Get location reference data
///
/// Requires the READ_LOCATION_REFERENCE_DATA role.
#[utoipa::path(
    get,
    path = "/constants/location-type",
    operation_id = "locationConstants",
    tag = "Constants",
    responses(
        (status = 200, description = "Returns location reference data", body = HashMap<String, Vec<Constant>>)
    )
)]
async fn location_types(caller: Caller) -> Result<Listed<Constant>, ApiError> {
    caller.require(&READ_LOCATION_REFERENCE_DATA)?;
    Ok(listed("locationTypes", constants::location_types()))
}

/// Get deactivated reason reference data
///
/// Requires the READ_LOCATION_REFERENCE_DATA role.
#[utoipa::path(
    get,
    path = "/constants/deactivated-reason",
    operation_id = "deactivatedReasonsConstants",
    tag = "Constants",
    responses(
        (status = 200, description = "Returns location reference data", body = HashMap<String, Vec<Constant>>)
    )
)]
async fn deactivated_reasons(caller: Caller) -> Result<Listed<Constant>, ApiError> {
    caller.require(&READ_LOCATION_REFERENCE_DATA)?;
    Ok(listed("deactivatedReasons", constants::deactivated_reasons()))
}

/// Get approval type reference data
///
/// Requires the READ_LOCATION_REFERENCE_DATA role.
#[utoipa::path(
    get,
    path = "/constants/approval-type",
    operation_id = "approvalTypeConstants",
    tag = "Constants",
    responses(
        (status = 200, description = "Returns location reference data", body = HashMap<String, Vec<Constant>>)
    )
)]
async fn approval_types(caller: Caller) -> Result<Listed<Constant>, ApiError> {
    caller.require(&READ_LOCATION_REFERENCE_DATA)?;
    Ok(listed("approvalTypes", constants::approval_types()))
}

/// Get residential housing reference data
///
/// Requires the READ_LOCATION_REFERENCE_DATA role.
#[utoipa::path(
    get,
    path = "/constants/residential-housing-type",
    operation_id = "locationAttributeConstants",
    tag = "Constants",
    responses(
        (status = 200, description = "Returns location reference data", body = HashMap<String, Vec<Constant>>)
    )
)]
async fn residential_housing_types(caller: Caller) -> Result<Listed<Constant>, ApiError> {
    caller.require(&READ_LOCATION_REFERENCE_DATA)?;
    Ok(listed("residentialHousingTypes", constants::residential_housing_types()))
}

/// Get non-residential usage reference data
///
/// Requires the READ_LOCATION_REFERENCE_DATA role.
#[utoipa::path(
    get,
    path = "/constants/non-residential-usage-type",
    operation_id = "nonResidentialUsageTypeConstants",
    tag = "Constants",
    responses(
        (status = 200, description = "Returns location reference data", body = HashMap<String, Vec<Constant>>)
    )
)]
async fn non_residential_usage_types(caller: Caller) -> Result<Listed<Constant>, ApiError> {
    caller.require(&READ_LOCATION_REFERENCE_DATA)?;
    Ok(listed("nonResidentialUsageTypes", constants::non_residential_usage_types()))
}

/// Get service type reference data
///
/// Requires the READ_LOCATION_REFERENCE_DATA role.
#[utoipa::path(
    get,
    path = "/constants/service-types",
    operation_id = "nonResidentialServiceTypeConstants",
    tag = "Constants",
    responses(
        (status = 200, description = "Returns location reference data", body = HashMap<String, Vec<Constant>>)
    )
)]
async fn service_types(caller: Caller) -> Result<Listed<Constant>, ApiError> {
    caller.require(&READ_LOCATION_REFERENCE_DATA)?;
    Ok(listed("nonResidentialServiceTypes", constants::service_types()))
}

/// Get service family type reference data
///
/// Requires the READ_LOCATION_REFERENCE_DATA role.
#[utoipa::path(
    get,
    path = "/constants/service-family-types",
    operation_id = "serviceFamilyAndTypes",
    tag = "Constants",
    responses(
        (
            status = 200, description = "Returns residential attribute reference data",
            body = HashMap<String, Vec<CompoundConstant>>
        )
    )
)]
async fn service_family_types(caller: Caller) -> Result<Listed<CompoundConstant>, ApiError> {
    caller.require(&READ_LOCATION_REFERENCE_DATA)?;
    Ok(listed("serviceFamilyTypes", constants::service_family_types()))
}

/// Get residential attribute reference data
///
/// Requires the READ_LOCATION_REFERENCE_DATA role.
#[utoipa::path(
    get,
    path = "/constants/residential-attribute-type",
    operation_id = "residentialAttributeTypeConstants",
    tag = "Constants",
    responses(
        (
            status = 200, description = "Returns residential attribute reference data",
            body = HashMap<String, Vec<CompoundConstant>>
        )
    )
)]
async fn residential_attribute_types(caller: Caller) -> Result<Listed<CompoundConstant>, ApiError> {
    caller.require(&READ_LOCATION_REFERENCE_DATA)?;
    Ok(listed("residentialAttributeTypes", constants::residential_attribute_types()))
}

/// Get accommodation type data
///
/// Requires the READ_LOCATION_REFERENCE_DATA role.
#[utoipa::path(
    get,
    path = "/constants/accommodation-type",
    operation_id = "getAccommodationTypeConstants",
    tag = "Constants",
    responses(
        (status = 200, description = "Returns accommodation reference data", body = HashMap<String, Vec<Constant>>)
    )
)]
async fn accommodation_types(caller: Caller) -> Result<Listed<Constant>, ApiError> {
    caller.require(&READ_LOCATION_REFERENCE_DATA)?;
    Ok(listed("accommodationTypes", constants::accommodation_types()))
}

/// Get specialist cell type data
///
/// Requires the READ_LOCATION_REFERENCE_DATA role.
#[utoipa::path(
    get,
    path = "/constants/specialist-cell-type",
    operation_id = "getSpecialistCellTypeConstants",
    tag = "Constants",
    responses(
        (status = 200, description = "Returns specialist cell reference data", body = HashMap<String, Vec<Constant>>)
    )
)]
async fn specialist_cell_types(caller: Caller) -> Result<Listed<Constant>, ApiError> {
    caller.require(&READ_LOCATION_REFERENCE_DATA)?;
    Ok(listed("specialistCellTypes", constants::specialist_cell_types()))
}

/// Get all used for types
///
/// Requires the READ_LOCATION_REFERENCE_DATA role.
#[utoipa::path(
    get,
    path = "/constants/used-for-type",
    operation_id = "getUsedForTypeConstants",
    tag = "Constants",
    responses(
        (status = 200, description = "Returns used for type reference data", body = HashMap<String, Vec<Constant>>)
    )
)]
async fn used_for_types(caller: Caller) -> Result<Listed<Constant>, ApiError> {
    caller.require(&READ_LOCATION_REFERENCE_DATA)?;
    Ok(listed("usedForTypes", constants::used_for_types()))
}

/// Get converted cell type data
///
/// Requires the READ_LOCATION_REFERENCE_DATA role.
#[utoipa::path(
    get,
    path = "/constants/converted-cell-type",
    operation_id = "getConvertedCellType",
    tag = "Constants",
    responses(
        (status = 200, description = "Returns converted cell reference data", body = HashMap<String, Vec<Constant>>)
    )
)]
async fn converted_cell_types(caller: Caller) -> Result<Listed<Constant>, ApiError> {
    caller.require(&READ_LOCATION_REFERENCE_DATA)?;
    Ok(listed("convertedCellTypes", constants::converted_cell_types()))
}

/// Get used for type data for not female or secure estate
///
/// Requires the READ_LOCATION_REFERENCE_DATA role.
#[utoipa::path(
    get,
    path = "/constants/used-for-type/{prisonId}",
    operation_id = "getUsedForTypeConstantsForSpecifiedPrison",
    tag = "Constants",
    params(PrisonIdParam),
    responses(
        (status = 200, description = "Returns used for type reference data", body = HashMap<String, Vec<Constant>>)
    )
)]
async fn used_for_types_of_prison(
    State(app): State<App>,
    caller: Caller,
    Path(prison): Path<String>,
) -> Result<Listed<Constant>, ApiError> {
    caller.require(&READ_LOCATION_REFERENCE_DATA)?;
    Ok(listed("usedForTypes", prison::used_for_types(&app.services, prison_id(&prison)?).await?))
}
