//! `share`: give a case to people and groups; change what a share gives; send an invitation again.
//!
//! | route | does |
//! |---|---|
//! | `GET /v1/cases/{case}/shares` | who has access |
//! | `POST /v1/cases/{case}/shares` | shares with more recipients |
//! | `PUT /v1/cases/{case}/shares` | replaces the whole list |
//! | `GET /v1/cases/{case}/shares/{share}` | one share |
//! | `PATCH /v1/cases/{case}/shares/{share}` | changes what it gives, and when |
//! | `POST /v1/cases/{case}/shares/{share}/resend` | a new invitation; the old link is dead |

mod body;
mod change;
mod create;
mod effective;
mod overwrite;
mod read;
mod resend;

use shared::routes;
use shared::routes::Routes;

/// The routes of this function.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(read::list_shares, create::share_case, overwrite::replace_shares))
        .routes(routes!(read::get_share, change::change_share))
        .routes(routes!(resend::resend_invitation))
}
