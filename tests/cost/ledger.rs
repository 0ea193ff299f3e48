//! What an operation cost.

use std::fmt;

use wire::{Actor, Wire, World, open_hand};

/// What was sent to DynamoDB for one operation.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Cost {
    /// Each request with its round, in order: `1 Query`.
    pub(crate) requests: Vec<String>,
    /// Rounds in sequence.
    pub(crate) rounds: usize,
    /// Requests that write.
    pub(crate) writes: usize,
    /// Read capacity units, without those for the caller's own marks.
    pub(crate) read: f64,
    /// Read capacity units for the caller's own marks: whether it is a favourite.
    pub(crate) marks: f64,
    /// Write capacity units.
    pub(crate) write: f64,
}

impl Cost {
    /// Rounds that only read.
    pub(crate) fn reading_rounds(&self) -> usize {
        self.rounds - self.writes
    }
}

/// What a million requests cost beside the table: API, function (30 ms at 512 MB) and log. In
/// dollars, as the two below; source: docs/aws.md, "Cost".
const BESIDE: f64 = 1.65;
const READ_UNITS: f64 = 0.125;
const WRITE_UNITS: f64 = 0.625;

/// As a row of the table.
impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { requests, rounds, write, .. } = self;
        let read = self.read + self.marks;
        let dollars = BESIDE + read * READ_UNITS + write * WRITE_UNITS;
        write!(f, "{} | {rounds} | {read} | {write} | {dollars:.2}", requests.len())
    }
}

/// Has `who` do something, and counts.
pub(crate) async fn cost(world: &World, who: &Actor, work: impl AsyncFnOnce(&Actor)) -> Cost {
    let wire = Wire::counted(&world.engine, open_hand());
    let counted = Actor::new(who.person(), &wire);
    work(&counted).await;
    let journal = wire.journal();
    let entries = journal.entries();
    let consumed = journal.consumed();
    let of_marks = entries.iter().filter(|entry| entry.sent.body.to_string().contains("\"MINE#"));
    let marks = of_marks.map(|entry| entry.consumed.read).sum();
    Cost {
        requests: entries
            .iter()
            .map(|entry| format!("{} {}", entry.sent.round, entry.sent.operation))
            .collect(),
        rounds: journal.rounds(),
        writes: entries.iter().filter(|entry| entry.sent.writes()).count(),
        read: consumed.read - marks,
        marks,
        write: consumed.write,
    }
}
