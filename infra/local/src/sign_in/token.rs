//! `POST /dev/token`: a code becomes tokens; or, without any ceremony, an address does.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::codes::Ticket;
use super::{AUDIENCE, CLIENT_ID, Provider};
use crate::gateway::authorizer::SCOPE;

/// How long a token lives unless it is asked for otherwise.
const LIFE_SECONDS: i64 = 3600;

/// Who somebody says to be.
#[derive(Clone, Debug)]
pub(super) struct Person {
    pub(super) sub: String,
    pub(super) email: Option<String>,
    pub(super) name: Option<String>,
    pub(super) email_verified: bool,
}

/// What the code flow sends, form-encoded.
#[derive(Deserialize)]
struct Exchange {
    grant_type: String,
    code: String,
    code_verifier: String,
    redirect_uri: String,
    client_id: String,
}

/// What a test or a script sends, in JSON.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Plain {
    sub: Option<String>,
    email: Option<String>,
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email_verified: Option<bool>,
    scope: Option<String>,
    aud: Option<String>,
    expires_in: Option<i64>,
}

impl Person {
    /// The person with this address. The subject is the address in lower case, so that the same
    /// address is the same person.
    pub(super) fn new(email: Option<String>, name: Option<String>, email_verified: bool) -> Self {
        let sub = email.as_deref().unwrap_or("nobody").to_lowercase();
        Self { sub, email, name: name.filter(|name| !name.is_empty()), email_verified }
    }
}

/// `OPTIONS /dev/token`: pages of other origins may develop against the provider, too.
pub(super) async fn preflight() -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    allow_all(response.headers_mut());
    response
}

/// `POST /dev/token`
pub(super) async fn token(
    State(provider): State<Provider>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let content_type =
        headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if content_type.starts_with("application/json") {
        // Not readable from pages of other origins: it asks nobody anything.
        return match plain(&provider, &body) {
            Ok(answer) => answer_json(StatusCode::OK, &answer),
            Err(text) => refuse("invalid_request", &text),
        };
    }
    let mut response = match exchange(&provider, &body) {
        Ok(answer) => answer_json(StatusCode::OK, &answer),
        Err(code) => refuse(code, "the code, its verifier or its client is not the right one"),
    };
    allow_all(response.headers_mut());
    response
}

fn plain(provider: &Provider, body: &[u8]) -> Result<Value, String> {
    let asked: Plain = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    if asked.email.is_none() && asked.sub.is_none() {
        return Err("`email` or `sub` is needed".to_owned());
    }
    let mut person = Person::new(asked.email, asked.name, asked.email_verified.unwrap_or(true));
    if let Some(sub) = asked.sub {
        person.sub = sub;
    }
    let scope = asked.scope.unwrap_or_else(|| SCOPE.to_owned());
    let audience = asked.aud.unwrap_or_else(|| AUDIENCE.to_owned());
    let life = asked.expires_in.unwrap_or(LIFE_SECONDS);
    let token = access_token(provider, &person, &scope, &audience, life);
    Ok(json!({
        "access_token": token.ok_or("the token could not be signed")?,
        "token_type": "Bearer",
        "expires_in": life,
    }))
}

fn exchange(provider: &Provider, body: &[u8]) -> Result<Value, &'static str> {
    let asked: Exchange = serde_urlencoded::from_bytes(body).map_err(|_| "invalid_request")?;
    if asked.grant_type != "authorization_code" {
        return Err("unsupported_grant_type");
    }
    let ticket = provider
        .inner
        .codes
        .redeem(&asked.code, &asked.code_verifier)
        .filter(|ticket| ticket.redirect_uri == asked.redirect_uri)
        .filter(|ticket| ticket.client_id == asked.client_id)
        .ok_or("invalid_grant")?;
    let access = access_token(provider, &ticket.person, &ticket.scope, AUDIENCE, LIFE_SECONDS);
    let id = if ticket.scope.split(' ').any(|scope| scope == "openid") {
        Some(id_token(provider, &ticket).ok_or("server_error")?)
    } else {
        None
    };
    Ok(json!({
        "access_token": access.ok_or("server_error")?,
        "id_token": id,
        "token_type": "Bearer",
        "expires_in": LIFE_SECONDS,
        "scope": ticket.scope,
    }))
}

fn access_token(
    provider: &Provider,
    person: &Person,
    scope: &str,
    audience: &str,
    life: i64,
) -> Option<String> {
    provider.inner.key.sign(&Claims {
        aud: audience,
        token_use: "access",
        client_id: Some(CLIENT_ID),
        scope: Some(scope),
        nonce: None,
        person: Described::new(provider, person, life),
    })
}

fn id_token(provider: &Provider, ticket: &Ticket) -> Option<String> {
    provider.inner.key.sign(&Claims {
        aud: &ticket.client_id,
        token_use: "id",
        client_id: None,
        scope: None,
        nonce: ticket.nonce.as_deref(),
        person: Described::new(provider, &ticket.person, LIFE_SECONDS),
    })
}

/// What a token says. What is not known is not in it.
#[derive(Serialize)]
struct Claims<'a> {
    aud: &'a str,
    token_use: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<&'a str>,
    #[serde(flatten)]
    person: Described<'a>,
}

/// What both kinds of token say.
#[derive(Serialize)]
struct Described<'a> {
    iss: &'a str,
    sub: &'a str,
    iat: i64,
    exp: i64,
    jti: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email_verified: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
}

impl<'a> Described<'a> {
    fn new(provider: &'a Provider, person: &'a Person, life: i64) -> Self {
        let now = provider.inner.clock.now().as_second();
        Self {
            iss: &provider.inner.issuer,
            sub: &person.sub,
            iat: now,
            exp: now.saturating_add(life),
            jti: ulid::Ulid::generate().to_string(),
            email: person.email.as_deref(),
            email_verified: person.email.is_some().then_some(person.email_verified),
            name: person.name.as_deref(),
        }
    }
}

fn answer_json(status: StatusCode, body: &Value) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
    (status, headers, body.to_string()).into_response()
}

fn refuse(code: &str, text: &str) -> Response {
    answer_json(StatusCode::BAD_REQUEST, &json!({"error": code, "error_description": text}))
}

fn allow_all(headers: &mut HeaderMap) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("content-type"));
}
