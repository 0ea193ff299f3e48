//! Telling people: notices, and how far the mail about something has come.
//!
//! `on-change` hands mail to SES and `on-mail` hears from SES what became of it; both write it here,
//! so that there is one rule for it: only the generation that the mail was about, and never
//! backwards.

mod complaint;
mod failure;
mod news;
mod tags;

pub use news::{Came, News};
pub use tags::About;

use crate::model::Notice;
use crate::sharing::NOTICE_KEPT;
use crate::store::{Condition, Row, RowBuilder, StoreError, Table, keys};

/// The row of a notice.
///
/// # Errors
///
/// [`StoreError::Odd`] if it cannot be written as a row.
pub fn notice_row(notice: &Notice) -> Result<Row, StoreError> {
    let key = keys::notice(notice.user, notice.id);
    Ok(RowBuilder::new(key, notice)?.swept(notice.at + NOTICE_KEPT).build())
}

impl Table {
    /// Puts a notice into its user's inbox, once.
    ///
    /// # Errors
    ///
    /// [`StoreError::Busy`], [`StoreError::Odd`].
    pub async fn notify(&self, notice: &Notice) -> Result<(), StoreError> {
        match self.put(notice_row(notice)?, Some(Condition::absent())).await {
            // It was put there before; the reader may have put it aside since.
            Ok(()) | Err(StoreError::Refused { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
