//! The table: the only module that speaks DynamoDB.

mod change;
mod check;
mod condition;
mod due;
mod elsewhere;
mod items;
mod judge;
pub mod keys;
mod lists;
mod look;
mod numbers;
pub mod row;
mod rows;
mod table;

pub use aws_sdk_dynamodb::types::AttributeValue;
pub use change::{
    Change, Outcome, Tries, access_event, access_event_for, authority, case_event, first_event,
    org_event, remembered,
};
pub use condition::{Condition, Write};
pub use due::is_due;
pub use elsewhere::{Elsewhere, TakenIn};
pub use items::{ItemPage, Shows, WantedItems};
pub use judge::{
    Judged, PartnerShare, given_rights, judge, link_facts, link_keys, profile_facts, standing,
};
pub use keys::{IndexKey, Key};
pub use lists::{Candidate, ListPage, Listed, Source, Wanted, sources};
pub use look::{Ask, First, Look, SOURCES_AT_ONCE, Second, Seen};
pub use row::{DueFor, Row, RowBuilder};
pub use rows::{CaseRows, Involved, NamedUser, OptOut, UserRows, Was};
pub use table::{Page, Query, Table};

/// Why the table did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Somebody else changed the same rows at the same time. Read, decide and try again.
    #[error("another request changed the same rows")]
    Conflict,
    /// A condition did not hold. `failed` lists the writes whose conditions failed, in order; the
    /// row that stood there instead, if any, comes with each.
    #[error("a condition of a write did not hold")]
    Refused {
        /// Index of the write, and what was found.
        failed: Vec<(usize, Option<Row>)>,
    },
    /// Throttled, or out of reach. Ask again later.
    #[error("the table did not answer: {0}")]
    Busy(String),
    /// A row of another shape, or a request that DynamoDB calls invalid: a fault of this program.
    #[error("the table holds or was asked something odd: {0}")]
    Odd(String),
}

impl StoreError {
    /// A fault of this program or of a row, whatever its cause.
    pub fn odd(cause: impl std::fmt::Display) -> Self {
        Self::Odd(cause.to_string())
    }
}
