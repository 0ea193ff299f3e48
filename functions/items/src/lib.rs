//! `items`: the comments of a case. Other sections come later.
//!
//! | route | does |
//! |---|---|
//! | `GET /v1/cases/{case}/comments` | lists, newest first |
//! | `POST /v1/cases/{case}/comments` | adds |
//! | `GET /v1/cases/{case}/comments/{comment}` | reads |
//! | `PATCH /v1/cases/{case}/comments/{comment}` | changes the text |
//! | `DELETE /v1/cases/{case}/comments/{comment}` | deletes |
//!
//! Marking external is a function of its own.

mod add;
mod change;
mod read;

use shared::app::App;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this function.
#[must_use]
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(read::list_comments, add::add_comment)).routes(routes!(
        read::get_comment,
        change::change_comment,
        change::delete_comment
    ))
}
