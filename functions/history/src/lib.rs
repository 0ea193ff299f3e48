//! `GET /v1/cases/{case}/history`, `GET /v1/orgs/{org}/audit`

mod audit;
mod auditor;
mod case;
mod feed;
mod reader;
mod view;

use shared::app::App;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// What the function answers.
#[must_use]
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(case::read_history)).routes(routes!(audit::read_audit))
}
