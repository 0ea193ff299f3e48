//! A hand that holds every request until it is told what becomes of it.

use std::mem;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use futures_util::future::BoxFuture;
use serde_json::Value;
use tokio::sync::oneshot;

use crate::{Engine, Hand, Reply, Sent};

/// Behind which the requests of all actors wait.
#[derive(Clone, Default)]
pub struct Gate {
    held: Arc<Mutex<Vec<Held>>>,
}

/// A request that waits.
pub struct Held {
    /// Whose it is.
    pub actor: usize,
    /// Which of theirs, in this run.
    pub number: usize,
    /// What it asks for.
    pub sent: Sent,
    answer: oneshot::Sender<Reply>,
}

impl Held {
    /// Lets it go, with this reply.
    pub fn answer(self, reply: Reply) {
        // A service that no longer waits does not want to know.
        let _ = self.answer.send(reply);
    }

    /// What a person calls it.
    #[must_use]
    pub fn name(&self) -> String {
        name(&self.sent)
    }
}

/// What a person calls a request: the operation, and what it reads or writes.
#[must_use]
pub fn name(sent: &Sent) -> String {
    let what = match sent.operation.as_str() {
        "Query" => {
            let partition = sent.body["ExpressionAttributeValues"][":pk"]["S"].as_str();
            let low = sent.body["ExpressionAttributeValues"][":low"]["S"].as_str();
            let kind = partition.and_then(|pk| pk.split('#').next()).unwrap_or_default();
            format!("{kind}{}", low.map(|low| format!(" {low}")).unwrap_or_default())
        }
        _ => String::new(),
    };
    if what.is_empty() { sent.operation.clone() } else { format!("{} {what}", sent.operation) }
}

impl Gate {
    fn lock(&self) -> MutexGuard<'_, Vec<Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The hand of one actor.
    #[must_use]
    pub fn hand(&self, actor: usize) -> Arc<dyn Hand> {
        Arc::new(Keeper { gate: self.clone(), actor })
    }

    /// Requests that wait, in the order of actors and of their requests.
    #[must_use]
    pub fn waiting(&self) -> Vec<(usize, usize, Sent)> {
        let mut held = self.lock();
        // One whose service has gone away is no request any more.
        held.retain(|one| !one.answer.is_closed());
        let mut waiting: Vec<_> =
            held.iter().map(|one| (one.actor, one.number, one.sent.clone())).collect();
        waiting.sort_by_key(|(actor, number, _)| (*actor, *number));
        waiting
    }

    /// Takes a request out.
    ///
    /// # Panics
    ///
    /// If it does not wait.
    #[must_use]
    pub fn take(&self, actor: usize, number: usize) -> Held {
        let mut held = self.lock();
        let at = held.iter().position(|one| (one.actor, one.number) == (actor, number));
        held.remove(at.expect("a request that waits"))
    }

    /// Drops all that wait.
    pub fn clear(&self) {
        drop(mem::take(&mut *self.lock()));
    }
}

struct Keeper {
    gate: Gate,
    actor: usize,
}

impl Hand for Keeper {
    fn take(&self, sent: Sent, _: Engine) -> BoxFuture<'static, Reply> {
        let (answer, answered) = oneshot::channel();
        let (actor, number) = (self.actor, sent.number);
        self.gate.lock().push(Held { actor, number, sent, answer });
        Box::pin(async { answered.await.unwrap_or(Reply::Lost) })
    }
}

/// Something that runs until it waits, and goes on when it is told to.
pub struct Runner<T> {
    work: Pin<Box<dyn Future<Output = T>>>,
    woken: Arc<Woken>,
    done: Option<T>,
}

#[derive(Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

impl<T> Runner<T> {
    /// `work`, which has not begun yet.
    pub fn new(work: impl Future<Output = T> + 'static) -> Self {
        // Whoever polls it is no task of its own, and must not be told to take turns.
        let work = Box::pin(tokio::task::unconstrained(work));
        Self { work, woken: Arc::new(Woken(AtomicBool::new(true))), done: None }
    }

    /// Goes on as far as it can without anybody's help.
    pub fn settle(&mut self) {
        let waker = Waker::from(Arc::clone(&self.woken));
        while self.done.is_none() && self.woken.0.swap(false, Ordering::SeqCst) {
            if let Poll::Ready(done) = self.work.as_mut().poll(&mut Context::from_waker(&waker)) {
                self.done = Some(done);
            }
        }
    }

    /// Whether it is done.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.done.is_some()
    }

    /// What came of it, if it is done.
    #[must_use]
    pub fn take(self) -> Option<T> {
        self.done
    }
}

/// Lets a moment pass for those who wait for time and not for a request: between two tries.
pub async fn moment() {
    tokio::time::sleep(Duration::from_millis(1)).await;
}

/// The keys of the rows that a request writes.
#[must_use]
pub fn written(sent: &Sent) -> Vec<Value> {
    let key = |of: &Value| serde_json::json!({ "PK": of["PK"], "SK": of["SK"] });
    match sent.operation.as_str() {
        "PutItem" => vec![key(&sent.body["Item"])],
        "UpdateItem" | "DeleteItem" => vec![key(&sent.body["Key"])],
        "TransactWriteItems" => {
            let items = sent.body["TransactItems"].as_array().into_iter().flatten();
            let keys = items.filter_map(|item| {
                let put = item.get("Put").map(|put| key(&put["Item"]));
                let other = ["Update", "Delete"].into_iter().find_map(|kind| item.get(kind));
                put.or_else(|| other.map(|one| key(&one["Key"])))
            });
            keys.collect()
        }
        _ => Vec::new(),
    }
}
