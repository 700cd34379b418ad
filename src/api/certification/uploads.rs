//! Uploads of cell certificates (06 section 8).

use axum::extract::State;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::answer::Answer;
use crate::api::check::Check;
use crate::api::permission::{MAINTAIN_LOCATIONS, MAINTAIN_LOCATIONS_WRITE};
use crate::api::reading::{self, query};
use crate::api::{ApiError, Body, Caller, ErrorResponse, Id, Path, Query};
use crate::app::App;
use crate::domain::certification::upload::RowValues;
use crate::service::certification::upload::{self, NewUpload};
use crate::store::upload::Listed;
use crate::view::upload::UploadView;

/// The routes of this area.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(upload_cell_certificate, get_cell_certificate_uploads))
        .routes(routes!(get_cell_certificate_upload))
}

/// Capacities, marks and sanitation of the cells of a prison
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = UpdateCapacityRequest)]
pub struct UploadBody {
    /// List of capacities to update
    #[serde(deserialize_with = "reading::map::entries")]
    #[schema(value_type = std::collections::HashMap<String, UploadRowBody>)]
    locations: Vec<(String, UploadRowBody)>,
    /// The reason why the approval was requested, mandatory if it must be approved
    #[serde(default, deserialize_with = "reading::optional_text")]
    reason_for_change: Option<String>,
}

/// Bulk Update Cell Capacity Details
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CellCapacityUpdateDetail)]
pub struct UploadRowBody {
    /// Max capacity of the location
    #[serde(deserialize_with = "reading::integer")]
    #[schema(minimum = 0, maximum = 99)]
    max_capacity: i32,
    /// Working capacity of the location
    #[serde(deserialize_with = "reading::integer")]
    #[schema(minimum = 0, maximum = 99)]
    working_capacity: i32,
    /// Indicates the capacity of the certified location (cell)
    #[serde(default, deserialize_with = "reading::optional_integer")]
    #[schema(minimum = 0, maximum = 99)]
    certified_normal_accommodation: Option<i32>,
    /// Cell mark of the location
    #[serde(default, deserialize_with = "reading::optional_text")]
    #[schema(min_length = 0, max_length = 12)]
    cell_mark: Option<String>,
    /// Indicate that the cell as in-cell sanitation
    #[serde(default, deserialize_with = "reading::optional_boolean")]
    in_cell_sanitation: Option<bool>,
}

/// The values of the rows are not checked here: each row says by itself what came of it (06 section 1.2 rule 6).
impl Check for UploadBody {}

impl UploadBody {
    fn into_upload(self, prison_id: String) -> NewUpload {
        let row = |(location_key, values): (String, UploadRowBody)| RowValues {
            location_key,
            max: values.max_capacity,
            working: values.working_capacity,
            certified_normal_accommodation: values.certified_normal_accommodation,
            cell_mark: values.cell_mark,
            in_cell_sanitation: values.in_cell_sanitation,
        };
        let rows = self.locations.into_iter().map(row).collect();
        NewUpload { prison_id, rows, reason_for_change: self.reason_for_change }
    }
}

/// Upload a cell certificate for a prison and start asynchronous processing
///
/// Stores the supplied cell capacities, cell marks and sanitation for the prison and queues them for background
/// processing. Returns an identifier that can be used to monitor progress. Requires role MAINTAIN_LOCATIONS and write
/// scope.
#[utoipa::path(
    post,
    path = "/locations/bulk/update-cell-certificate/{prisonId}",
    operation_id = "uploadCellCertificate",
    tag = "Bulk Location Operations",
    params(("prisonId" = String, Path, description = "Prison ID", example = "MDI")),
    request_body = UploadBody,
    responses(
        (status = 202, description = "Upload accepted and queued for processing", body = UploadView<'_>),
        (status = 400, description = "Invalid Request", body = ErrorResponse),
        (status = 404, description = "Prison not found", body = ErrorResponse),
        (
            status = 409,
            description = "A cell certificate upload is already in progress for this prison",
            body = ErrorResponse
        )
    )
)]
async fn upload_cell_certificate(
    State(app): State<App>,
    caller: Caller,
    Path(prison): Path<String>,
    Body(body): Body<UploadBody>,
) -> Result<Answer, ApiError> {
    caller.require(&MAINTAIN_LOCATIONS_WRITE)?;
    let accepted = upload::accept(&app.services, caller.username(), &body.into_upload(prison)).await?;
    Ok(Answer::accepted(accepted))
}

/// Which uploads are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ToSchema, strum::EnumString, strum::IntoStaticStr, strum::VariantArray)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
#[schema(rename_all = "SCREAMING_SNAKE_CASE")]
enum UploadFilter {
    /// Waiting or at work.
    Processing,
    /// Finished.
    Complete,
}

/// Which uploads of a prison are listed.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
struct UploadsQuery {
    /// Optional filter
    #[serde(deserialize_with = "query::optional_constant")]
    #[param(inline)]
    status: Option<UploadFilter>,
}

/// List cell certificate uploads for a prison
///
/// Returns the upload history for a prison (most recent first), optionally filtered to those still PROCESSING or those
/// that are COMPLETE. Each entry summarises status, timings and record counts. Requires role MAINTAIN_LOCATIONS.
#[utoipa::path(
    get,
    path = "/locations/bulk/update-cell-certificate/{prisonId}",
    operation_id = "getCellCertificateUploads",
    tag = "Bulk Location Operations",
    params(("prisonId" = String, Path, description = "Prison ID", example = "MDI"), UploadsQuery),
    responses(
        (status = 200, description = "Returns the list of uploads for the prison", body = Vec<UploadView<'_>>),
        (status = 400, description = "Invalid Request", body = ErrorResponse)
    )
)]
async fn get_cell_certificate_uploads(
    State(app): State<App>,
    caller: Caller,
    Path(prison): Path<String>,
    Query(query): Query<UploadsQuery>,
) -> Result<Answer, ApiError> {
    caller.require(&MAINTAIN_LOCATIONS)?;
    let listed = match query.status {
        None => Listed::All,
        Some(UploadFilter::Processing) => Listed::Processing,
        Some(UploadFilter::Complete) => Listed::Complete,
    };
    Ok(Answer::ok(upload::list(&app.services, &prison, listed).await?))
}

/// Get a single cell certificate upload with its per-cell results
///
/// Returns the upload summary plus each cell's result (status, dates and the values changed from/to) for drilling into a
/// running or completed upload. Requires role MAINTAIN_LOCATIONS.
#[utoipa::path(
    get,
    path = "/locations/bulk/update-cell-certificate/upload/{uploadId}",
    operation_id = "getCellCertificateUpload",
    tag = "Bulk Location Operations",
    params(("uploadId" = Uuid, Path, description = "Upload ID")),
    responses(
        (status = 200, description = "Returns the upload and its per-cell results", body = UploadView<'_>),
        (status = 400, description = "Invalid Request", body = ErrorResponse),
        (status = 404, description = "Cell certificate upload not found", body = ErrorResponse)
    )
)]
async fn get_cell_certificate_upload(
    State(app): State<App>,
    caller: Caller,
    Path(Id(id)): Path<Id>,
) -> Result<Answer, ApiError> {
    caller.require(&MAINTAIN_LOCATIONS)?;
    Ok(Answer::ok(upload::read(&app.services, id).await?))
}
