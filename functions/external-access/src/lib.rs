//! `GET`, `PUT /v1/cases/{case}/access`

mod marks;
mod read;
mod set;
mod view;

use shared::app::App;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// What the function answers.
#[must_use]
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(read::read_access, set::set_access))
}
