//! `notices`: my notices.
//!
//! A notice holds ids only. Its words are made when it is read, after the decision as of now: a
//! case that the reader may not see, or may not see any more, is not named in them.

mod facts;
mod list;
mod read;
mod words;

use shared::routes;
use shared::routes::Routes;

/// The routes of this function.
#[must_use]
pub fn routes() -> Routes {
    Routes::new().routes(routes!(list::list_notices)).routes(routes!(read::read_notices))
}
