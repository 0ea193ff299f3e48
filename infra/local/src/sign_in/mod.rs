//! Development sign-in: an `OpenID` provider that makes anyone anyone.
//!
//! It is there so that the whole service can be tried on one machine, and answers on a loopback
//! address only. Each of its pages says what it is.

mod codes;
mod key;
mod pages;
mod token;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, http};
use serde_json::{Value, json};
use shared::clock::Clock;

pub use key::{KeyError, SigningKey};

use codes::Codes;

/// The id of the pages as a client of the provider.
pub const CLIENT_ID: &str = "casement-pages";

/// The audience of the access tokens.
pub const AUDIENCE: &str = "casement";

/// The provider. Cheap to clone.
#[derive(Clone)]
pub struct Provider {
    inner: Arc<Inner>,
}

struct Inner {
    /// The `iss` of its tokens. It is kept in the data directory: people stay who they are when
    /// the host comes back on another port.
    issuer: String,
    /// Where it answers now.
    url: String,
    app_url: String,
    key: SigningKey,
    clock: Clock,
    codes: Codes,
}

impl Provider {
    /// A provider that answers at `app_url` below `/dev`, and is called `issuer`.
    #[must_use]
    pub fn new(issuer: String, app_url: &str, key: SigningKey, clock: Clock) -> Self {
        Self {
            inner: Arc::new(Inner {
                issuer,
                url: format!("{app_url}/dev"),
                app_url: app_url.to_owned(),
                key,
                clock,
                codes: Codes::default(),
            }),
        }
    }

    /// Everything below `/dev`.
    pub fn routes(self) -> Router {
        Router::new()
            .route("/dev/.well-known/openid-configuration", get(discovery))
            .route("/dev/jwks.json", get(keys))
            .route("/dev/authorize", get(pages::form).post(pages::submit))
            .route("/dev/token", post(token::token).options(token::preflight))
            .with_state(self)
    }
}

async fn discovery(State(provider): State<Provider>) -> Json<Value> {
    let Inner { issuer, url, .. } = &*provider.inner;
    Json(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{url}/authorize"),
        "token_endpoint": format!("{url}/token"),
        "jwks_uri": format!("{url}/jwks.json"),
        "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["none"],
        "scopes_supported": ["openid", "email", "profile", crate::gateway::authorizer::SCOPE],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
    }))
}

async fn keys(
    State(provider): State<Provider>,
) -> ([(http::HeaderName, &'static str); 1], Json<Value>) {
    let open = [(http::header::ACCESS_CONTROL_ALLOW_ORIGIN, "*")];
    (open, Json(provider.inner.key.public()))
}
