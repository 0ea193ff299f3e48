//! What is asked.

use reqwest::Method;
use serde_json::Value;

/// One request.
#[derive(Clone, Debug)]
pub struct Call {
    /// The method.
    pub method: Method,
    /// Path and query, such as `/v1/cases?filter=own`.
    pub path: String,
    /// The JSON body, if there is one.
    pub body: Option<Value>,
    /// The `Idempotency-Key`, if there is one.
    pub idempotency_key: Option<String>,
    /// The `If-Match`, if there is one.
    pub if_match: Option<String>,
}

impl Call {
    /// Any request.
    #[must_use]
    pub fn new(method: Method, path: impl Into<String>, body: Option<Value>) -> Self {
        Self { method, path: path.into(), body, idempotency_key: None, if_match: None }
    }

    /// `GET`
    #[must_use]
    pub fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path, None)
    }

    /// `POST`
    #[must_use]
    pub fn post(path: impl Into<String>, body: Value) -> Self {
        Self::new(Method::POST, path, Some(body))
    }

    /// `PUT`, with a body.
    #[must_use]
    pub fn put(path: impl Into<String>, body: Value) -> Self {
        Self::new(Method::PUT, path, Some(body))
    }

    /// `PUT`, without a body: what is put is the path itself.
    #[must_use]
    pub fn set(path: impl Into<String>) -> Self {
        Self::new(Method::PUT, path, None)
    }

    /// `PATCH`
    #[must_use]
    pub fn patch(path: impl Into<String>, body: Value) -> Self {
        Self::new(Method::PATCH, path, Some(body))
    }

    /// `DELETE`
    #[must_use]
    pub fn delete(path: impl Into<String>) -> Self {
        Self::new(Method::DELETE, path, None)
    }

    /// The same request, with an `Idempotency-Key`.
    #[must_use]
    pub fn once(self, key: impl Into<String>) -> Self {
        Self { idempotency_key: Some(key.into()), ..self }
    }

    /// The same request, if the version is still this one.
    #[must_use]
    pub fn if_match(self, version: impl Into<String>) -> Self {
        Self { if_match: Some(version.into()), ..self }
    }
}
