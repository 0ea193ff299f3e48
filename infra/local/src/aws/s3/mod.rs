//! S3: s3s on a folder, behind the second public listener.
//!
//! A presigned link is signed for its host, so files have an origin of their own.

mod cors;
mod store;

use std::io;
use std::path::Path;

use axum::Router;
use axum::error_handling::HandleError;
use axum::http::StatusCode;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;

pub use cors::Origin;
pub use store::{Uploaded, UploadedHook};

use store::Store;

/// What S3 asks of whoever speaks to it.
pub struct Keys<'a> {
    /// The id, which stands in each presigned link.
    pub access: &'a str,
    /// The secret.
    pub secret: &'a str,
}

/// S3 on `folder`, as a router for its own listener. Only signed requests are answered.
///
/// # Errors
///
/// The folder is not accessible.
pub fn router(
    folder: &Path,
    keys: &Keys<'_>,
    app: Origin,
    uploaded: UploadedHook,
) -> io::Result<Router> {
    let store = Store::open(folder, uploaded)?;
    let mut builder = S3ServiceBuilder::new(store);
    builder.set_auth(SimpleAuth::from_single(keys.access, keys.secret));
    let service = HandleError::new(builder.build(), |error: s3s::HttpError| async move {
        tracing::error!(?error, "the embedded S3 did not answer");
        StatusCode::INTERNAL_SERVER_ERROR
    });
    Ok(Router::new()
        .fallback_service(service)
        .layer(axum::middleware::from_fn_with_state(app, cors::layer)))
}
