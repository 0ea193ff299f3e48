//! The proof of "one instant": every order, and every fault.
#![expect(clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

mod connector;
mod faults;
mod instant;
mod lists;
mod races;
