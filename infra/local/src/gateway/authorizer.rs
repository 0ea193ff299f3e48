//! The JWT authorizer of an HTTP API.
//!
//! Source: API Gateway Developer Guide, "Control access to HTTP APIs with JWT authorizers".

use std::collections::BTreeMap;

use axum::http::{HeaderMap, header};
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, Validation};
use serde_json::{Map, Value};

use super::issuer::Issuer;
use super::refusal::{Challenge, Refusal};

/// The scope that every route but the open one asks for.
pub const SCOPE: &str = "casement/api";

/// Checks access tokens: signature, issuer, audience, times, scope.
pub struct Authorizer {
    /// Whose tokens count.
    pub issuer: Issuer,
    /// What `aud`, or `client_id` where there is no `aud`, must be one of.
    pub audience: Vec<String>,
}

/// What a function is told of a token.
#[derive(Debug, Eq, PartialEq)]
pub struct Claims {
    /// All claims, as strings.
    pub strings: BTreeMap<String, String>,
    /// The scopes that the token has.
    pub scopes: Vec<String>,
}

impl Authorizer {
    /// The claims of the caller's token.
    ///
    /// # Errors
    ///
    /// [`Refusal::Unauthorized`] without a valid token, [`Refusal::Forbidden`] without the scope.
    pub async fn check(&self, headers: &HeaderMap, now: Timestamp) -> Result<Claims, Refusal> {
        let token = token(headers).ok_or(Refusal::Unauthorized(Challenge::Missing))?;
        let claims = self.verify(token).await.ok_or(INVALID)?;
        check_times(&claims, now)?;
        if claims.get("iss").and_then(Value::as_str) != Some(self.issuer.name()) {
            return Err(INVALID);
        }
        if !self.is_meant_for_us(&claims) {
            return Err(INVALID);
        }
        let scopes = scopes(&claims);
        if !scopes.iter().any(|scope| scope == SCOPE) {
            return Err(Refusal::Forbidden);
        }
        let strings = claims
            .into_iter()
            .filter_map(|(name, value)| Some((name, as_string(&value)?)))
            .collect();
        Ok(Claims { strings, scopes })
    }

    /// The claims, if the signature is the issuer's.
    async fn verify(&self, token: &str) -> Option<Map<String, Value>> {
        let head = jsonwebtoken::decode_header(token).ok()?;
        if head.alg != Algorithm::RS256 {
            return None;
        }
        let key = self.issuer.key(head.kid.as_deref()?).await?;
        let mut signature_only = Validation::new(Algorithm::RS256);
        // The times are compared with the host's clock, which a test may have moved, and the rest
        // in `check`, by the gateway's rules.
        signature_only.validate_exp = false;
        signature_only.validate_aud = false;
        signature_only.required_spec_claims.clear();
        jsonwebtoken::decode(token, &key, &signature_only).ok().map(|token| token.claims)
    }

    fn is_meant_for_us(&self, claims: &Map<String, Value>) -> bool {
        let known = |value: &Value| {
            value.as_str().is_some_and(|name| self.audience.iter().any(|ours| ours == name))
        };
        match claims.get("aud") {
            Some(Value::Array(names)) => names.iter().any(known),
            Some(name) => known(name),
            None => claims.get("client_id").is_some_and(known),
        }
    }
}

const INVALID: Refusal = Refusal::Unauthorized(Challenge::Invalid);

/// The token, with or without the word before it.
fn token(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?.trim();
    let token = match value.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
        _ => value,
    };
    let is_word_only = token.is_empty() || token.eq_ignore_ascii_case("bearer");
    (!is_word_only).then_some(token)
}

/// `exp` must be there and come, `nbf` and `iat` must be past where they are there.
fn check_times(claims: &Map<String, Value>, now: Timestamp) -> Result<(), Refusal> {
    #[expect(clippy::cast_precision_loss, reason = "seconds are exact until the year 285 million")]
    let now = now.as_second() as f64;
    let expires = claims.get("exp").and_then(Value::as_f64).ok_or(INVALID)?;
    if expires <= now {
        return Err(Refusal::Unauthorized(Challenge::Expired));
    }
    for name in ["nbf", "iat"] {
        match claims.get(name).map(Value::as_f64) {
            None => {}
            Some(Some(since)) if since <= now => {}
            Some(_) => return Err(INVALID),
        }
    }
    Ok(())
}

/// `scope`, or `scp` as other issuers write it: words in a string, or a list.
fn scopes(claims: &Map<String, Value>) -> Vec<String> {
    match claims.get("scope").or_else(|| claims.get("scp")) {
        Some(Value::String(words)) => words.split_whitespace().map(str::to_owned).collect(),
        Some(Value::Array(words)) => {
            words.iter().filter_map(Value::as_str).map(str::to_owned).collect()
        }
        _ => Vec::new(),
    }
}

/// A claim as the gateway prints it: a list as `[a b]`, an object as `map[a:b]`.
fn as_string(value: &Value) -> Option<String> {
    let join = |parts: Vec<String>| parts.join(" ");
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Array(values) => {
            Some(format!("[{}]", join(values.iter().filter_map(as_string).collect())))
        }
        Value::Object(map) => {
            let pairs = map
                .iter()
                .filter_map(|(name, value)| Some(format!("{name}:{}", as_string(value)?)));
            Some(format!("map[{}]", join(pairs.collect())))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn claims_are_strings_as_the_gateway_prints_them() {
        let print = |value: Value| as_string(&value);
        assert_eq!(print(json!(true)).unwrap(), "true");
        assert_eq!(print(json!(1_700_000_000)).unwrap(), "1700000000");
        assert_eq!(print(json!(["a", "b"])).unwrap(), "[a b]");
        assert_eq!(print(json!({"a": 1})).unwrap(), "map[a:1]");
        assert_eq!(print(json!(null)), None);
    }

    #[test]
    fn a_token_may_come_without_the_word() {
        let with = |value: &'static str| {
            HeaderMap::from_iter([(header::AUTHORIZATION, value.parse().unwrap())])
        };
        assert_eq!(token(&with("Bearer abc")), Some("abc"));
        assert_eq!(token(&with("bearer abc")), Some("abc"));
        assert_eq!(token(&with("abc")), Some("abc"));
        assert_eq!(token(&with("Bearer")), None);
        assert_eq!(token(&HeaderMap::new()), None);
    }
}
