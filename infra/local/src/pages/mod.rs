//! The pages of the host itself.

mod documentation;
pub(crate) mod html;
mod mailbox;
mod start;
mod statics;

use std::sync::Arc;

use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use shared::clock::Clock;
use utoipa::openapi::OpenApi;

use crate::gateway::issuer::SignInEndpoints;
use crate::mailbox::Mailbox;
use crate::world::SignIn;

/// What the pages show.
#[derive(Clone)]
pub struct Site {
    /// Where the API and the pages are.
    pub api: String,
    /// Where the files are.
    pub files: String,
    /// Who issues the tokens.
    pub issuer: String,
    /// Where the issuer signs people in, if it is known.
    pub sign_in: Option<SignInEndpoints>,
    /// The client that the pages are for the issuer.
    pub client_id: String,
    /// Where a case is shown, to which its id is appended.
    pub case_url: Option<String>,
    /// Whether development sign-in is on.
    pub dev: bool,
    /// The mailbox, where it may be shown.
    pub mailbox: Option<Mailbox>,
    /// The time.
    pub clock: Clock,
    /// As whom to sign in, in a demonstration world.
    pub people: &'static [SignIn],
}

/// All pages.
pub fn routes(site: Site, openapi: OpenApi) -> Router {
    let mail = if site.mailbox.is_some() { mailbox::routes() } else { Router::new() };
    let pages = Router::new()
        .route("/", get(start::page))
        .route("/style.css", get(style))
        .merge(mail)
        .merge(statics::routes())
        .with_state(Arc::new(site));
    pages.merge(documentation::routes(openapi))
}

/// A page that says one thing.
pub(crate) fn note(status: StatusCode, heading: &str, text: &str) -> Response {
    html::note(status, false, heading, text)
}

/// A page that is not there, in the words of the gateway below `/v1`, as a page elsewhere.
pub async fn missing() -> Response {
    html::note(StatusCode::NOT_FOUND, false, "Not here", "There is no such page.")
}

async fn style() -> Response {
    let headers = [(header::CONTENT_TYPE, "text/css"), (header::X_CONTENT_TYPE_OPTIONS, "nosniff")];
    (headers, include_str!("../../templates/style.css")).into_response()
}
