//! The functions in process, over an engine in memory, with every DynamoDB request in a test's hand.
//!
//! `engine`: DynamoDB, without a port. `connector`: what stands between the SDK and the engine; a
//! [`Hand`] holds, counts, fails, repeats or answers each request. `actor`: somebody who calls the
//! merged `routes()` as the gateway does. `journal`: what was sent, in which round, for how many
//! capacity units. `world`: orgs, people, groups and cases to begin with.
//!
//! On top of it the proof of "one instant": `schedule` names every order in which requests can go
//! on, `gate` holds them, `film` keeps every state of a table, `watch` runs a check against a film
//! and judges its answer, `pairs` are the films of the design; `race` runs changes against each
//! other, `faults` lets things go wrong at each request. `docs/proofs.md` says what they show.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests use this crate: one that cannot go on has failed, and says where"
)]

mod actor;
mod connector;
mod engine;
pub mod faults;
pub mod film;
pub mod gate;
mod journal;
pub mod pairs;
pub mod partners;
pub mod race;
pub mod races;
pub mod schedule;
pub mod watch;
mod world;

pub use actor::{Actor, Answer, Person, app, door};
pub use connector::{Hand, Reply, Sent, Wire, open_hand};
pub use engine::Engine;
pub use journal::{Capacity, Entry, Journal};
pub use world::{World, text};
