//! Answers: JSON, never cached.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

/// An answer that says something, or that there is nothing to say.
#[derive(Debug)]
pub struct Answer<T = ()> {
    status: StatusCode,
    body: Option<T>,
    etag: Option<String>,
}

impl<T> Answer<T> {
    /// 200.
    #[must_use]
    pub fn ok(body: T) -> Self {
        Self::with_status(StatusCode::OK, body)
    }

    /// 201.
    #[must_use]
    pub fn created(body: T) -> Self {
        Self::with_status(StatusCode::CREATED, body)
    }

    /// Another status.
    #[must_use]
    pub fn with_status(status: StatusCode, body: T) -> Self {
        Self { status, body: Some(body), etag: None }
    }

    /// The status of a request that is replayed.
    #[must_use]
    pub fn replayed(status: u16, body: T) -> Self {
        Self::with_status(StatusCode::from_u16(status).unwrap_or(StatusCode::OK), body)
    }

    /// What it says, to be a part of another answer.
    #[must_use]
    pub fn into_body(self) -> Option<T> {
        self.body
    }

    /// With the version that `If-Match` can name: `c` for a case's details, `s` for its shares.
    #[must_use]
    pub fn version(mut self, kind: char, version: u64) -> Self {
        self.etag = Some(format!("\"{kind}{version}\""));
        self
    }
}

impl Answer<()> {
    /// 204.
    #[must_use]
    pub fn nothing() -> Self {
        Self { status: StatusCode::NO_CONTENT, body: None, etag: None }
    }
}

impl<T: Serialize> IntoResponse for Answer<T> {
    fn into_response(self) -> Response {
        let mut response = match self.body {
            Some(body) => (self.status, axum::Json(body)).into_response(),
            None => self.status.into_response(),
        };
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(etag) = self.etag.and_then(|etag| HeaderValue::from_str(&etag).ok()) {
            headers.insert(header::ETAG, etag);
        }
        response
    }
}
