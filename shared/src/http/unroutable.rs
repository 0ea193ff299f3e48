//! Requests that the gateway routed here and that no route takes: their path changed on the way.
//!
//! The gateway decodes a path before it matches a route, and `lambda_http` makes a URL of what is
//! left, trimming and encoding as URLs do. `/v1/cases/%20` is therefore `/v1/cases/` here.

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use lambda_http::RequestExt;

use crate::error::Error;

/// `routes` as they are served: what they do not take is refused with a problem. Not part of
/// `routes()` themselves, so that they can be merged.
pub fn served<State: Clone + Send + Sync + 'static>(routes: Router<State>) -> Router<State> {
    routes.fallback(refuse).method_not_allowed_fallback(refuse).layer(from_fn(refuse_dots))
}

/// Dots in a decoded path would lead out of the route that the gateway matched.
async fn refuse_dots(request: Request, next: Next) -> Response {
    let leads_out = request.raw_http_path().split('/').any(|part| matches!(part, "." | ".."));
    if leads_out { refuse(request).await.into_response() } else { next.run(request).await }
}

async fn refuse(request: Request) -> Error {
    let (parts, _) = request.into_parts();
    let parameters = parts.path_parameters_ref();
    let odd = parameters.and_then(|parameters| {
        let is_odd = |value: &str| {
            value.is_empty() || !value.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        };
        parameters.iter().find(|(_, value)| is_odd(value)).map(|(name, _)| name.to_owned())
    });
    Error::parameter(odd.unwrap_or_else(|| "path".to_owned()), "must hold `A-Z a-z 0-9 -` only")
}
