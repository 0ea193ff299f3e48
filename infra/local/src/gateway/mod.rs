//! The API Gateway: an HTTP API with a JWT authorizer in front of the functions.
//!
//! A request becomes the JSON event that AWS would make of it, goes through `lambda_http` as it
//! does in a deployed function, and the JSON of the answer becomes a response: every difference of
//! encoding between the hosts is gone.

mod answer;
pub mod authorizer;
mod cors;
mod event;
mod invoke;
pub mod issuer;
mod refusal;
mod routes;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderValue, Request, Response};
use shared::clock::Clock;
use tokio::sync::Notify;
use utoipa::openapi::OpenApi;

use authorizer::Authorizer;
use event::Incoming;
use invoke::Functions;
use refusal::Refusal;
use routes::{Matched, Routes};

/// The path of the one operation that needs no token, a `POST`.
#[must_use]
pub fn open_path() -> &'static str {
    routes::OPEN.1
}

/// An HTTP API takes 10 MB.
const BODY_BYTES: usize = 10 * 1024 * 1024;

/// An HTTP API takes 10,240 bytes of request line and header values.
const HEAD_BYTES: usize = 10_240;

/// What the gateway is made of.
pub struct Parts {
    /// All functions.
    pub functions: axum::Router,
    /// What they say of themselves: the routes come from here.
    pub openapi: OpenApi,
    /// Who checks tokens.
    pub authorizer: Authorizer,
    /// The time.
    pub clock: Clock,
    /// The origin whose pages may call, which is also where the gateway answers.
    pub url: String,
    /// Told after each request that may have changed something.
    pub changed: Arc<Notify>,
}

/// The gateway. Cheap to clone.
#[derive(Clone)]
pub struct Gateway {
    inner: Arc<Inner>,
}

struct Inner {
    routes: Routes,
    functions: Functions,
    authorizer: Authorizer,
    clock: Clock,
    scheme: String,
    host: String,
    origin: Option<HeaderValue>,
    changed: Arc<Notify>,
}

impl Gateway {
    /// A gateway in front of `parts`.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let (scheme, host) = parts.url.split_once("://").unwrap_or(("http", &parts.url));
        Self {
            inner: Arc::new(Inner {
                routes: Routes::of(&parts.openapi),
                functions: Functions::new(parts.functions),
                authorizer: parts.authorizer,
                clock: parts.clock,
                scheme: scheme.to_owned(),
                host: host.to_owned(),
                origin: HeaderValue::from_str(&parts.url).ok(),
                changed: parts.changed,
            }),
        }
    }

    async fn answer(&self, from: SocketAddr, request: Request<Body>) -> Response<Body> {
        let inner = &self.inner;
        if let Some(preflight) = cors::preflight(inner.origin.as_ref(), &request) {
            return preflight;
        }
        let begun = std::time::Instant::now();
        let own = cors::is_own(inner.origin.as_ref(), request.headers());
        let id = ulid::Ulid::generate().to_string();
        let mut route = None;
        let mut response = match self.handle(from, &id, request, &mut route).await {
            Ok(response) => response,
            Err(refusal) => refusal.response(),
        };
        cors::allow(own.then_some(inner.origin.as_ref()).flatten(), &mut response);
        if let Ok(id) = HeaderValue::from_str(&id) {
            response.headers_mut().insert("apigw-requestid", id);
        }
        // Never path, query or address: what AWS's access log is set to hold.
        tracing::debug!(
            request.id = %id,
            route = route.as_deref().unwrap_or("-"),
            status = response.status().as_u16(),
            ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
            "answered"
        );
        response
    }

    async fn handle(
        &self,
        from: SocketAddr,
        id: &str,
        request: Request<Body>,
        route: &mut Option<String>,
    ) -> Result<Response<Body>, Refusal> {
        let inner = &self.inner;
        let (head, body) = request.into_parts();
        if head_bytes(&head) > HEAD_BYTES {
            return Err(Refusal::HeadTooLarge);
        }
        let path = event::decoded_path(head.uri.path()).ok_or(Refusal::BadRequest)?;
        let Matched { key, parameters, is_open } =
            inner.routes.find(&head.method, &path).ok_or(Refusal::NotFound)?;
        *route = Some(key.clone());
        let claims = if is_open {
            None
        } else {
            Some(inner.authorizer.check(&head.headers, inner.clock.now()).await?)
        };
        let body = http_body_util::BodyExt::collect(http_body_util::Limited::new(body, BODY_BYTES))
            .await
            .map_err(|error| {
                let too_large = error.is::<http_body_util::LengthLimitError>();
                if too_large { Refusal::BodyTooLarge } else { Refusal::BadRequest }
            })?
            .to_bytes();
        let changes = head.method != http::Method::GET;
        let event = event::json(&Incoming {
            id,
            key: &key,
            path: &path,
            parameters: &parameters,
            claims: claims.as_ref(),
            head: &head,
            body: &body,
            from: from.ip(),
            scheme: &inner.scheme,
            host: &inner.host,
            now: inner.clock.now(),
        })?;
        let answered = inner.functions.invoke(event).await;
        if changes {
            inner.changed.notify_one();
        }
        answered
    }
}

/// Request line and header values, as AWS counts them.
fn head_bytes(head: &http::request::Parts) -> usize {
    let target = head.uri.path_and_query().map_or(0, |target| target.as_str().len());
    let headers = head.headers.iter().map(|(name, value)| name.as_str().len() + value.len());
    target + headers.sum::<usize>()
}

/// The axum handler.
pub async fn serve(
    State(gateway): State<Gateway>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    request: Request<Body>,
) -> Response<Body> {
    gateway.answer(from, request).await
}

#[cfg(test)]
mod tests;
