//! Who called our mail spam gets no more of it.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use serde::Serialize;

use crate::address::Address;
use crate::store::{Condition, RowBuilder, StoreError, Table, keys};

/// That mail to an address is stopped.
#[derive(Serialize)]
struct Complaint {
    at: Timestamp,
}

impl Table {
    /// Stops all mail to `address`.
    ///
    /// # Errors
    ///
    /// [`StoreError::Busy`], [`StoreError::Odd`].
    pub async fn stop_mail(&self, address: &Address, now: Timestamp) -> Result<(), StoreError> {
        let row = RowBuilder::new(keys::complaint(address), &Complaint { at: now })?.build();
        self.put(row, None).await?;
        // Whoever shares reads it here, where there is a user.
        let set = vec![("complained", AttributeValue::Bool(true))];
        let present = Some(Condition::present());
        match self.update(&keys::email(address), set, Vec::new(), Vec::new(), present).await {
            Ok(_) | Err(StoreError::Refused { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
