//! The key of the development sign-in.

use std::io;
use std::path::Path;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use data_encoding::HEXLOWER;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header};
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::durable;

/// An RSA key that signs tokens.
pub struct SigningKey {
    id: String,
    modulus: Vec<u8>,
    exponent: Vec<u8>,
    signing: EncodingKey,
}

/// The key cannot be made or read.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file system refuses.
    #[error("cannot use the key of the development sign-in: {0}")]
    Io(#[from] io::Error),
    /// What lies in the file is no key.
    #[error("the key of the development sign-in is damaged")]
    Damaged,
}

impl SigningKey {
    /// Reads the key from `file`; at the first start, makes it.
    ///
    /// # Errors
    ///
    /// [`KeyError`]
    pub fn open(file: &Path) -> Result<Self, KeyError> {
        let stored = match std::fs::read(file) {
            Ok(stored) => stored,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let fresh = KeyPair::generate(KeySize::Rsa2048).map_err(|_| KeyError::Damaged)?;
                let stored = fresh.as_der().map_err(|_| KeyError::Damaged)?.as_ref().to_vec();
                durable::write_secret(file, &stored)?;
                stored
            }
            Err(error) => return Err(error.into()),
        };
        let pair = KeyPair::from_pkcs8(&stored).map_err(|_| KeyError::Damaged)?;
        let modulus = pair.public_key().modulus().big_endian_without_leading_zero().to_vec();
        let exponent = pair.public_key().exponent().big_endian_without_leading_zero().to_vec();
        let id = HEXLOWER.encode(&Sha256::digest(&modulus)).chars().take(16).collect();
        // jsonwebtoken takes PKCS#8 in this armour only.
        let armoured = format!(
            "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
            BASE64_STANDARD.encode(&stored)
        );
        let signing =
            EncodingKey::from_rsa_pem(armoured.as_bytes()).map_err(|_| KeyError::Damaged)?;
        Ok(Self { id, modulus, exponent, signing })
    }

    /// Its name in the key set.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What verifies its signatures.
    #[must_use]
    pub fn verifying(&self) -> DecodingKey {
        DecodingKey::from_rsa_raw_components(&self.modulus, &self.exponent)
    }

    /// The key set, as the provider publishes it.
    pub(super) fn public(&self) -> Value {
        json!({"keys": [{
            "kty": "RSA",
            "use": "sig",
            "alg": "RS256",
            "kid": self.id,
            "n": BASE64_URL_SAFE_NO_PAD.encode(&self.modulus),
            "e": BASE64_URL_SAFE_NO_PAD.encode(&self.exponent),
        }]})
    }

    /// A token with these claims.
    pub(super) fn sign(&self, claims: &impl Serialize) -> Option<String> {
        let head = Header { kid: Some(self.id.clone()), ..Header::new(Algorithm::RS256) };
        jsonwebtoken::encode(&head, claims, &self.signing).ok()
    }
}
