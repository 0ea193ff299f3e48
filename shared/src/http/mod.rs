//! Requests and answers: our own extractors, so that every refusal is a problem.

mod answer;
mod caller;
mod cursor;
mod idempotency;
mod request;
mod unroutable;

pub use answer::Answer;
pub use cursor::{Cursor, Limit};
pub use idempotency::{Idem, Record};
pub use request::{Body, Empty, IfMatch, Path, Post, Query};
pub use unroutable::served;
