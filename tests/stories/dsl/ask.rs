//! A request in the making. Awaiting it sends it.

use std::future::{Future, IntoFuture};
use std::pin::Pin;

use reqwest::Method;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use serde_json::Value;

use super::{Answer, Person, World};

/// Who sends a request.
enum Sender {
    Nobody,
    Token(String),
    Person(Person),
}

/// A request that has not been sent yet.
pub(crate) struct Ask {
    world: World,
    method: Method,
    url: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    sender: Sender,
}

impl Ask {
    pub(super) fn new(world: &World, method: Method, path: &str) -> Self {
        // Paths are said as below `/v1`; the host's own begin with an underscore or are pages.
        let url = format!("{}/v1{path}", world.url());
        Self {
            world: world.clone(),
            method,
            url,
            headers: Vec::new(),
            body: Vec::new(),
            sender: Sender::Nobody,
        }
    }

    /// On behalf of a person.
    pub(crate) fn by(mut self, person: &Person) -> Self {
        self.sender = Sender::Person(person.clone());
        self
    }

    /// With this token, whatever it is.
    pub(crate) fn with_token(mut self, token: &str) -> Self {
        self.sender = Sender::Token(token.to_owned());
        self
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.bytes("application/json", body.to_string())
    }

    /// A body of any type.
    pub(crate) fn bytes(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.header(CONTENT_TYPE.as_str(), content_type)
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn if_match(self, etag: &str) -> Self {
        self.header("if-match", etag)
    }

    /// With an `Idempotency-Key`.
    pub(crate) fn key(self, key: &str) -> Self {
        self.header("idempotency-key", key)
    }

    async fn send(self) -> Answer {
        let path = self.url.strip_prefix(self.world.url()).unwrap_or_default();
        let shown: String = String::from_utf8_lossy(&self.body).chars().take(1_000).collect();
        let who = match &self.sender {
            Sender::Nobody => "nobody",
            Sender::Token(_) => "somebody",
            Sender::Person(person) => person.name(),
        };
        let asked = format!("{who}: {} {path} {shown}", self.method);
        let token = match &self.sender {
            Sender::Nobody => None,
            Sender::Token(token) => Some(token.clone()),
            Sender::Person(person) => Some(person.token().await),
        };
        let mut request = self.world.client().request(self.method, &self.url);
        if let Some(token) = token {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if !self.headers.is_empty() || !self.body.is_empty() {
            request = request.body(self.body);
        }
        match request.send().await {
            Ok(response) => Answer::of(asked, response).await,
            Err(error) => panic!("{asked}: no answer: {error:?}"),
        }
    }

    /// Sends it to a host that may die while it answers.
    pub(crate) async fn try_send(self) -> Option<Answer> {
        let asked = self.url.clone();
        let mut request = self.world.client().request(self.method, &self.url);
        match &self.sender {
            Sender::Nobody => {}
            Sender::Token(token) => request = request.bearer_auth(token),
            Sender::Person(person) => request = request.bearer_auth(person.try_token().await?),
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let response = request.body(self.body).send().await.ok()?;
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let bytes = response.bytes().await.ok()?.to_vec();
        let json = serde_json::from_slice(&bytes).unwrap_or_default();
        Some(Answer { asked, status, headers, bytes, json })
    }
}

impl IntoFuture for Ask {
    type Output = Answer;
    type IntoFuture = Pin<Box<dyn Future<Output = Answer> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}
