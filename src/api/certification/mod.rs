//! Approvals: asking for them, deciding on them, reading them (06 sections 4 to 6).

pub mod body;
pub mod certificates;
pub mod signed_capacity;
pub mod uploads;

use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use self::body::{
    ApproveBody, DraftBody, PermanentDeactivationBody, ReactivationBody, RejectBody, SignedCapacityApprovalBody,
    SpecialistTypesBody, WithdrawBody,
};
use super::answer::Answer;
use super::check::{PrisonIdParam, prison_id};
use super::permission::LOCATION_CERTIFICATION;
use super::reading::query;
use super::{ApiError, Body, Caller, ErrorResponse, Id, Path, Query};
use crate::app::App;
use crate::domain::reference::ApprovalStatus;
use crate::service::certification::decide::{self, RefusedBy};
use crate::service::certification::{read, request};
use crate::view::approval::{PendingBelowView, RequestView};

/// The routes of this area.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(draft_request_approval))
        .routes(routes!(reactivation_request_approval))
        .routes(routes!(request_specialist_cell_type_change_approval))
        .routes(routes!(request_permanent_deactivation_approval))
        .routes(routes!(request_signed_op_cap_approval))
        .routes(routes!(approve_certification_request))
        .routes(routes!(reject_certification_request))
        .routes(routes!(withdraw_certification_request))
        .routes(routes!(get_approval_request))
        .routes(routes!(get_approval_requests))
        .routes(routes!(get_pending_approvals_below))
        .merge(certificates::routes())
        .merge(signed_capacity::routes())
        .merge(uploads::routes())
}

/// Requests approval for a DRAFT location, locations below this will be included in the request
///
/// Requires role LOCATION_CERTIFICATION
#[utoipa::path(
    put,
    path = "/certification/location/request-approval",
    operation_id = "draftRequestApproval",
    tag = "Certification",
    request_body = DraftBody,
    responses(
        (status = 200, description = "Returns the approval request status", body = RequestView<'_>),
        (status = 400, description = "Invalid Request", body = ErrorResponse),
        (status = 404, description = "Location not found", body = ErrorResponse),
        (status = 409, description = "A request is pending already", body = ErrorResponse)
    )
)]
async fn draft_request_approval(
    State(app): State<App>,
    caller: Caller,
    Body(body): Body<DraftBody>,
) -> Result<Answer, ApiError> {
    caller.require(&LOCATION_CERTIFICATION)?;
    Ok(Answer::ok(request::draft(&app.services, caller.username(), body.location_id).await?))
}

/// Requests approval to reactivate a set of locations
///
/// Requires role LOCATION_CERTIFICATION
#[utoipa::path(
    put,
    path = "/certification/location/reactivation-request-approval",
    operation_id = "reactivationRequestApproval",
    tag = "Certification",
    request_body = ReactivationBody,
    responses(
        (status = 200, description = "Returns the approval request status", body = RequestView<'_>),
        (status = 400, description = "Invalid Request", body = ErrorResponse),
        (status = 404, description = "Location not found", body = ErrorResponse),
        (status = 409, description = "A request is pending already", body = ErrorResponse)
    )
)]
async fn reactivation_request_approval(
    State(app): State<App>,
    caller: Caller,
    Body(body): Body<ReactivationBody>,
) -> Result<Answer, ApiError> {
    caller.require(&LOCATION_CERTIFICATION)?;
    let unreadable = || ApiError::bad_request("cellReactivationChanges: each name must be the id of a location");
    let wanted = body.into_request().ok_or_else(unreadable)?;
    Ok(Answer::ok(request::reactivation(&app.services, caller.username(), &wanted).await?))
}

/// Requests approval for a specialist cell type change on a cell, including associated capacity changes
///
/// Requires role LOCATION_CERTIFICATION. Use this endpoint when adding or removing specialist cell types that affect
/// capacity (affectsCapacity=true). Changes to non-capacity-affecting types or swaps between capacity-affecting types do
/// not require approval and should use the direct specialist-cell-types endpoint.
#[utoipa::path(
    put,
    path = "/certification/location/specialist-cell-type-change",
    operation_id = "requestSpecialistCellTypeChangeApproval",
    tag = "Certification",
    request_body = SpecialistTypesBody,
    responses(
        (status = 200, description = "Returns the approval request", body = RequestView<'_>),
        (status = 400, description = "Invalid Request", body = ErrorResponse),
        (status = 404, description = "Location not found", body = ErrorResponse),
        (status = 409, description = "A request is pending already", body = ErrorResponse)
    )
)]
async fn request_specialist_cell_type_change_approval(
    State(app): State<App>,
    caller: Caller,
    Body(body): Body<SpecialistTypesBody>,
) -> Result<Answer, ApiError> {
    caller.require(&LOCATION_CERTIFICATION)?;
    Ok(Answer::ok(request::specialist_types(&app.services, caller.username(), &body.into()).await?))
}

