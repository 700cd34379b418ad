//! The OpenAPI document and the page that shows it (07 section 8.3). Open to all.

use axum::Json;
use axum::Router;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use serde_json::json;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{
    ComponentsBuilder, ContactBuilder, ContentBuilder, InfoBuilder, OpenApi, OpenApiBuilder, Ref, ResponseBuilder,
    ServerBuilder,
};
use utoipa_swagger_ui::SwaggerUi;

use crate::app::App;

const DOCUMENT_PATH: &str = "/v3/api-docs";
const CONFIG_PATH: &str = "/v3/api-docs/swagger-config";

/// Groups of operations, as the live document has them.
const TAGS: [(&str, &str); 16] = [
    ("Sync", "Sync NOMIS to Locations Inside Prison Service API endpoints."),
    ("Migration", "Migrate locations from NOMIS"),
    ("Locations", "Returns location information"),
    ("Non-residential functions", "Information in non-residential locations and CRUD operations on them"),
    ("Bulk Location Operations", "Performs bulk operations"),
    ("Location Occupancy", "Returns location information with occupancy information"),
    ("Prisoner locations", "Returns the locations prisoners"),
    ("Prison roll count", "Returns prison roll count information"),
    ("Signed Operation Capacity", "Returns Signed Operation Capacity data per prison."),
    ("Certification", "Functionality to manage certification of residential locations"),
    ("Cell Certificates", "Cell Certificate Management"),
    ("Transactions", "Returns a transaction history applied to a list of locations"),
    ("Prison Configuration", "Allows views and updates on prison configuration"),
    ("Constants", "Returns location reference data."),
    ("hmpps-queue-resource", "Endpoints for administrators of queues"),
    ("hmpps-queue-resource-async", "Endpoints for administrators of the outbox"),
];

/// The document without its operations.
pub fn base(version: &str) -> OpenApi {
    let contact =
        ContactBuilder::new().name(Some("HMPPS Digital Studio")).email(Some("feedback@digital.justice.gov.uk")).build();
    let info = InfoBuilder::new()
        .title("Locations Inside Prison API")
        .description(Some("API for viewing and managing locations inside a prison"))
        .version(version)
        .contact(Some(contact))
        .build();
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("JWT")
        .description(Some("An HMPPS Auth access token."))
        .build();
    let tags = TAGS.map(|(name, description)| TagBuilder::new().name(name).description(Some(description)).build());
    OpenApiBuilder::new()
        .info(info)
        .servers(Some([ServerBuilder::new().url("/").description(Some("Current url")).build()]))
        .security(Some([SecurityRequirement::new("bearer-jwt", ["read", "write"])]))
        .tags(Some(tags))
        .components(Some(ComponentsBuilder::new().security_scheme("bearer-jwt", SecurityScheme::Http(bearer)).build()))
        .build()
}

/// Adds what holds for all operations (07 sections 1.1 and 2.2): 401 without a token, 403 without the role or scope that the
/// operation's description names, 400 where something of the request can't be read, 415 where a body is of another kind. What an
/// operation says of its own answers stays.
pub fn complete(mut document: OpenApi) -> OpenApi {
    for item in document.paths.paths.values_mut() {
        let operations = [&mut item.get, &mut item.put, &mut item.post, &mut item.delete, &mut item.patch];
        for operation in operations.into_iter().flatten() {
            let has_body = operation.request_body.is_some();
            let has_parameters = operation.parameters.as_ref().is_some_and(|p| !p.is_empty());
            let answers = &mut operation.responses.responses;
            // It has no body (07 section 1.6).
            let unauthorized = ResponseBuilder::new().description("Unauthorized to access this endpoint").build();
            answers.insert("401".to_owned(), unauthorized.into());
            let mut add = |status: &str, answer: ResponseBuilder| {
                answers.entry(status.to_owned()).or_insert_with(|| answer.build().into());
            };
            add("403", error_answer("Missing required role or scope: see what the operation requires"));
            if has_body || has_parameters {
                add("400", error_answer("Invalid request"));
            }
            if has_body {
                add("415", error_answer("The body is of a kind that is not supported"));
            }
        }
    }
    document
}

fn error_answer(description: &str) -> ResponseBuilder {
    let body = ContentBuilder::new().schema(Some(Ref::from_schema_name("ErrorResponse"))).build();
    ResponseBuilder::new().description(description).content("application/json", body)
}

/// Serves the document, as JSON and YAML, and the page.
///
/// # Errors
/// When the document can't be written.
pub fn routes(document: &OpenApi) -> Result<Router<App>, DocumentError> {
    let json = Bytes::from(document.to_json()?);
    let yaml = Bytes::from(document.to_yaml().map_err(|error| DocumentError::Yaml(error.to_string()))?);
    let page = SwaggerUi::new("/swagger-ui").config(
        utoipa_swagger_ui::Config::from(DOCUMENT_PATH)
            .persist_authorization(true)
            .try_it_out_enabled(true)
            .validator_url("none"),
    );
    Ok(Router::new()
        .merge(Router::<App>::from(page))
        .route(DOCUMENT_PATH, get(move || std::future::ready(typed("application/json", json.clone()))))
        .route("/v3/api-docs.yaml", get(move || std::future::ready(typed("application/vnd.oai.openapi", yaml.clone()))))
        .route(CONFIG_PATH, get(swagger_config))
        .route("/swagger-ui.html", get(to_page)))
}

/// Why there is no document.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// As JSON.
    #[error("OpenAPI document: {0}")]
    Json(#[from] serde_json::Error),
    /// As YAML.
    #[error("OpenAPI document: {0}")]
    Yaml(String),
}

fn typed(content_type: &'static str, body: Bytes) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static(content_type))], body).into_response()
}

async fn swagger_config() -> impl IntoResponse {
    Json(json!({"configUrl": CONFIG_PATH, "url": DOCUMENT_PATH, "validatorUrl": ""}))
}

async fn to_page() -> impl IntoResponse {
    (StatusCode::FOUND, [(header::LOCATION, HeaderValue::from_static("/swagger-ui/index.html"))])
}
