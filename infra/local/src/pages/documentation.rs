//! `/docs` and `/openapi.json`.

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use utoipa::openapi::OpenApi;
use utoipa_swagger_ui::SwaggerUi;

use super::html::Page;

/// The documentation, rendered from the OpenAPI document.
pub(super) fn routes(openapi: OpenApi) -> Router {
    let ui: Router = SwaggerUi::new("/docs").url("/openapi.json", openapi).into();
    ui.layer(from_fn(seal))
}

async fn seal(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    Page::documentation().seal(response.headers_mut());
    response
}
