//! Rows: typed values with key, index key and what they wait for, to and from DynamoDB's maps.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::StoreError;
use super::keys::{self, IndexKey, Key};
use crate::id::CaseId;

/// A row as DynamoDB gives and takes it.
pub type Row = HashMap<String, AttributeValue>;

/// The version of the shape of all rows.
const SHAPE: &str = "1";

/// What a row waits for. `on-change` sees it at once, `on-clock` when its time has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DueFor {
    /// A mail that has not been handed to SES.
    Mail,
    /// An upload that has not arrived.
    Upload,
    /// Files that are to be deleted.
    Cleanup,
    /// A job.
    Job,
    /// A share that an org makes by itself and could not make yet.
    AutoShare,
}

impl DueFor {
    /// The word in the table.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Upload => "upload",
            Self::Cleanup => "cleanup",
            Self::Job => "job",
            Self::AutoShare => "auto_share",
        }
    }
}

/// The `ttl` attribute: the second from which DynamoDB may delete the row, days late at times.
/// Whoever reads the row still compares the clock.
#[must_use]
pub fn ttl(at: Timestamp) -> AttributeValue {
    AttributeValue::N(at.as_second().to_string())
}

/// A row being made.
#[derive(Clone, Debug)]
pub struct RowBuilder {
    key: Key,
    row: Row,
}

impl RowBuilder {
    /// `body` under `key`.
    ///
    /// # Errors
    ///
    /// [`StoreError::Odd`] if `body` is nothing that a row can hold: a fault of this program.
    pub fn new(key: Key, body: &impl Serialize) -> Result<Self, StoreError> {
        let mut row: Row = serde_dynamo::to_item(body).map_err(StoreError::odd)?;
        row.insert("PK".to_owned(), AttributeValue::S(key.pk.clone()));
        row.insert("SK".to_owned(), AttributeValue::S(key.sk.clone()));
        row.insert("v".to_owned(), AttributeValue::N(SHAPE.to_owned()));
        Ok(Self { key, row })
    }

    /// Also listed under `index`.
    #[must_use]
    pub fn listed(mut self, index: IndexKey) -> Self {
        self.row.insert("principal".to_owned(), AttributeValue::S(index.principal));
        self.row.insert("principal_sort".to_owned(), AttributeValue::S(index.sort));
        self
    }

    /// Waits for something, from `at` on.
    #[must_use]
    pub fn due(mut self, what: DueFor, at: Timestamp) -> Self {
        for (name, value) in due_attributes(&self.key, what, at) {
            self.row.insert(name.to_owned(), value);
        }
        self
    }

    /// May be swept from `at` on.
    #[must_use]
    pub fn swept(mut self, at: Timestamp) -> Self {
        self.row.insert("ttl".to_owned(), ttl(at));
        self
    }

    /// One further attribute.
    #[must_use]
    pub fn with(mut self, name: &str, value: AttributeValue) -> Self {
        self.row.insert(name.to_owned(), value);
        self
    }

    /// The row.
    #[must_use]
    pub fn build(self) -> Row {
        self.row
    }
}

/// The attributes of a row that waits: set together, removed together ([`DUE_ATTRIBUTES`]).
#[must_use]
pub fn due_attributes(
    key: &Key,
    what: DueFor,
    at: Timestamp,
) -> [(&'static str, AttributeValue); 3] {
    [
        ("due_for", AttributeValue::S(what.as_str().to_owned())),
        ("due_at", AttributeValue::S(keys::sortable(at))),
        ("due_shard", AttributeValue::S(keys::due_shard(key))),
    ]
}

/// The names of what [`due_attributes`] sets.
pub const DUE_ATTRIBUTES: [&str; 3] = ["due_for", "due_at", "due_shard"];

/// One attribute's value.
///
/// # Errors
///
/// [`StoreError::Odd`] if `value` is nothing that an attribute can hold: a fault of this program.
pub fn value(value: &impl Serialize) -> Result<AttributeValue, StoreError> {
    serde_dynamo::to_attribute_value(value).map_err(StoreError::odd)
}

/// The attributes that list a row under `index`: set together, removed together
/// ([`INDEX_ATTRIBUTES`]).
#[must_use]
pub fn index_attributes(index: IndexKey) -> [(&'static str, AttributeValue); 2] {
    [
        ("principal", AttributeValue::S(index.principal)),
        ("principal_sort", AttributeValue::S(index.sort)),
    ]
}

/// The names of what [`index_attributes`] sets.
pub const INDEX_ATTRIBUTES: [&str; 2] = ["principal", "principal_sort"];

/// Reads a row.
///
/// # Errors
///
/// [`StoreError::Odd`] if the row does not have the shape: written by another version, or by hand.
pub fn read<T: DeserializeOwned>(row: &Row) -> Result<T, StoreError> {
    serde_dynamo::from_item(row.clone()).map_err(StoreError::odd)
}

/// Reads a row that may not be there.
///
/// # Errors
///
/// As [`read`].
pub fn read_if<T: DeserializeOwned>(row: Option<&Row>) -> Result<Option<T>, StoreError> {
    row.map(read).transpose()
}

/// A text attribute, empty if it is not there.
#[must_use]
pub fn text<'a>(row: &'a Row, name: &str) -> &'a str {
    row.get(name).and_then(|value| value.as_s().ok()).map_or("", String::as_str)
}

/// The case that an index row lists.
#[must_use]
pub fn case_listed(row: &Row) -> Option<CaseId> {
    text(row, "principal_sort").strip_prefix("CASE#")?.parse().ok()
}

/// The key of a row.
#[must_use]
pub fn key_of(row: &Row) -> Key {
    Key { pk: text(row, "PK").to_owned(), sk: text(row, "SK").to_owned() }
}
