//! `receive`: what other orgs share, taken into cases of one's own.
//!
//! A share over a link that finalises opens nothing by itself: it waits until the receiving org has
//! named a member (`assign`), and that member, or an admin, has said into which case it goes
//! (`finalise`). Then the targets that are shared with the org are shown in that case; of those
//! that it has already, it says which one stays (`resolve`).

mod assign;
mod change;
mod conflict;
mod finalise;
mod incoming;
mod list;
mod new_case;
mod refuse;
mod resolve;

use shared::routes;
use shared::routes::Routes;

/// The routes of this function.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(list::list_incoming))
        .routes(routes!(list::get_incoming))
        .routes(routes!(assign::assign_incoming))
        .routes(routes!(finalise::finalise_incoming))
        .routes(routes!(refuse::refuse_incoming))
        .routes(routes!(resolve::resolve_incoming))
}
