//! `POST /dev/token`: a code becomes tokens; or, without any ceremony, an address does.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

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
    let mut answer = json!({
        "access_token": access.ok_or("server_error")?,
        "token_type": "Bearer",
        "expires_in": LIFE_SECONDS,
        "scope": ticket.scope,
    });
    if ticket.scope.split(' ').any(|scope| scope == "openid")
        && let Some(answer) = answer.as_object_mut()
    {
        let mut claims = claims(provider, &ticket.person, LIFE_SECONDS);
        claims["aud"] = json!(ticket.client_id);
        claims["token_use"] = json!("id");
        claims["nonce"] = json!(ticket.nonce);
        let token = provider.inner.key.sign(&claims).ok_or("server_error")?;
        answer.insert("id_token".to_owned(), token.into());
    }
    Ok(answer)
}

fn access_token(
    provider: &Provider,
    person: &Person,
    scope: &str,
    audience: &str,
    life: i64,
) -> Option<String> {
    let mut claims = claims(provider, person, life);
    claims["aud"] = json!(audience);
    claims["client_id"] = json!(CLIENT_ID);
    claims["token_use"] = json!("access");
    claims["scope"] = json!(scope);
    provider.inner.key.sign(&claims)
}

/// What both kinds of token say.
fn claims(provider: &Provider, person: &Person, life: i64) -> Value {
    let now = provider.inner.clock.now().as_second();
    let mut claims = json!({
        "iss": provider.inner.issuer,
        "sub": person.sub,
        "iat": now,
        "exp": now.saturating_add(life),
        "jti": ulid::Ulid::generate().to_string(),
    });
    if let Some(email) = &person.email {
        claims["email"] = json!(email);
        claims["email_verified"] = json!(person.email_verified);
    }
    if let Some(name) = &person.name {
        claims["name"] = json!(name);
    }
    claims
}

fn answer_json(status: StatusCode, body: &Value) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (status, headers, body.to_string()).into_response()
}

fn refuse(code: &str, text: &str) -> Response {
    answer_json(StatusCode::BAD_REQUEST, &json!({"error": code, "error_description": text}))
}

fn allow_all(headers: &mut HeaderMap) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("content-type"));
}
