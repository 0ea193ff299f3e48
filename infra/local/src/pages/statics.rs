//! The static pages of `infra/pages`, compiled in, and what they must know of this host.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use reqwest::Url;
use serde_json::json;

use super::Site;
use super::html::Page;
use crate::gateway::authorizer::SCOPE;

/// Every file of `infra/pages`: its name and its bytes.
const FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/pages.rs"));

/// The pages, under short names, and their files.
pub(super) fn routes() -> Router<Arc<Site>> {
    Router::new()
        .route("/i", get(invitation))
        .route("/case", get(case))
        .route("/cases", get(cases))
        .route("/pages/config.json", get(config))
        .route("/pages/{file}", get(file))
}

async fn invitation(State(site): State<Arc<Site>>) -> Response {
    serve(&site, "i.html").await
}

async fn case(State(site): State<Arc<Site>>) -> Response {
    serve(&site, "case.html").await
}

async fn cases(State(site): State<Arc<Site>>) -> Response {
    serve(&site, "cases.html").await
}

async fn file(State(site): State<Arc<Site>>, Path(name): Path<String>) -> Response {
    serve(&site, &name).await
}

async fn serve(site: &Site, name: &str) -> Response {
    let Some((_, bytes)) = FILES.iter().find(|(known, _)| *known == name) else {
        return super::missing().await;
    };
    let content_type = match name.rsplit_once('.').map(|(_, end)| end) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        _ => "application/octet-stream",
    };
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    page(site).seal(headers);
    response
}

/// What the pages may do: call this host, its files and the issuer.
fn page(site: &Site) -> Page {
    let origin = |url: &str| Url::parse(url).map(|url| url.origin().ascii_serialization()).ok();
    let token = site.sign_in.as_ref().and_then(|endpoints| origin(&endpoints.token));
    let origins: Vec<_> = [origin(&site.files), token].into_iter().flatten().collect();
    Page::with_scripts(&origins.iter().map(String::as_str).collect::<Vec<_>>())
}

/// `GET /pages/config.json`
async fn config(State(site): State<Arc<Site>>) -> Response {
    let mut response = Json(json!({
        "api": site.api,
        "issuer": site.issuer,
        "client_id": site.client_id,
        "authorize_endpoint": site.sign_in.as_ref().map(|endpoints| &endpoints.authorize),
        "token_endpoint": site.sign_in.as_ref().map(|endpoints| &endpoints.token),
        "scope": format!("openid email profile {SCOPE}"),
        "case_url": site.case_url,
        "dev": site.dev,
    }))
    .into_response();
    page(&site).seal(response.headers_mut());
    response
}
