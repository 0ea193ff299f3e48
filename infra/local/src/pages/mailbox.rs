//! `/mail`: what the embedded SES took.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;

use super::Site;
use super::html::{self, Page};
use crate::mailbox::Mail;

/// As many mails as one page or answer holds.
const MAILS: usize = 500;

#[derive(Deserialize)]
struct Wanted {
    to: Option<String>,
}

#[derive(askama::Template)]
#[template(path = "mailbox.html")]
struct List<'a> {
    dev: bool,
    to: &'a str,
    mails: Vec<Arc<Mail>>,
}

#[derive(askama::Template)]
#[template(path = "mail.html")]
struct One<'a> {
    dev: bool,
    mail: &'a Mail,
    text: Vec<Part<'a>>,
}

/// A part of a text: a link, or what stands between links.
#[derive(Debug, Eq, PartialEq)]
struct Part<'a> {
    is_link: bool,
    text: &'a str,
}

/// Everything below `/mail`.
pub(super) fn routes() -> Router<Arc<Site>> {
    Router::new()
        .route("/mail", get(list))
        .route("/mail.json", get(json))
        .route("/mail/{mail}", get(one))
        .route("/mail/{mail}/html", get(as_html))
}

fn wanted(site: &Site, to: Option<&str>) -> Vec<Arc<Mail>> {
    let to = to.filter(|to| !to.is_empty());
    site.mailbox.as_ref().map(|mailbox| mailbox.list(to, MAILS)).unwrap_or_default()
}

fn find(site: &Site, id: &str) -> Option<Arc<Mail>> {
    site.mailbox.as_ref()?.get(id)
}

async fn list(State(site): State<Arc<Site>>, Query(Wanted { to }): Query<Wanted>) -> Response {
    let mails = wanted(&site, to.as_deref());
    let page = List { dev: site.dev, to: to.as_deref().unwrap_or_default(), mails };
    html::show(StatusCode::OK, &page, &Page::plain())
}

async fn json(State(site): State<Arc<Site>>, Query(Wanted { to }): Query<Wanted>) -> Response {
    let mails = wanted(&site, to.as_deref());
    let mut response =
        Json(mails.iter().map(AsRef::as_ref).collect::<Vec<&Mail>>()).into_response();
    Page::plain().seal(response.headers_mut());
    response
}

async fn one(State(site): State<Arc<Site>>, Path(id): Path<String>) -> Response {
    let Some(mail) = find(&site, &id) else { return super::missing().await };
    let page = One { dev: site.dev, mail: &mail, text: parts(&mail.text) };
    html::show(StatusCode::OK, &page, &Page::plain())
}

async fn as_html(State(site): State<Arc<Site>>, Path(id): Path<String>) -> Response {
    let Some(mail) = find(&site, &id) else { return super::missing().await };
    // Links in a mail are for the whole window, not for the frame in which the mail is shown.
    let base = "<base target=\"_top\">";
    let html = match mail.html.split_once("<head>") {
        Some((before, after)) => format!("{before}<head>{base}{after}"),
        None => format!("{base}{}", mail.html),
    };
    let mut response = Html(html).into_response();
    Page::mail().seal(response.headers_mut());
    response
}

/// Takes a text apart into links and what stands between them.
fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(start) = ["http://", "https://"].iter().filter_map(|s| rest.find(s)).min() {
        let (before, from) = rest.split_at(start);
        let end = from.find(|c: char| c.is_whitespace() || "<>\"".contains(c));
        let (link, after) = from.split_at(end.unwrap_or(from.len()));
        let bare = link.trim_end_matches(['.', ',', ')', ';']);
        let (link, tail) = link.split_at(bare.len());
        parts.push(Part { is_link: false, text: before });
        parts.push(Part { is_link: true, text: link });
        parts.push(Part { is_link: false, text: tail });
        rest = after;
    }
    parts.push(Part { is_link: false, text: rest });
    parts.retain(|part| !part.text.is_empty());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_in_a_text_are_found_without_the_full_stop_after_them() {
        let found = parts("Open http://a.test/i#X.Y.\nOr https://b.test");
        let links: Vec<_> =
            found.iter().filter(|part| part.is_link).map(|part| part.text).collect();
        assert_eq!(links, ["http://a.test/i#X.Y", "https://b.test"]);
        let whole: String = found.iter().map(|part| part.text).collect();
        assert_eq!(whole, "Open http://a.test/i#X.Y.\nOr https://b.test");
    }
}
