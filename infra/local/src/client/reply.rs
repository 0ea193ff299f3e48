//! What is answered.

use std::time::Duration;

use reqwest::header::{ETAG, HeaderMap, RETRY_AFTER};
use serde_json::Value;

/// One answer.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The `ETag`, if there is one.
    pub etag: Option<String>,
    /// How long to wait, if the answer says so.
    pub retry_after: Option<Duration>,
    /// The JSON body; `null` without one, a string if it is no JSON.
    pub body: Value,
}

impl Reply {
    pub(super) fn new(status: u16, headers: &HeaderMap, bytes: &[u8]) -> Self {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let body = if bytes.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(bytes)
                .unwrap_or_else(|_| String::from_utf8_lossy(bytes).into_owned().into())
        };
        Self {
            status,
            etag: text(ETAG).map(str::to_owned),
            retry_after: text(RETRY_AFTER)
                .and_then(|value| value.parse().ok())
                .map(Duration::from_secs),
            body,
        }
    }

    /// Whether the answer is "later", and not much later.
    pub(super) fn is_worth_waiting(&self, at_most: Duration) -> bool {
        matches!(self.status, 429 | 503) && self.retry_after.is_none_or(|pause| pause <= at_most)
    }

    /// What lies at a JSON pointer; `null` if nothing does.
    #[must_use]
    pub fn at(&self, pointer: &str) -> &Value {
        self.body.pointer(pointer).unwrap_or(&Value::Null)
    }

    /// The text at a JSON pointer.
    #[must_use]
    pub fn text(&self, pointer: &str) -> Option<&str> {
        self.at(pointer).as_str()
    }

    /// The stable code of a problem.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.text("/code")
    }

    /// A refusal in one line: status, code, words, and where.
    #[must_use]
    pub fn refusal(&self) -> String {
        let words = self.text("/detail").or_else(|| self.text("/message")).unwrap_or("no words");
        let mut line = match self.code() {
            Some(code) => format!("{} {code}: {words}", self.status),
            None => format!("{}: {words}", self.status),
        };
        for fault in self.at("/errors").as_array().into_iter().flatten() {
            let place = fault.get("pointer").or_else(|| fault.get("parameter"));
            let detail = fault.get("detail").and_then(Value::as_str).unwrap_or_default();
            let place = place.and_then(Value::as_str).unwrap_or_default();
            line = format!("{line} ({place} {detail})");
        }
        line
    }
}
