//! The first listener: gateway, pages, sign-in and what tests do, behind one router.

use std::io;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::any;
use shared::clock::Clock;
use tokio::sync::Notify;

use super::{Listeners, StartError};
use crate::control::Control;
use crate::data::Paths;
use crate::gateway::authorizer::Authorizer;
use crate::gateway::issuer::{Issuer, SignInEndpoints};
use crate::gateway::{self, Gateway};
use crate::mailbox::Mailbox;
use crate::options::Options;
use crate::sign_in::{AUDIENCE, CLIENT_ID, Provider, SigningKey};
use crate::{durable, functions, openapi, pages};

/// Who signs people in.
pub(super) struct SignIn {
    pub(super) issuer_name: String,
    issuer: Issuer,
    audience: Vec<String>,
    endpoints: Option<SignInEndpoints>,
    provider: Option<Provider>,
}

/// What the router needs beside the options.
pub(super) struct Site {
    pub(super) mailbox: Mailbox,
    pub(super) sign_in: SignIn,
    pub(super) changed: Arc<Notify>,
    pub(super) control: Control,
    pub(super) dev: bool,
}

/// The issuer that the options name, or development sign-in.
pub(super) async fn sign_in(
    options: &Options,
    dev: bool,
    api_url: &str,
    paths: &Paths,
    clock: &Clock,
) -> Result<SignIn, StartError> {
    if let (false, Some(name)) = (dev, &options.issuer) {
        let issuer = Issuer::published(name.clone())?;
        let endpoints = match issuer.endpoints().await {
            Ok(endpoints) => endpoints,
            Err(error) => {
                // It may come back; tokens are checked when they are shown.
                tracing::warn!(%error, "the issuer cannot be asked where it signs people in");
                None
            }
        };
        let audience = options.audience.clone();
        return Ok(SignIn {
            issuer_name: name.clone(),
            issuer,
            audience,
            endpoints,
            provider: None,
        });
    }
    let key = SigningKey::open(&paths.sign_in_key())?;
    let name = dev_issuer(paths, api_url)?;
    Ok(SignIn {
        issuer: Issuer::own(name.clone(), key.id().to_owned(), key.verifying()),
        audience: vec![AUDIENCE.to_owned(), CLIENT_ID.to_owned()],
        endpoints: Some(SignInEndpoints {
            authorize: format!("{api_url}/dev/authorize"),
            token: format!("{api_url}/dev/token"),
        }),
        provider: Some(Provider::new(name.clone(), api_url, key, clock.clone())),
        issuer_name: name,
    })
}

/// The name of the development sign-in. A user is who they are under an issuer, so the name that
/// the first start gave stays, even if the port changes.
fn dev_issuer(paths: &Paths, api_url: &str) -> io::Result<String> {
    match std::fs::read_to_string(paths.issuer()) {
        Ok(name) => Ok(name.trim().to_owned()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let name = format!("{api_url}/dev");
            durable::write(&paths.issuer(), name.as_bytes())?;
            Ok(name)
        }
        Err(error) => Err(error),
    }
}

/// Everything that the first listener answers.
pub(super) fn router(
    options: &Options,
    listeners: &Listeners,
    functions: &functions::Shared,
    site: Site,
) -> Router {
    let document = openapi::document();
    let clock = functions.clock.clone();
    let case_url = functions.settings.case_url.clone();
    let gateway = Gateway::new(gateway::Parts {
        functions: shared::http::served(functions.served()),
        openapi: document.clone(),
        authorizer: Authorizer { issuer: site.sign_in.issuer, audience: site.sign_in.audience },
        clock: clock.clone(),
        url: listeners.api_url.clone(),
        changed: site.changed,
    });
    // Whoever reads the mailbox can accept what is in it, so it is shown on this machine only.
    let is_local = options.url.is_none() && options.listen.ip().is_loopback();
    let pages = pages::Site {
        api: listeners.api_url.clone(),
        files: listeners.files_url.clone(),
        issuer: site.sign_in.issuer_name,
        sign_in: site.sign_in.endpoints,
        client_id: options.client_id.clone(),
        case_url,
        dev: site.dev,
        mailbox: (is_local || site.dev).then_some(site.mailbox),
        clock,
        people: if options.demo { &crate::world::PEOPLE } else { &[] },
    };
    let document = if site.dev { openapi::with_dev_sign_in(document) } else { document };
    let mut own = pages::routes(pages, document);
    if let Some(provider) = site.sign_in.provider {
        own = own.merge(provider.routes());
    }
    if options.test_clock {
        own = own.merge(site.control.routes());
    }
    let host = listeners.api_url.split_once("://").map_or("", |(_, host)| host);
    let own = own
        .fallback(pages::missing)
        .layer(from_fn_with_state(Arc::<str>::from(host), for_this_host));
    let api = Router::new()
        .route("/v1", any(gateway::serve))
        .route("/v1/", any(gateway::serve))
        .route("/v1/{*rest}", any(gateway::serve))
        .with_state(gateway);
    api.merge(own)
}

/// Answers requests that name this host only: a page of another site whose name was pointed here
/// must not read the mailbox or sign in.
async fn for_this_host(State(own): State<Arc<str>>, request: Request, next: Next) -> Response {
    let asked = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let local = asked.and_then(|asked| asked.strip_prefix("localhost"));
    let is_own = asked == Some(&*own)
        || local.is_some_and(|port| own.strip_prefix("127.0.0.1") == Some(port));
    if is_own {
        return next.run(request).await;
    }
    pages::note(
        StatusCode::MISDIRECTED_REQUEST,
        "Another host",
        "This host answers under its own name only.",
    )
}
