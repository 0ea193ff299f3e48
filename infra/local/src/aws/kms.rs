//! KMS: `GenerateMac` and `VerifyMac` with two HMAC keys. One lies in a file of mode 0600, the other
//! is derived from it.

use std::io;
use std::path::Path;
use std::sync::Arc;

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SecureRandom;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::durable;

/// The name of the key, as `CASEMENT_KEY` has it.
pub const KEY_ID: &str = "alias/casement";

/// The name of the key of targets, as `CASEMENT_TARGET_KEY` has it.
pub const TARGET_KEY_ID: &str = "alias/casement-targets";

/// The largest message that KMS takes.
const MESSAGE_BYTES: usize = 4096;

/// The embedded KMS.
#[derive(Clone)]
pub struct Kms {
    key: Arc<hmac::Key>,
    targets: Arc<hmac::Key>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct MacRequest {
    key_id: String,
    mac_algorithm: String,
    message: String,
    mac: Option<String>,
}

/// A refusal: the name of the exception, and what it says.
struct Refusal(&'static str, &'static str);

impl Kms {
    /// Reads the key; at the first start, makes it.
    ///
    /// # Errors
    ///
    /// The file cannot be read or written, or holds something else than a key.
    pub fn open(file: &Path) -> io::Result<Self> {
        let secret = match std::fs::read(file) {
            Ok(secret) => secret,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let mut secret = vec![0; 32];
                aws_lc_rs::rand::SystemRandom::new().fill(&mut secret).map_err(io::Error::other)?;
                durable::write_secret(file, &secret)?;
                secret
            }
            Err(error) => return Err(error),
        };
        if secret.len() != 32 {
            return Err(io::Error::other("the key file does not hold 32 bytes"));
        }
        let key = hmac::Key::new(hmac::HMAC_SHA256, &secret);
        let targets = hmac::sign(&key, b"casement-host-targets");
        let targets = hmac::Key::new(hmac::HMAC_SHA256, targets.as_ref());
        Ok(Self { key: Arc::new(key), targets: Arc::new(targets) })
    }

    /// A secret that only this data directory has, for `purpose`.
    #[must_use]
    pub fn derived_secret(&self, purpose: &str) -> String {
        let text = format!("casement-host-{purpose}");
        data_encoding::HEXLOWER.encode(hmac::sign(&self.key, text.as_bytes()).as_ref())
    }

    /// Answers one request of the KMS API, JSON 1.1.
    #[must_use]
    pub fn answer(&self, headers: &HeaderMap, body: &Bytes) -> Response {
        let target = headers.get("x-amz-target").and_then(|value| value.to_str().ok());
        let done = match target {
            Some("TrentService.GenerateMac") => self.generate(body),
            Some("TrentService.VerifyMac") => self.verify(body),
            _ => Err(Refusal("UnknownOperationException", "")),
        };
        let (status, body) = match done {
            Ok(body) => (StatusCode::OK, body),
            Err(Refusal(name, text)) => {
                (StatusCode::BAD_REQUEST, json!({"__type": name, "message": text}))
            }
        };
        (status, [(header::CONTENT_TYPE, "application/x-amz-json-1.1")], body.to_string())
            .into_response()
    }

    /// What a request needs a right to, and with which key.
    #[must_use]
    pub fn actions(headers: &HeaderMap, body: &Bytes) -> Vec<String> {
        let target = headers.get("x-amz-target").and_then(|value| value.to_str().ok());
        let action = target.and_then(|target| target.strip_prefix("TrentService."));
        let request = serde_json::from_slice::<MacRequest>(body);
        let key = request.map(|request| request.key_id).unwrap_or_default();
        action.map(|action| format!("kms:{action} {key}")).into_iter().collect()
    }

    /// The key that a request names: one of the two, as reading it has seen.
    fn named(&self, request: &MacRequest) -> &hmac::Key {
        if request.key_id == TARGET_KEY_ID { &self.targets } else { &self.key }
    }

    fn generate(&self, body: &[u8]) -> Result<Value, Refusal> {
        let (request, message) = read(body)?;
        let mac = hmac::sign(self.named(&request), &message);
        Ok(json!({
            "KeyId": request.key_id,
            "MacAlgorithm": request.mac_algorithm,
            "Mac": BASE64_STANDARD.encode(mac.as_ref()),
        }))
    }

    fn verify(&self, body: &[u8]) -> Result<Value, Refusal> {
        let (request, message) = read(body)?;
        let mac = request.mac.as_deref().and_then(|mac| BASE64_STANDARD.decode(mac).ok());
        let mac = mac.ok_or(Refusal("ValidationException", "Mac must be base64"))?;
        hmac::verify(self.named(&request), &message, &mac)
            .map_err(|_| Refusal("KMSInvalidMacException", ""))?;
        Ok(json!({
            "KeyId": request.key_id,
            "MacAlgorithm": request.mac_algorithm,
            "MacValid": true,
        }))
    }
}

fn read(body: &[u8]) -> Result<(MacRequest, Vec<u8>), Refusal> {
    let request: MacRequest = serde_json::from_slice(body)
        .map_err(|_| Refusal("SerializationException", "the request is not understood"))?;
    if request.key_id != KEY_ID && request.key_id != TARGET_KEY_ID {
        return Err(Refusal("NotFoundException", "there is no such key"));
    }
    if request.mac_algorithm != "HMAC_SHA_256" {
        return Err(Refusal("InvalidKeyUsageException", "the key is for HMAC_SHA_256"));
    }
    match BASE64_STANDARD.decode(&request.message) {
        Ok(message) if (1..=MESSAGE_BYTES).contains(&message.len()) => Ok((request, message)),
        _ => Err(Refusal("ValidationException", "Message must be 1 to 4096 bytes in base64")),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn the_key_is_made_once_and_for_the_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key");
        let first = Kms::open(&file).unwrap().derived_secret("test");
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(Kms::open(&file).unwrap().derived_secret("test"), first);
    }
}
