//! A small client of the HTTP API, for the demo, the import and the demonstration world.
//!
//! It knows the API as anybody outside does: URLs, JSON and headers, none of its types.

mod call;
mod reply;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::sleep;

pub use call::Call;
pub use reply::Reply;

/// No request takes longer. The gateway itself gives up after 29 s.
const LONGEST: Duration = Duration::from_secs(40);
/// How often a request is sent that is answered with "later".
const TRIES: u32 = 8;
/// Who asks for a longer pause than this is not asked again.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// A client, signed in or not. Cheap to clone.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    api: Arc<str>,
    token: Option<Arc<str>>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The TLS library does not start.
    #[error("cannot make an HTTP client: {}", chain(.0))]
    Setup(reqwest::Error),
    /// Nobody answers there, or not in time.
    #[error("no answer from {origin}: {}", chain(.cause))]
    Unreachable {
        /// Who was asked. Never the whole URL: links carry signatures.
        origin: String,
        /// What went wrong.
        cause: reqwest::Error,
    },
    /// The answer is not what the API promises.
    #[error("{0}")]
    Odd(String),
}

/// An error with its causes, without the URL.
fn chain(error: &reqwest::Error) -> String {
    let mut text = if error.is_timeout() { "it took too long".to_owned() } else { String::new() };
    let mut cause = std::error::Error::source(error);
    while let Some(next) = cause {
        if !text.is_empty() {
            text.push_str(": ");
        }
        text.push_str(&next.to_string());
        cause = next.source();
    }
    if text.is_empty() { "the request failed".to_owned() } else { text }
}

/// Scheme, host and port of a URL.
fn origin(url: &str) -> String {
    let after = url.find("://").map_or(0, |at| at + 3);
    let end = url.get(after..).and_then(|rest| rest.find('/')).map_or(url.len(), |at| after + at);
    url.get(..end).unwrap_or_default().to_owned()
}

