//! `GET`, `PUT /v1/cases/{case}/assignees`

mod read;
mod set;
mod view;

use shared::routes;
use shared::routes::Routes;

/// What the function answers.
#[must_use]
pub fn routes() -> Routes {
    Routes::new().routes(routes!(read::read_assignees, set::set_assignees))
}
