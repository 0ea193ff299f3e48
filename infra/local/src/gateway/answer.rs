//! A function's answer, payload format 2.0, as the gateway sends it on.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode, header};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;

use super::refusal::Refusal;

/// A function answers at most 6 MB.
const ANSWER_BYTES: usize = 6 * 1024 * 1024;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    status_code: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    cookies: Vec<String>,
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

/// The response that the JSON of an answer stands for.
///
/// # Errors
///
/// [`Refusal::Failed`], as the gateway says 500 when an answer is too large or is none.
pub(super) fn response(answer: &str) -> Result<Response<Body>, Refusal> {
    let failed = |reason: &'static str| {
        tracing::error!(reason, "a function's answer is not one that the gateway sends on");
        Refusal::Failed
    };
    if answer.len() > ANSWER_BYTES {
        return Err(failed("it is larger than 6 MB"));
    }
    let answer: Answer = serde_json::from_str(answer).map_err(|_| failed("it is no answer"))?;
    let body = match answer.body {
        Some(body) if answer.is_base64_encoded => {
            BASE64_STANDARD.decode(body).map_err(|_| failed("its body is not base64"))?
        }
        Some(body) => body.into_bytes(),
        None => Vec::new(),
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() =
        StatusCode::from_u16(answer.status_code).map_err(|_| failed("it has no status"))?;
    let cookies = answer.cookies.into_iter().map(|value| ("set-cookie".to_owned(), value));
    for (name, value) in answer.headers.into_iter().chain(cookies) {
        let name = HeaderName::try_from(name).map_err(|_| failed("it has an odd header"))?;
        let value = HeaderValue::try_from(value).map_err(|_| failed("it has an odd header"))?;
        // The listener counts for itself.
        if name != header::CONTENT_LENGTH && name != header::TRANSFER_ENCODING {
            response.headers_mut().append(name, value);
        }
    }
    Ok(response)
}
