//! The page where one says who one is.

use axum::extract::{Form, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use reqwest::Url;
use serde::Deserialize;

use super::Provider;
use super::codes::Ticket;
use super::token::Person;
use crate::gateway::authorizer::SCOPE;
use crate::pages::html::{self, Page};

/// What the client asks for.
#[derive(Deserialize)]
pub(super) struct Asked {
    response_type: String,
    client_id: String,
    redirect_uri: String,
    #[serde(default)]
    scope: String,
    state: Option<String>,
    nonce: Option<String>,
    code_challenge: String,
    code_challenge_method: String,
    login_hint: Option<String>,
}

/// What the person says; the browser repeats what the client asks for.
#[derive(Deserialize)]
pub(super) struct Said {
    #[serde(flatten)]
    asked: Asked,
    email: String,
    #[serde(default)]
    name: String,
    email_verified: Option<String>,
}

#[derive(askama::Template)]
#[template(path = "sign_in.html")]
struct SignIn<'a> {
    dev: bool,
    hidden: Vec<(&'a str, &'a str)>,
    hint: &'a str,
}

/// `GET /dev/authorize`
pub(super) async fn form(
    State(provider): State<Provider>,
    asked: Result<Query<Asked>, axum::extract::rejection::QueryRejection>,
) -> Response {
    let Ok(Query(asked)) = asked else {
        return refuse("The request is not one for an authorization code with PKCE.");
    };
    let back = match asked.check(&provider.inner.app_url) {
        Ok(back) => back,
        Err(text) => return refuse(text),
    };
    let page = SignIn { dev: true, hidden: asked.fields(), hint: asked.hint() };
    // A browser applies `form-action` to where the form's answer sends it, too.
    html::show(StatusCode::OK, &page, &Page::with_form_to(&back.origin().ascii_serialization()))
}

/// `POST /dev/authorize`
pub(super) async fn submit(
    State(provider): State<Provider>,
    said: Result<Form<Said>, axum::extract::rejection::FormRejection>,
) -> Response {
    let Ok(Form(said)) = said else {
        return refuse("The form is not complete.");
    };
    let mut back = match said.asked.check(&provider.inner.app_url) {
        Ok(back) => back,
        Err(text) => return refuse(text),
    };
    let scope = if said.asked.scope.is_empty() { SCOPE } else { &said.asked.scope };
    let verified = said.email_verified.is_some();
    let ticket = Ticket {
        person: Person::new(Some(said.email.trim().to_owned()), Some(said.name), verified),
        client_id: said.asked.client_id,
        redirect_uri: said.asked.redirect_uri,
        scope: scope.to_owned(),
        nonce: said.asked.nonce,
        challenge: said.asked.code_challenge,
    };
    let Some(code) = provider.inner.codes.issue(ticket) else {
        return refuse("There is no code to be had.");
    };
    back.query_pairs_mut().append_pair("code", &code);
    if let Some(state) = &said.asked.state {
        back.query_pairs_mut().append_pair("state", state);
    }
    back.query_pairs_mut().append_pair("iss", &provider.inner.issuer);
    Redirect::to(back.as_str()).into_response()
}

impl Asked {
    /// Where the browser goes back to, if the request is one that the provider answers.
    fn check(&self, app_url: &str) -> Result<Url, &'static str> {
        if self.response_type != "code" || self.code_challenge_method != "S256" {
            return Err("Only authorization codes with PKCE (S256) are given here.");
        }
        let back = Url::parse(&self.redirect_uri).map_err(|_| "`redirect_uri` is no URL.")?;
        let own = Url::parse(app_url).is_ok_and(|app| app.origin() == back.origin());
        let loopback = matches!(back.scheme(), "http" | "https")
            && matches!(back.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
        if own || loopback { Ok(back) } else { Err("`redirect_uri` must stay on this machine.") }
    }

    fn fields(&self) -> Vec<(&str, &str)> {
        let optional = [("state", &self.state), ("nonce", &self.nonce)];
        [
            ("response_type", &self.response_type),
            ("client_id", &self.client_id),
            ("redirect_uri", &self.redirect_uri),
            ("scope", &self.scope),
            ("code_challenge", &self.code_challenge),
            ("code_challenge_method", &self.code_challenge_method),
        ]
        .map(|(name, value)| (name, value.as_str()))
        .into_iter()
        .chain(optional.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?))))
        .collect()
    }

    fn hint(&self) -> &str {
        self.login_hint.as_deref().unwrap_or_default()
    }
}

fn refuse(text: &str) -> Response {
    html::note(StatusCode::BAD_REQUEST, true, "Cannot sign in", text)
}
