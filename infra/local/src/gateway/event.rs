//! A request as API Gateway hands it to a function: payload format 2.0.
//!
//! Source: API Gateway Developer Guide, "Create AWS Lambda proxy integrations for HTTP APIs".

use std::collections::BTreeMap;
use std::fmt::Write;
use std::net::IpAddr;

use axum::body::Bytes;
use axum::http::{HeaderMap, header, request};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::authorizer::Claims;
use super::refusal::Refusal;
use crate::aws::ACCOUNT;

/// A synchronous invocation carries 6 MB.
const EVENT_BYTES: usize = 6 * 1024 * 1024;

/// Everything that an event says.
pub(super) struct Incoming<'a> {
    pub(super) id: &'a str,
    pub(super) key: &'a str,
    pub(super) path: &'a str,
    pub(super) parameters: &'a BTreeMap<String, String>,
    pub(super) claims: Option<&'a Claims>,
    pub(super) head: &'a request::Parts,
    pub(super) body: &'a Bytes,
    pub(super) from: IpAddr,
    pub(super) scheme: &'a str,
    pub(super) host: &'a str,
    pub(super) now: Timestamp,
}

/// A path as an HTTP API shows it: percent-decoded once. `None` if that is no text.
pub(super) fn decoded_path(path: &str) -> Option<String> {
    percent_encoding::percent_decode_str(path).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

/// The event in JSON.
///
/// # Errors
///
/// [`Refusal::BadRequest`] for a header value that is not visible ASCII, which no event carries;
/// [`Refusal::BodyTooLarge`] if the event is too large to invoke a function with.
pub(super) fn json(incoming: &Incoming<'_>) -> Result<String, Refusal> {
    let headers = headers(incoming)?;
    let user_agent = headers.get("user-agent").cloned().unwrap_or_default();
    let method = incoming.head.method.as_str();
    let query = incoming.head.uri.query().unwrap_or_default();
    let mut context = json!({
        "accountId": ACCOUNT,
        "apiId": "local",
        "domainName": incoming.host,
        "domainPrefix": "local",
        "http": {
            "method": method,
            "path": incoming.path,
            "protocol": format!("{:?}", incoming.head.version),
            "sourceIp": incoming.from,
            "userAgent": user_agent,
        },
        "requestId": incoming.id,
        "routeKey": incoming.key,
        "stage": "$default",
        "time": incoming.now.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string(),
        "timeEpoch": incoming.now.as_millisecond(),
    });
    if let (Some(claims), Some(context)) = (incoming.claims, context.as_object_mut()) {
        let jwt = json!({"claims": claims.strings, "scopes": claims.scopes});
        context.insert("authorizer".to_owned(), json!({ "jwt": jwt }));
    }
    let mut event = Map::from_iter([
        ("version".to_owned(), "2.0".into()),
        ("routeKey".to_owned(), incoming.key.into()),
        ("rawPath".to_owned(), incoming.path.into()),
        ("rawQueryString".to_owned(), query.into()),
        ("headers".to_owned(), json!(headers)),
        ("requestContext".to_owned(), context),
        ("isBase64Encoded".to_owned(), false.into()),
    ]);
    if let Some(cookies) = cookies(&incoming.head.headers) {
        event.insert("cookies".to_owned(), cookies);
    }
    if !query.is_empty() {
        event.insert("queryStringParameters".to_owned(), query_parameters(query));
    }
    if !incoming.parameters.is_empty() {
        event.insert("pathParameters".to_owned(), json!(incoming.parameters));
    }
    if !incoming.body.is_empty() {
        let (body, is_base64) = body(&incoming.head.headers, incoming.body);
        event.insert("body".to_owned(), body.into());
        event.insert("isBase64Encoded".to_owned(), is_base64.into());
    }
    let event = Value::Object(event).to_string();
    if event.len() > EVENT_BYTES { Err(Refusal::BodyTooLarge) } else { Ok(event) }
}

/// Names in lower case, values of one name joined with commas; what says where the request came
/// from and went to is the gateway's own.
fn headers(incoming: &Incoming<'_>) -> Result<BTreeMap<String, String>, Refusal> {
    let mut headers = BTreeMap::<String, String>::new();
    for (name, value) in &incoming.head.headers {
        if is_replaced(name.as_str()) {
            continue;
        }
        // lambda_http cannot read an event with other values, so the function would fail.
        let value = value.to_str().map_err(|_| Refusal::BadRequest)?;
        headers
            .entry(name.as_str().to_owned())
            .and_modify(|known| {
                // Writing to a string cannot fail.
                let _ = write!(known, ",{value}");
            })
            .or_insert_with(|| value.to_owned());
    }
    let port = incoming.host.rsplit_once(':').map_or("443", |(_, port)| port);
    for (name, value) in [
        ("host", incoming.host.to_owned()),
        ("x-forwarded-for", incoming.from.to_string()),
        ("x-forwarded-port", port.to_owned()),
        ("x-forwarded-proto", incoming.scheme.to_owned()),
    ] {
        headers.insert(name.to_owned(), value);
    }
    Ok(headers)
}

/// Headers that no function sees as they were sent: cookies have a field of their own, hop-by-hop
/// headers end at the gateway, and of the rest `lambda_http` believes what it finds.
fn is_replaced(name: &str) -> bool {
    matches!(
        name,
        "cookie"
            | "host"
            | "forwarded"
            | "connection"
            | "keep-alive"
            | "te"
            | "upgrade"
            | "transfer-encoding"
            | "proxy-connection"
            | "x-amzn-trace-id"
    ) || name.starts_with("x-forwarded-")
}

fn cookies(headers: &HeaderMap) -> Option<Value> {
    let all: Vec<_> = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .map(str::trim)
        .filter(|cookie| !cookie.is_empty())
        .collect();
    (!all.is_empty()).then(|| json!(all))
}

/// The decoded parameters, values of one name joined with commas. `lambda_http` reads the raw query
/// instead.
fn query_parameters(query: &str) -> Value {
    let mut parameters = BTreeMap::<String, String>::new();
    let decode = |text: &str| {
        let spaced = text.replace('+', " ");
        percent_encoding::percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
    };
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let value = decode(value);
        parameters
            .entry(decode(name))
            .and_modify(|known| {
                let _ = write!(known, ",{value}");
            })
            .or_insert(value);
    }
    json!(parameters)
}

/// Text as text, everything else in base64; the gateway decides by the content type.
fn body(headers: &HeaderMap, body: &Bytes) -> (String, bool) {
    let declared = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_ascii_lowercase();
    let declared = declared.split(';').next().unwrap_or_default().trim();
    let is_text = declared.starts_with("text/")
        || declared.ends_with("+json")
        || declared.ends_with("+xml")
        || matches!(declared, "application/json" | "application/javascript" | "application/xml");
    match std::str::from_utf8(body) {
        Ok(text) if is_text => (text.to_owned(), false),
        _ => (BASE64_STANDARD.encode(body), true),
    }
}
