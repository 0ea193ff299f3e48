//! `accept`: preview an invitation, list mine, accept, decline.
//!
//! The token shows an invitation to whoever reads that mailbox; it opens nothing. Accepting wants a
//! signed-in caller whose verified address is the invited one, with the token or without it.

mod accepting;
mod declining;
mod group;
mod list;
mod member;
mod preview;
mod share;
mod ticket;

use shared::routes;
use shared::routes::Routes;

/// The routes of this function.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(preview::preview_invitation))
        .routes(routes!(list::list_invitations))
        .routes(routes!(accepting::accept_with_token))
        .routes(routes!(accepting::accept_invitation))
        .routes(routes!(declining::decline_with_token))
        .routes(routes!(declining::decline_invitation))
}
