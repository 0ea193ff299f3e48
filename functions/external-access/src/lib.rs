//! `GET`, `PUT /v1/cases/{case}/access`; `POST /v1/access` for many cases.

mod bulk;
mod marks;
mod read;
mod set;
mod view;

use shared::routes;
use shared::routes::Routes;

/// What the function answers.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(read::read_access, set::set_access))
        .routes(routes!(bulk::set_access_of_many))
}
