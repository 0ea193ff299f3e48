//! Numbers of cases.

use super::StoreError;
use super::condition::Condition;
use super::keys;
use super::row::Row;
use super::table::Table;
use crate::id::OrgId;

impl Table {
    /// The next number of a case in `org`. One that is drawn and then not used is left out.
    ///
    /// # Errors
    ///
    /// [`StoreError::Busy`], [`StoreError::Odd`].
    pub async fn next_number(&self, org: &OrgId) -> Result<u64, StoreError> {
        let key = keys::counter(org);
        let add = vec![("number", 1)];
        let row: Row = self.update(&key, Vec::new(), Vec::new(), add, None::<Condition>).await?;
        let drawn = row.get("number").and_then(|number| number.as_n().ok());
        drawn
            .and_then(|number| number.parse().ok())
            .ok_or_else(|| StoreError::Odd("a counter without a number".to_owned()))
    }
}
