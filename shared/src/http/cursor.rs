//! Cursors: where a page ended, for the next one.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::{Deserialize, Deserializer};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use crate::error::Error;

/// The version of the shape of cursors.
const VERSION: u8 = 1;

/// Where a page of one route with one set of filters ended.
///
/// Shape: base64url of a version, 8 bytes of a hash of route and filters, and the sort key of the
/// last row shown. A forged one leads nowhere new, since every row is checked.
#[derive(Clone, Debug)]
pub struct Cursor {
    of: [u8; 8],
}

impl Cursor {
    /// Cursors of the route and filters that `of` tells.
    #[must_use]
    pub fn of(of: &[&str]) -> Self {
        let mut hasher = Sha256::new();
        for part in of {
            hasher.update(part.len().to_be_bytes());
            hasher.update(part);
        }
        let mut short = [0; 8];
        for (to, from) in short.iter_mut().zip(hasher.finalize()) {
            *to = from;
        }
        Self { of: short }
    }

    /// The cursor that goes on behind `sort`.
    #[must_use]
    pub fn behind(&self, sort: &str) -> String {
        let mut bytes = vec![VERSION];
        bytes.extend(self.of);
        bytes.extend(sort.as_bytes());
        BASE64_URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Behind what a given cursor goes on.
    ///
    /// # Errors
    ///
    /// 400 for a cursor of another query, or none at all.
    pub fn read(&self, cursor: Option<&str>) -> Result<Option<String>, Error> {
        let Some(cursor) = cursor else {
            return Ok(None);
        };
        let wrong = || Error::parameter("cursor", "is not a cursor of this query");
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(cursor).map_err(|_| wrong())?;
        let rest = bytes.strip_prefix(&[VERSION]).ok_or_else(wrong)?;
        let sort = rest.strip_prefix(&self.of).ok_or_else(wrong)?;
        String::from_utf8(sort.to_vec()).map(Some).map_err(|_| wrong())
    }

    /// Behind which id a given cursor goes on.
    ///
    /// # Errors
    ///
    /// As [`Cursor::read`].
    pub fn read_id<T: std::str::FromStr>(&self, cursor: Option<&str>) -> Result<Option<T>, Error> {
        self.read(cursor)?
            .map(|text| text.parse())
            .transpose()
            .map_err(|_| Error::parameter("cursor", "is not a cursor of this query"))
    }
}

/// How many entries a page has: 1 to 100, 25 if nothing is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ToSchema)]
#[schema(value_type = u8, minimum = 1, maximum = 100, default = 25)]
pub struct Limit(pub usize);

impl Default for Limit {
    fn default() -> Self {
        Self(25)
    }
}

impl<'de> Deserialize<'de> for Limit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Number;

        impl serde::de::Visitor<'_> for Number {
            type Value = usize;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a number from 1 to 100")
            }

            fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<usize, E> {
                usize::try_from(number)
                    .ok()
                    .filter(|number| (1..=100).contains(number))
                    .ok_or_else(|| E::custom("must be a number from 1 to 100"))
            }

            // In a query every value is a text.
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<usize, E> {
                let number =
                    text.parse().map_err(|_| E::custom("must be a number from 1 to 100"))?;
                self.visit_u64(number)
            }
        }

        deserializer.deserialize_any(Number).map(Self)
    }
}
