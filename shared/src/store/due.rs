//! Rows that wait: who finds them, who puts them off, who is done with them.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;

use super::StoreError;
use super::condition::Condition;
use super::keys::{self, Key};
use super::row::{self, DUE_ATTRIBUTES, Row};
use super::table::{Query, Table};

/// How many waiting rows one look at one partition of `by-due` finds.
const AT_ONCE: usize = 1_000;

/// Whether a row waits for something whose time has come.
#[must_use]
pub fn is_due(row: &Row, now: Timestamp) -> bool {
    let due_at = row::text(row, "due_at");
    !due_at.is_empty() && due_at <= keys::sortable(now).as_str()
}

impl Table {
    /// The rows whose time has come, read again strongly. The index lags: those that have been
    /// done in between are left out.
    ///
    /// # Errors
    ///
    /// [`StoreError::Busy`], [`StoreError::Odd`].
    pub async fn due_rows(&self, shard: u64, now: Timestamp) -> Result<Vec<Row>, StoreError> {
        let listed = self.query_all(Query::due(shard, keys::sortable(now)), AT_ONCE).await?;
        let mut rows: Vec<Row> =
            self.get_many(listed.iter().map(row::key_of)).await?.into_values().collect();
        rows.retain(|row| is_due(row, now));
        rows.sort_by(|one, other| row::text(one, "due_at").cmp(row::text(other, "due_at")));
        Ok(rows)
    }

    /// The row under `key`, read strongly, if it waits for something whose time has come.
    ///
    /// # Errors
    ///
    /// [`StoreError::Busy`], [`StoreError::Odd`].
    pub async fn due_row(&self, key: &Key, now: Timestamp) -> Result<Option<Row>, StoreError> {
        Ok(self.get(key).await?.filter(|row| is_due(row, now)))
    }

    /// Lets the row wait until `at`, if it still waits as it was read. The stream tells of it, so
    /// that a time that has come wakes whoever works on such rows.
    ///
    /// # Errors
    ///
    /// [`StoreError::Busy`], [`StoreError::Odd`].
    pub async fn put_off(&self, row: &Row, at: Timestamp) -> Result<(), StoreError> {
        let set = vec![("due_at", AttributeValue::S(keys::sortable(at)))];
        let as_read = Condition::reads("due_at", row::text(row, "due_at"));
        if_it_held(self.update(&row::key_of(row), set, Vec::new(), Vec::new(), Some(as_read)).await)
    }

    /// Takes from the row what it waits for, where `condition` holds.
    ///
    /// # Errors
    ///
    /// [`StoreError::Busy`], [`StoreError::Odd`].
    pub async fn no_longer_due(&self, key: &Key, condition: Condition) -> Result<(), StoreError> {
        let remove = DUE_ATTRIBUTES.to_vec();
        if_it_held(self.update(key, Vec::new(), remove, Vec::new(), Some(condition)).await)
    }

    /// Remembers how far a job has come, with what it found out on the way, and that it goes on at
    /// once, if nobody else has taken it further.
    ///
    /// # Errors
    ///
    /// [`StoreError::Busy`], [`StoreError::Odd`].
    pub async fn job_goes_on(
        &self,
        row: &Row,
        after: &str,
        found: Option<(&'static str, bool)>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut set = vec![
            ("after", AttributeValue::S(after.to_owned())),
            ("due_at", AttributeValue::S(keys::sortable(now))),
        ];
        set.extend(found.map(|(name, is)| (name, AttributeValue::Bool(is))));
        let as_read = match row::text(row, "after") {
            "" => Condition::without("after").and(Condition::present()),
            before => Condition::reads("after", before),
        };
        if_it_held(self.update(&row::key_of(row), set, Vec::new(), Vec::new(), Some(as_read)).await)
    }

    /// The job is done.
    ///
    /// # Errors
    ///
    /// [`StoreError::Busy`], [`StoreError::Odd`].
    pub async fn job_done(&self, row: &Row) -> Result<(), StoreError> {
        self.delete(&row::key_of(row), None).await
    }
}

/// A condition that did not hold means that somebody else was there before: nothing is left to do.
fn if_it_held(written: Result<Row, StoreError>) -> Result<(), StoreError> {
    match written {
        Ok(_) | Err(StoreError::Refused { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}
