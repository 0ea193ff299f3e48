//! What an announcement says, valid because it exists.

use std::str::FromStr;

use serde::Deserialize;
use shared::rights::Section;
use utoipa::ToSchema;

/// The most characters of a media type.
const LONGEST_TYPE: usize = 100;

/// Why a part of an announcement is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum WordError {
    /// Not a media type.
    #[error("must be a media type such as `application/pdf`, of at most 100 ASCII characters")]
    MediaType,
    /// Not a SHA-256.
    #[error("must be a SHA-256 in hexadecimal: 64 of `0-9 a-f`")]
    Sha256,
    /// No bytes.
    #[error("must be at least 1")]
    Empty,
}

/// A media type as the uploader declares it: `type/subtype`, perhaps with parameters.
///
/// It becomes a signed header, so it is ASCII on one line, without space at its ends.
///
/// Source: RFC 9110, section 8.3.1.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(try_from = "String")]
#[schema(value_type = String, max_length = 100, example = "application/pdf")]
pub(crate) struct MediaType(String);

impl MediaType {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for MediaType {
    /// What is said of a file of which nothing is known.
    fn default() -> Self {
        Self("application/octet-stream".to_owned())
    }
}

impl FromStr for MediaType {
    type Err = WordError;

    fn from_str(text: &str) -> Result<Self, WordError> {
        let (essence, parameters) = text.split_once(';').unwrap_or((text, ""));
        let named = essence.trim_end_matches(' ').split_once('/');
        let fits = text.len() <= LONGEST_TYPE
            && text.trim() == text
            // An empty parameter may end it, but then there is a `;` too many.
            && !text.ends_with(';')
            && named.is_some_and(|(kind, subtype)| is_token(kind) && is_token(subtype))
            && are_parameters(parameters);
        if fits { Ok(Self(text.to_owned())) } else { Err(WordError::MediaType) }
    }
}

fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

/// `name=value` and so on, each after a `;`; a value is a token, or stands in quotes.
fn are_parameters(mut rest: &str) -> bool {
    while !rest.is_empty() {
        let Some((name, value)) = rest.trim_start_matches(' ').split_once('=') else {
            return false;
        };
        let after = if let Some(quoted) = value.strip_prefix('"') {
            after_quoted(quoted)
        } else {
            let (token, after) = value.split_at(value.find([';', ' ']).unwrap_or(value.len()));
            is_token(token).then_some(after)
        };
        let Some(after) = after.map(|after| after.trim_start_matches(' ')) else {
            return false;
        };
        if !is_token(name) {
            return false;
        }
        match after.strip_prefix(';') {
            Some(next) => rest = next,
            None => return after.is_empty(),
        }
    }
    true
}

/// What follows a text in quotes, whose first quote is gone.
fn after_quoted(text: &str) -> Option<&str> {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if !(c == ' ' || c.is_ascii_graphic()) => return None,
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return text.get(at + 1..),
            _ => {}
        }
    }
    None
}

impl TryFrom<String> for MediaType {
    type Error = WordError;

    fn try_from(text: String) -> Result<Self, WordError> {
        text.parse()
    }
}

/// A SHA-256 in lower-case hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(try_from = "String")]
#[schema(value_type = String, pattern = "^[0-9A-Fa-f]{64}$")]
pub(crate) struct Sha256(String);

impl Sha256 {
    pub(crate) fn into_hex(self) -> String {
        self.0
    }
}

impl TryFrom<String> for Sha256 {
    type Error = WordError;

    fn try_from(text: String) -> Result<Self, WordError> {
        if text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit()) {
            Ok(Self(text.to_ascii_lowercase()))
        } else {
            Err(WordError::Sha256)
        }
    }
}

/// A size in bytes, at least 1. The org's setting says how many are allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(try_from = "u64")]
#[schema(value_type = u64, minimum = 1)]
pub(crate) struct Size(u64);

impl Size {
    pub(crate) fn bytes(self) -> u64 {
        self.0
    }
}

impl TryFrom<u64> for Size {
    type Error = WordError;

    fn try_from(bytes: u64) -> Result<Self, WordError> {
        if bytes == 0 { Err(WordError::Empty) } else { Ok(Self(bytes)) }
    }
}

/// The sections that have files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FileSection {
    /// Documents.
    #[default]
    Documents,
    /// Reports.
    Reports,
}

impl From<FileSection> for Section {
    fn from(section: FileSection) -> Self {
        match section {
            FileSection::Documents => Self::Documents,
            FileSection::Reports => Self::Reports,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_media_type_is_one() {
        for text in [
            "application/pdf",
            "image/svg+xml",
            "text/plain; charset=utf-8",
            "text/plain;charset=utf-8;format=flowed",
            "multipart/mixed; boundary=\"a b; \\\" c\"",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ] {
            assert_eq!(text.parse::<MediaType>().as_ref().map(MediaType::as_str), Ok(text));
        }
    }

    #[test]
    fn what_is_no_media_type_is_refused() {
        let long = format!("text/{}", "x".repeat(LONGEST_TYPE));
        for text in [
            "",
            "pdf",
            "/",
            "text/",
            "/plain",
            "text/plain/x",
            " text/plain",
            "text/plain ",
            "text/plain\r\nX-Evil: 1",
            "text/plain\n",
            "te xt/plain",
            "text/plain;",
            "text/plain; ;",
            "text/plain; charset",
            "text/plain; charset=",
            "text/plain; =x",
            "text/plain; a=\"b",
            "text/plain; a=\"\u{7}\"",
            "text/plain; a=b c",
            "text/plän",
            "text/plain, text/html",
            &long,
        ] {
            assert!(text.parse::<MediaType>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_checksum_has_one_spelling() {
        let upper = "AB".repeat(32);
        assert_eq!(Sha256::try_from(upper.clone()).unwrap().into_hex(), upper.to_lowercase());
        for text in ["", "ab", &"g".repeat(64), &"a".repeat(65)] {
            assert!(Sha256::try_from(text.to_owned()).is_err(), "{text:?}");
        }
    }
}