/// Requests approval to permanently deactivate a location (and any sub-locations below it)
///
/// Requires role LOCATION_CERTIFICATION. The location must already be temporarily deactivated. On approval the location
/// is permanently deactivated and removed from the cell certificate; on rejection or withdrawal the location stays in its
/// existing inactive status.
#[utoipa::path(
    put,
    path = "/certification/location/permanent-deactivation-request-approval",
    operation_id = "requestPermanentDeactivationApproval",
    tag = "Certification",
    request_body = PermanentDeactivationBody,
    responses(
        (status = 200, description = "Returns the approval request", body = RequestView<'_>),
        (status = 400, description = "Invalid Request", body = ErrorResponse),
        (status = 404, description = "Location not found", body = ErrorResponse),
        (status = 409, description = "The location is active, or a request is pending already", body = ErrorResponse)
    )
)]
async fn request_permanent_deactivation_approval(
    State(app): State<App>,
    caller: Caller,
    Body(body): Body<PermanentDeactivationBody>,
) -> Result<Answer, ApiError> {
    caller.require(&LOCATION_CERTIFICATION)?;
    let asked = request::permanent_deactivation(&app.services, caller.username(), body.location_id, &body.reason);
    Ok(Answer::ok(asked.await?))
}

/// Requests approval for a signed operation capacity change
///
/// Requires role LOCATION_CERTIFICATION
#[utoipa::path(
    put,
    path = "/certification/prison/signed-op-cap-change",
    operation_id = "requestSignedOpCapApproval",
    tag = "Certification",
    request_body = SignedCapacityApprovalBody,
    responses(
        (status = 200, description = "Returns the approval request status", body = RequestView<'_>),
        (status = 400, description = "Invalid Request", body = ErrorResponse),
        (status = 404, description = "Location not found", body = ErrorResponse),
        (status = 409, description = "A request is pending already", body = ErrorResponse)
    )
)]
async fn request_signed_op_cap_approval(
    State(app): State<App>,
    caller: Caller,
    Body(body): Body<SignedCapacityApprovalBody>,
) -> Result<Answer, ApiError> {
    caller.require(&LOCATION_CERTIFICATION)?;
    Ok(Answer::ok(request::signed_capacity(&app.services, caller.username(), &body.into()).await?))
}

/// Approves a certification request for a location
///
/// Requires role LOCATION_CERTIFICATION
#[utoipa::path(
    put,
    path = "/certification/location/approve",
    operation_id = "approveCertificationRequest",
    tag = "Certification",
    request_body = ApproveBody,
    responses(
        (status = 200, description = "Returns the approval request status", body = RequestView<'_>),
        (status = 400, description = "Invalid Request", body = ErrorResponse),
        (status = 404, description = "Approval request not found", body = ErrorResponse),
        (status = 409, description = "The location is active", body = ErrorResponse)
    )
)]
async fn approve_certification_request(
    State(app): State<App>,
    caller: Caller,
    Body(body): Body<ApproveBody>,
) -> Result<Answer, ApiError> {
    caller.require(&LOCATION_CERTIFICATION)?;
    Ok(Answer::ok(decide::approve(&app.services, caller.username(), body.approval_request_reference).await?))
}

/// Rejects a certification request for a location
///
/// Requires role LOCATION_CERTIFICATION
#[utoipa::path(
    put,
    path = "/certification/location/reject",
    operation_id = "rejectCertificationRequest",
    tag = "Certification",
    request_body = RejectBody,
    responses(
        (status = 200, description = "Returns the approval request status", body = RequestView<'_>),
        (status = 400, description = "Invalid Request", body = ErrorResponse),
        (status = 404, description = "Approval request not found", body = ErrorResponse)
    )
)]
async fn reject_certification_request(
    State(app): State<App>,
    caller: Caller,
    Body(body): Body<RejectBody>,
) -> Result<Answer, ApiError> {
    caller.require(&LOCATION_CERTIFICATION)?;
    let (id, by) = (body.approval_request_reference, RefusedBy::Rejection);
    Ok(Answer::ok(decide::refuse(&app.services, caller.username(), id, by, &body.comments).await?))
}

