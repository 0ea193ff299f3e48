//! Who asks: from the claims that the gateway's authorizer has verified, and from nothing else.

use std::collections::HashMap;

use axum::extract::FromRequestParts;
use http::request::Parts;
use lambda_http::request::RequestContext;

use crate::address::Address;
use crate::app::App;
use crate::caller::Caller;
use crate::error::{Code, Error};
use crate::id::UserId;
use crate::settings::Settings;

impl FromRequestParts<App> for Caller {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let claims = match parts.extensions.get::<RequestContext>() {
            Some(RequestContext::ApiGatewayV2(context)) => context
                .authorizer
                .as_ref()
                .and_then(|authorizer| authorizer.jwt.as_ref())
                .map(|jwt| &jwt.claims),
            _ => None,
        };
        claims
            .and_then(|claims| from_claims(claims, &app.settings))
            .ok_or_else(|| Error::of(Code::Unauthenticated))
    }
}

/// The caller that `claims` tell of. Claims are strings here, whatever they were in the token.
///
/// `None` without a subject, for another issuer's token, and for one that is no access token.
fn from_claims(claims: &HashMap<String, String>, settings: &Settings) -> Option<Caller> {
    let claim = |name: &str| claims.get(name).map(String::as_str).filter(|text| !text.is_empty());
    let issuer = claim("iss").filter(|issuer| *issuer == settings.issuer)?;
    let subject = claim("sub")?;
    // Cognito says what a token is for; other issuers have an audience for that.
    if claim("token_use").is_some_and(|of| of != "access") {
        return None;
    }
    let verified = claim(&settings.claim_email_verified) == Some("true");
    let address: Option<Address> =
        claim(&settings.claim_email).filter(|_| verified).and_then(|address| address.parse().ok());
    Some(Caller {
        user: UserId::of(issuer, subject),
        operator: address.as_ref().is_some_and(|address| settings.operators.contains(address)),
        address,
        name: claim("name").and_then(|name| name.parse().ok()),
    })
}
