//! Changes of residential locations (chapter 04); some of them take non-residential locations too.

mod bulk;
mod cells;
mod conversion;
mod create;
mod entries;
mod state;
mod update;

use utoipa_axum::router::OpenApiRouter;

use super::ErrorResponse;
use crate::app::App;

/// The routes of this area.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(create::routes())
        .merge(update::routes())
        .merge(cells::routes())
        .merge(conversion::routes())
        .merge(state::routes())
        .merge(bulk::routes())
}

/// What every change may be refused with. Never made: it describes answers in the OpenAPI document.
#[derive(utoipa::IntoResponses)]
#[expect(dead_code, reason = "only the document needs it")]
enum Refused {
    /// Invalid request
    #[response(status = 400)]
    Invalid(ErrorResponse),
    /// Location not found
    #[response(status = 404)]
    NotFound(ErrorResponse),
    /// The location, or another one, stands in the way of the change
    #[response(status = 409)]
    Conflict(ErrorResponse),
}