/// Withdraw a certification request for a location
///
/// Requires role LOCATION_CERTIFICATION
#[utoipa::path(
    put,
    path = "/certification/location/withdraw",
    operation_id = "withdrawCertificationRequest",
    tag = "Certification",
    request_body = WithdrawBody,
    responses(
        (status = 200, description = "Returns the approval request status", body = RequestView<'_>),
        (status = 400, description = "Invalid Request", body = ErrorResponse),
        (status = 404, description = "Approval request not found", body = ErrorResponse)
    )
)]
async fn withdraw_certification_request(
    State(app): State<App>,
    caller: Caller,
    Body(body): Body<WithdrawBody>,
) -> Result<Answer, ApiError> {
    caller.require(&LOCATION_CERTIFICATION)?;
    let (id, by) = (body.approval_request_reference, RefusedBy::Withdrawal);
    Ok(Answer::ok(decide::refuse(&app.services, caller.username(), id, by, &body.comments).await?))
}

/// Get a certification approval request by ID
///
/// Requires role LOCATION_CERTIFICATION
#[utoipa::path(
    get,
    path = "/certification/request-approvals/{id}",
    operation_id = "getApprovalRequest",
    tag = "Certification",
    params(("id" = Uuid, Path, description = "Approval request ID")),
    responses(
        (status = 200, description = "Returns the certification approval request", body = RequestView<'_>),
        (status = 400, description = "Invalid Request", body = ErrorResponse),
        (status = 404, description = "Approval request not found", body = ErrorResponse)
    )
)]
async fn get_approval_request(
    State(app): State<App>,
    caller: Caller,
    Path(Id(id)): Path<Id>,
) -> Result<Answer, ApiError> {
    caller.require(&LOCATION_CERTIFICATION)?;
    Ok(Answer::ok(read::request(&app.services, id).await?))
}

/// Which requests are listed.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
struct RequestsQuery {
    /// Only requests with this status
    #[serde(deserialize_with = "query::optional_constant")]
    #[param(default = "PENDING", inline)]
    status: Option<ApprovalStatus>,
}

/// Get all certification approval requests with optional filtering
///
/// Requires role LOCATION_CERTIFICATION
#[utoipa::path(
    get,
    path = "/certification/request-approvals/prison/{prisonId}",
    operation_id = "getApprovalRequests",
    tag = "Certification",
    params(PrisonIdParam, RequestsQuery),
    responses(
        (status = 200, description = "Returns a list of certification approval requests", body = Vec<RequestView<'_>>),
        (status = 400, description = "Invalid Request", body = ErrorResponse)
    )
)]
async fn get_approval_requests(
    State(app): State<App>,
    caller: Caller,
    Path(prison): Path<String>,
    Query(query): Query<RequestsQuery>,
) -> Result<Answer, ApiError> {
    caller.require(&LOCATION_CERTIFICATION)?;
    let status = query.status.unwrap_or(ApprovalStatus::Pending);
    Ok(Answer::ok(read::requests(&app.services, prison_id(&prison)?, status).await?))
}

/// Check whether any location below the given location has a pending certification approval request
///
/// Used to block archiving a location while a child location has an in-flight change request. Requires role
/// LOCATION_CERTIFICATION
#[utoipa::path(
    get,
    path = "/certification/location/{id}/pending-approvals-below",
    operation_id = "getPendingApprovalsBelow",
    tag = "Certification",
    params(("id" = Uuid, Path, description = "Location ID being archived")),
    responses(
        (status = 200, description = "Returns whether a pending approval exists below the location, with the pending location and its parent", body = PendingBelowView<'_>),
        (status = 400, description = "Invalid Request", body = ErrorResponse),
        (status = 404, description = "Location not found", body = ErrorResponse)
    )
)]
async fn get_pending_approvals_below(
    State(app): State<App>,
    caller: Caller,
    Path(Id(id)): Path<Id>,
) -> Result<Answer, ApiError> {
    caller.require(&LOCATION_CERTIFICATION)?;
    Ok(Answer::ok(read::pending_approvals_below(&app.services, id).await?))
}
