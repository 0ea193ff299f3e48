//! CORS as an HTTP API does it: for one origin, without asking any function.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};

/// The answer to a preflight; `None` for every other request.
pub(super) fn preflight(
    origin: Option<&HeaderValue>,
    request: &Request<Body>,
) -> Option<Response<Body>> {
    let headers = request.headers();
    if request.method() != Method::OPTIONS
        || !headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
    {
        return None;
    }
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    if is_own(origin, headers) {
        allow(origin, &mut response);
        let headers = response.headers_mut();
        for (name, value) in [
            (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, PUT, PATCH, DELETE"),
            (
                header::ACCESS_CONTROL_ALLOW_HEADERS,
                "authorization, content-type, idempotency-key, if-match",
            ),
            (header::ACCESS_CONTROL_MAX_AGE, "300"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    Some(response)
}

/// Whether the request comes from a page of the one origin.
pub(super) fn is_own(origin: Option<&HeaderValue>, headers: &HeaderMap) -> bool {
    origin.is_some() && headers.get(header::ORIGIN) == origin
}

/// Lets the pages of `origin` read the answer.
pub(super) fn allow(origin: Option<&HeaderValue>, response: &mut Response<Body>) {
    let Some(origin) = origin else { return };
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    headers.insert(
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static("etag, location, retry-after"),
    );
    headers.append(header::VARY, HeaderValue::from_static("origin"));
}
