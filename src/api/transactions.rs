//! Linked transactions (03 section 15).

use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::answer::Answer;
use super::permission::VIEW_LOCATIONS;
use super::{ApiError, Caller, ErrorResponse, Id, Path};
use crate::app::App;
use crate::service::transactions;
use crate::view::history::TransactionView;

/// The routes of this area.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_transaction))
}

/// Returns transaction history information for this transaction ID
///
/// Requires role VIEW_LOCATIONS
#[utoipa::path(
    get,
    path = "/transactions/{txId}",
    operation_id = "getTransaction",
    tag = "Transactions",
    params(("txId" = Uuid, Path, description = "The transaction Id", example = "de91dfa7-821f-4552-a427-bf2f32eafeb0")),
    responses(
        (status = 200, description = "Returns transaction information", body = TransactionView),
        (status = 404, description = "Tx not found", body = ErrorResponse)
    )
)]
async fn get_transaction(State(app): State<App>, caller: Caller, Path(Id(id)): Path<Id>) -> Result<Answer, ApiError> {
    caller.require(&VIEW_LOCATIONS)?;
    Ok(Answer::ok(transactions::by_id(&app.services, id).await?))
}
