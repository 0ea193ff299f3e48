//! `Idempotency-Key`: the same request twice has its effect once.
//!
//! The record holds a hash of method, route and body, the status and the ids made, never the
//! answer: a replay is rendered anew after a decision as of now.

use std::collections::{BTreeMap, HashMap};

use data_encoding::HEXLOWER;
use http::request::Parts;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::{Code, Error};
use crate::id::UserId;
use crate::store::{Key, Row, RowBuilder, StoreError, keys, row};

/// How long a key is remembered.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(24);

/// An `Idempotency-Key`, bound to who uses it for what.
#[derive(Clone, Debug)]
pub struct Idem {
    key: Key,
    hash: String,
}

/// What was done under a key.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Record {
    hash: String,
    /// The status that was answered.
    pub status: u16,
    /// The ids that were made, by what they are ids of.
    pub ids: BTreeMap<String, String>,
    /// Second from which the key is free again.
    expires_at: i64,
}

impl Record {
    /// An id that was made.
    ///
    /// # Errors
    ///
    /// [`StoreError::Odd`] if the record does not have it: a fault of this program.
    pub fn id<T: std::str::FromStr>(&self, of: &str) -> Result<T, StoreError> {
        self.ids
            .get(of)
            .and_then(|id| id.parse().ok())
            .ok_or_else(|| StoreError::Odd(format!("an idempotency record without `{of}`")))
    }
}

impl Idem {
    /// The key of a request, if it has one.
    pub(super) fn from_parts(
        parts: &Parts,
        caller: UserId,
        body: &[u8],
    ) -> Result<Option<Self>, Error> {
        let Some(value) = parts.headers.get("idempotency-key") else {
            return Ok(None);
        };
        let key =
            value.to_str().ok().filter(|key| (1..=255).contains(&key.len())).ok_or_else(|| {
                Error::parameter("Idempotency-Key", "must have 1 to 255 visible ASCII characters")
            })?;
        let digest = |parts: &[&[u8]]| {
            let mut hasher = Sha256::new();
            for part in parts {
                hasher.update(part.len().to_be_bytes());
                hasher.update(part);
            }
            HEXLOWER.encode(&hasher.finalize())
        };
        let caller = digest(&[caller.as_str().as_bytes(), key.as_bytes()]);
        let request =
            digest(&[parts.method.as_str().as_bytes(), parts.uri.path().as_bytes(), body]);
        Ok(Some(Self { key: keys::idempotency(&caller), hash: request }))
    }

    /// The key of one entry of a request that has several, each atomic by itself.
    #[must_use]
    pub fn entry(&self, entry: usize) -> Self {
        Self { key: keys::idempotency_entry(&self.key, entry), hash: self.hash.clone() }
    }

    /// Where the record lies.
    #[must_use]
    pub fn key(&self) -> Key {
        self.key.clone()
    }

    /// The record to be written in the transaction that does the work.
    ///
    /// # Errors
    ///
    /// [`StoreError::Odd`] if it cannot be written as a row.
    pub fn record(
        &self,
        now: Timestamp,
        status: u16,
        ids: impl IntoIterator<Item = (&'static str, String)>,
    ) -> Result<Row, StoreError> {
        let expires_at = now + REMEMBERED;
        let record = Record {
            hash: self.hash.clone(),
            status,
            ids: ids.into_iter().map(|(of, id)| (of.to_owned(), id)).collect(),
            expires_at: expires_at.as_second(),
        };
        Ok(RowBuilder::new(self.key.clone(), &record)?.swept(expires_at).build())
    }

    /// The record of the same request, if it was carried out before.
    ///
    /// # Errors
    ///
    /// [`Code::KeyReused`] if the key was used for another request.
    pub fn before(&self, row: Option<&Row>, now: Timestamp) -> Result<Option<Record>, Error> {
        let Some(record) = row::read_if::<Record>(row)? else {
            return Ok(None);
        };
        if record.expires_at <= now.as_second() {
            return Ok(None);
        }
        if record.hash == self.hash { Ok(Some(record)) } else { Err(Error::of(Code::KeyReused)) }
    }

    /// The record of the same request among rows that were read.
    ///
    /// # Errors
    ///
    /// As [`Idem::before`].
    pub fn found(
        idem: Option<&Self>,
        rows: &HashMap<Key, Row>,
        now: Timestamp,
    ) -> Result<Option<Record>, Error> {
        match idem {
            Some(idem) => idem.before(rows.get(&idem.key), now),
            None => Ok(None),
        }
    }
}
