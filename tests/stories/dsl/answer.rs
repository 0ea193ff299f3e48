//! An answer, and what a story says about it. What fails prints the request and the answer.

use std::fmt;

use reqwest::header::{HeaderMap, HeaderName};
use serde_json::Value;

/// What came back, and what was asked.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// Method, path and body of the request.
    pub(crate) asked: String,
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
    /// The body, where it is JSON; `null` elsewhere.
    pub(crate) json: Value,
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let body = String::from_utf8_lossy(&self.bytes);
        let short: String = body.chars().take(2_000).collect();
        write!(f, "{}\n→ {} {short}", self.asked, self.status)
    }
}

impl Answer {
    pub(super) async fn of(asked: String, response: reqwest::Response) -> Self {
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let bytes = response.bytes().await.expect("the answer arrives whole").to_vec();
        let json = serde_json::from_slice(&bytes).unwrap_or_default();
        Self { asked, status, headers, bytes, json }
    }

    /// The JSON of an answer that says yes.
    #[track_caller]
    pub(crate) fn ok(self) -> Value {
        assert!((200..300).contains(&self.status), "this should succeed: {self}");
        self.json
    }

    /// Just this status.
    #[track_caller]
    pub(crate) fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self}");
        self
    }

    /// A problem of this status and code, in the shape that all problems have.
    #[track_caller]
    pub(crate) fn refused(self, status: u16, code: &str) -> Self {
        assert_eq!((self.status, self.code()), (status, code), "{self}");
        assert_eq!(self.header("content-type"), "application/problem+json", "{self}");
        assert_eq!(self.header("cache-control"), "no-store", "{self}");
        assert_eq!(self.json["type"], format!("/problems/{code}"), "{self}");
        assert_eq!(self.json["status"], status, "{self}");
        assert!(self.json["detail"].as_str().is_some_and(|text| !text.is_empty()), "{self}");
        self
    }

    /// The refusal says that this part of the body is at fault.
    #[track_caller]
    pub(crate) fn at(self, pointer: &str) -> Self {
        assert!(self.points_at("pointer", pointer), "`{pointer}` is not named: {self}");
        self
    }

    /// The refusal says that this parameter is at fault.
    #[track_caller]
    pub(crate) fn at_parameter(self, name: &str) -> Self {
        assert!(self.points_at("parameter", name), "`{name}` is not named: {self}");
        self
    }

    /// 404, as for what never was.
    #[track_caller]
    pub(crate) fn hidden(self) -> Self {
        self.refused(404, "not_found")
    }

    /// 403: they may see it, but not do that.
    #[track_caller]
    pub(crate) fn forbidden(self) -> Self {
        self.refused(403, "forbidden")
    }

    /// Whether `errors` has an entry that points there.
    pub(crate) fn points_at(&self, how: &str, place: &str) -> bool {
        let errors = self.json["errors"].as_array();
        errors.is_some_and(|errors| errors.iter().any(|fault| fault[how] == place))
    }

    /// The problem's code, empty where it is none.
    pub(crate) fn code(&self) -> &str {
        self.json["code"].as_str().unwrap_or_default()
    }

    /// A header, empty where it is absent.
    pub(crate) fn header(&self, name: &str) -> &str {
        let name: HeaderName = name.parse().unwrap();
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The `ETag`.
    #[track_caller]
    pub(crate) fn etag(&self) -> String {
        let etag = self.header("etag").to_owned();
        assert!(!etag.is_empty(), "no ETag: {self}");
        etag
    }
}
