//! `GET /v1/cases/{case}/history`, `GET /v1/orgs/{org}/audit`

mod audit;
mod auditor;
mod case;
mod feed;
mod reader;
mod view;

use shared::routes;
use shared::routes::Routes;

/// What the function answers.
#[must_use]
pub fn routes() -> Routes {
    Routes::new().routes(routes!(case::read_history)).routes(routes!(audit::read_audit))
}
