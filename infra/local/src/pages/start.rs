//! `/`: names everything that there is.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::Site;
use super::html::{self, Page};
use crate::world::SignIn;

#[derive(askama::Template)]
#[template(path = "start.html")]
struct Start<'a> {
    dev: bool,
    api: &'a str,
    files: &'a str,
    issuer: &'a str,
    mail: bool,
    test_clock: bool,
    now: String,
    people: &'static [SignIn],
}

/// `GET /`
pub(super) async fn page(State(site): State<Arc<Site>>) -> Response {
    let start = Start {
        dev: site.dev,
        api: &site.api,
        files: &site.files,
        issuer: &site.issuer,
        mail: site.mailbox.is_some(),
        test_clock: site.clock.can_be_moved(),
        now: site.clock.now().to_string(),
        people: site.people,
    };
    html::show(StatusCode::OK, &start, &Page::plain())
}
