//! Values that are observed or hit: valid because they exist, and each in one spelling.
//!
//! Analysts paste what others have made harmless (`hxxp://`, `1.2.3[.]4`): it is accepted, and kept
//! in its own form.

mod error;
mod phone;
mod refang;
mod shape;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

pub use error::ValueError;
pub use phone::Phone;

/// The most bytes of a value, in its one spelling.
pub const VALUE_BYTES: usize = 2_000;

/// Of what type a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ValueType {
    /// An IPv4 or IPv6 address, or a network in CIDR form.
    Ip,
    /// A domain name, in its ASCII form.
    Domain,
    /// A URL with a host.
    Url,
    /// A digest in hexadecimal: MD5, SHA-1, SHA-224, SHA-256, SHA-384, SHA-512.
    Hash,
    /// An e-mail address.
    Email,
    /// A file, by name, by path or by digest.
    File,
    /// A telephone number in international form.
    Phone,
    /// Anything else, in one line.
    Other,
}

impl ValueType {
    /// Every type.
    pub const ALL: [Self; 8] = [
        Self::Ip,
        Self::Domain,
        Self::Url,
        Self::Hash,
        Self::Email,
        Self::File,
        Self::Phone,
        Self::Other,
    ];

    /// The word in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ip => "ip",
            Self::Domain => "domain",
            Self::Url => "url",
            Self::Hash => "hash",
            Self::Email => "email",
            Self::File => "file",
            Self::Phone => "phone",
            Self::Other => "other",
        }
    }
}

/// With what a digest was made, as its length tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum HashAlgorithm {
    /// 128 bits.
    Md5,
    /// 160 bits.
    Sha1,
    /// 224 bits.
    Sha224,
    /// 256 bits.
    Sha256,
    /// 384 bits.
    Sha384,
    /// 512 bits.
    Sha512,
}

impl HashAlgorithm {
    /// The algorithm whose digests have so many hexadecimal digits.
    #[must_use]
    pub const fn of_digits(digits: usize) -> Option<Self> {
        match digits {
            32 => Some(Self::Md5),
            40 => Some(Self::Sha1),
            56 => Some(Self::Sha224),
            64 => Some(Self::Sha256),
            96 => Some(Self::Sha384),
            128 => Some(Self::Sha512),
            _ => None,
        }
    }
}

/// A value with its type, in its one spelling.
///
/// Read back from the table as it was written: a later version that spells a value in another way
/// must not lose what is there.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[schema(as = TypedValue)]
pub struct Value {
    /// Its type.
    #[serde(rename = "type")]
    kind: ValueType,
    /// The value itself.
    #[serde(rename = "value")]
    #[schema(max_length = 2_000)]
    text: String,
    /// Of a digest: with what it was made.
    #[serde(default)]
    algorithm: Option<HashAlgorithm>,
}

impl Value {
    /// The value that `text` spells: of this type, or of the type that it looks like.
    ///
    /// # Errors
    ///
    /// [`ValueError`], which says of what type it is not. A text that looks like nothing is
    /// [`ValueType::Other`].
    pub fn parse(kind: Option<ValueType>, text: &str) -> Result<Self, ValueError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(ValueError::Empty);
        }
        // Nothing grows by more than this in its one spelling; what is longer is not worth parsing.
        if VALUE_BYTES * 2 < text.len() {
            return Err(ValueError::Long(text.len()));
        }
        let kind = kind.unwrap_or_else(|| shape::looks_like(text));
        let text = shape::spelled(kind, text)?;
        if VALUE_BYTES < text.len() {
            return Err(ValueError::Long(text.len()));
        }
        let algorithm = match kind {
            ValueType::Hash | ValueType::File => shape::algorithm(&text),
            _ => None,
        };
        Ok(Self { kind, text, algorithm })
    }

    /// Its type.
    #[must_use]
    pub const fn kind(&self) -> ValueType {
        self.kind
    }

    /// The value itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// A name for it that fits a key: SHA-256 of type and value, in hexadecimal.
    #[must_use]
    pub fn digest(&self) -> String {
        HEXLOWER.encode(&Sha256::digest(format!("{}\n{}", self.kind.as_str(), self.text)))
    }
}

/// Values are content: what is printed for debugging does not show them.
impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Value({}, {} bytes)", self.kind.as_str(), self.text.len())
    }
}

#[cfg(test)]
mod tests;