impl Client {
    /// A client of the API at `api`, such as `http://127.0.0.1:8080`, not signed in.
    ///
    /// # Errors
    ///
    /// [`ClientError::Setup`].
    pub fn new(api: &str) -> Result<Self, ClientError> {
        let http = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(5))
            .timeout(LONGEST)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(ClientError::Setup)?;
        Ok(Self { http, api: api.trim_end_matches('/').into(), token: None })
    }

    /// The same client, signed in with an access token.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.into()), ..self.clone() }
    }

    /// The same client, signed in by the development sign-in of the one-machine host.
    ///
    /// # Errors
    ///
    /// [`ClientError`]: no answer, or the host has no development sign-in.
    pub async fn dev_sign_in(&self, email: &str, name: Option<&str>) -> Result<Self, ClientError> {
        self.dev_token(json!({ "email": email, "name": name })).await
    }

    /// The same, as somebody of whom nobody has checked that the address is theirs.
    ///
    /// # Errors
    ///
    /// As [`Client::dev_sign_in`].
    pub async fn dev_sign_in_unverified(&self, email: &str) -> Result<Self, ClientError> {
        self.dev_token(json!({ "email": email, "email_verified": false })).await
    }

    async fn dev_token(&self, who: Value) -> Result<Self, ClientError> {
        let reply = self.send(&Call::post("/dev/token", who)).await?;
        match reply.body.get("access_token").and_then(Value::as_str) {
            Some(token) if reply.status == 200 => Ok(self.with_token(token)),
            _ => Err(ClientError::Odd(format!(
                "{} has no development sign-in (answer {})",
                origin(&self.api),
                reply.status
            ))),
        }
    }

    /// Sends a request once.
    ///
    /// # Errors
    ///
    /// [`ClientError::Unreachable`]. An answer is an answer, whatever its status.
    pub async fn send(&self, call: &Call) -> Result<Reply, ClientError> {
        let mut request =
            self.http.request(call.method.clone(), format!("{}{}", self.api, call.path));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if let Some(key) = &call.idempotency_key {
            request = request.header("Idempotency-Key", key);
        }
        if let Some(version) = &call.if_match {
            request = request.header("If-Match", version);
        }
        if let Some(body) = &call.body {
            request = request.json(body);
        }
        self.answer(&self.api, request).await
    }

    /// Sends a request, and again as long as the answer is "later" (429, 503), with the pause that
    /// it asks for; and again when nobody answers, if a second arrival does no harm.
    ///
    /// # Errors
    ///
    /// [`ClientError::Unreachable`] after all tries. The last "later" is an answer.
    pub async fn send_patiently(&self, call: &Call) -> Result<Reply, ClientError> {
        let harmless = call.method != Method::POST || call.idempotency_key.is_some();
        let mut tried = 1;
        loop {
            let sent = self.send(call).await;
            let pause = match &sent {
                Ok(reply) if reply.is_worth_waiting(LONGEST_PAUSE) => reply.retry_after,
                Err(ClientError::Unreachable { .. }) if harmless => None,
                _ => return sent,
            };
            if tried == TRIES {
                return sent;
            }
            let pause = pause.unwrap_or_else(|| Duration::from_millis(100 << tried));
            sleep(pause).await;
            tried += 1;
        }
    }

    /// Every item of a list, page by page.
    ///
    /// # Errors
    ///
    /// [`ClientError`]; a page that is refused is [`ClientError::Odd`].
    pub async fn all(&self, path: &str) -> Result<Vec<Value>, ClientError> {
        let mut items = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let mark = if path.contains('?') { '&' } else { '?' };
            let after = cursor.map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
            let page = Call::get(format!("{path}{mark}limit=100{after}"));
            let mut reply = self.send_patiently(&page).await?;
            if reply.status != 200 {
                return Err(ClientError::Odd(reply.refusal()));
            }
            if let Some(Value::Array(page)) = reply.body.get_mut("items").map(Value::take) {
                items.extend(page);
            }
            cursor = reply.body.get("cursor").and_then(Value::as_str).map(str::to_owned);
            if cursor.is_none() {
                return Ok(items);
            }
        }
    }

    /// Uploads `bytes` as a ticket says: its method, URL and headers.
    ///
    /// # Errors
    ///
    /// [`ClientError`]: no answer, or the ticket is none.
    pub async fn upload(&self, ticket: &Value, bytes: Bytes) -> Result<Reply, ClientError> {
        let odd = || ClientError::Odd("the upload ticket is not what it should be".to_owned());
        let text = |name| ticket.get(name).and_then(Value::as_str);
        let url = text("url").ok_or_else(odd)?;
        let method = text("method").and_then(|word| word.parse::<Method>().ok()).ok_or_else(odd)?;
        let mut request = self.http.request(method, url).body(bytes);
        for (name, value) in ticket.get("headers").and_then(Value::as_object).ok_or_else(odd)? {
            request = request.header(name, value.as_str().ok_or_else(odd)?);
        }
        self.answer(url, request).await
    }

    /// What lies behind a download link.
    ///
    /// # Errors
    ///
    /// [`ClientError`]: no answer, or the link is refused.
    pub async fn download(&self, url: &str) -> Result<Bytes, ClientError> {
        let cannot = |cause| ClientError::Unreachable { origin: origin(url), cause };
        let response = self.http.get(url).send().await.map_err(cannot)?;
        let status = response.status().as_u16();
        if status != 200 {
            return Err(ClientError::Odd(format!("the download link was answered with {status}")));
        }
        response.bytes().await.map_err(cannot)
    }

    async fn answer(
        &self,
        url: &str,
        request: reqwest::RequestBuilder,
    ) -> Result<Reply, ClientError> {
        let cannot = |cause| ClientError::Unreachable { origin: origin(url), cause };
        let response = request.send().await.map_err(cannot)?;
        let head = (response.status().as_u16(), response.headers().clone());
        let bytes = response.bytes().await.map_err(cannot)?;
        Ok(Reply::new(head.0, &head.1, &bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::origin;

    #[test]
    fn an_origin_says_nothing_of_path_or_signature() {
        assert_eq!(origin("http://127.0.0.1:9/b/k?X-Amz-Signature=1"), "http://127.0.0.1:9");
        assert_eq!(origin("https://api.example"), "https://api.example");
        assert_eq!(origin("odd"), "odd");
    }
}
