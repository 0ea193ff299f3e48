//! `notices`: my notices.
//!
//! A notice holds ids only. Its words are made when it is read, after the decision as of now: a
//! case that the reader may not see, or may not see any more, is not named in them.

mod facts;
mod list;
mod read;
mod words;

use shared::app::App;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this function.
#[must_use]
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list::list_notices)).routes(routes!(read::read_notices))
}
