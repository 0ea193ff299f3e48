//! What each operation costs: requests to DynamoDB, rounds in sequence, capacity units, as the
//! engine counts them. The bounds are the design's; `docs/costs.md` is what came out.
//!
//! Requests that are under way at the same time are one round.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed, and says where"
)]

mod bounds;
mod every;
mod ledger;
mod partners;
mod scene;
mod stock;
mod table;
