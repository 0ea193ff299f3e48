//! What went over a wire.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use crate::{Reply, Sent};

/// How long a request takes on a wire that counts.
const TICK: Duration = Duration::from_millis(1);

/// What DynamoDB says that requests consumed, in capacity units.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Capacity {
    /// Read units.
    pub read: f64,
    /// Write units.
    pub write: f64,
}

/// One request that was sent.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The request.
    pub sent: Sent,
    /// What came back; `None` while it is held, or where the service no longer waits for it.
    pub reply: Option<Reply>,
    /// What it consumed, on a wire that counts.
    pub consumed: Capacity,
}

/// What was sent over a wire, in order. Clones are the same journal.
#[derive(Clone, Default)]
pub struct Journal {
    counts: bool,
    inner: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    entries: Vec<Entry>,
    /// The latest round of which something was answered.
    answered: usize,
}

impl Journal {
    pub(crate) fn counting() -> Self {
        Self { counts: true, ..Self::default() }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All requests since the start, or since [`Journal::clear`].
    #[must_use]
    pub fn entries(&self) -> Vec<Entry> {
        self.inner().entries.clone()
    }

    /// Forgets what was sent; rounds begin at 1 again.
    pub fn clear(&self) {
        *self.inner() = Inner::default();
    }

    /// How many rounds there were in sequence.
    #[must_use]
    pub fn rounds(&self) -> usize {
        self.inner().entries.iter().map(|entry| entry.sent.round).max().unwrap_or(0)
    }

    /// What all requests consumed together, on a wire that counts.
    #[must_use]
    pub fn consumed(&self) -> Capacity {
        let inner = self.inner();
        let of = |read: fn(&Entry) -> f64| inner.entries.iter().map(read).sum();
        Capacity { read: of(|entry| entry.consumed.read), write: of(|entry| entry.consumed.write) }
    }

    pub(crate) fn sent(&self, operation: String, mut body: Value) -> Sent {
        if self.counts
            && let Some(body) = body.as_object_mut()
        {
            body.insert("ReturnConsumedCapacity".to_owned(), json!("TOTAL"));
        }
        let mut inner = self.inner();
        let sent = Sent { number: inner.entries.len(), round: inner.answered + 1, operation, body };
        inner.entries.push(Entry {
            sent: sent.clone(),
            reply: None,
            consumed: Capacity::default(),
        });
        sent
    }

    pub(crate) async fn tick(&self) {
        if self.counts {
            tokio::time::sleep(TICK).await;
        }
    }

    pub(crate) fn answered(&self, number: usize, reply: &Reply) {
        let mut inner = self.inner();
        let Inner { entries, answered } = &mut *inner;
        // A journal that was cleared meanwhile does not know the request any more.
        let Some(entry) = entries.get_mut(number) else { return };
        *answered = (*answered).max(entry.sent.round);
        entry.reply = Some(reply.clone());
        if self.counts {
            entry.consumed = consumed(&entry.sent, reply);
        }
    }
}

/// What an answer says that it consumed. A transaction that writes is counted as writing.
fn consumed(sent: &Sent, reply: &Reply) -> Capacity {
    let body = reply.body().unwrap_or_default();
    let all = match body.get("ConsumedCapacity") {
        Some(Value::Array(all)) => all.clone(),
        Some(one) => vec![one.clone()],
        None => Vec::new(),
    };
    let units = all.iter().filter_map(|one| one.get("CapacityUnits")?.as_f64()).sum();
    if sent.writes() {
        Capacity { read: 0.0, write: units }
    } else {
        Capacity { read: units, write: 0.0 }
    }
}
