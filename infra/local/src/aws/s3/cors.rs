//! What a bucket's CORS rule does: the pages of the app may upload and download.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// The origin whose pages may use the files, e.g. `http://127.0.0.1:8080`.
#[derive(Clone, Debug)]
pub struct Origin(pub HeaderValue);

/// Answers preflights, and lets the pages of one origin read the answers.
pub(super) async fn layer(State(app): State<Origin>, request: Request, next: Next) -> Response {
    let own = request.headers().get(header::ORIGIN) == Some(&app.0);
    if request.method() == Method::OPTIONS {
        return preflight(&app, own, request.headers());
    }
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(header::VARY, HeaderValue::from_static("origin"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if own {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, app.0);
        headers.insert(
            header::ACCESS_CONTROL_EXPOSE_HEADERS,
            HeaderValue::from_static("etag, content-disposition, x-amz-request-id"),
        );
    }
    response
}

/// S3 answers 403 to a preflight that no rule allows.
fn preflight(app: &Origin, own: bool, asked: &HeaderMap) -> Response {
    if !own {
        return StatusCode::FORBIDDEN.into_response();
    }
    let mut response = Response::new(Body::empty());
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, app.0.clone());
    headers
        .insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, HEAD, PUT"));
    if let Some(names) = asked.get(header::ACCESS_CONTROL_REQUEST_HEADERS) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, names.clone());
    }
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("3000"));
    headers.insert(header::VARY, HeaderValue::from_static("origin"));
    response
}
