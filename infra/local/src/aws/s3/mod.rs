//! S3: s3s on a folder, behind the second public listener.
//!
//! A presigned link is signed for its host, so files have an origin of their own.

mod cors;
mod store;

use std::io;
use std::path::Path;

use axum::Router;
use axum::error_handling::HandleError;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use s3s::auth::{SecretKey, SimpleAuth};
use s3s::service::S3ServiceBuilder;

pub use cors::Origin;
pub use store::{Uploaded, UploadedHook};

use super::calls::{self, Calls};
use store::Store;

/// What S3 asks of whoever speaks to it.
pub struct Keys<'a> {
    /// The ids that count; one stands in each presigned link.
    pub access: &'a [&'a str],
    /// The secret of each.
    pub secret: &'a str,
}

/// S3 on `folder`, as a router for its own listener. Only signed requests are answered. What it is
/// asked for goes into `calls`.
///
/// # Errors
///
/// The folder is not accessible.
pub fn router(
    folder: &Path,
    keys: &Keys<'_>,
    app: Origin,
    uploaded: UploadedHook,
    calls: Calls,
) -> io::Result<Router> {
    let store = Store::open(folder, uploaded)?;
    let mut builder = S3ServiceBuilder::new(store);
    let mut auth = SimpleAuth::new();
    for access in keys.access {
        auth.register((*access).into(), SecretKey::from(keys.secret));
    }
    builder.set_auth(auth);
    let service = HandleError::new(builder.build(), |error: s3s::HttpError| async move {
        tracing::error!(?error, "the embedded S3 did not answer");
        StatusCode::INTERNAL_SERVER_ERROR
    });
    Ok(Router::new()
        .fallback_service(service)
        .layer(from_fn_with_state(calls, note))
        .layer(from_fn_with_state(app, cors::layer)))
}

/// Writes down what is asked for, by a function or with a link that it has signed.
async fn note(State(calls): State<Calls>, request: Request, next: Next) -> Response {
    if calls.is_on() {
        let header = request.headers().get("authorization").and_then(|value| value.to_str().ok());
        let signed = header.or(request.uri().query()).unwrap_or_default();
        calls.note(signed, &calls::s3(request.method()));
    }
    next.run(request).await
}
