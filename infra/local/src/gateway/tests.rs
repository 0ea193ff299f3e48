use axum::Router;
use axum::routing::get;
use jsonwebtoken::DecodingKey;
use lambda_http::RequestExt;
use serde_json::{Value, json};
use utoipa::openapi::path::{HttpMethod, Operation, PathItem};
use utoipa::openapi::{InfoBuilder, OpenApi, PathsBuilder};

use super::*;
use crate::gateway::issuer::Issuer;

/// A gateway in front of one function, which says what it was given; without tokens, since the
/// route is the open one.
fn gateway(function: Router) -> Gateway {
    let item = |method| PathItem::new(method, Operation::new());
    let paths = PathsBuilder::new()
        .path(routes::OPEN.1, item(HttpMethod::Post))
        .path("/v1/cases/{case}", item(HttpMethod::Get))
        .path("/v1/cases/search", item(HttpMethod::Get))
        .build();
    let key = DecodingKey::from_secret(b"");
    Gateway::new(Parts {
        functions: function,
        openapi: OpenApi::new(InfoBuilder::new().build(), paths),
        authorizer: Authorizer {
            issuer: Issuer::own("issuer".into(), "key".into(), key),
            audience: Vec::new(),
        },
        clock: Clock::system(),
        url: "http://127.0.0.1:8080".into(),
        changed: Arc::default(),
    })
}

fn echo() -> Router {
    let echo = |request: Request<Body>| async move {
        let context = serde_json::to_value(request.request_context_ref()).unwrap();
        let headers: Vec<_> = request
            .headers()
            .iter()
            .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
            .collect();
        let uri = request.uri().to_string();
        let body = axum::body::to_bytes(request.into_body(), usize::MAX).await.unwrap();
        axum::Json(json!({"context": context, "headers": headers, "uri": uri, "len": body.len()}))
    };
    Router::new().route(routes::OPEN.1, axum::routing::post(echo))
}

async fn ask(gateway: &Gateway, request: Request<Body>) -> (u16, Value) {
    let response = gateway.answer(([127, 0, 0, 9], 1).into(), request).await;
    let status = response.status().as_u16();
    let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
}

fn preview(body: impl Into<Body>) -> Request<Body> {
    Request::post(routes::OPEN.1).body(body.into()).unwrap()
}

#[tokio::test]
async fn what_says_where_a_request_came_from_is_the_gateways_own() {
    let mut request = preview("{}");
    for (name, value) in [
        ("host", "evil.example"),
        ("x-forwarded-proto", "gopher"),
        ("x-forwarded-host", "evil.example"),
        ("forwarded", "for=evil"),
        ("accept", "a"),
        ("cookie", "a=b; c=d"),
    ] {
        request.headers_mut().append(name, value.parse().unwrap());
    }
    request.headers_mut().append("accept", "b".parse().unwrap());
    let (status, body) = ask(&gateway(echo()), request).await;
    assert_eq!(status, 200);
    assert_eq!(
        body["headers"],
        json!([
            "accept: a,b",
            "host: 127.0.0.1:8080",
            "x-forwarded-for: 127.0.0.9",
            "x-forwarded-port: 8080",
            "x-forwarded-proto: http",
            "cookie: a=b; c=d",
        ])
    );
    assert_eq!(body["context"]["http"]["sourceIp"], "127.0.0.9");
    assert_eq!(body["context"]["routeKey"], "POST /v1/invitations/preview");
    assert_eq!(body["context"]["authorizer"], Value::Null);
}

#[tokio::test]
async fn a_body_arrives_as_it_was_sent_whatever_its_type() {
    let gateway = gateway(echo());
    for (content_type, bytes) in
        [("application/json", &b"{\xff"[..]), ("text/plain", b"hello"), ("a/b", b"\x00\x01")]
    {
        let mut request = preview(bytes);
        request.headers_mut().insert("content-type", content_type.parse().unwrap());
        let (status, body) = ask(&gateway, request).await;
        assert_eq!((status, &body["len"]), (200, &json!(bytes.len())), "{content_type}");
    }
}

#[tokio::test]
async fn what_is_too_large_is_refused_on_the_way_in_and_out() {
    let gateway = gateway(
        Router::new()
            .route(routes::OPEN.1, axum::routing::post(|| async { vec![b'x'; 5 * 1024 * 1024] })),
    );
    let refused = |message: &str| json!({ "message": message });
    let large = vec![b'x'; BODY_BYTES + 1];
    assert_eq!(ask(&gateway, preview(large)).await, (413, refused("Request Entity Too Large")));
    // 5 MB in base64 are more than the 6 MB that an answer may have.
    assert_eq!(ask(&gateway, preview("")).await, (500, refused("Internal Server Error")));
    let mut request = preview("");
    request.headers_mut().insert("x-large", "x".repeat(HEAD_BYTES).parse().unwrap());
    assert_eq!(ask(&gateway, request).await.0, 431);
}

#[tokio::test]
async fn a_panic_is_a_500_and_the_next_request_is_answered() {
    async fn panics() {
        panic!("on purpose");
    }
    let functions = Router::new().route(routes::OPEN.1, axum::routing::post(panics));
    let gateway = gateway(functions);
    for _ in 0..2 {
        let (status, body) = ask(&gateway, preview("")).await;
        assert_eq!((status, body), (500, json!({"message": "Internal Server Error"})));
    }
}

#[tokio::test]
async fn only_routes_that_are_there_are_reached_and_only_with_a_token() {
    let gateway = gateway(Router::new().route("/v1/cases/{case}", get(|| async { "seen" })));
    for (path, status) in [
        ("/v1/cases/c1", 401),
        ("/v1/cases/search", 401),
        ("/v1/cases", 404),
        ("/v1/cases/", 404),
        ("/v1/cases/c1/", 404),
        ("/v1/cases/..", 404),
        ("/v1/cases/%2e%2e", 404),
        ("/v1/cases/%ff", 400),
    ] {
        let request = Request::get(path).body(Body::empty()).unwrap();
        assert_eq!(ask(&gateway, request).await.0, status, "{path}");
    }
}

#[test]
fn a_literal_segment_wins_over_a_parameter() {
    let paths = PathsBuilder::new()
        .path("/v1/cases/{case}", PathItem::new(HttpMethod::Get, Operation::new()))
        .path("/v1/cases/search", PathItem::new(HttpMethod::Get, Operation::new()))
        .build();
    let routes = Routes::of(&OpenApi::new(InfoBuilder::new().build(), paths));
    let key = |path| routes.find(&http::Method::GET, path).map(|matched| matched.key);
    assert_eq!(key("/v1/cases/search").as_deref(), Some("GET /v1/cases/search"));
    assert_eq!(key("/v1/cases/x").as_deref(), Some("GET /v1/cases/{case}"));
}
